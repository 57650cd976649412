// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// The service control policy that leaves the two roles as the only ones who change the key.
///
/// Source: AWS Organizations User Guide, "SCP syntax" and "Quotas" (5,120 characters); IAM User Guide, `aws:PrincipalArn` (an assumed role
/// is compared by its role's ARN).
enum ServiceControlPolicy {
    static let maximumCharacters = 5_120

    /// - Throws: `guardrails-too-long` (bad data).
    static func text(_ guarded: GuardedKey) throws(Refusal) -> String {
        let document = JSONValue.object([("Version", "2012-10-17"), ("Statement", .array(statements(guarded)))])
        let text = JSONWriter.canonicalText(document)
        guard text.unicodeScalars.count <= maximumCharacters else {
            throw Refusal(
                "guardrails-too-long", .badData,
                "the service control policy has \(text.unicodeScalars.count) characters; AWS Organizations takes \(maximumCharacters)",
                hint: "use shorter paths for the two roles")
        }
        return text
    }

    static func statements(_ guarded: GuardedKey) -> [JSONValue] {
        var list = [
            statement("KeyOnlyByApprovedRoles", GuardedAction.key, [guarded.keyText], guarded),
            statement("AliasOnlyByApprovedRoles", GuardedAction.alias, [guarded.aliasARN], guarded),
            statement(
                "BundleTagOnlyByApprovedRoles", GuardedAction.making, ["*"], guarded,
                ("Null", .object([("aws:RequestTag/countersign:change", "false")]))),
        ]
        if let trail = guarded.trail { list.append(statement("TrailOnlyByApprovedRoles", GuardedAction.trail, [trail], guarded)) }
        return list
    }

    private static func statement(
        _ sid: String, _ actions: [String], _ resources: [String], _ guarded: GuardedKey, _ condition: (String, JSONValue)? = nil
    ) -> JSONValue {
        .object([
            ("Sid", .string(sid)), ("Effect", "Deny"), ("Action", .strings(actions)), ("Resource", resources == ["*"] ? "*" : .strings(resources)),
            (
                "Condition",
                .object(
                    [("ArnNotEquals", .object([("aws:PrincipalArn", .strings(guarded.allowed))]))]
                        + [condition].compactMap { $0.map { ($0.0, $0.1) } })
            ),
        ])
    }
}

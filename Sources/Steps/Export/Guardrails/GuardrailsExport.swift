// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
public import StrictFormats

/// The organization's own fences around a key: without them the approved path is a habit, with them the only one.
public enum GuardrailsExport {
    /// - Throws: `guardrails-…`.
    public static func files(_ guarded: GuardedKey) throws(Refusal) -> (files: [ExportedFile], proof: GuardrailProof) {
        let proof = try GuardrailProof(guarded)
        let policy = try ServiceControlPolicy.text(guarded)
        var files = [
            ExportedFile("service-control-policy.json", policy), try role("executor-policy.json", RolePolicies.executor(guarded)),
            try role("snapshot-reader-policy.json", RolePolicies.reader(guarded)), try role("auditor-policy.json", RolePolicies.auditor(guarded)),
            document("eventbridge-pattern.json", Watches.eventPattern(guarded)), ExportedFile("athena.sql", Watches.athena(guarded)),
            ExportedFile("cloudtrail-lake.sql", Watches.lake(guarded)),
        ]
        if !guarded.trusted.isEmpty {
            files.append(try role("executor-trust-policy.json", RolePolicies.trust(guarded), limit: trustPolicyCharacters))
        }
        files.append(ExportedFile("README.md", readme(guarded, policy.unicodeScalars.count, proof)))
        return (files, proof)
    }

    /// IAM and STS quotas: characters of a managed policy and of a role's trust policy; white space is not counted.
    private static let managedPolicyCharacters = 6_144
    private static let trustPolicyCharacters = 2_048

    /// A policy of a role, measured as IAM measures it.
    private static func role(_ name: String, _ value: JSONValue, limit: Int = managedPolicyCharacters) throws(Refusal) -> ExportedFile {
        let count = JSONWriter.canonicalText(value).unicodeScalars.count
        guard count <= limit else {
            throw Refusal(
                "guardrails-too-long", .badData, "\(name) has \(count) characters; IAM takes \(limit)",
                hint: name == "executor-trust-policy.json"
                    ? "name fewer with --trusted: a role that they all assume" : "let the trust root list fewer Regions")
        }
        return document(name, value)
    }

    private static func document(_ name: String, _ value: JSONValue) -> ExportedFile { ExportedFile(name, JSONWriter.pretty(value) + "\n") }

    private static func readme(_ guarded: GuardedKey, _ length: Int, _ proof: GuardrailProof) -> String {
        """
        # Guardrails of the CloudTrail key

        | | |
        |---|---|
        | key | `\(guarded.keyText)` |
        | alias | `\(guarded.alias)` |
        | executor | `\(guarded.executor)` |
        | break glass | \(guarded.breakGlass.map { "`\($0)`" } ?? "none: what no bundle can do any more, nobody can") |
        | trail | \(guarded.trail.map { "`\($0)`" } ?? "not named") |

        ## What each file is for

        - `service-control-policy.json` (\(length) of \(ServiceControlPolicy.maximumCharacters) characters): attach it to the organizational unit of account \(guarded.key.account). It denies every
          change of this key (by its ARN), of its alias (by its name, whatever key it stands on), and of anything that carries a bundle's tag, to
          everybody but the two roles. Proven for the \(proof.closed.count) actions on the key: without it somebody can do each of them, with it nobody else can.
        - `executor-policy.json`: what executing the change kinds of the trust root's limits calls, and nothing else. The executor role's only policy.
        - `executor-trust-policy.json`: who may become the executor (written where `--trusted` named somebody).
        - `snapshot-reader-policy.json`, `auditor-policy.json`: read only.
        - `eventbridge-pattern.json`: a rule in account \(guarded.key.account), Region \(guarded.key.region), that tells within minutes of a change which the executor did not make.
        - `athena.sql`, `cloudtrail-lake.sql`: the same question to the logs, for any time in the past.

        ## What they cannot do

        - A service control policy does not bind the organization's management account, nor service-linked roles, nor AWS services that act for
          themselves. The trail of an organization belongs to the management account: there its setting is guarded by that account's own IAM alone. The
          statement about the trail binds a delegated administrator.
        - Whoever may edit service control policies may take this one away: let that be as hard as changing the key.
        - A grant that exists already goes on working. List them: `countersign snapshot`.
        - The executor role itself is as strong as its credentials; that it did only what was approved is what `countersign audit` proves.

        """
    }
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// What tells of changes that went around the two roles.
enum Watches {
    private static func names(_ actions: [String], _ prefix: String) -> [String] {
        actions.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// An EventBridge pattern for CloudTrail's events of this key.
    ///
    /// Somebody who is no role has no `sessionIssuer`, and `anything-but` matches only what is there: hence the second half of `$or`.
    /// Source: EventBridge User Guide, "Comparison operators" (`anything-but`, `exists`, `$or`).
    static func eventPattern(_ guarded: GuardedKey) -> JSONValue {
        let issuer = { (rule: JSONValue) -> JSONValue in
            .object([("userIdentity", .object([("sessionContext", .object([("sessionIssuer", .object([("arn", .array([rule]))]))]))]))])
        }
        return .object([
            ("source", .strings(["aws.kms"])), ("detail-type", .strings(["AWS API Call via CloudTrail"])),
            (
                "detail",
                .object([
                    ("eventSource", .strings(["kms.amazonaws.com"])), ("eventName", .strings(names(GuardedAction.key, "kms:"))),
                    ("resources", .object([("ARN", .strings([guarded.keyText, guarded.aliasARN]))])),
                    (
                        "$or",
                        .array([
                            issuer(.object([("anything-but", .strings([guarded.executor]))])), issuer(.object([("exists", false)])),
                        ])
                    ),
                ])
            ),
        ])
    }

    /// The same question to Athena, over the table of the CloudTrail User Guide ("Querying AWS CloudTrail logs").
    static func athena(_ guarded: GuardedKey) -> String {
        """
        -- Changes of \(guarded.keyText)
        -- that the executor role did not make. Every row must be explained: countersign audit reconcile does that.
        SELECT eventtime, eventname, useridentity.arn AS who, requestid, errorcode, requestparameters
        FROM cloudtrail_logs
        WHERE eventsource = 'kms.amazonaws.com'
          AND eventname IN (\(names(GuardedAction.key, "kms:").map { "'\($0)'" }.joined(separator: ", ")))
          AND any_match(resources, r -> r.arn IN ('\(guarded.keyText)', '\(guarded.aliasARN)'))
          AND coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, '') <> '\(guarded.executor)'
        ORDER BY eventtime;

        """
    }

    /// The same question to CloudTrail Lake; the event data store's id takes the place of EVENT_DATA_STORE_ID.
    static func lake(_ guarded: GuardedKey) -> String {
        """
        -- Changes of \(guarded.keyText)
        -- that the executor role did not make.
        SELECT eventTime, eventName, userIdentity.arn, requestID, errorCode, requestParameters
        FROM EVENT_DATA_STORE_ID
        WHERE eventSource = 'kms.amazonaws.com'
          AND eventName IN (\(names(GuardedAction.key, "kms:").map { "'\($0)'" }.joined(separator: ", ")))
          AND any_match(resources, r -> r.arn IN ('\(guarded.keyText)', '\(guarded.aliasARN)'))
          AND coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, '') <> '\(guarded.executor)'
        ORDER BY eventTime

        """
    }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
public import StrictFormats
public import Trust

/// What guardrails are made for: one key, its alias, the two roles that may change it, and the trail that it encrypts.
public struct GuardedKey: Sendable {
    /// The key's ARN.
    let key: ARN
    let keyText: String
    /// With `alias/`.
    let alias: String
    /// The role that submits approved changes, by ARN.
    let executor: String
    /// The role for what no bundle can do any more, by ARN; nil for none.
    let breakGlass: String?
    let trail: String?
    /// Who may become the executor, by ARN.
    let trusted: [String]
    let limits: Limits

    /// - Throws: `guardrails-…` (usage or not permitted) naming the option that is wrong.
    public init(
        key: String, alias: String, executor: String, breakGlass: String?, trail: String?, trusted: [String], limits: Limits
    ) throws(Refusal) {
        let hint = "arn:aws:kms:us-east-1:604183725190:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10"
        guard let parsed = ARN(key), parsed.service == "kms", parsed.resource.hasPrefix("key/"), Self.isPlain(key),
            parsed.partition == limits.partition
        else { throw Self.refused("--key-arn", key, "the ARN of a key in partition \(limits.partition)", hint) }
        guard limits.accounts.contains(parsed.account), limits.regions.contains(parsed.region) else {
            throw Refusal(
                "guardrails-limits", .notPermitted, "--key-arn \(SafeText.escaped(key)) is outside the limits of the trust root",
                hint: "accounts: \(limits.accounts.joined(separator: ", ")); Regions: \(limits.regions.joined(separator: ", "))")
        }
        guard KMSNames.keyID(ofARN: key, partition: parsed.partition, region: parsed.region, account: parsed.account) != nil else {
            throw Self.refused("--key-arn", key, "the ARN of a key", hint)
        }
        guard alias.hasPrefix("alias/"), alias.utf8.count > 6, Self.isPlain(alias) else {
            throw Self.refused("--alias", alias, "an alias", "alias/cloudtrail-org-key")
        }
        let role = "arn:\(parsed.partition):iam::\(parsed.account):role/cloudtrail-key-executor"
        for (option, value) in [("--executor", executor), ("--break-glass", breakGlass)] {
            guard let value else { continue }
            guard let arn = ARN(value), arn.service == "iam", arn.account == parsed.account, arn.partition == parsed.partition,
                arn.resource.hasPrefix("role/"), Self.isPlain(value)
            else { throw Self.refused(option, value, "a role of the key's account \(parsed.account)", role) }
        }
        if let breakGlass, breakGlass.hasSameBytes(as: executor) {
            throw Self.refused("--break-glass", breakGlass, "another role than the executor", role)
        }
        if let trail {
            guard let arn = ARN(trail), arn.service == "cloudtrail", arn.partition == parsed.partition, arn.resource.hasPrefix("trail/"),
                Self.isPlain(trail)
            else {
                throw Self.refused("--trail", trail, "the ARN of a trail", "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail")
            }
        }
        for principal in trusted {
            guard let arn = ARN(principal), arn.service == "iam", AccountID.isValid(arn.account), Self.isPlain(principal) else {
                throw Self.refused("--trusted", principal, "the ARN of a role or user", "arn:aws:iam::281474976710:role/release-engineering")
            }
        }
        (self.key, keyText, self.alias, self.executor, self.breakGlass) = (parsed, key, alias, executor, breakGlass)
        (self.trail, self.trusted, self.limits) = (trail, trusted, limits)
    }

    /// Characters of names in ARNs, and none that a policy, a query or a pattern reads otherwise (`*`, `?`, `$`, quotes).
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= 600
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "+=,.@_-:/".utf8.contains(byte)
                }
            }
    }

    private static func refused(_ option: String, _ value: String, _ wanted: String, _ example: String) -> Refusal {
        Refusal("guardrails-option", .usage, "\(option) \(SafeText.escaped(value)) is not \(wanted)", hint: "for example: \(example)")
    }

    /// The two roles that guardrails let through.
    var allowed: [String] { [executor] + [breakGlass].compactMap(\.self) }

    var aliasARN: String { "arn:\(key.partition):kms:\(key.region):\(key.account):\(alias)" }
}

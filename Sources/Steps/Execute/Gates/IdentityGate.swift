// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// Whether the identity that AWS sees is the one that the bundle names (formats.md §9, "Identity").
enum IdentityGate {
    static func check(_ identity: EntryData.Identity, _ target: Target) throws(Refusal) {
        func refused(_ code: String, _ message: String) -> Refusal {
            Refusal(code, .notPermitted, message, hint: "use the credentials of \(target.executor), with --profile or in the environment")
        }
        // What STS says is written to the ledger: ARNs are at most 2048 characters (IAM), and hold nothing that hides.
        guard SafeText.isClean(identity.arn), SafeText.isClean(identity.userID), identity.arn.utf8.count <= 2_048, identity.userID.utf8.count <= 512
        else {
            throw refused("identity-malformed", "the identity that STS gives is none")
        }
        let arn = SafeText.escaped(identity.arn)
        guard identity.account.hasSameBytes(as: target.account) else {
            throw refused("identity-account", "these credentials belong to account \(SafeText.escaped(identity.account)), not to \(target.account)")
        }
        guard !identity.arn.hasSameBytes(as: "arn:\(target.partition):iam::\(target.account):root") else {
            throw refused("identity-root", "these are credentials of the account's root user, which may not execute")
        }
        let (isRole, name) = target.executorName
        if isRole {
            // An assumed-role ARN carries the role's name without its path.
            let prefix = "arn:\(target.partition):sts::\(target.account):assumed-role/\(name)/"
            let session = identity.arn.utf8.dropFirst(prefix.utf8.count)
            guard identity.arn.utf8.starts(with: prefix.utf8), !session.isEmpty, session.allSatisfy(isSessionByte) else {
                throw refused("identity-executor", "these credentials are those of \(arn), not of the role \(target.executor)")
            }
        } else {
            guard identity.arn.hasSameBytes(as: target.executor) else {
                throw refused("identity-executor", "these credentials are those of \(arn), not of the user \(target.executor)")
            }
        }
    }

    /// AssumeRole: RoleSessionName is `[\w+=,.@-]+`.
    private static func isSessionByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }
}

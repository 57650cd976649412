// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

/// One entry in a sentence or two.
enum StoryWords {
    private static func shown(_ text: String) -> String { SafeText.escaped(text) }

    static func words(_ entry: Entry, bundle: BundlePayload?) -> [String] {
        switch entry.data {
        case .genesis(let genesis):
            return ["the ledger \(genesis.origin) begins, under trust root version \(genesis.trust.version), written by \(entry.actor.owner)"]
        case .trustUpdated(_, let trust): return ["trust root version \(trust.version) comes into force: \(trust.digest)"]
        case .bundleReceived:
            guard let bundle else { return ["a bundle is received"] }
            return [
                "received; prepared by \(bundle.preparerOwner) at \(bundle.created), window \(bundle.notBefore) to \(bundle.expires)",
                "for account \(bundle.target.account), \(bundle.target.region), to be run by \(shown(bundle.target.executor))",
            ]
        case .approvalReceived(let approval):
            return ["\(approval.approver) \(approval.decision == .approve ? "APPROVES" : "REJECTS") it"]
        case .executionAuthorized(let authorization):
            return [
                "authorized: approved by \(authorization.owners.joined(separator: " and ")), under trust root version \(authorization.trust.version)",
                "run as \(shown(authorization.identity.arn)); AWS's clock \(authorization.aws)",
            ] + (isUser(authorization.identity.arn) ? [longLivedKey] : [])
        case .executionRefused(let code, let message): return ["REFUSED: \(shown(message)) [\(shown(code))]"]
        case .preconditionChecked(let check): return ["before: \(shown(check.name)) \(result(check))"]
        case .expectationChecked(let check): return ["read back: \(shown(check.name)) \(result(check))"]
        case .requestIntended(let intent):
            return ["\(shown(intent.name)), attempt \(intent.attempt): intended, to \(shown(intent.endpoint))", "pin \(intent.pin)"]
        case .requestSent: return ["sent"]
        case .requestCompleted(let completion):
            let binds = completion.binds.map { "\(shown($0.name)) \(shown($0.value))" }.joined(separator: ", ")
            return ["completed: HTTP \(completion.status), request id \(shown(completion.requestID))" + (binds.isEmpty ? "" : "; gives \(binds)")]
        case .requestFailed(let failure):
            return ["FAILED: \(shown(failure.code)): \(shown(failure.message))" + (failure.requestID.map { ", request id \(shown($0))" } ?? "")]
        case .requestUnknown(_, let cause): return ["OUTCOME UNKNOWN: \(shown(cause))"]
        case .requestResolved(let resolution): return ["settled by reading: \(resolution.outcome.rawValue) (\(shown(resolution.evidence)))"]
        case .executionCompleted(let end): return ["COMPLETED: \(done(end))" + (end.key.map { "; key \(shown($0.arn))" } ?? "")]
        case .executionFailed(let end): return ["ENDED, FAILED: \(shown(end.message ?? end.code ?? "")); done: \(done(end))"]
        case .executionAbandoned(let end):
            return ["ENDED, ABANDONED: \(shown(end.message ?? end.code ?? "")); done: \(done(end))"]
        case .planChecked(let checked):
            return [
                "\(checked.checker) finds a plan of infrastructure code to be EXACTLY WHAT WAS APPROVED; the executor leaves the bundle alone from here on",
                "plan \(checked.plan), counting \(checked.approvals.count) approvals",
            ]
        case .reconciled(let reconciliation):
            return [
                "reconciled with CloudTrail from \(reconciliation.from) to \(reconciliation.to): \(reconciliation.explained) explained, \(reconciliation.unexplained) unexplained, \(reconciliation.missing) missing"
            ]
        }
    }

    /// What an IAM user signs with is an access key of that user, or a session that GetSessionToken makes of one: STS names both alike.
    private static let longLivedKey = "WARNING: made with an IAM user's long-lived access key, not with a role's session"

    /// Whether an ARN is an IAM user's, `arn:aws:iam::ACCOUNT:user/…` ("IAM identifiers", IAM User Guide); a role shows as its session.
    private static func isUser(_ arn: String) -> Bool {
        let fields = arn.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        return fields.count == 6 && fields[2].elementsEqual("iam".utf8) && fields[5].starts(with: "user/".utf8)
    }

    private static func done(_ end: EntryData.End) -> String {
        end.done.isEmpty ? "nothing" : shown(end.done.joined(separator: ", "))
    }

    private static func result(_ check: EntryData.Check) -> String {
        let grade = check.grade.map { ", \(shown($0))" } ?? ""
        switch check.result {
        case .holds: return "holds\(grade) \(shown(check.observed))"
        case .differs: return "DIFFERS\(grade) \(shown(check.observed))"
        case .notShown: return "is not shown by the server \(shown(check.observed))"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// The verified bundle of an entry, and its life so far; says so where there is none.
    func subject(_ entry: Entry) -> (bundle: VerifiedBundle, life: BundleLife)? {
        guard let digest = entry.bundle else { return nil }
        guard let life = lives[digest], life.receivedAt != nil, let record = bundles[digest] else {
            error("order", entry.seq, "\(entry.type.rawValue) stands before the bundle was received")
            return nil
        }
        guard let bundle = record.verified else { return nil }
        return (bundle, life)
    }

    /// An authorization: who approved, under which roots, seen by which clocks, as which identity (formats.md §6, §9).
    func authorized(_ entry: Entry, _ authorization: EntryData.Authorization) throws(Refusal) {
        guard let (bundle, life) = subject(entry), let digest = entry.bundle, let chain else { return }
        checkNoPlan(entry, life)
        if life.ending != nil { error("order", entry.seq, "the execution was authorized after its end") }
        if let openExecution, openExecution != digest {
            error("two-executions", entry.seq, "another bundle's execution (\(openExecution)) was still open")
        }
        if authorization.trust != chain.newest.reference {
            error(
                "authorization-trust", entry.seq,
                "the authorization names trust root version \(authorization.trust.version), which was not the newest")
        }
        checkClocks(entry, authorization, bundle)
        checkIdentity(entry, authorization.identity, bundle.payload.target)
        try checkApprovals(entry, authorization, bundle)
        bundles[digest]?.authorized = authorization.approvals
    }

    private func checkClocks(_ entry: Entry, _ authorization: EntryData.Authorization, _ bundle: VerifiedBundle) {
        if abs(authorization.local - authorization.aws) > 300 {
            error(
                "authorization-clock", entry.seq,
                "the local clock (\(authorization.local)) and AWS's (\(authorization.aws)) were more than five minutes apart")
        }
        let payload = bundle.payload
        if authorization.aws < payload.notBefore || authorization.aws >= payload.expires {
            error("authorization-window", entry.seq, "by AWS's clock (\(authorization.aws)) the bundle's window was not open")
        }
        if let newest = chain?.newest.root, !newest.isInForce(at: authorization.aws) {
            error("authorization-window", entry.seq, "by AWS's clock (\(authorization.aws)) trust root version \(newest.version) was not in force")
        }
    }

    private func checkIdentity(_ entry: Entry, _ identity: EntryData.Identity, _ target: Target) {
        let (isRole, name) = target.executorName
        let prefix = "arn:\(target.partition):sts::\(target.account):assumed-role/\(name)/"
        let session = identity.arn.utf8.dropFirst(prefix.utf8.count)
        let isExecutor =
            isRole
            ? identity.arn.utf8.starts(with: prefix.utf8) && !session.isEmpty && session.allSatisfy(Self.isSessionByte)
            : identity.arn.hasSameBytes(as: target.executor)
        if !isExecutor || !identity.account.hasSameBytes(as: target.account) {
            error("authorization-identity", entry.seq, "\(SafeText.escaped(identity.arn)) executed, not \(target.executor)")
        }
    }

    /// AssumeRole: RoleSessionName is `[\w+=,.@-]+`.
    private static func isSessionByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }

    private func checkApprovals(_ entry: Entry, _ authorization: EntryData.Authorization, _ original: VerifiedBundle) throws(Refusal) {
        guard let digest = entry.bundle, let record = bundles[digest] else { return }
        let bundle: VerifiedBundle
        do throws(Refusal) {
            bundle = try again(digest, original)
        } catch {
            self.error("authorization-bundle", entry.seq, "under the newest trust root the bundle did not hold: \(error.message)")
            return
        }
        let standing = standing(digest, of: bundle)
        if let reject = standing.first(where: { $0.approval.statement.decision == .reject }) {
            error("authorization-vetoed", entry.seq, "\(reject.approval.statement.approver) had rejected the bundle (entry \(reject.seq))")
        }
        var owners: Set<String> = []
        for payload in authorization.approvals {
            guard record.approvals.contains(where: { $0.received.payload == payload }) else {
                error("authorization-approval", entry.seq, "the authorization counts on \(payload), which is no valid approval recorded before it")
                continue
            }
            guard let statement = standing.first(where: { $0.approval.digest == payload })?.approval.statement else {
                error("authorization-approval", entry.seq, "under the newest trust root the approval \(payload) did not hold")
                continue
            }
            guard statement.decision == .approve, statement.expires > authorization.aws else {
                error("authorization-approval", entry.seq, "the approval \(payload) had expired, or is none")
                continue
            }
            if statement.review != authorization.review {
                error("authorization-review", entry.seq, "\(statement.approver) saw another review than the one authorized")
            }
            owners.insert(statement.approver)
        }
        if !owners.sorted().elementsEqual(authorization.owners.sorted()) {
            error("authorization-owners", entry.seq, "the authorization names other owners than those of its approvals")
        }
        for root in [bundle.root.root, bundle.newest.root] where owners.count < root.role(.approver).threshold {
            error("authorization-threshold", entry.seq, "\(owners.count) of \(root.role(.approver).threshold) approvers had approved")
            return
        }
    }

    /// The names that preconditions may have (formats.md §9).
    private static let preconditions = ["alias-free", "alias-bound", "no-tagged-key", "policy-is-base"]

    /// A check of what must hold before: by a known name, after an authorization, before the end.
    func precondition(_ entry: Entry, _ check: EntryData.Check) {
        guard let (_, life) = subject(entry) else { return }
        let name = SafeText.escaped(check.name)
        if life.authorization == nil || life.ending != nil { error("order", entry.seq, "\(name) was checked outside of an execution") }
        if !Self.preconditions.contains(where: { $0.hasSameBytes(as: check.name) }) {
            error("check-name", entry.seq, "\"\(name)\" is the name of no precondition")
        }
        if check.result == .notShown { warning("not-shown", entry.seq, "the server did not show \(name): nobody has seen that it holds") }
    }

    /// A read-back: of an expectation that the bundle has, after all of its requests.
    func expectation(_ entry: Entry, _ check: EntryData.Check) {
        guard let (bundle, life) = subject(entry) else { return }
        let derived = bundle.payload.derivation
        guard derived.expectations.contains(where: { $0.kind.hasSameBytes(as: check.name) }) else {
            error("check-name", entry.seq, "\"\(SafeText.escaped(check.name))\" is no expectation of this bundle")
            return
        }
        if life.ending != nil { error("order", entry.seq, "\(check.name) was read back after the end") }
        if !derived.requests.allSatisfy({ life.isApplied($0.name) }) || life.unsettled != nil {
            error("order", entry.seq, "\(check.name) was read back before every request had taken effect")
        }
        if check.result == .notShown {
            warning(
                "not-shown", entry.seq,
                "the server did not show \(check.name) (\(SafeText.escaped(check.observed))): nobody has seen that it is as approved")
        }
        if check.name == "key-policy", check.result == .holds, check.grade == nil || check.grade == "different" {
            error("check-grade", entry.seq, "the policy is said to hold without saying how equal it is")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import KeyPolicies
import Ledger
import Rehearsal
import StrictFormats

/// The requests in their order, and the waits between them (design §4.7).
extension ExecutionStep {
    func run(_ digest: Digest) throws(Refusal) -> ExecutionReport {
        let payload = try Receiving(store, reviews).stored(digest).payload
        try checkPreconditions(payload, digest)
        var isReady = false
        for request in payload.derivation.requests where !life(digest).isApplied(request.name) {
            if !request.uses.isEmpty, !isReady {
                try awaitNewKey(payload, digest)
                isReady = true
            }
            if request.uses.isEmpty, !life(digest).done.isEmpty { try awaitState(request, payload) }
            try perform(request, digest)
        }
        return try finish(payload, digest)
    }

    private func checkPreconditions(_ payload: BundlePayload, _ digest: Digest) throws(Refusal) {
        progress(.checking)
        // What an earlier request of this execution brought about is waited for, not judged.
        if life(digest).done.isEmpty { try LiveGate(service: service, payload: payload, life: life(digest)).check() }
        let checks = try Preconditions(service: service, payload: payload, life: life(digest)).check()
        guard !checks.isEmpty else { return }
        for (check, artifact) in checks {
            try store.append([Draft(.preconditionChecked(check), bundle: digest, artifacts: artifact.map { [$0] } ?? [])], now: pace.now())
        }
        if let differs = checks.first(where: { $0.0.result == .differs })?.0 {
            throw Refusal(
                "precondition-differs", .answerIsNo, Self.words(differs, payload),
                hint: life(digest).isOpen
                    ? "mend it in AWS, then: countersign resume LEDGER --key KEY; or end the execution: resume --abandon"
                    : "nothing was sent; look at the key in AWS, then prepare a new bundle or run execute again")
        }
    }

    private static func words(_ check: EntryData.Check, _ payload: BundlePayload) -> String {
        switch check.name {
        case "alias-free":
            return "the alias \(payload.change.alias ?? "") is taken already (\(check.observed))"
        case "alias-bound": return "the alias \(payload.change.alias ?? "") does not lead to the key that it should be moved from (\(check.observed))"
        case "no-tagged-key": return "a key with this bundle's tag exists already (\(check.observed))"
        case "policy-is-base": return "the key's policy is not the base that was approved (\(check.observed))"
        default: return "\(check.name) differs (\(check.observed))"
        }
    }

    /// Waits until a new key can be used, and its policy reads back as approved: before that it gets no rotation and no alias.
    ///
    /// This look is no entry: an expectation stands in the ledger after all requests.
    private func awaitNewKey(_ payload: BundlePayload, _ digest: Digest) throws(Refusal) {
        let key = subject(of: payload, digest)
        let state = try patiently(
            "the key \(key) to be enabled", { () throws(Refusal) in try service.settings(of: key).value?.state }, until: { $0 == "Enabled" })
        guard state == "Enabled" else {
            throw stillWaiting("the key \(key) to be enabled; its state is \(ServerText.shown((state ?? nil) ?? "not shown"))")
        }
        let isApproved = { (policy: String?) in
            policy.map { LivePolicy.grade($0, payload.policy?.document ?? "", payload.target) != .different } ?? false
        }
        let policy = try patiently(
            "the policy of \(key) to read back", { () throws(Refusal) in try service.policy(of: key, named: "default").value },
            until: { isApproved($0 ?? nil) })
        guard isApproved(policy ?? nil) else { throw stillWaiting("the policy of \(key) to read back as approved") }
    }

    /// Waits until the state that an earlier request of this execution brought about lets the next one through.
    private func awaitState(_ request: PlannedRequest, _ payload: BundlePayload) throws(Refusal) {
        guard let key = payload.change.key else { return }
        let seen = try patiently(
            "the key \(key) to be in a state for \(request.operation)", { () throws(Refusal) in try service.settings(of: key).value?.state },
            until: { state in (state ?? nil).map { KeyStates.allow(request.operation, in: $0) } ?? false })
        guard let state = seen ?? nil, KeyStates.allow(request.operation, in: state) else {
            throw stillWaiting(
                "the key \(key) to be in a state for \(request.operation); its state is \(ServerText.shown((seen ?? nil) ?? "not shown"))")
        }
    }

    func subject(of payload: BundlePayload, _ digest: Digest) -> String { life(digest).bound[Binding.keyID.rawValue] ?? payload.change.key ?? "" }
}

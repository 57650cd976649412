// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import KeyPolicies
public import StrictFormats
import Threads

/// The policies of a bundle, read.
public struct ReadPolicies: Sendable {
    public let document: PolicyDocument
    /// What the key has now; a policy without statements where the key is new or no base was given.
    public let base: PolicyDocument

    /// Nil for a change that sets no policy.
    /// - Throws: what reading the policies throws.
    public init?(_ payload: BundlePayload) throws(Refusal) {
        guard let policy = payload.policy else { return nil }
        document = try PolicyDocument(text: policy.document)
        base = try payload.base.map { base throws(Refusal) in try PolicyDocument(text: base.document) } ?? .empty
    }
}

/// What is proven of a bundle's policy, each thing once: whom it lets in and shuts out, who may do what before and after, and
/// whether it keeps what was promised. A pure function of the payload.
public struct PolicyEvidence: Sendable {
    public let policies: ReadPolicies
    public let promises: PolicyPromises
    public let verdicts: [ClaimVerdict]
    public let difference: PolicyProof
    /// Of the difference, what callers who can exist gain and lose.
    public let gained: [ProofWitness]
    public let lost: [ProofWitness]
    /// Nil where there is no policy to compare with: then everything is new.
    public let before: RightsTable?
    public let after: RightsTable
    /// Allow statements for somebody of whom nothing can be proven: who it is, and whether anybody.
    public let unknownCallers: [ProofGap]

    /// Nil for a change that sets no policy.
    /// - Throws: what reading the policies throws.
    public init?(_ payload: BundlePayload) throws(Refusal) {
        guard let policies = try ReadPolicies(payload) else { return nil }
        self.init(payload, policies, Self.comparing(policies, for: payload))
    }

    /// Begins, on another thread, the half of the work that needs no promises.
    static func comparing(_ policies: ReadPolicies, for payload: BundlePayload) -> Alongside<Comparison> {
        Alongside { Comparison(policies.base, policies.document, key: KeyIdentity(payload), hasBase: payload.base != nil) }
    }

    init(_ payload: BundlePayload, _ policies: ReadPolicies, _ comparison: Alongside<Comparison>) {
        self.policies = policies
        let (policy, target) = (payload.policy, payload.target)
        promises = PolicyPromises(
            template: policy?.template.map { ($0.name, $0.digest.text) }, parameters: policy?.parametersValue, partition: target.partition,
            account: target.account, executor: target.executor)
        verdicts = PolicyClaim.check(policies.document, promises.claims, key: KeyIdentity(payload))
        let compared = comparison.value()
        difference = compared.difference
        gained = compared.gained
        lost = compared.lost
        before = compared.before
        after = compared.after
        unknownCallers = UnknownCallers.gaps(policies.document)
    }

    /// What the policy changes, and for whom.
    struct Comparison: Sendable {
        let difference: PolicyProof
        let gained: [ProofWitness]
        let lost: [ProofWitness]
        let before: RightsTable?
        let after: RightsTable

        init(_ base: PolicyDocument, _ document: PolicyDocument, key: KeyIdentity, hasBase: Bool) {
            difference = PolicyProver.difference(base, document, key: key)
            let real = RealCallers(document)
            gained = difference.newlyAllowed.compactMap(real.known)
            lost = difference.noLongerAllowed.compactMap(real.known)
            after = RightsTable(document, key: key, rowsOf: [base, document])
            before = hasBase ? RightsTable(base, key: key, rowsOf: [base, document]) : nil
        }
    }

    /// The promises that are broken, or could not be decided.
    public var broken: [ClaimVerdict] { verdicts.filter { !$0.holds } }

    /// Whether everything promised is proven.
    public var keepsPromises: Bool { promises.problem == nil && broken.isEmpty }

    /// Whether the comparison and the tables have decided every request.
    public var isComplete: Bool { difference.complete && after.complete && (before?.complete ?? true) }

    /// Whether the policy answers every request as the one before did.
    public var isSame: Bool { isComplete && gained.isEmpty && lost.isEmpty }

    /// - Throws: `assertion-failed` in this category, with each broken promise and a request that breaks it.
    public func demandPromises(_ category: Refusal.Category, at place: Place) throws(Refusal) {
        if let problem = promises.problem {
            throw Refusal(
                "assertion-failed", category, "what the template asserts cannot be proven: \(problem)", at: place,
                hint: "prepare the bundle again, from the template")
        }
        guard !broken.isEmpty else { return }
        let names = broken.map { "\"\($0.claim.name)\"" }
        throw Refusal(
            "assertion-failed", category, "this policy breaks what must be true of it: \(names.joined(separator: ", "))", at: place,
            details: broken.flatMap(WitnessWords.summary),
            hint: "take out what lets that request through, or state it openly in the template's parameters, where approvers see it")
    }

    /// - Throws: `proof-incomplete` (bad data), naming what could not be decided.
    public func demandCompleteness(at place: Place) throws(Refusal) {
        guard !isComplete || !unknownCallers.isEmpty else { return }
        let gaps = (difference.gaps + after.gaps + (before?.gaps ?? []) + unknownCallers).reduce(into: [ProofGap]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        throw Refusal(
            "proof-incomplete", .badData, "what this policy permits cannot be proven", at: place,
            details: gaps.map { "\(SafeText.escaped($0.statement)): \(SafeText.escaped($0.reason))" },
            hint: "write these statements more plainly; docs/key-policies.md says what is not decided")
    }
}

extension KeyIdentity {
    fileprivate init(_ payload: BundlePayload) { self.init(account: payload.target.account, arn: payload.change.key) }
}

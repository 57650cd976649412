// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import StrictFormats
import Trust

extension EntryData {
    /// What a `plan-checked` entry says: the same as the signed statement that its envelope holds (docs/formats/plan-checked.md).
    public struct PlanChecked: Sendable, Hashable {
        public let envelope: Digest
        public let payload: Digest
        public let checker: String
        public let keyID: Digest
        /// The SHA-256 of the plan's bytes, which the ledger does not hold.
        public let plan: Digest
        /// Payload digests, sorted.
        public let approvals: [Digest]

        public init(envelope: Digest, payload: Digest, checker: String, keyID: Digest, plan: Digest, approvals: [Digest]) {
            self.envelope = envelope
            self.payload = payload
            self.checker = checker
            self.keyID = keyID
            self.plan = plan
            self.approvals = approvals
        }

        init(_ members: inout JSONMembers) throws(Refusal) {
            self.init(
                envelope: try members.required("envelope", Digest.init(json:)), payload: try members.required("payload", Digest.init(json:)),
                checker: try members.required("checker", Names.owner), keyID: try members.required("keyid", Digest.init(json:)),
                plan: try members.required("plan", Digest.init(json:)),
                approvals: try members.required("approvals") { value throws(Refusal) in try value.distinct("approval", Digest.init(json:)) })
        }

        var members: [(String, JSONValue?)] {
            [
                ("envelope", envelope.json), ("payload", payload.json), ("checker", .string(checker)), ("keyid", keyID.json), ("plan", plan.json),
                ("approvals", .strings(approvals.map(\.text))),
            ]
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Approve
import Bundles
import Cryptography
import Files
import Glibc
import Ledger
import StrictFormats
import Trust

/// The people, keys, trust root and first bundle that `run.sh` made with the commands themselves.
struct Ceremony {
    let folder: String
    let chain: TrustChain
    let preparer: PrivateKey
    let approvers: [PrivateKey]
    let ledgerKey: PrivateKey
    let bundle: VerifiedBundle
    let now: Instant

    init(_ folder: String) throws {
        self.folder = folder
        func key(_ name: String) throws -> PrivateKey {
            try KeyFile.read("\(folder)/\(name)") { path throws(Refusal) in throw Refusal("passphrase", .usage, "\(path) has a passphrase") }
        }
        let trust = try Envelope(FileReader.read("\(folder)/trust.json"), expecting: .trustRoot)
        chain = try TrustChain(files: [trust]) { _ in nil }
        preparer = try key("dana")
        approvers = [try key("alice"), try key("bob")]
        ledgerKey = try key("ledger-key")
        bundle = try VerifiedBundle.verify(UnverifiedBundle(FileReader.read("\(folder)/bundle.json")), in: chain)
        now = Instant(secondsSince1970: time(nil))
    }

    /// Another bundle of the same content: another id, signed by the same preparer.
    func anotherBundle() throws -> VerifiedBundle {
        let old = bundle.payload
        let other = BundlePayload(
            id: SecureRandom.uuid(), title: old.title, ticket: old.ticket, backout: old.backout, preparerOwner: old.preparerOwner,
            preparerKey: old.preparerKey, created: old.created, notBefore: old.notBefore, expires: old.expires, trust: old.trust, ledger: old.ledger,
            target: old.target, change: old.change, policy: old.policy, base: old.base, waivers: old.waivers)
        let payload = JSONWriter.canonical(other.json)
        let signature = try preparer.sign(PreAuthEncoding.message(type: PayloadType.bundle.rawValue, payload: payload))
        let envelope = Envelope(
            type: .bundle, payload: payload, signatures: [EnvelopeSignature(keyID: preparer.publicKey.id, signature: signature)])
        return try VerifiedBundle.verify(UnverifiedBundle(envelope), in: chain)
    }

    /// Both approvals of a bundle, and the review that they name.
    func approvals(of bundle: VerifiedBundle) throws -> (approvals: [VerifiedApproval], review: Review) {
        let step = try ApproveStep(bundle)
        let approvals = try approvers.map { key in
            try VerifiedApproval.verify(try step.decide(.approve, reason: "", with: key, now: now), for: bundle)
        }
        return (approvals, step.review)
    }

    /// A copy of the ledger that `run.sh` made (one entry), open to write.
    func ledger(named name: String) throws -> LedgerStore {
        let path = "\(folder)/\(name)"
        for end in ["", "-wal", "-shm"] { unlink(path + end) }
        try FileWriter.write(FileReader.read("\(folder)/ledger.sqlite"), to: path)
        return try LedgerStore(path, key: ledgerKey, tool: "countersign/benchmark", now: now)
    }
}

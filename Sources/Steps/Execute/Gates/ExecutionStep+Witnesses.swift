// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

/// `witnessBeforeSend`: no request leaves before a quorum of witnesses has cosigned its intent (design §4.3).
extension ExecutionStep {
    /// Where the bundle's root or the newest says so (formats.md §5, "Which root counts").
    func asksWitnesses(_ bundle: VerifiedBundle) -> Bool {
        waitsForWitnesses && [bundle.root.root, store.history.chain.newest.root].contains { $0.limits.witnessBeforeSend }
    }

    /// The intent, written down in a transaction of its own and cosigned by a quorum.
    ///
    /// An intent that waits already is gone on with, if it is the very same; else a new attempt is written.
    /// - Throws: `witness-quorum` (try again) while there is no quorum.
    func witnessed(_ draft: Draft, _ data: EntryData.Intent, _ bundle: VerifiedBundle) throws(Refusal) -> Int {
        let witnesses = Witnesses(of: store.history.chain.newest.root)
        guard !witnesses.members.isEmpty else {
            throw Refusal(
                "witness-none", .notPermitted,
                "trust root version \(bundle.root.root.version) asks for witnesses before a request leaves; version \(witnesses.version) lists none",
                hint: "prepare a new bundle under version \(witnesses.version)")
        }
        let intent: Int
        if let waiting = life(bundle.digest).waiting, Self.isSame(waiting.intent, data) {
            intent = waiting.seq
        } else {
            intent = store.size
            try store.append([draft], now: pace.now())
        }
        guard try store.quorum(over: intent) != nil else {
            throw waiting("\(data.target) has not been sent: its intent (entry \(intent))", witnesses, try store.cosigners(over: intent))
        }
        return intent
    }

    /// Names those who are still to cosign. They count together only on one checkpoint, which need not be the newest.
    private func waiting(_ what: String, _ witnesses: Witnesses, _ given: (size: Int, members: [Witnesses.Member])?) -> Refusal {
        func names(_ members: [Witnesses.Member]) -> String { members.map { SafeText.escaped($0.verifier.name) }.joined(separator: ", ") }
        var message = "\(what) waits for \(witnesses.quorum) of these witnesses: \(names(witnesses.members))"
        var details = [
            "for each that has an address: countersign ledger witness LEDGER --url URL --key KEY",
            "for each other: countersign ledger witness-request LEDGER --old SIZE --out FILE, then there: countersign witness cosign FILE --key KEY --name NAME --state FOLDER --log-key VKEY",
        ]
        if let given {
            let owners = Set(given.members.map(\.owner))
            let left = names(witnesses.members.filter { !owners.contains($0.owner) })
            message =
                "\(what) waits for \(witnesses.quorum - owners.count) more of these witnesses: \(left) (\(names(given.members)) cosigned size \(given.size))"
            if given.size < store.size {
                details.insert(
                    "cosignatures count together on one checkpoint: of size \(given.size), or \(witnesses.quorum) of a later one, such as the newest, of size \(store.size)",
                    at: 0)
            }
        }
        return Refusal(
            "witness-quorum", .tryAgain, message, at: Place(file: store.path), details: details,
            hint: "then: countersign resume LEDGER --key KEY, with --cosigned FILE for what cosign printed")
    }

    /// The same request with the same bytes to the same place; which attempt it is does not matter.
    private static func isSame(_ waiting: EntryData.Intent, _ next: EntryData.Intent) -> Bool {
        waiting.name.hasSameBytes(as: next.name) && waiting.pin == next.pin && waiting.sent == next.sent && waiting.body == next.body
            && waiting.endpoint.hasSameBytes(as: next.endpoint)
    }

    /// Where a ledger has witnesses, a checkpoint held elsewhere must be given: an old copy of the ledger knows nothing of
    /// what was executed since (design §4.1).
    func demandSince(_ since: InputFile?) throws(Refusal) {
        guard since == nil, !store.history.chain.newest.root.role(.witness).keys.isEmpty else { return }
        throw Refusal(
            "since-missing", .notPermitted, "this ledger has witnesses: it must be shown to be the newest that they have seen",
            at: Place(file: store.path),
            hint: "give the last cosigned checkpoint, from a witness or from your own records, with --since NOTE")
    }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Cryptography
import Files
import Ledger
import StrictFormats
import Trust

struct ConsistencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistency", abstract: "Say whether one checkpoint continues another: nothing before it was changed.",
        discussion:
            "Exit 0: it does. Exit 1: it does not, or nothing shows it; both are shown.\nExample:\n  countersign audit consistency old.note new.note --ledger ledger.sqlite"
    )

    @Argument(help: ArgumentHelp("The older checkpoint.", valueName: "old")) var old: String
    @Argument(help: ArgumentHelp("The newer checkpoint.", valueName: "new")) var new: String
    @Option(help: ArgumentHelp("A consistency proof: the body of a witness request.", valueName: "file")) var proof: String?
    @Option(help: ArgumentHelp("The ledger, to make the proof from.", valueName: "file")) var ledger: String?
    @Option(
        help: ArgumentHelp("The ledger's verifier key (C2SP signed-note), or a file of them; repeat it for each that it has had.", valueName: "vkey"))
    var logKey: [String] = []
    @Option(help: ArgumentHelp("Where to keep two checkpoints that contradict each other.", valueName: "file")) var evidence: String?
    @OptionGroup var format: FormatOptions

    func validate() throws {
        if proof != nil, ledger != nil { throw ValidationError("give either --proof or --ledger") }
        if logKey.isEmpty, ledger == nil { throw ValidationError("without --ledger, say whose checkpoints they are: --log-key VKEY") }
    }

    func run() throws {
        if let evidence { try FileWriter.checkAbsent(evidence) }
        let keys = try keys()
        let (first, one, log) = try note(old, keys)
        let (second, two, _) = try note(new, keys)
        guard one.origin.hasSameBytes(as: two.origin) else {
            throw Refusal(
                "checkpoint-origin", .notPermitted,
                "these are checkpoints of two logs: \(SafeText.escaped(one.origin)) and \(SafeText.escaped(two.origin))", at: Place(file: new))
        }
        guard one.size <= two.size else {
            throw Refusal(
                "consistency-order", .usage, "the first checkpoint has \(one.size) entries, the second \(two.size)",
                hint: "the older one stands first")
        }
        if let fork = Fork.proven(first, second, by: keys) { return try forked(fork, old, new) }
        if let ledger {
            for (note, size, name) in [(first, one.size, old), (second, two.size, new)] {
                let stored = try LedgerReader.audited(ledger) { reader throws(Refusal) in try reader.checkpoint(size) }
                guard let stored, let fork = Fork.proven(note, try SignedNote(stored, file: ledger), by: keys) else { continue }
                return try forked(fork, name, ledger)
            }
        }
        let hashes = one.size == two.size && one.root != two.root ? [] : try self.hashes(one, two)
        guard MerkleProof.isConsistent(from: one.size, root: one.root, to: two.size, root: two.root, proof: hashes) else {
            try show(first, second, titles: (old, new), isFork: false)
            throw Refusal(
                "inconsistent", .answerIsNo,
                "nothing shows that the \(two.size) entries of \(SafeText.escaped(new)) begin with the \(one.size) of \(SafeText.escaped(old))",
                hint: ledger == nil
                    ? "ask for a proof made for exactly these two"
                    : "this ledger's past was rewritten, or these are not its checkpoints: audit verify --since")
        }
        try format.answer(
            text: "consistent: the \(two.size) entries begin with the \(one.size)\n  \(log.name)",
            json: .object([("consistent", true), ("origin", .string(log.name)), ("old", .integer(one.size)), ("new", .integer(two.size))]))
    }

    /// The verifier keys that a checkpoint may be signed with: those given, or every one that the ledger ever had, the newest first.
    private func keys() throws(Refusal) -> [NoteVerifier] {
        if !logKey.isEmpty { return try VerifierKey.readAll(logKey) }
        guard let ledger else { return [] }
        return try LedgerReader.audited(ledger) { reader throws(Refusal) in try reader.verifiers() }.reversed()
    }

    private func note(_ name: String, _ keys: [NoteVerifier]) throws(Refusal) -> (SignedNote, Checkpoint, NoteVerifier) {
        let bytes = try FileReader.read(name)
        let signed = try SignedNote(bytes, file: name)
        guard let log = keys.first(where: { $0.isSigned(signed) }) ?? keys.first else {
            throw Refusal("verifier-missing", .usage, "no verifier key was given", hint: "--log-key VKEY")
        }
        let checkpoint = try Checkpoint.verified(bytes, by: log.key, file: name)
        guard checkpoint.origin.hasSameBytes(as: log.name) else {
            throw Refusal(
                "checkpoint-origin", .notPermitted,
                "this is a checkpoint of \(SafeText.escaped(checkpoint.origin)), not of \(SafeText.escaped(log.name))",
                at: Place(file: name))
        }
        return (signed, checkpoint, log)
    }

    private func hashes(_ one: Checkpoint, _ two: Checkpoint) throws(Refusal) -> [Digest] {
        if let proof {
            let request = try WitnessRequest(try FileReader.read(proof), file: proof)
            guard request.old == one.size, request.checkpoint == two else {
                throw Refusal(
                    "proof-other", .answerIsNo,
                    "this proof leads from size \(request.old) to size \(request.checkpoint.size) of \(SafeText.escaped(request.checkpoint.origin)), not between these two",
                    at: Place(file: proof), hint: "countersign ledger witness-request LEDGER --old \(one.size) makes one to the newest checkpoint")
            }
            return request.proof
        }
        guard let ledger else { return [] }
        return try LedgerReader.audited(ledger) { reader throws(Refusal) in
            let count = try reader.count()
            guard count >= two.size else {
                throw Refusal(
                    "ledger-shorter", .answerIsNo, "the ledger has \(count) entries; the checkpoint has \(two.size)", at: Place(file: ledger),
                    hint: "this may be an old copy: find the newest ledger file")
            }
            return try reader.consistency(from: one.size, to: two.size)
        }
    }

    /// - Parameters:
    ///   - one: the file that holds the first note.
    ///   - two: the file, or the ledger, that holds the second one.
    private func forked(_ fork: Fork, _ one: String, _ two: String) throws {
        if let evidence { try FileWriter.write(fork.bytes, to: evidence) }
        try show(fork.first, fork.second, titles: (one, two), isFork: true)
        throw ForkWords.refusal(fork, evidence: evidence)
    }

    private func show(_ first: SignedNote, _ second: SignedNote, titles: (String, String), isFork: Bool) throws(Refusal) {
        try format.answer(
            text: SignedNote.sideBySide(first, second, titles: (SafeText.escaped(titles.0), SafeText.escaped(titles.1))),
            json: .object([
                ("consistent", false), ("fork", .bool(isFork)),
                ("notes", .strings([first, second].map { String(decoding: $0.bytes, as: UTF8.self) })),
            ]))
    }
}

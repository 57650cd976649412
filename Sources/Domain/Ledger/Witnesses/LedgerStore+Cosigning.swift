// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

/// Taking cosignatures into a ledger (formats.md §6).
extension LedgerStore {
    /// What came of a file of cosignatures.
    public struct Cosigned: Sendable, Hashable {
        /// The checkpoint's size.
        public let size: Int
        public let name: String
        /// False where that witness's cosignature of that size stood there already.
        public let isNew: Bool
    }

    /// Checkpoints, newest first, that lines without a note are tried on.
    static var searchedCheckpoints: Int { 4096 }

    /// Takes in a witness's answer, or a cosigned note: each line must be by a witness of the newest trust root, valid for a
    /// checkpoint that this ledger holds. A second line by the same witness for the same size changes nothing.
    /// - Throws: `cosigner-unknown`, `cosignature-invalid`, `cosignature-other` (not permitted), `cosignature-malformed`; nothing is written then.
    @discardableResult
    public func cosign(_ bytes: [UInt8], file: String? = nil) throws(Refusal) -> [Cosigned] {
        let witnesses = Witnesses(of: history.chain.newest.root)
        let found: [(size: Int, cosignature: Cosignature)]
        if bytes.starts(with: "\u{2014}".utf8) {
            found = try search(NoteSignature.lines(bytes, file: file), witnesses, file)
        } else {
            found = try cosignatures(of: SignedNote(bytes, file: file), witnesses, file)
        }
        var taken: [Cosigned] = []
        try write { door throws(Refusal) in
            let insert = try door.prepare("INSERT OR IGNORE INTO cosignatures (size, name, line) VALUES (?1, ?2, ?3)")
            for (size, cosignature) in found {
                let line = cosignature.line
                let isNew = try !reader.cosignatures(size).contains { $0.name.hasSameBytes(as: line.name) }
                if isNew { try insert.run(.integer(size), .text(line.name), .blob(Array(line.line.utf8))) }
                taken.append(Cosigned(size: size, name: line.name, isNew: isNew))
            }
        }
        return taken
    }

    /// The witness of the newest root that a line is by.
    private func witness(_ line: NoteSignature, _ witnesses: Witnesses, _ file: String?) throws(Refusal) -> Witnesses.Member {
        guard let member = witnesses.member(of: line) else {
            throw Refusal(
                "cosigner-unknown", .notPermitted,
                "\(SafeText.escaped(line.name)) (key \(Hex.encode(line.keyID))) is no witness of trust root version \(witnesses.version)",
                at: Place(file: file), hint: "witnesses stand in the trust root, in the witness role, with their names and keys")
        }
        return member
    }

    private func cosignatures(of note: SignedNote, _ witnesses: Witnesses, _ file: String?) throws(Refusal) -> [(Int, Cosignature)] {
        let checkpoint = try Checkpoint(text: note.text, file: file)
        guard let stored = try reader.checkpoint(checkpoint.size), try SignedNote(stored).text.hasSameBytes(as: note.text) else {
            throw Refusal(
                "cosignature-other", .notPermitted,
                "this note is of \(checkpoint.origin), size \(checkpoint.size), root \(checkpoint.root): no checkpoint of this ledger",
                at: Place(file: file),
                hint: "if the ledger's own key signed it, this ledger was rewritten: countersign audit verify LEDGER --since NOTE")
        }
        // The log's own line stands in the note too.
        let own = history.verifiers
        var found: [(Int, Cosignature)] = []
        for line in note.signatures where !own.contains(where: { $0.isNamed(by: line) }) {
            found.append(
                (checkpoint.size, try Cosignature(line, of: note.text, by: try witness(line, witnesses, file).verifier, file: file)))
        }
        guard !found.isEmpty else {
            throw Refusal(
                "cosignature-malformed", .badData, "this note carries no cosignature", at: Place(file: file),
                hint: "a witness makes one with: countersign witness cosign REQUEST --key KEY --name NAME --state DIR --log-key VKEY")
        }
        return found
    }

    /// Lines do not say of which size they are: the newest checkpoints are tried.
    private func search(_ lines: [NoteSignature], _ witnesses: Witnesses, _ file: String?) throws(Refusal) -> [(Int, Cosignature)] {
        var found: [(Int, Cosignature)] = []
        for line in lines {
            let verifier = try witness(line, witnesses, file).verifier
            var match: (Int, Cosignature)?
            for (size, note) in try reader.newestCheckpoints(Self.searchedCheckpoints) where match == nil {
                do throws(Refusal) {
                    match = (size, try Cosignature(line, of: try SignedNote(note).text, by: verifier, file: file))
                } catch  where error.code == "cosignature-invalid" {
                    continue
                }
            }
            guard let match else {
                throw Refusal(
                    "cosignature-invalid", .notPermitted,
                    "the cosignature by \(SafeText.escaped(line.name)) verifies for none of this ledger's newest checkpoints", at: Place(file: file),
                    hint: "give the witness's line for a checkpoint of this ledger; for an older one, join it to its note")
            }
            found.append(match)
        }
        return found
    }

    /// When a quorum of the newest root's witnesses had cosigned a checkpoint that holds an entry; nil where none has.
    public func quorum(over entry: Int) throws(Refusal) -> Instant? {
        let witnesses = Witnesses(of: history.chain.newest.root)
        for size in try reader.cosignedSizes(above: entry) {
            guard let note = try reader.cosignedNote(size), try Checkpoint(text: note.text).root == reader.root(of: size) else { continue }
            if let time = witnesses.quorumTime(try witnesses.cosignatures(on: note, file: path)) { return time }
        }
        return nil
    }

    /// The checkpoint that holds an entry and that most owners cosigned, the newest of those; nil where no witness of the newest root did any.
    public func cosigners(over entry: Int) throws(Refusal) -> (size: Int, members: [Witnesses.Member])? {
        let witnesses = Witnesses(of: history.chain.newest.root)
        var best: (size: Int, members: [Witnesses.Member])?
        for size in try reader.cosignedSizes(above: entry) {
            guard let note = try reader.cosignedNote(size) else { continue }
            let members = try witnesses.cosignatures(on: note, file: path).compactMap { witnesses.member(of: $0.line) }
            guard !members.isEmpty, Set(members.map(\.owner)).count >= Set(best?.members.map(\.owner) ?? []).count else { continue }
            best = (size, members)
        }
        return best
    }
}

extension LedgerReader {
    /// The newest checkpoints, largest first.
    func newestCheckpoints(_ count: Int) throws(Refusal) -> [(size: Int, note: [UInt8])] {
        let statement = try door.prepare("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT ?1")
        try statement.bind(.integer(count))
        var rows: [(size: Int, note: [UInt8])] = []
        while try statement.step() { rows.append((statement.integer(0), statement.blob(1))) }
        return rows
    }

    /// Sizes above a number of which cosignatures are stored.
    func cosignedSizes(above entry: Int) throws(Refusal) -> [Int] {
        let statement = try door.prepare("SELECT DISTINCT size FROM cosignatures WHERE size > ?1 ORDER BY size")
        try statement.bind(.integer(entry))
        var sizes: [Int] = []
        while try statement.step() { sizes.append(statement.integer(0)) }
        return sizes
    }
}

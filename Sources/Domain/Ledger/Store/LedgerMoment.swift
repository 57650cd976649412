// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// A ledger as it stood at one moment, read in pieces for as long as that takes, whoever writes to it meanwhile.
///
/// Entries, checkpoints and artifacts are added and never changed. So each piece is read at a moment of its own (`LedgerReader.steady`), and what
/// came later is left out. What is done with a piece has no ledger open: it may take its time, and is done once.
public struct LedgerMoment: Sendable {
    public let path: String
    /// The newest checkpoint of that moment, as a signed note.
    public let note: [UInt8]
    public let checkpoint: Checkpoint
    /// Entries that were there, by the last one's number: as many as the checkpoint says, where nothing is damaged.
    public let count: Int

    /// Entries in their order, and the checkpoints that were signed over them, the last one's included.
    public struct Piece: Sendable {
        public var entries: [(seq: Int, bytes: [UInt8])] = []
        public var checkpoints: [(size: Int, note: [UInt8])] = []
    }

    /// What a piece holds at most, besides the entry or artifact that goes beyond it.
    private static let most = (rows: 1024, bytes: 4 << 20)

    /// - Throws: `ledger-…` where it cannot be read. Nil where the ledger has no checkpoint.
    public init?(_ path: String) throws(Refusal) {
        let found = try LedgerReader.steady(path) { reader throws(Refusal) in (note: try reader.latestCheckpoint(), count: try reader.count()) }
        guard let note = found.note else { return nil }
        self.path = path
        self.note = note
        count = found.count
        checkpoint = try Checkpoint(text: SignedNote(note, file: path).text, file: path)
    }

    /// Entries from the number `start` up to the newest checkpoint, or to `end`.
    public func forEachPiece(from start: Int = 0, upTo end: Int? = nil, _ body: (Piece) throws(Refusal) -> Void) throws(Refusal) {
        let end = min(end ?? checkpoint.size, checkpoint.size)
        // What has a number or a size that nothing can have stands before the first entry, and is not passed over.
        var next = start == 0 ? Int.min : start
        while next < end {
            let piece = try steady { reader throws(Refusal) in try reader.piece(from: next, upTo: end, Self.most) }
            try body(piece)
            // Where entries are missing, whoever reads them sees it by their numbers.
            next = piece.entries.last.map { $0.seq + 1 } ?? end
        }
    }

    /// Some artifacts, in the order given; nil for one that is not there.
    public func forEachArtifact(_ digests: [Digest], _ body: (_ digest: Digest, _ bytes: [UInt8]?) throws(Refusal) -> Void) throws(Refusal) {
        var next = 0
        while next < digests.count {
            let found = try steady { reader throws(Refusal) in
                var found: [[UInt8]?] = []
                var size = 0
                while next + found.count < digests.count, size < Self.most.bytes {
                    let bytes = try reader.artifact(digests[next + found.count])
                    size += bytes?.count ?? 0
                    found.append(bytes)
                }
                return found
            }
            for bytes in found {
                try body(digests[next], bytes)
                next += 1
            }
        }
    }

    /// One artifact; nil where it is not there.
    public func artifact(_ digest: Digest) throws(Refusal) -> [UInt8]? {
        try steady { reader throws(Refusal) in try reader.artifact(digest) }
    }

    /// The checkpoint's note of another size; nil where there is none.
    public func checkpointNote(_ size: Int) throws(Refusal) -> [UInt8]? {
        try steady { reader throws(Refusal) in try reader.checkpoint(size) }
    }

    /// The lines of witnesses for each size up to the newest checkpoint. Lines that came after the moment may be among them.
    public func cosignatures() throws(Refusal) -> [Int: [UInt8]] {
        try steady { reader throws(Refusal) in
            var lines: [Int: [UInt8]] = [:]
            try reader.forEachCosignature { size, _, line throws(Refusal) in if size <= checkpoint.size { lines[size, default: []] += line } }
            return lines
        }
    }

    /// - Throws: `ledger-moved` where another ledger stands under the name by now.
    private func steady<Value>(_ body: (LedgerReader) throws(Refusal) -> Value) throws(Refusal) -> Value {
        try LedgerReader.steady(path) { reader throws(Refusal) in
            guard try reader.checkpoint(checkpoint.size) == note else {
                throw Refusal(
                    "ledger-moved", .inputOutput, "another ledger took this one's place while it was read", at: Place(file: path),
                    hint: "find out which of them is meant, and run it again")
            }
            return try body(reader)
        }
    }
}

extension LedgerReader {
    fileprivate func piece(from start: Int, upTo end: Int, _ most: (rows: Int, bytes: Int)) throws(Refusal) -> LedgerMoment.Piece {
        var piece = LedgerMoment.Piece()
        let entries = try door.prepare("SELECT seq, bytes FROM entries WHERE seq >= ?1 AND seq < ?2 ORDER BY seq")
        try entries.bind(.integer(start), .integer(end))
        var size = 0
        while piece.entries.count < most.rows, size < most.bytes, try entries.step() {
            piece.entries.append((entries.integer(0), entries.blob(1)))
            size += piece.entries.last?.bytes.count ?? 0
        }
        let checkpoints = try door.prepare("SELECT size, note FROM checkpoints WHERE size > ?1 AND size <= ?2 ORDER BY size")
        try checkpoints.bind(.integer(start), .integer(piece.entries.last.map { $0.seq + 1 } ?? end))
        while try checkpoints.step() { piece.checkpoints.append((checkpoints.integer(0), checkpoints.blob(1))) }
        return piece
    }
}

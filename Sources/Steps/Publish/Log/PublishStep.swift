// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
public import Ledger
public import StrictFormats

/// Publishes a ledger as C2SP tlog-tiles (docs/formats/published-log.md): everything first, the checkpoint last.
///
/// It can be killed at any moment and run again: what the published checkpoint covers was written before it and is left alone; what else has its name
/// already is compared, never written over.
public struct PublishStep {
    /// What was done.
    public struct Done: Sendable {
        public let size: Int
        /// The size that stood there before; nil for a new folder.
        public let before: Int?
        /// Files that got their name in this run.
        public let files: Int
    }

    let reader: LedgerReader
    let folder: any PublicationStore
    /// Whether what was published before is compared too.
    private let comparesAll: Bool
    /// Entries whose files for ever stand there: those under the published checkpoint, which is written last. 0 where all is compared.
    private(set) var complete = 0
    var files = 0
    let hasher = Hasher()

    private init(_ reader: LedgerReader, _ folder: any PublicationStore, _ comparesAll: Bool) {
        self.reader = reader
        self.folder = folder
        self.comparesAll = comparesAll
    }

    /// Publishes what the ledger holds at this moment.
    /// - Parameters:
    ///   - comparesAll: every file that was published before is given again, and so compared.
    ///   - progress: called with the entries done and all of them.
    /// - Throws: `published-fork` (the answer is no), `published-ahead`, `published-differs`, `ledger-damaged`, `entry-too-large`.
    public static func run(
        _ reader: LedgerReader, to path: String, comparesAll: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(Refusal) -> Done {
        try run(reader, to: PublishingFolder(path), comparesAll: comparesAll, progress: progress)
    }

    /// Publishes to another store than a folder.
    public static func run(
        _ reader: LedgerReader, to store: any PublicationStore, comparesAll: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(Refusal) -> Done {
        try reader.atOneMoment { () throws(Refusal) in
            var step = PublishStep(reader, store, comparesAll)
            return try step.publish(progress)
        }
    }

    private mutating func publish(_ progress: (Int, Int) -> Void) throws(Refusal) -> Done {
        guard let note = try reader.latestCheckpoint() else { throw damaged("this ledger has no checkpoint") }
        let newest = try Checkpoint(text: SignedNote(note, file: reader.path).text, file: reader.path)
        let before = try published(newest)
        complete = comparesAll ? 0 : before ?? 0
        try putArtifacts(upTo: newest.size)
        try putEntries(newest, progress)
        let lines = try putCosignatures(upTo: newest)
        try folder.sync()
        let joined = note + lines
        if try folder.read(TileName.checkpoint) != joined {
            try folder.replace(TileName.checkpoint, joined)
            try folder.sync()
            files += 1
        }
        try removeSuperseded(from: before ?? 0, to: newest.size)
        return Done(size: newest.size, before: before, files: files)
    }

    /// What stands in the folder must be a past of this ledger, before anything is written to it.
    private func published(_ newest: Checkpoint) throws(Refusal) -> Int? {
        guard let bytes = try folder.read(TileName.checkpoint) else { return nil }
        let file = "\(folder.path)/\(TileName.checkpoint)"
        let old = try Checkpoint(text: SignedNote(bytes, file: file).text, file: file)
        guard old.origin.hasSameBytes(as: newest.origin) else {
            throw Refusal(
                "published-other", .cannotCreate, "in this folder the log \(old.origin) is published, not \(newest.origin)",
                at: Place(file: folder.path),
                hint: "give each ledger a folder of its own")
        }
        guard old.size <= newest.size else {
            throw Refusal(
                "published-ahead", .answerIsNo, "\(old.size) entries are published here; this ledger has \(newest.size): it is an older copy",
                at: Place(file: reader.path), hint: "find the ledger that was published last; audit rebuild makes it from this folder")
        }
        var tree = MerkleFrontier()
        try reader.forEachEntry(upTo: old.size) { _, entry throws(Refusal) in tree.append(MerkleHash.leaf(entry, with: hasher), with: hasher) }
        guard tree.root(with: hasher) == old.root else {
            let ours = Checkpoint(origin: newest.origin, size: old.size, root: tree.root(with: hasher))
            throw Refusal(
                "published-fork", .answerIsNo, "the first \(old.size) entries of this ledger are others than those that were published here",
                at: Place(file: reader.path),
                details: ["published: \(SafeText.escaped(old.text))", "this ledger: \(SafeText.escaped(ours.text))"],
                hint: "nothing was written; one of the two was rewritten: audit both, and keep both")
        }
        return old.size
    }

    /// All artifacts of a new log, and of one that goes on those that its new entries name.
    private mutating func putArtifacts(upTo size: Int) throws(Refusal) {
        var count = 0
        func put(_ name: [UInt8], _ bytes: [UInt8]) throws(Refusal) {
            guard let digest = Digest(bytes: name), hasher.digest(bytes) == digest else {
                throw damaged("the artifact \(Hex.encode(name)) holds other bytes than its name says")
            }
            if try folder.put(TileName.artifact(digest.hex), bytes) { count += 1 }
        }
        if complete == 0 {
            try reader.forEachArtifact(put)
        } else {
            var decoder = EntryDecoder()
            try reader.forEachEntry(from: complete, upTo: size) { seq, bytes throws(Refusal) in
                let entry: Entry
                do throws(Refusal) { entry = try decoder.decode(bytes) } catch { throw damaged("entry \(seq) cannot be read: \(error.message)") }
                for digest in entry.data.artifacts {
                    guard let artifact = try reader.artifact(digest) else { throw damaged("the artifact \(digest) is missing") }
                    try put(digest.bytes, artifact)
                }
            }
        }
        files += count
    }

    /// Sizes of the published log that are looked at again for cosignatures that came later.
    private static let recentSizes = 256

    /// - Returns: the lines that the newest checkpoint is joined with.
    private mutating func putCosignatures(upTo newest: Checkpoint) throws(Refusal) -> [UInt8] {
        let size = newest.size
        var lines: [Int: [UInt8]] = [:]
        try reader.forEachCosignature { at, _, line throws(Refusal) in if at <= size { lines[at, default: []] += line } }
        let sorted = lines.sorted { $0.key < $1.key }
        let known = sorted.count { $0.key <= complete } - Self.recentSizes
        for (at, bytes) in sorted.dropFirst(max(0, known)) {
            let name = TileName.cosignatures(size: at).text
            let known = try folder.read(name) ?? []
            if known == bytes { continue }
            // A witness may sign a state that was published before; none of its lines goes away.
            guard Set(known.split(separator: 0x0A)).isSubset(of: bytes.split(separator: 0x0A)) else {
                throw Refusal(
                    "published-differs", .cannotCreate, "a cosignature was published that this ledger does not hold",
                    at: Place(file: "\(folder.path)/\(name)"), hint: "find the ledger that was published last")
            }
            try folder.replace(name, bytes)
            files += 1
        }
        try folder.sync()
        let sizes = CosignedSizes.bytes(origin: newest.origin, sizes: Array(lines.keys))
        if try folder.read(CosignedSizes.file) != sizes {
            try folder.replace(CosignedSizes.file, sizes)
            files += 1
        }
        return lines[size] ?? []
    }

    /// Partial files may go once the full one is there (C2SP tlog-tiles, "Partial Tiles"), and the checkpoint that needs it.
    private func removeSuperseded(from old: Int, to new: Int) throws(Refusal) {
        func remove(_ name: (_ index: Int, _ width: Int) -> TileName, level: Int) throws(Refusal) {
            let last = new >> (8 * level) / TileRows.width
            // One tile further back: a run before this one may have been killed before it came here.
            for index in max(0, old >> (8 * level) / TileRows.width - 1)..<max(last, 0) where index < last {
                try folder.forget((1..<TileRows.width).map { name(index, $0).text })
            }
        }
        try remove({ .entries(index: $0, width: $1) }, level: 0)
        try remove({ .checkpoints(index: $0, width: $1) }, level: 0)
        for level in 0..<8 where new >> (8 * (level + 1)) > 0 { try remove({ .tile(level: level, index: $0, width: $1) }, level: level) }
    }

    func damaged(_ message: String) -> Refusal {
        Refusal("ledger-damaged", .badData, message, at: Place(file: reader.path), hint: "its checkpoint was not published; run audit verify")
    }
}

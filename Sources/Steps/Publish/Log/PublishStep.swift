// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import Ledger
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

    let moment: LedgerMoment
    let folder: any PublicationStore
    /// Whether what was published before is compared too.
    private let comparesAll: Bool
    /// Entries whose files for ever stand there: those under the published checkpoint, which is written last. 0 where all is compared.
    private(set) var complete = 0
    let hasher = Hasher()

    private init(_ moment: LedgerMoment, _ folder: any PublicationStore, _ comparesAll: Bool) {
        self.moment = moment
        self.folder = folder
        self.comparesAll = comparesAll
    }

    /// Publishes what the ledger holds at this moment. Whoever writes to it meanwhile is not kept waiting.
    /// - Parameters:
    ///   - ledger: its file.
    ///   - comparesAll: every file that was published before is given again, and so compared.
    ///   - progress: called with the entries done and all of them.
    /// - Throws: `published-fork` (the answer is no), `published-ahead`, `published-differs`, `ledger-damaged`, `entry-too-large`.
    public static func run(
        _ ledger: String, to path: String, comparesAll: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(Refusal) -> Done {
        guard let moment = try LedgerMoment(ledger) else { throw withoutCheckpoint(ledger) }
        return try run(moment, to: PublishingFolder(path), comparesAll, progress)
    }

    /// Publishes to another store than a folder.
    public static func run(
        _ ledger: String, to store: any PublicationStore, comparesAll: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(Refusal) -> Done {
        guard let moment = try LedgerMoment(ledger) else { throw withoutCheckpoint(ledger) }
        return try run(moment, to: store, comparesAll, progress)
    }

    private static func run(
        _ moment: LedgerMoment, to store: any PublicationStore, _ comparesAll: Bool, _ progress: (Int, Int) -> Void
    ) throws(Refusal) -> Done {
        var step = PublishStep(moment, store, comparesAll)
        return try step.publish(progress)
    }

    private mutating func publish(_ progress: (Int, Int) -> Void) throws(Refusal) -> Done {
        let newest = moment.checkpoint
        let known = try publishedNote()
        complete = comparesAll ? 0 : known?.checkpoint.size ?? 0
        let checked = try check(earlier: known?.checkpoint.size)
        if let known { try demandPast(known, checked) }
        let before = known?.checkpoint.size
        let giving = GivingNames(folder)
        try putArtifacts(giving)
        try putEntries(giving, progress)
        // What a list or a checkpoint refers to stands there before it.
        try giving.finish()
        let lines = try putCosignatures(checked.cosignatures, giving)
        try folder.sync()
        var files = giving.count + lines.files
        let joined = moment.note + lines.newest
        if try folder.read(TileName.checkpoint) != joined {
            try folder.replace(TileName.checkpoint, joined)
            try folder.sync()
            files += 1
        }
        try removeSuperseded(from: before ?? 0, to: newest.size)
        return Done(size: newest.size, before: before, files: files)
    }

    /// The checkpoint that stands in the folder; nil for a new one.
    private func publishedNote() throws(Refusal) -> (note: SignedNote, checkpoint: Checkpoint)? {
        guard let bytes = try folder.read(TileName.checkpoint) else { return nil }
        let file = "\(folder.path)/\(TileName.checkpoint)"
        let note = try SignedNote(bytes, file: file)
        let old = try Checkpoint(text: note.text, file: file)
        guard old.origin.hasSameBytes(as: moment.checkpoint.origin) else {
            throw Refusal(
                "published-other", .cannotCreate, "in this folder the log \(old.origin) is published, not \(moment.checkpoint.origin)",
                at: Place(file: folder.path), hint: "give each ledger a folder of its own")
        }
        return (note, old)
    }

    /// More is published than this ledger has: said is what the first entry proves, and no more.
    private func ahead(_ old: Checkpoint) throws(Refusal) -> Refusal {
        let sizes = "\(old.size) entries are published here; this ledger has \(moment.checkpoint.size)"
        let isSame = try beginsAlike(old.size)
        if isSame == false {
            return Refusal(
                "published-other", .cannotCreate, "\(sizes) and another first entry: it is another ledger of the same name",
                at: Place(file: moment.path),
                hint: "give each ledger a folder of its own")
        }
        return Refusal(
            "published-ahead", .answerIsNo,
            "\(sizes)\(isSame == true ? " and the same first entry: it is an older copy, or went another way since" : ": it may be an older copy, or another ledger")",
            at: Place(file: moment.path), hint: "find the ledger that was published last; audit rebuild makes it from this folder")
    }

    /// Whether what is published has this ledger's first entry; nil where the tile that says so is not there.
    private func beginsAlike(_ published: Int) throws(Refusal) -> Bool? {
        let tile = try folder.read(TileName.tile(level: 0, index: 0, width: min(published, TileRows.width)).text)
        guard let leaf = tile?.prefix(32), leaf.count == 32 else { return nil }
        var first: [UInt8]?
        try moment.forEachPiece(upTo: 1) { piece throws(Refusal) in first = piece.entries.first?.bytes }
        return first.map { MerkleHash.leaf($0, with: hasher).bytes.elementsEqual(leaf) }
    }

    /// What stands in the folder must be a past of this ledger, before anything is written to it.
    private func demandPast(_ known: (note: SignedNote, checkpoint: Checkpoint), _ checked: Checked) throws(Refusal) {
        // Whoever can write there could say anything of this ledger, and have files left out.
        guard checked.verifiers.contains(where: { $0.isSigned(known.note) }) else {
            throw Refusal(
                "published-unsigned", .notPermitted, "the checkpoint that stands here is signed by no key that this ledger ever had",
                at: Place(file: "\(folder.path)/\(TileName.checkpoint)"),
                hint: "nothing was written: find out who wrote it; a place of its own, or this one emptied, is published to anew")
        }
        guard known.checkpoint.size <= moment.checkpoint.size else { throw try ahead(known.checkpoint) }
        guard checked.earlier != known.checkpoint.root else { return try demandCheckpoints(checked.notes, at: known.checkpoint.size) }
        let size = known.checkpoint.size
        let ours = try moment.checkpointNote(size).map { note throws(Refusal) in try SignedNote(note, file: moment.path) }
        throw Refusal(
            "published-fork", .answerIsNo, "the first \(size) entries of this ledger are others than those that were published here",
            at: Place(file: moment.path),
            details: ours.map { SignedNote.sideBySide(known.note, $0, titles: ("published", "this ledger")).split(separator: "\n").map(String.init) }
                ?? [
                    "the ledger has no checkpoint of that size"
                ],
            hint:
                "nothing was written, one of the two was rewritten: keep both; audit verify LEDGER --since CHECKPOINT --evidence FILE keeps what proves it"
        )
    }

    /// The last bundle of checkpoints is written anew until it is full: what was published in it must still be in the ledger.
    private func demandCheckpoints(_ notes: [UInt8], at size: Int) throws(Refusal) {
        guard size % TileRows.width > 0 else { return }
        let name = TileName.checkpoints(index: size / TileRows.width, width: size % TileRows.width).text
        // It is gone where a run that was killed had filled it already.
        guard let published = try folder.read(name), published != notes else { return }
        throw Refusal(
            "published-differs", .cannotCreate, "this ledger no longer holds the checkpoints that were published here",
            at: Place(file: "\(folder.path)/\(name)"),
            hint: "nothing was written: run audit verify on both, and find the ledger that was published last")
    }

    /// The artifacts that the entries name: all of a new log, and of one that goes on those of its new entries.
    private func putArtifacts(_ giving: GivingNames) throws(Refusal) {
        var decoder = EntryDecoder()
        var given: Set<Digest> = []
        try moment.forEachPiece(from: complete) { piece throws(Refusal) in
            var named: [Digest] = []
            for (seq, bytes) in piece.entries {
                let entry: Entry
                do throws(Refusal) { entry = try decoder.decode(bytes) } catch { throw damaged("entry \(seq) cannot be read: \(error.message)") }
                for digest in entry.data.artifacts where given.insert(digest).inserted { named.append(digest) }
            }
            try moment.forEachArtifact(named) { digest, bytes throws(Refusal) in
                guard let bytes else { throw damaged("the artifact \(digest) is missing") }
                guard hasher.digest(bytes) == digest else { throw damaged("the artifact \(digest.hex) holds other bytes than its name says") }
                try giving.put(TileName.artifact(digest.hex), bytes)
            }
        }
    }

    /// Sizes of the published log that are looked at again for cosignatures that came later.
    private static let recentSizes = 256

    /// - Returns: the lines that the newest checkpoint is joined with, and the files that were written one after the other.
    private func putCosignatures(_ lines: [Int: [UInt8]], _ giving: GivingNames) throws(Refusal) -> (newest: [UInt8], files: Int) {
        let sorted = lines.sorted { $0.key < $1.key }
        let known = sorted.count { $0.key <= complete } - Self.recentSizes
        for (at, bytes) in sorted.dropFirst(max(0, known)) {
            let name = TileName.cosignatures(size: at).text
            let place = Place(file: "\(folder.path)/\(name)")
            try giving.renew(name, bytes) { known throws(Refusal) in
                // A witness may sign a state that was published before; none of its lines goes away.
                guard Set(known.split(separator: 0x0A)).isSubset(of: bytes.split(separator: 0x0A)) else {
                    throw Refusal(
                        "published-differs", .cannotCreate, "a cosignature was published that this ledger does not hold", at: place,
                        hint: "find the ledger that was published last")
                }
            }
        }
        try giving.finish()
        try folder.sync()
        let sizes = CosignedSizes.bytes(origin: moment.checkpoint.origin, sizes: Array(lines.keys))
        let isNew = try folder.renew(CosignedSizes.file, sizes) { _ in }
        return (lines[moment.checkpoint.size] ?? [], isNew ? 1 : 0)
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

    private static func withoutCheckpoint(_ ledger: String) -> Refusal { damaged("this ledger has no checkpoint", ledger) }

    func damaged(_ message: String) -> Refusal { Self.damaged(message, moment.path) }

    private static func damaged(_ message: String, _ ledger: String) -> Refusal {
        Refusal("ledger-damaged", .badData, message, at: Place(file: ledger), hint: "its checkpoint was not published; run audit verify")
    }
}

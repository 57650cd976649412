// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import Files
public import StrictFormats

/// Something about a published log that its rows do not show.
public struct PublishedFinding: Sendable, Hashable {
    /// `published-missing`, `published-malformed`, `published-tile-differs`, `published-entries-differ`, `published-checkpoint-differs`,
    /// `published-cosignatures`: errors. `published-extra`, `published-unfinished`: harmless.
    public let code: String
    public let file: String
    public let message: String
    public var isHarmless: Bool { ["published-extra", "published-unfinished"].contains(code) }
}

/// Reads a published log (docs/formats/published-log.md) into the rows of a ledger.
///
/// What the log's own checkpoint covers is read; what goes beyond it belongs to a publication that has not ended.
public struct PublishedLog {
    let folder: FolderReader
    let door: SQLiteDoor
    let checkpoint: Checkpoint
    let note: SignedNote
    /// The files that are there and were not accounted for yet.
    var left: Set<String>
    /// For each last tile, entry bundle and checkpoint bundle: the widths that are there.
    var widths: [String: [Int]] = [:]
    var findings: [PublishedFinding] = []
    /// Artifacts that the entries name.
    var named: Set<Digest> = []
    let hasher = Hasher()

    /// Fills a new ledger file with the rows that a folder holds.
    /// - Parameter path: a file that is not there yet.
    /// - Returns: what the rows do not show.
    /// - Throws: `published-nothing` (no input) where there is no checkpoint; what is wrong with that one file.
    public static func fill(_ path: String, from folder: FolderReader) throws(Refusal) -> [PublishedFinding] {
        let file = "\(folder.path)/\(TileName.checkpoint)"
        guard let bytes = try folder.read(TileName.checkpoint, limit: SignedNote.maximumBytes) else {
            throw Refusal(
                "published-nothing", .noInput, "no log is published here: there is no file \"checkpoint\"", at: Place(file: folder.path),
                hint: "give the folder that ledger publish wrote")
        }
        let note = try SignedNote(bytes, file: file)
        let door = try SQLiteDoor(path, .create)
        // Until it is whole the file is nobody's; whoever gives it a name syncs it first.
        try door.execute("PRAGMA synchronous = OFF")
        var log = PublishedLog(
            folder: folder, door: door, checkpoint: try Checkpoint(text: note.text, file: file), note: note, left: Set(try folder.names()))
        try door.transaction { () throws(Refusal) in try log.fill() }
        try door.close()
        return log.findings
    }

    private mutating func fill() throws(Refusal) {
        try door.execute("PRAGMA application_id = \(Schema.applicationID)")
        try door.execute("PRAGMA user_version = \(Schema.version)")
        for object in Schema.all { try door.execute(object.sql) }
        left.subtract(PublishingFolder.ownNames.union([TileName.checkpoint]))
        for name in left {
            switch TileName(name) {
            case .tile(_, _, let width), .entries(_, let width), .checkpoints(_, let width): widths[Self.stem(name), default: []].append(width)
            default: break
            }
        }
        try readEntries()
        try readCheckpoints()
        try readArtifacts()
        try readCosignatures()
        for name in left.sorted() {
            let isOurs = TileName(name) != nil || name.hasPrefix("artifact/")
            add(
                isOurs ? "published-unfinished" : "published-extra", name,
                isOurs ? "it belongs to no entry before the checkpoint, and was not read" : "it is no file of a published log, and was not read")
        }
    }

    static func stem(_ name: String) -> String { name.firstRange(of: ".p/").map { String(name[..<$0.lowerBound]) } ?? name }

    mutating func add(_ code: String, _ file: String, _ message: String) {
        findings.append(PublishedFinding(code: code, file: file, message: message))
    }

    /// The bytes under a name, which is accounted for then.
    /// Something that cannot be read as a file (a folder, a dangling link) is as good as not there.
    mutating func take(_ name: String) throws(Refusal) -> [UInt8]? {
        left.remove(name)
        do throws(Refusal) { return try folder.read(name) } catch {
            guard error.category != .inputOutput else { throw error }
            return nil
        }
    }

    /// Compares every width of one bundle or tile that is there with what it must hold.
    /// - Parameters:
    ///   - width: the width that the checkpoint asks for.
    ///   - bytes: what the file of a width begins with, or is: nil where it is not known.
    mutating func compare(
        _ name: (_ width: Int) -> TileName, width: Int, differs code: String, _ bytes: (_ width: Int) -> [UInt8]
    ) throws(Refusal) {
        let there = widths[name(TileRows.width).text] ?? []
        let isSuperseded = there.contains { $0 >= width }
        if !isSuperseded { add("published-missing", name(width).text, "it is missing, and the checkpoint needs it") }
        for found in there {
            let file = name(found).text
            let known = bytes(min(found, width))
            guard let stored = try take(file) else {
                add("published-malformed", file, "it cannot be read")
                continue
            }
            let holds = found <= width ? stored == known : stored.starts(with: known)
            if !holds { add(code, file, "it does not hold what the entries before the checkpoint say") }
        }
    }
}

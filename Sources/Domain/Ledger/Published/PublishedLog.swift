// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
public import StrictFormats

/// Something about a published log that its rows do not show.
public struct PublishedFinding: Sendable, Hashable {
    /// `published-missing`, `published-malformed`, `published-tile-differs`, `published-entries-differ`, `published-checkpoint-differs`,
    /// `published-cosignatures`: errors. `published-extra`, `published-unfinished`: harmless.
    public let code: String
    public let file: String
    public let message: String
    /// The entry that it is about, where it is known.
    public var entry: Int?
    public var isHarmless: Bool { ["published-extra", "published-unfinished"].contains(code) }
}

/// Reads a published log (docs/formats/published-log.md) into the rows of a ledger.
///
/// What the log's own checkpoint covers is read; what goes beyond it belongs to a publication that has not ended. Of a source that
/// lists its names every file is held against the entries, of another one those that the checkpoint needs.
public struct PublishedLog {
    let reads: FetchAhead
    let door: SQLiteDoor
    let checkpoint: Checkpoint
    let note: SignedNote
    /// The files that are there and were not accounted for yet; none where the source lists nothing.
    var left: Set<String>
    let isListed: Bool
    /// For each last tile, entry bundle and checkpoint bundle: the widths that are there.
    var widths: [String: [Int]] = [:]
    /// The sizes that witnesses cosigned, as `cosigned` says.
    var cosigned: Set<Int> = []
    var findings: [PublishedFinding] = []
    /// How many findings of each code there are: not all of them are listed.
    private var counts: [String: Int] = [:]
    /// How many files are not there that are needed, or are not what they should be.
    var broken = 0
    var hasGivenUp = false
    /// What differs, seen from the entries and from the tiles over them.
    var sides = Sides()
    /// Artifacts that the entries name.
    var named: Set<Digest> = []
    let hasher = Hasher()

    /// Fills a new ledger file with the rows that a source holds.
    /// - Parameters:
    ///   - path: a file that is not there yet.
    ///   - progress: called with the entries that were read and all of them.
    /// - Returns: what the rows do not show.
    /// - Throws: `published-nothing` (no input) where there is no checkpoint; what is wrong with that one file; where the source cannot say.
    public static func fill(
        _ path: String, from source: any PublishedSource, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(Refusal) -> [PublishedFinding] {
        let file = "\(source.path)/\(TileName.checkpoint)"
        guard let bytes = try source.read(TileName.checkpoint, limit: SignedNote.maximumBytes) else {
            throw Refusal(
                "published-nothing", .noInput, "no log is published here: there is no file \"checkpoint\"", at: Place(file: source.path),
                hint: "give the place that ledger publish wrote to")
        }
        let note = try SignedNote(bytes, file: file)
        let checkpoint = try Checkpoint(text: note.text, file: file)
        guard checkpoint.size <= PublishedLimit.entries else {
            throw Refusal(
                "published-size", .badData, "no log has \(checkpoint.size) entries", at: Place(file: file),
                hint: "it is none that ledger publish wrote")
        }
        let door = try SQLiteDoor(path, .create)
        // Until it is whole the file is nobody's; whoever gives it a name syncs it first.
        try door.execute("PRAGMA synchronous = OFF")
        let names = try source.listing()
        var log = PublishedLog(
            reads: FetchAhead(source), door: door, checkpoint: checkpoint, note: note, left: Set(names ?? []),
            isListed: names != nil)
        try door.transaction { () throws(Refusal) in try log.fill(progress) }
        try door.close()
        log.countUnlisted()
        return log.findings
    }

    private mutating func fill(_ progress: (Int, Int) -> Void) throws(Refusal) {
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
        for stem in widths.keys { widths[stem]?.sort() }
        try readEntries(progress)
        try readCosignedSizes()
        try readCheckpoints()
        try readArtifacts()
        try readCosignatures()
        // Where reading was given up, what is left says nothing.
        for name in left.sorted() where !hasGivenUp {
            let isOurs = TileName(name) != nil || name.hasPrefix("artifact/")
            add(
                isOurs ? "published-unfinished" : "published-extra", name,
                isOurs ? "it belongs to no entry before the checkpoint, and was not read" : "it is no file of a published log, and was not read")
        }
    }

    static func stem(_ name: String) -> String { name.firstRange(of: ".p/").map { String(name[..<$0.lowerBound]) } ?? name }

    mutating func add(_ code: String, _ file: String, _ message: String) { add(PublishedFinding(code: code, file: file, message: message)) }

    /// Lists a finding, or counts it where enough of its kind are listed.
    mutating func add(_ finding: PublishedFinding) {
        if !finding.isHarmless { broken += 1 }
        counts[finding.code, default: 0] += 1
        if counts[finding.code, default: 0] <= PublishedLimit.findings { findings.append(finding) }
    }

    private mutating func countUnlisted() {
        for (code, count) in counts.sorted(by: { $0.key < $1.key }) where count > PublishedLimit.findings {
            let rest = count - PublishedLimit.findings
            findings.append(PublishedFinding(code: code, file: "other files", message: "\(rest) more findings of this kind are not listed"))
        }
    }
}

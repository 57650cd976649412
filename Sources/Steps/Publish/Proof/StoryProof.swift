// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import Ledger
public import StrictFormats

/// A change's whole story with its proofs, as the files of one folder: for somebody who has nothing else of the ledger.
///
/// In it are the entries about one bundle and those about who is trusted, a C2SP tlog-proof for each, what they name, and the
/// checkpoint that all proofs lead to. That no other entry is about the bundle is not proven: only the whole ledger shows it.
public struct StoryProof: Sendable {
    public struct File: Sendable {
        public let name: String
        public let bytes: [UInt8]
    }

    public let bundle: Digest
    public let entries: [Int]
    public let size: Int
    /// Entries about the bundle that the ledger has beyond that size: the story is cut.
    public let later: Int
    public let files: [File]

    static let indexName = "index.json"
    static let checkpointName = "checkpoint.note"
    static let readmeName = "README.txt"
    static let format = "countersign/story-proof/v1"

    static func entryName(_ seq: Int) -> String { "entry-\(seq).json" }
    static func proofName(_ seq: Int) -> String { "entry-\(seq).tlog-proof" }
    static func artifactName(_ digest: Digest) -> String { "artifact-\(digest.hex)" }

    /// Gathers the story of a bundle.
    /// - Parameters:
    ///   - wanted: its digest, or its id.
    ///   - size: the checkpoint that the proofs lead to, and the entries end with; nil for the newest.
    /// - Throws: `bundle-unknown`, `checkpoint-unknown` (the answer is no), `ledger-damaged`.
    public init(_ reader: LedgerReader, of wanted: String, at size: Int? = nil) throws(Refusal) {
        self = try reader.atOneMoment { () throws(Refusal) in try StoryProof(now: reader, wanted, size) }
    }

    private init(now reader: LedgerReader, _ wanted: String, _ size: Int?) throws(Refusal) {
        guard let note = try reader.cosignedNote(size) else {
            guard let size else { throw Self.damaged(reader, "this ledger has no checkpoint") }
            throw Refusal(
                "checkpoint-unknown", .answerIsNo, "this ledger has no checkpoint of size \(size)", at: Place(file: reader.path),
                hint: "leave --size out for the newest")
        }
        let checkpoint = try Checkpoint(text: note.text, file: reader.path)
        var told: [(entry: Entry, bytes: [UInt8])] = []
        var digest = Digest(text: wanted)
        try reader.forEachEntry(upTo: checkpoint.size) { seq, bytes throws(Refusal) in
            let entry: Entry
            do throws(Refusal) { entry = try Entry(bytes) } catch { throw Self.damaged(reader, "entry \(seq) cannot be read: \(error.message)") }
            if case .bundleReceived(let name, _) = entry.data, name.hasSameBytes(as: wanted) || entry.bundle == digest {
                digest = entry.bundle
            }
            if entry.bundle == nil ? Self.isAboutTrust(entry) : digest == nil || entry.bundle == digest { told.append((entry, bytes)) }
        }
        told.removeAll { $0.entry.bundle != nil && $0.entry.bundle != digest }
        guard let bundle = digest, told.contains(where: { Self.isReceipt($0.entry, of: bundle) }) else {
            let holder = size.map { "the first \($0) entries of this ledger hold" } ?? "this ledger holds"
            throw Refusal(
                "bundle-unknown", .answerIsNo, "\(holder) no bundle \(SafeText.escaped(wanted))", at: Place(file: reader.path),
                hint: "countersign audit show lists all of them")
        }
        var files = [File(name: Self.checkpointName, bytes: note.bytes)]
        for (entry, bytes) in told {
            let leaf = MerkleHash.leaf(bytes)
            let proof = TlogProof(index: entry.seq, hashes: try reader.path(of: leaf, at: entry.seq, in: checkpoint), note: note)
            files += [File(name: Self.entryName(entry.seq), bytes: bytes), File(name: Self.proofName(entry.seq), bytes: proof.bytes)]
        }
        for (artifact, _) in Self.artifacts(told.map(\.entry)) {
            guard let bytes = try reader.artifact(artifact), Digest(of: bytes) == artifact else {
                throw Self.damaged(reader, "the artifact \(artifact) is missing, or holds other bytes than its name says")
            }
            files.append(File(name: Self.artifactName(artifact), bytes: bytes))
        }
        files.append(File(name: Self.indexName, bytes: Self.index(of: bundle, checkpoint, told)))
        let first = told.first { $0.entry.bundle == bundle }?.entry.seq ?? 0
        files.append(File(name: Self.readmeName, bytes: Array(StoryProofWords.readme(bundle, checkpoint, first: first).utf8)))
        self.bundle = bundle
        self.files = files
        entries = told.map(\.entry.seq)
        self.size = checkpoint.size
        var later = 0
        if size != nil {
            try reader.forEachEntry(from: checkpoint.size, upTo: .max) { seq, bytes throws(Refusal) in
                do throws(Refusal) { if try Entry(bytes).bundle == bundle { later += 1 } } catch {
                    throw Self.damaged(reader, "entry \(seq) cannot be read: \(error.message)")
                }
            }
        }
        self.later = later
    }

    /// Entries that say whose signatures count.
    static func isAboutTrust(_ entry: Entry) -> Bool { [.genesis, .trustUpdated].contains(entry.type) }

    /// The entry that says that the ledger received the bundle: a story begins with it.
    static func isReceipt(_ entry: Entry, of bundle: Digest) -> Bool { entry.type == .bundleReceived && entry.bundle == bundle }

    /// What `index.json` holds: nothing that the entries and the checkpoint do not say.
    static func index(of bundle: Digest, _ checkpoint: Checkpoint, _ told: [(entry: Entry, bytes: [UInt8])]) -> [UInt8] {
        var id: String?
        let lines = told.map { entry, bytes in
            if case .bundleReceived(let name, _) = entry.data, entry.bundle == bundle { id = name }
            return JSONValue.object([
                ("entry", .integer(entry.seq)), ("type", .string(entry.type.rawValue)), ("time", .string(entry.time.text)),
                ("leaf", MerkleHash.leaf(bytes).json), ("file", .string(entryName(entry.seq))), ("proof", .string(proofName(entry.seq))),
            ])
        }
        let artifacts = artifacts(told.map(\.entry)).map { artifact in
            JSONValue.object([("file", .string(artifactName(artifact.digest))), ("is", .string(artifact.what))])
        }
        let index = JSONValue.object([
            ("type", .string(format)), ("bundle", bundle.json), ("id", id.map { .string($0) }), ("origin", .string(checkpoint.origin)),
            ("size", .integer(checkpoint.size)), ("checkpoint", .string(checkpointName)), ("entries", .array(lines)),
            ("artifacts", .array(artifacts)),
        ])
        return Array((JSONWriter.pretty(index) + "\n").utf8)
    }

    /// What entries name, each once, and what it is by the first that names it.
    private static func artifacts(_ entries: [Entry]) -> [(digest: Digest, what: String)] {
        var known: Set<Digest> = []
        return entries.flatMap { entry in
            entry.data.artifacts.filter { known.insert($0).inserted }.map { ($0, words(entry.type)) }
        }
    }

    private static func words(_ type: EntryType) -> String {
        switch type {
        case .genesis, .trustUpdated: "the trust root: a DSSE envelope"
        case .bundleReceived: "the bundle: a DSSE envelope"
        case .approvalReceived: "an approval or reject: a DSSE envelope"
        case .executionAuthorized: "the review that was approved: text"
        case .requestIntended: "the body of a request, as approved"
        case .planChecked: "the record of a plan that was checked: a DSSE envelope"
        case .reconciled: "the report of a reconciliation"
        default: "the body of an answer"
        }
    }

    private static func damaged(_ reader: LedgerReader, _ message: String) -> Refusal {
        Refusal("ledger-damaged", .badData, message, at: Place(file: reader.path), hint: "run audit verify")
    }
}

// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import Files
public import Ledger
public import StrictFormats

/// Checks a folder that `audit prove --bundle` wrote, with the log's verifier keys alone.
public struct StoryCheck: Sendable {
    public let bundle: Digest
    public let entries: [Int]
    public let checkpoint: Checkpoint
    /// The note that all proofs lead to, with what witnesses signed under it.
    public let note: SignedNote
    public let artifacts: Int
    /// `README.txt`, which proves nothing.
    public let readme: Readme

    public enum Readme: String, Sendable {
        /// The page that this program writes.
        case ours
        case other, missing
    }

    /// Every entry stands in the log at its number, all in one state of it, and one of them received the bundle; what they name is
    /// there; the index says what they say; nothing else is there but `README.txt`.
    /// - Parameter logs: keys of the log, one of which signed the checkpoint.
    /// - Throws: `proof-signature`, `proof-differs`, `story-missing`, `story-differs`, `story-extra` (the answer is no);
    ///   `story-malformed`, `file-not-regular` (bad data).
    public init(_ folder: FolderReader, by logs: [NoteVerifier]) throws(Refusal) {
        func no(_ code: String, _ name: String, _ message: String) -> Refusal {
            Refusal(code, .answerIsNo, message, at: Place(file: "\(folder.path)/\(name)"), hint: "ask for the whole folder again")
        }
        func file(_ name: String) throws(Refusal) -> [UInt8] {
            guard let bytes = try folder.read(name) else { throw no("story-missing", name, "this file of the story is missing") }
            return bytes
        }
        let index = try Index(file(StoryProof.indexName), "\(folder.path)/\(StoryProof.indexName)")
        let note = try file(StoryProof.checkpointName)
        let signed = try SignedNote(note, file: "\(folder.path)/\(StoryProof.checkpointName)")
        var expected: Set<String> = [StoryProof.indexName, StoryProof.checkpointName, StoryProof.readmeName]
        var told: [(entry: Entry, bytes: [UInt8])] = []
        var artifacts: Set<Digest> = []
        var last = -1
        var state: Checkpoint?
        for seq in index.entries {
            guard seq > last else { throw no("story-differs", StoryProof.indexName, "its entries are not in order") }
            last = seq
            let (name, proofName) = (StoryProof.entryName(seq), StoryProof.proofName(seq))
            let bytes = try file(name)
            let proof = try TlogProof(try file(proofName), file: "\(folder.path)/\(proofName)")
            let reached: Checkpoint
            do throws(Refusal) { reached = try proof.check(leaf: MerkleHash.leaf(bytes), by: logs) } catch {
                throw error.inFile("\(folder.path)/\(proofName)")
            }
            guard proof.index == seq, proof.note.bytes == note else {
                throw no("story-differs", proofName, "this proof is of another entry, or leads to another checkpoint than the one beside it")
            }
            state = reached
            let entry: Entry
            do throws(Refusal) { entry = try Entry(bytes) } catch { throw error.inFile("\(folder.path)/\(name)") }
            guard entry.seq == seq, entry.bundle == index.bundle || entry.bundle == nil && StoryProof.isAboutTrust(entry) else {
                throw no("story-differs", name, "this entry is not about the change \(index.bundle)")
            }
            told.append((entry, bytes))
            expected.formUnion([name, proofName])
            artifacts.formUnion(entry.data.artifacts)
        }
        guard told.contains(where: { StoryProof.isReceipt($0.entry, of: index.bundle) }) else {
            throw no("story-differs", StoryProof.indexName, "no entry here says that the log received the change \(index.bundle)")
        }
        guard let state, index.bytes == StoryProof.index(of: index.bundle, state, told) else {
            throw no("story-differs", StoryProof.indexName, "the index says something else than these entries and their checkpoint")
        }
        for digest in artifacts {
            let name = StoryProof.artifactName(digest)
            guard Digest(of: try file(name)) == digest else { throw no("story-differs", name, "this file holds other bytes than its name says") }
            expected.insert(name)
        }
        if let extra = try folder.names().first(where: { !expected.contains($0) }) {
            throw no("story-extra", SafeText.escaped(extra), "this file is no part of the story")
        }
        let first = told.first { $0.entry.bundle == index.bundle }?.entry.seq ?? 0
        let page = try folder.read(StoryProof.readmeName)
        readme = page == nil ? .missing : page == Array(StoryProofWords.readme(index.bundle, state, first: first).utf8) ? .ours : .other
        bundle = index.bundle
        entries = index.entries
        checkpoint = state
        self.note = signed
        self.artifacts = artifacts.count
    }

    /// What `index.json` claims: which change, and which entries. The rest of it follows from them.
    private struct Index {
        let bytes: [UInt8]
        let bundle: Digest
        let entries: [Int]

        init(_ bytes: [UInt8], _ file: String) throws(Refusal) {
            let root = try JSONDocument(bytes, rules: .authored, file: file).root
            guard root["type"]?.stringValue?.hasSameBytes(as: StoryProof.format) == true,
                let bundle = root["bundle"]?.stringValue.flatMap({ Digest(text: $0) }), let lines = root["entries"]?.arrayValue
            else {
                throw Refusal(
                    "story-malformed", .badData, "this is no index of a story", at: Place(file: file), hint: "ask for the whole folder again")
            }
            self.bytes = bytes
            self.bundle = bundle
            entries = lines.compactMap { $0["entry"]?.integerValue }
        }
    }
}

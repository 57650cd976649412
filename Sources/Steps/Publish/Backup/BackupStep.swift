// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import Files
import Glibc
import Ledger
public import StrictFormats

/// A copy of a ledger that was audited before it got its name.
public struct BackupStep {
    /// What the original was when the copy began: the copy must begin and go on like it.
    public struct Original: Sendable {
        public let genesis: Digest
        public let size: Int
        public let root: Digest
        /// The newest checkpoint, as a signed note.
        public let note: [UInt8]
    }

    /// What stands in the copy.
    public struct Made: Sendable {
        public let size: Int
        public let root: Digest
        public let genesis: Digest

        public init(size: Int, root: Digest, genesis: Digest) {
            self.size = size
            self.root = root
            self.genesis = genesis
        }
    }

    private let source: String

    public init(_ source: String) { self.source = source }

    /// Copies to a temporary name, has the copy audited, and gives it its name.
    /// - Parameter audit: audits the ledger under a name against what the original was, and says what it found there.
    /// - Throws: `output-exists`, `output-in-use`, what the audit throws, `backup-differs` (bad data).
    public func run(
        to path: String, replace: Bool, audit: (_ copy: String, _ original: Original) throws(Refusal) -> Made
    ) throws(Refusal) -> Made {
        try LedgerCopy.checkTarget(path, replace: replace, of: source)
        let original = try LedgerReader.steady(source) { reader throws(Refusal) in try Self.original(reader) }
        let temporary = path + ".copying"
        for end in ["", "-journal", "-wal", "-shm"] { unlink(temporary + end) }
        do throws(Refusal) {
            try LedgerCopy.make(of: source, to: temporary)
            let made = try audit(temporary, original)
            guard made.genesis == original.genesis, made.size >= original.size, made.size > original.size || made.root == original.root else {
                throw Refusal(
                    "backup-differs", .badData, "the copy is not what was copied: \(made.size) entries, root \(made.root)", at: Place(file: source),
                    hint: "try again; if it stays so, check the disk and audit the ledger itself")
            }
            try FileWriter.move(temporary, to: path, replace: replace)
            return made
        } catch {
            for end in ["", "-journal", "-wal", "-shm"] { unlink(temporary + end) }
            throw error
        }
    }

    /// What a ledger is by its first entry and its newest checkpoint, read at one moment.
    static func original(_ reader: LedgerReader) throws(Refusal) -> Original {
        guard let entry = try reader.entry(0), let note = try reader.latestCheckpoint() else {
            throw Refusal(
                "ledger-damaged", .badData, "this ledger has no entry or no checkpoint", at: Place(file: reader.path),
                hint: "check it with: countersign audit verify")
        }
        let checkpoint = try Checkpoint(text: SignedNote(note, file: reader.path).text, file: reader.path)
        return Original(genesis: MerkleHash.leaf(entry), size: checkpoint.size, root: checkpoint.root, note: note)
    }
}

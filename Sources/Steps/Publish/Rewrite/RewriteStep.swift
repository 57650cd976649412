// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
public import Ledger
public import StrictFormats

/// A ledger written anew, compared row by row and audited before it gets its name; the ledger itself stays as it is.
public struct RewriteStep {
    /// What stands in the new file, and what became of the old one's size.
    public struct Made: Sendable {
        public let ledger: BackupStep.Made
        /// Bytes of the ledger's file, and of the new one.
        public let bytes: (before: Int, after: Int)
        /// Triggers, views and indexes that were left behind.
        public let left: [String]
    }

    private let source: String
    private let way: LedgerRewrite.Way

    public init(_ source: String, _ way: LedgerRewrite.Way) {
        self.source = source
        self.way = way
    }

    /// Writes to a temporary name, has it audited, and gives it its name. Nobody else writes to the ledger meanwhile.
    /// - Parameters:
    ///   - holder: who does this, for whoever meets the held ledger.
    ///   - audit: audits the ledger under a name against what the original is, and says what it found there.
    /// - Throws: `output-exists`, `output-in-use`, `ledger-…`, `rewrite-differs`, what the audit throws.
    public func run(
        to path: String, replace: Bool, holder: String, now: Instant,
        audit: (_ copy: String, _ original: BackupStep.Original) throws(Refusal) -> BackupStep.Made
    ) throws(Refusal) -> Made {
        try LedgerCopy.checkTarget(path, replace: replace, of: source)
        let rewrite = try LedgerRewrite(of: source, holder: holder, now: now)
        defer { rewrite.release() }
        let temporary = path + ".copying"
        for end in ["", "-journal", "-wal", "-shm"] { unlink(temporary + end) }
        do throws(Refusal) {
            let left = try rewrite.write(way, to: temporary)
            let original = try LedgerReader.steady(source) { reader throws(Refusal) in try BackupStep.original(reader) }
            let made = try audit(temporary, original)
            guard made.genesis == original.genesis, made.size == original.size, made.root == original.root else {
                throw Refusal(
                    "rewrite-differs", .badData, "the new file is not the ledger that it was made of: \(made.size) entries, root \(made.root)",
                    at: Place(file: source), hint: "the ledger is as it was; check the disk, and run audit verify on it")
            }
            let bytes = (before: Self.size(source), after: Self.size(temporary))
            try FileWriter.move(temporary, to: path, replace: replace)
            return Made(ledger: made, bytes: bytes, left: left)
        } catch {
            for end in ["", "-journal", "-wal", "-shm"] { unlink(temporary + end) }
            throw error
        }
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import CSQLite
import Cryptography
import Glibc
import Ledger
import StrictFormats

/// One durable append of the ledger against one bare SQLite insert of the same bytes, with the same pragmas.
///
/// Each round: the append, timed whole, and the bare insert of an entry's bytes, by turns first; then the checkpoint's
/// signature once more, timed alone and taken off the append. Both files lie in one folder.
struct AppendMeasure {
    let append: Double
    let insert: Double
    let signature: Double

    init(_ ceremony: Ceremony, rounds: Int) throws {
        let store = try ceremony.ledger(named: "append.sqlite")
        let bare = try BareTable("\(ceremony.folder)/bare.sqlite")
        let maker = LedgerMaker(ceremony: ceremony)
        var appends: [Double] = []
        var inserts: [Double] = []
        var signatures: [Double] = []
        // The first bare insert needs bytes; from then on each inserts what was appended last.
        var bytes = try store.append([Draft(maker.refusal(store.size), bundle: ceremony.bundle.digest)], now: ceremony.now).first?.bytes ?? []
        for round in 0..<(rounds + 50) {
            let draft = Draft(maker.refusal(store.size), bundle: ceremony.bundle.digest)
            var entry: Entry?
            let appending = { try Stopwatch.time { entry = try store.append([draft], now: ceremony.now).first } }
            let inserting = { try Stopwatch.time { try bare.insert(round, bytes) } }
            // By turns first and second: what the one leaves to the disk, the other meets.
            let append: Double
            let insert: Double
            if round % 2 == 0 { (append, insert) = (try appending(), try inserting()) } else { (insert, append) = (try inserting(), try appending()) }
            bytes = entry?.bytes ?? bytes
            let head = store.head
            let signature = try Stopwatch.time { _ = try head.signed(by: ceremony.ledgerKey) }
            guard round >= 50 else { continue }
            appends.append(append)
            inserts.append(insert)
            signatures.append(signature)
        }
        (append, insert, signature) = (Stopwatch.median(appends), Stopwatch.median(inserts), Stopwatch.median(signatures))
    }

    /// As one line, from one process to another.
    var line: String { "\(append) \(insert) \(signature)" }

    init(line: String) throws {
        let numbers = line.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Double($0) }
        guard numbers.count == 3 else { throw ChildRun.Failure(description: "the append measure did not answer") }
        (append, insert, signature) = (numbers[0], numbers[1], numbers[2])
    }

    var rows: [Row] {
        [
            Row(
                measure: "one durable append, signing excluded", ours: Row.microseconds(append - signature),
                peer: "\(Row.microseconds(insert)) bare insert",
                figure: insert / (append - signature), unit: "×", bound: .atLeast(0.9)),
            Row(
                measure: "the same with its Ed25519 signature (\(Row.microseconds(signature)))", ours: Row.microseconds(append),
                peer: "\(Row.microseconds(insert)) bare insert", figure: insert / append, unit: "×", bound: .none),
        ]
    }
}

/// The least that SQLite can do for the same bytes: WAL, synchronous=FULL, one table, one prepared insert a transaction.
private final class BareTable {
    private var handle: OpaquePointer?
    private var statement: OpaquePointer?

    init(_ path: String) throws {
        for end in ["", "-wal", "-shm"] { unlink(path + end) }
        let setUp = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE entries (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
            """
        guard sqlite3_open(path, &handle) == SQLITE_OK, sqlite3_exec(handle, setUp, nil, nil, nil) == SQLITE_OK,
            sqlite3_prepare_v2(handle, "INSERT INTO entries (seq, bytes) VALUES (?1, ?2)", -1, &statement, nil) == SQLITE_OK
        else { throw ChildRun.Failure(description: "the bare table could not be made") }
    }

    deinit {
        sqlite3_finalize(statement)
        sqlite3_close(handle)
    }

    func insert(_ seq: Int, _ bytes: [UInt8]) throws {
        sqlite3_bind_int64(statement, 1, Int64(seq))
        _ = bytes.withUnsafeBytes { cs_sqlite3_bind_blob(statement, 2, $0.baseAddress, UInt64($0.count)) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw ChildRun.Failure(description: "the bare insert failed") }
        sqlite3_reset(statement)
    }
}

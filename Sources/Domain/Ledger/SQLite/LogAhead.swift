// SPDX-License-Identifier: Apache-2.0

import CSQLite
import Glibc

/// Keeps the write-ahead log longer than what stands in it, so that a commit overwrites it instead of growing it.
///
/// A sync of a file that grew must bring its new length and blocks to the disk as well, and costs half as much again. So now and
/// then a commit takes zeros with it, behind its own frames and in the same sync. Zeros are no frames: SQLite reads a log as far as
/// each frame continues the one before, as it must after every restart of a log (SQLite, "Database File Format", §4.1 and §4.4).
final class LogAhead {
    private let database: OpaquePointer
    private let path: String
    private let frameSize: Int
    /// Frames in the log after the last commit.
    private var frames = 0
    /// How long the log's file is, at least.
    private var length = 0
    private var isOff = false

    private static let header = 32
    private static let frameHeader = 24
    /// What a commit is expected to need at most; a larger one grows the log by itself.
    private static let margin = 8
    private static let step = (least: 64 << 10, most: 512 << 10)
    /// Where less than this is free on the disk, all of it is left to entries.
    private static let reserve = 256 << 20
    /// As `wal_autocheckpoint` has it.
    private static let checkpointFrames = 1000

    /// - Parameters:
    ///   - database: the connection that writes.
    ///   - path: of the ledger.
    init(_ database: OpaquePointer, _ path: String, pageSize: Int) {
        self.database = database
        self.path = path
        frameSize = Self.frameHeader + pageSize
        sqlite3_wal_hook(
            database,
            { context, database, name, frames in
                if let context { Unmanaged<LogAhead>.fromOpaque(context).takeUnretainedValue().frames = Int(frames) }
                // This hook takes the place of SQLite's own, which does this and asks for no more (sqlite3_wal_autocheckpoint).
                if frames >= LogAhead.checkpointFrames { sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil) }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Puts SQLite's own hook back.
    func end() { sqlite3_wal_autocheckpoint(database, Int32(Self.checkpointFrames)) }

    /// Lengthens the log where the next commit would. Called in a transaction that writes: nobody else writes to the log then.
    ///
    /// It may fail without harm: the commit then grows the log itself, and says what is wrong with the disk.
    func extend() {
        let wanted = Self.header + (frames + Self.margin) * frameSize
        guard !isOff, length < wanted, let file = logFile, let methods = file.pointee.pMethods else { return }
        // The file itself is asked each time: a large commit grew it, and zeros must never be written over frames.
        var size: sqlite3_int64 = 0
        guard methods.pointee.xFileSize(file, &size) == SQLITE_OK else { return turnOff() }
        length = Int(size)
        guard length < wanted else { return }
        guard hasRoom else { return turnOff() }
        let end = length + min(max(length, Self.step.least), Self.step.most)
        // In pieces: SQLite's file methods write less than 128 KiB at once.
        let zeros = [UInt8](repeating: 0, count: Self.step.least)
        for offset in stride(from: length, to: end, by: zeros.count) {
            let count = min(zeros.count, end - offset)
            guard methods.pointee.xWrite(file, zeros, Int32(count), sqlite3_int64(offset)) == SQLITE_OK else { return turnOff() }
        }
        length = end
    }

    private func turnOff() { isOff = true }

    private var hasRoom: Bool {
        var status = statvfs()
        return statvfs(path, &status) == 0
            && Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize)).partialValue >= Self.reserve
    }

    /// The log's file as SQLite has it open (SQLITE_FCNTL_JOURNAL_POINTER).
    private var logFile: UnsafeMutablePointer<sqlite3_file>? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        return sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK ? file : nil
    }
}

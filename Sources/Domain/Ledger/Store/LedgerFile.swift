// SPDX-License-Identifier: Apache-2.0

import CFileSystem
import Glibc
import StrictFormats

/// What a ledger's path must be before SQLite is asked.
enum LedgerFile {
    /// SQLite would make an empty database of a missing file's name, or speak vaguely of a directory.
    static func checkExists(_ path: String) throws(Refusal) {
        var status = stat()
        let place = Place(file: path)
        guard stat(path, &status) == 0 else {
            let code = errno
            throw Refusal(
                "ledger-missing", .noInput, "no ledger here: \(String(cString: strerror(code)))", at: place,
                hint: "make one with: countersign ledger create FILE --trust TRUST --key KEY")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Refusal(
                "ledger-not-a-file", .noInput, "this is a folder, and a ledger is one file", at: place,
                hint: "a published log is audited by: audit verify --from FOLDER; audit rebuild makes a ledger of it")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Refusal("ledger-not-a-file", .noInput, "this is not a regular file", at: place, hint: "give the ledger's file itself")
        }
        guard status.st_size >= 512 else {
            throw Refusal(
                "ledger-not-ours", .badData, "this file is too small to be a ledger", at: place, hint: "countersign ledger create makes a ledger")
        }
    }

    /// The lock and SQLite's own files beside a ledger go by its name: under a second one another writer would believe to be alone. Symbolic links are
    /// refused by SQLite itself (SQLITE_OPEN_NOFOLLOW).
    /// - Throws: `ledger-linked` (configuration).
    static func checkOneName(_ path: String) throws(Refusal) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_nlink > 1 else { return }
        throw Refusal(
            "ledger-linked", .configuration, "this file has \(status.st_nlink) names (hard links): two could write to it at once, and make two keys",
            at: Place(file: path), hint: "find the other with find -samefile, and keep one; a copy is made by countersign ledger backup")
    }

    /// Which file a name leads to: its device and inode; nil where there is none.
    struct Identity: Equatable {
        private let device: UInt64
        private let inode: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    /// What is open must be what the name leads to, and its log must be beside it: else what was written is in no file that
    /// anybody will find.
    static func checkInPlace(_ path: String, log: String, _ opened: Identity?) throws(Refusal) {
        guard Identity(path) == opened, Identity(log) != nil else {
            throw Refusal(
                "ledger-moved", .inputOutput, "the ledger was removed, moved or replaced while it was being written to", at: Place(file: path),
                hint:
                    "its last entries are not in this file: find the one that was here, or look in AWS at what was done before anything is run again")
        }
    }

    /// Whether statfs(2) names a file system that several machines share: NFS, SMB, CIFS, SMB2, AFS, Ceph, 9p, NCP, Coda,
    /// Lustre, GPFS, GFS2, OCFS2.
    static func isRemote(_ type: UInt32) -> Bool {
        [
            0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x5346_414F, 0x00C3_6400, 0x0102_1997, 0x564C, 0x7375_7245, 0x0BD0_0BD0, 0x4750_4653,
            0x0116_1970, 0x7461_636F,
        ].contains(type)
    }

    /// Locks do not hold everywhere: on a network file system two machines could both believe to be alone.
    static func checkLocal(_ path: String) throws(Refusal) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !isRemote(cs_filesystem_type(folder)) else {
            throw Refusal(
                "ledger-remote", .configuration, "this ledger lies on a network file system, where locks cannot be trusted", at: Place(file: path),
                hint: "keep it on a local disk, and copy it with ledger backup")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Writes whole files: to a temporary name beside the target, synced, then moved into place in one step.
/// A device or a pipe (`/dev/stdout`, `/dev/full`) is written to as it is: moving a file into its place would destroy it.
public enum FileWriter {
    /// Writes bytes durably.
    /// - Parameters:
    ///   - mode: permission bits; the umask does not widen or narrow them.
    ///   - replace: whether an existing file may be replaced (`--force`); nil where the command has no such option.
    /// - Throws: what `checkAbsent` refuses; `output-failed` (I/O, or cannot create where the folder refuses).
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, replace: Bool? = nil) throws(Refusal) {
        try checkAbsent(path, replace: replace)
        if isStream(path) { return try writeThrough(bytes, to: path) }
        try put(bytes, at: path, mode: mode, replace: replace ?? false)
    }

    /// Writes anew what the program keeps itself and has read before: pins, a witness's memory, a trust root that gets one more signature.
    /// - Throws: `output-is-directory`, `output-failed`.
    public static func rewrite(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(Refusal) {
        _ = try checkKind(path, database: false)
        if isStream(path) { return try writeThrough(bytes, to: path) }
        try put(bytes, at: path, mode: mode, replace: true)
    }

    private static func put(_ bytes: [UInt8], at path: String, mode: UInt32, replace: Bool) throws(Refusal) {
        let temporary = temporaryName(for: path)
        unlink(temporary)
        let unfinished = Unfinished([temporary])
        defer { unfinished.end() }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(path, errno) }
        do throws(Refusal) {
            defer { close(descriptor) }
            guard fchmod(descriptor, mode) == 0 else { throw failure(path, errno) }
            try writeAll(descriptor, bytes, path: path)
            guard fsync(descriptor) == 0 else { throw failure(path, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        try move(temporary, to: path, folder: split(path).folder, replace: replace)
    }

    /// Where a file is written before it gets its name: in the same folder, so that the move is one step.
    static func temporaryName(for path: String) -> String {
        let (folder, name) = split(path)
        return "\(folder)/.\(name).\(getpid()).tmp"
    }

    /// Gives a file that was written and synced under another name of the same folder its own, durably.
    /// - Parameter replace: whether an existing file may be replaced.
    /// - Throws: what `checkAbsent` refuses, `output-failed`; the other name is gone then.
    public static func move(_ temporary: String, to path: String, replace: Bool) throws(Refusal) {
        do throws(Refusal) {
            let content = OutputTarget.content(temporary) ?? .other
            if case .database(let application) = content {
                try checkAbsent(path, replace: replace, database: application)
            } else {
                try checkAbsent(path, replace: replace)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try move(temporary, to: path, folder: split(path).folder, replace: replace)
    }

    /// Refuses early, before any work is done, what `write` would refuse at the end.
    /// - Parameters:
    ///   - replace: whether an existing file may be replaced (`--force`); nil where the command has no such option.
    ///   - database: the number of the database's application, where a database is to be written.
    /// - Throws: (cannot create) `output-exists`, `output-is-directory`, `output-not-a-file`, `output-is-link`, `output-is-input`, `output-is-key`,
    ///   `output-is-database`, `output-not-replaced`, `output-in-use`; `output-failed` where the folder is not there.
    public static func checkAbsent(_ path: String, replace: Bool? = nil, database: UInt32? = nil) throws(Refusal) {
        guard let kind = try checkKind(path, database: database != nil) else { return }
        guard !isStream(path) else { return }
        guard replace == true else { throw exists(path, canForce: replace != nil) }
        guard kind != S_IFLNK else {
            throw Refusal(
                "output-is-link", .cannotCreate, "this is a symbolic link, which is neither followed nor replaced", at: Place(file: path),
                hint: "give the name of the file itself")
        }
        try OutputTarget(path: path).demandReplaceable(by: database.map { .database(application: $0) } ?? .other)
    }

    /// What stands under a name, where it is something that may be written to.
    private static func checkKind(_ path: String, database: Bool) throws(Refusal) -> mode_t? {
        // C would take a name with a NUL for the shorter one before it.
        guard !path.utf8.contains(0) else { throw failure(path, ENOENT) }
        try OutputTarget(path: path).demandNoCompanion()
        var status = stat()
        guard lstat(path, &status) == 0 else {
            let folder = split(path).folder
            guard errno == ENOENT, stat(folder, &status) != 0, errno == ENOENT else { return nil }
            throw Refusal(
                "output-failed", .cannotCreate, "the folder \(SafeText.escaped(folder)) is not there", at: Place(file: path),
                hint: "make it, or check the name")
        }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR {
            throw Refusal("output-is-directory", .cannotCreate, "this is a directory", at: Place(file: path), hint: "give the name of a file")
        }
        let isWritable = kind == S_IFREG || kind == S_IFLNK || (kind == S_IFCHR || kind == S_IFIFO)
        guard isWritable, !database || !isStream(path) else {
            throw Refusal(
                "output-not-a-file", .cannotCreate, database ? "this is no file, and a ledger is one" : "this is neither a file nor a pipe",
                at: Place(file: path), hint: "give the name of a file")
        }
        return kind
    }

    static func isStream(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && [S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT)
    }

    private static func writeThrough(_ bytes: [UInt8], to path: String) throws(Refusal) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        try writeAll(descriptor, bytes, path: path)
    }

    private static func move(_ temporary: String, to path: String, folder: String, replace: Bool) throws(Refusal) {
        // link(2) refuses an existing name, which rename(2) would replace: another process may have been faster.
        let moved = replace ? rename(temporary, path) == 0 : link(temporary, path) == 0
        let code = errno
        if !moved || !replace { unlink(temporary) }
        guard moved else { throw code == EEXIST ? exists(path, canForce: false) : failure(path, code) }
        try sync(folder: folder, for: path)
    }

    /// Makes what was put into a folder last: its names are on disk when this returns.
    static func sync(folder: String, for path: String) throws(Refusal) {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A folder that may be written to and not read cannot be synced.
        guard directory >= 0 else { return }
        defer { close(directory) }
        // A file system that syncs no folders says EINVAL (fsync(2)); anything else means that the name may be lost.
        guard fsync(directory) == 0 || errno == EINVAL else { throw failure(path, errno) }
    }

    static func writeAll(_ descriptor: Int32, _ bytes: [UInt8], path: String) throws(Refusal) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path, errno)
            }
            written += count
        }
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }

    private static func exists(_ path: String, canForce: Bool) -> Refusal {
        Refusal(
            "output-exists", .cannotCreate, "this file exists and is not overwritten", at: Place(file: path),
            hint: "choose another name" + (canForce ? ", or say --force" : ""))
    }

    static func failure(_ path: String, _ code: Int32) -> Refusal {
        let category: Refusal.Category = [ENOSPC, EIO, EDQUOT, EFBIG].contains(code) ? .inputOutput : .cannotCreate
        return Refusal(
            "output-failed", category, "this file could not be written: \(SystemError.text(code))", at: Place(file: path),
            hint: "check the folder, its permissions and the space left")
    }
}

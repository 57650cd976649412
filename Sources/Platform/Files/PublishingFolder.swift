// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// A folder that others read while it grows: files get their names whole, those that were given stay as they are, and one
/// writer works on it at a time.
///
/// Names are relative, with `/` between folders, and come from the program alone.
public final class PublishingFolder {
    public let path: String
    private let lock: Int32
    /// Folders in which names were given since the last `sync`.
    private var touched: Set<String> = []
    /// Folders known to be there.
    private var made: Set<String> = []

    /// What stands beside the published files and belongs to nobody else.
    public static let ownNames: Set<String> = [".publishing.lock", ".publishing.part"]
    public static let limit = 64 << 20
    /// Seconds that are waited for a writer that is about to end: a process that is being started holds, for a moment, what its maker has open.
    static let patience = 1.0

    /// Makes the folder where it is not there.
    /// - Throws: `output-failed`, `output-not-a-folder`, `folder-held` (try again).
    public init(_ path: String) throws(Refusal) {
        self.path = path
        var status = stat()
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileWriter.failure(path, errno) }
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw Refusal("output-not-a-folder", .cannotCreate, "this is no folder", at: Place(file: path), hint: "give the name of a folder")
        }
        do throws(FileLock.Failure) {
            lock = try FileLock.take(path + "/.publishing.lock", patience: Self.patience)
        } catch {
            switch error {
            case .held:
                throw Refusal(
                    "folder-held", .tryAgain, "another process publishes to this folder", at: Place(file: path),
                    hint: "wait until it has ended, then try again")
            case .cannotOpen(let code), .cannotLock(let code): throw FileWriter.failure(path, code)
            }
        }
    }

    deinit { close(lock) }

    /// The bytes of the regular file under a name; nil where there is none.
    public func read(_ name: String) throws(Refusal) -> [UInt8]? {
        do throws(Refusal) { return try FileReader.readRegular("\(path)/\(name)", limit: Self.limit) } catch {
            if error.code == "file-missing" { return nil }
            throw error
        }
    }

    /// Gives a file its name for ever.
    /// - Returns: false where it stands there already, with the same bytes.
    /// - Throws: `published-differs` (cannot create) where other bytes stand there.
    public func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
        if let known = try read(name) {
            guard known == bytes else {
                throw Refusal(
                    "published-differs", .cannotCreate, "this file was published with other bytes, and is not written over",
                    at: Place(file: "\(path)/\(name)"),
                    hint: "audit the ledger and the folder: countersign audit verify LEDGER, countersign audit verify --from FOLDER")
            }
            // It may be there without being durable: a run before this one may have been killed.
            touched.insert(Self.folder(of: name))
            return false
        }
        try replace(name, bytes)
        return true
    }

    /// Gives bytes a name that others may have had before, in one step.
    public func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal) {
        try makeFolders(of: name)
        let part = path + "/.publishing.part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileWriter.failure(part, errno) }
        defer { close(descriptor) }
        try FileWriter.writeAll(descriptor, bytes, path: part)
        guard fsync(descriptor) == 0 else { throw FileWriter.failure(part, errno) }
        guard rename(part, "\(path)/\(name)") == 0 else { throw FileWriter.failure("\(path)/\(name)", errno) }
        touched.insert(Self.folder(of: name))
    }

    /// Takes a file away, where it is.
    public func remove(_ name: String) throws(Refusal) {
        let file = "\(path)/\(name)"
        guard unlink(file) == 0 || errno == ENOENT || errno == ENOTDIR else { throw FileWriter.failure(file, errno) }
    }

    /// Takes a folder away once it is empty.
    public func removeFolder(_ name: String) { rmdir("\(path)/\(name)") }

    /// Makes all names that were given durable.
    public func sync() throws(Refusal) {
        for name in touched.sorted() {
            let folder = name.isEmpty ? path : "\(path)/\(name)"
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileWriter.failure(folder, errno) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw FileWriter.failure(folder, errno) }
        }
        touched = []
    }

    private func makeFolders(of name: String) throws(Refusal) {
        let folder = Self.folder(of: name)
        guard !folder.isEmpty, !made.contains(folder) else { return }
        var below = ""
        for part in folder.split(separator: "/") {
            touched.insert(below)
            below += (below.isEmpty ? "" : "/") + part
            guard mkdir("\(path)/\(below)", 0o755) == 0 || errno == EEXIST else { throw FileWriter.failure("\(path)/\(below)", errno) }
            touched.insert(below)
        }
        made.insert(folder)
    }

    private static func folder(of name: String) -> String { name.lastIndex(of: "/").map { String(name[..<$0]) } ?? "" }
}

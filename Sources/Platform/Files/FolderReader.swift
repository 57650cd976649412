// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Reads a folder that somebody else filled.
public struct FolderReader: Sendable {
    public let path: String

    /// - Throws: `folder-missing` (no input).
    public init(_ path: String) throws(Refusal) {
        guard Self.isFolder(path) else {
            throw Refusal("folder-missing", .noInput, "there is no folder here", at: Place(file: path), hint: "check the name")
        }
        self.path = path
    }

    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The bytes of a regular file; nil where there is none. Names come from the program alone.
    /// - Throws: `file-not-regular` (bad data) for a pipe or a device, and what `FileReader` throws.
    public func read(_ name: String, limit: Int = PublishingFolder.limit) throws(Refusal) -> [UInt8]? {
        do throws(Refusal) { return try FileReader.readRegular("\(path)/\(name)", limit: limit) } catch {
            if error.code == "file-missing" { return nil }
            throw error
        }
    }

    /// The relative names of everything in it that is no folder, sorted by their bytes. Links are named, not followed.
    /// - Throws: `folder-unreadable` (no input); `folder-too-deep` (bad data) beyond 32 folders in each other.
    public func names() throws(Refusal) -> [String] {
        var names: [String] = []
        try list("", depth: 0, into: &names)
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func list(_ folder: String, depth: Int, into names: inout [String]) throws(Refusal) {
        let place = Place(file: folder.isEmpty ? path : "\(path)/\(folder)")
        guard depth < 32 else {
            throw Refusal("folder-too-deep", .badData, "more than 32 folders in each other", at: place, hint: "this is no folder that we wrote")
        }
        guard let stream = opendir(folder.isEmpty ? path : "\(path)/\(folder)") else {
            throw Refusal(
                "folder-unreadable", .noInput, "this folder may not be read: \(SystemError.text(errno))", at: place, hint: "check its owner and mode")
        }
        defer { closedir(stream) }
        while let item = readdir(stream) {
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let whole = folder.isEmpty ? name : "\(folder)/\(name)"
            var status = stat()
            guard lstat("\(path)/\(whole)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try list(whole, depth: depth + 1, into: &names)
            } else {
                names.append(whole)
            }
        }
    }
}

/// A folder of this process alone, taken away at its end.
public final class PrivateFolder {
    public let path: String
    private let unfinished: Unfinished

    /// - Parameter database: the name of the database that will stand in it.
    /// - Throws: `output-failed` where the folder for temporary files refuses.
    public init(for database: String) throws(Refusal) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/countersign-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileWriter.failure(base, errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        unfinished = Unfinished(database: "\(path)/\(database)", in: path)
    }

    deinit {
        // Only files that this process made stand in it.
        guard let stream = opendir(path) else { return }
        while let item = readdir(stream) {
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(path)/\(name)")
        }
        closedir(stream)
        rmdir(path)
    }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Writes the files of a folder, which it makes where it is not there.
public enum FolderWriter {
    /// Refuses early what writing would refuse at the end: a path that is no folder, or a file that would be overwritten.
    public static func check(_ folder: String, names: [String], replace: Bool) throws(Refusal) {
        var status = stat()
        guard lstat(folder, &status) == 0 else { return }
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw Refusal("output-not-a-folder", .cannotCreate, "this is no folder", at: Place(file: folder), hint: "give the name of a folder")
        }
        for name in names { try FileWriter.checkAbsent("\(folder)/\(name)", replace: replace) }
    }

    /// Makes a folder where it is not there; it is on disk when this returns.
    /// - Returns: whether it was made.
    /// - Throws: `output-failed`.
    @discardableResult
    public static func make(_ folder: String, mode: UInt32 = 0o755) throws(Refusal) -> Bool {
        let isNew = mkdir(folder, mode) == 0
        guard isNew || errno == EEXIST else {
            throw Refusal(
                "output-failed", .cannotCreate, "this folder could not be made: \(SystemError.text(errno))", at: Place(file: folder),
                hint: "check the folder above it, its permissions and the space left")
        }
        guard isNew else { return false }
        let bare = String(folder.reversed().drop { $0 == "/" }.reversed())
        try FileWriter.sync(folder: FileWriter.split(bare).folder, for: folder)
        return true
    }

    /// Writes each file whole and durably. All are checked before the first is written.
    /// - Throws: `output-exists`, `output-not-a-folder`, `output-failed`.
    public static func write(_ files: [(name: String, bytes: [UInt8])], to folder: String, replace: Bool = false) throws(Refusal) {
        try check(folder, names: files.map(\.name), replace: replace)
        try make(folder)
        for file in files { try FileWriter.write(file.bytes, to: "\(folder)/\(file.name)", replace: replace) }
    }
}

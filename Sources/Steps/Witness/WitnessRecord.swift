// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import Glibc
import Ledger
import StrictFormats

/// What a witness remembers of one log: the last checkpoint that it cosigned, as a signed note, in a file of its own.
///
/// The file is named after the SHA-256 of the log's origin, as C2SP tlog-witness names a log.
struct WitnessRecord {
    let path: String
    private let folder: String
    /// How the names of the evidence begin.
    private let forks: String
    /// Held as long as this value lives: reading, checking and writing are one step.
    private let lock: FileLock

    /// Evidence of forks that is kept of one log: whoever holds its key could make as much as a disk holds.
    static let evidenceLimit = 64

    /// - Throws: `witness-state` (configuration) where the folder is gone.
    init(folder: String, origin: String) throws(Refusal) {
        try Self.demand(folder)
        self.folder = folder
        let name = Digest(ofText: origin).hex
        path = Self.path(folder: folder, origin: origin)
        forks = "\(name).fork-"
        lock = try FileLock("\(folder)/\(name).lock")
    }

    /// A new folder would remember nothing, and have any past cosigned: it is made when a witness begins, and not again.
    private static func demand(_ folder: String) throws(Refusal) {
        guard !FolderReader.isFolder(folder) else { return }
        throw Refusal(
            "witness-state", .configuration, "the folder in which this witness remembers is gone", at: Place(file: folder),
            hint: "bring it back as it was: a disk that is not mounted, or what was moved away; without it any past would be cosigned")
    }

    private static func path(folder: String, origin: String) -> String { "\(folder)/\(Digest(ofText: origin).hex).checkpoint" }

    /// The last checkpoint cosigned, as it is kept; nil where there was none.
    /// - Throws: `witness-state` (configuration) where something else than a file stands in its place, and what reading throws.
    static func bytes(folder: String, origin: String) throws(Refusal) -> [UInt8]? {
        try demand(folder)
        return try bytes(path(folder: folder, origin: origin))
    }

    private static func bytes(_ path: String) throws(Refusal) -> [UInt8]? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw Refusal(
                "file-io", .inputOutput, "reading failed: \(SystemError.text(errno))", at: Place(file: path), hint: "check the --state folder")
        }
        // A pipe would be waited for, and a link could lead to what another may write.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Refusal(
                "witness-state", .configuration, "what this witness remembers stands in a regular file, and this is none", at: Place(file: path),
                hint: "nobody but the witness writes in its --state folder: find out who put this there, and bring back the file that was here")
        }
        return try FileReader.read(path)
    }

    /// The last checkpoint cosigned; nil where there was none.
    func last() throws(Refusal) -> SignedNote? {
        guard let bytes = try Self.bytes(path) else { return nil }
        return try SignedNote(bytes, file: path)
    }

    /// Durable when it returns: a temporary file, synced, moved into place, and the folder synced.
    func store(_ note: SignedNote) throws(Refusal) { try FileWriter.rewrite(note.bytes, to: path, mode: 0o600) }

    /// Keeps evidence of a fork under a name that says which size; what is kept already stays.
    /// - Returns: the file; where as many are kept as may be, one of those, of this size where there is one.
    func keep(_ fork: Fork) throws(Refusal) -> String {
        let size = "\(forks)\(fork.size)-"
        let name = size + Digest(of: fork.bytes).hex.prefix(16)
        if !FileReader.exists("\(folder)/\(name)") {
            let kept = try FolderReader(folder).names().filter { $0.hasPrefix(forks) }
            if kept.count >= Self.evidenceLimit, let one = kept.first(where: { $0.hasPrefix(size) }) ?? kept.first { return "\(folder)/\(one)" }
            try FileWriter.write(fork.bytes, to: "\(folder)/\(name)", mode: 0o600)
        }
        return "\(folder)/\(name)"
    }
}

// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import Ledger
import StrictFormats

/// What a witness remembers of one log: the last checkpoint that it cosigned, as a signed note, in a file of its own.
///
/// The file is named after the SHA-256 of the log's origin, as C2SP tlog-witness names a log.
struct WitnessRecord {
    let path: String
    private let forks: String
    /// Held as long as this value lives: reading, checking and writing are one step.
    private let lock: FileLock

    init(folder: String, origin: String) throws(Refusal) {
        let name = Digest(ofText: origin).hex
        path = Self.path(folder: folder, origin: origin)
        forks = "\(folder)/\(name).fork"
        lock = try FileLock("\(folder)/\(name).lock")
    }

    static func path(folder: String, origin: String) -> String { "\(folder)/\(Digest(ofText: origin).hex).checkpoint" }

    /// The last checkpoint cosigned; nil where there was none.
    func last() throws(Refusal) -> SignedNote? {
        guard FileReader.exists(path) else { return nil }
        return try SignedNote(try FileReader.read(path), file: path)
    }

    /// Durable when it returns: a temporary file, synced, moved into place, and the folder synced.
    func store(_ note: SignedNote) throws(Refusal) { try FileWriter.rewrite(note.bytes, to: path, mode: 0o600) }

    /// Keeps evidence of a fork under a name that says which size; what is kept already stays.
    func keep(_ fork: Fork) throws(Refusal) -> String {
        let file = "\(forks)-\(fork.size)-\(Digest(of: fork.bytes).hex.prefix(16))"
        if !FileReader.exists(file) { try FileWriter.write(fork.bytes, to: file, mode: 0o600) }
        return file
    }
}

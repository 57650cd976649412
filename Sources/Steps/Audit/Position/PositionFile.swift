// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import Glibc
public import StrictFormats

/// The file in which an auditor keeps how far an audit had come.
///
/// Whoever can write to it can make an audit skip signatures. So it is treated as a private key is: mode 0600, or refused.
public struct PositionFile: Sendable {
    public let path: String
    /// SHA-256 of the program that audits.
    let program: Digest

    /// - Parameter executable: the program that audits, as a file.
    /// - Throws: what keeps that from being read.
    public init(_ path: String, executable: String = "/proc/self/exe") throws(Refusal) {
        self.path = path
        let hasher = Hasher()
        hasher.reset()
        try FileReader.stream(executable) { hasher.update($0) }
        program = hasher.finish()
    }

    /// What is kept; nil where nothing is yet.
    /// - Throws: `position-malformed` where it is no position, which is not written over then; `key-file-exposed` where others can reach it.
    func read() throws(Refusal) -> AuditPosition? {
        guard FileReader.exists(path) else { return nil }
        do throws(Refusal) {
            if let refusal = foreign() { throw refusal }
            let position = try AuditPosition(try FileReader.readRegular(path, limit: 65_536), file: path)
            // Only what others cannot change is believed.
            return try AuditPosition(try PrivateFile.read(path), file: path) == position ? position : nil
        } catch {
            guard error.code != "key-file-exposed" else { throw error }
            throw Refusal(
                "position-malformed", .badData, "this is no position that an audit kept: \(error.message)", at: error.place,
                hint: "give another name with --position; where this was one, take it away, and the audit begins anew")
        }
    }

    /// Whoever owns a file can change it, whatever its mode: root reads what others wrote.
    private func foreign() -> Refusal? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid != geteuid() else { return nil }
        return Refusal(
            "key-file-exposed", .notPermitted, "this position belongs to another user (\(status.st_uid)), who can change it", at: Place(file: path),
            hint: "keep one of your own: another name with --position")
    }

    /// Durable when it returns; an interruption leaves the position before.
    func write(_ position: AuditPosition) throws(Refusal) { try FileWriter.rewrite(position.bytes, to: path, mode: 0o600) }
}

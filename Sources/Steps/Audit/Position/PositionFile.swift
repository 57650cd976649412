// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
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
        // Of a file that is none at all, its mode and owner are not what is wrong.
        do throws(Refusal) {
            _ = try AuditPosition(try FileReader.readRegular(path, limit: PrivateFile.limit), file: path)
        } catch {
            throw Refusal(
                "position-malformed", .badData, "this is no position that an audit kept: \(error.message)", at: error.place,
                hint: "give another name with --position; where this was one, take it away, and the audit begins anew")
        }
        return try AuditPosition(try PrivateFile.read(path, isOwn: true), file: path)
    }

    /// Durable when it returns; an interruption leaves the position before.
    func write(_ position: AuditPosition) throws(Refusal) { try FileWriter.rewrite(position.bytes, to: path, mode: 0o600) }
}

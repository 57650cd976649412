// SPDX-License-Identifier: Apache-2.0

import Glibc
import StrictFormats

/// What stands under a name that a command is to write to, and what `--force` may take away there.
///
/// A file that is replaced is gone. What cannot be had again is therefore never replaced: a private key, a database (a ledger is one), and what the
/// command itself reads. A ledger takes the place of a database of its own kind alone, or of an empty file.
struct OutputTarget {
    /// What a file holds, by its first bytes.
    enum Content: Equatable {
        case empty
        /// A key that nobody else may have: PEM, RFC 7468 §10 and §11, or an older form of it.
        case privateKey
        /// An SQLite database, with its application's number (SQLite, "Database File Format" §1.3).
        case database(application: UInt32)
        case other
    }

    let path: String

    /// Refuses what must not be replaced.
    /// - Parameter new: what takes its place.
    func demandReplaceable(by new: Content) throws(Refusal) {
        let isInput = InputFiles.holds(path)
        guard !isInput else {
            throw refusal("output-is-input", "this command reads this file, and does not write over it", hint: "give the output a name of its own")
        }
        guard let content = Self.content(path) else {
            throw refusal("output-not-replaced", "this file may not be read, so that nobody knows what would be lost", hint: Self.byHand)
        }
        switch (content, new) {
        case (.privateKey, _): throw refusal("output-is-key", "this file holds a private key, which is never replaced", hint: "choose another name")
        case (.database(let there), .database(let here)) where there == here: return
        case (.database, _): throw refusal("output-is-database", "this file is a database, a ledger perhaps, and is not replaced", hint: Self.byHand)
        case (.other, .database):
            throw refusal("output-not-replaced", "this file is no ledger, and a ledger does not take its place", hint: Self.byHand)
        case (.empty, _), (.other, _): return
        }
    }

    /// Refuses the names that SQLite and a writer's lock have beside a database: its log holds its last entries.
    func demandNoCompanion() throws(Refusal) {
        for end in ["-wal", "-journal", "-shm", ".lock"] where path.hasSuffix(end) {
            if case .database? = Self.content(String(path.dropLast(end.count))) {
                throw refusal("output-in-use", "this name belongs to the ledger beside it", hint: "choose another name")
            }
        }
    }

    private static let byHand = "choose another name, or move the file away yourself"

    private func refusal(_ code: String, _ message: String, hint: String) -> Refusal {
        Refusal(code, .cannotCreate, message, at: Place(file: path), hint: hint)
    }

    /// What a regular file holds; nil where it may not be read.
    static func content(_ path: String) -> Content? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return content(of: bytes.prefix(count))
    }

    private static func content(of bytes: ArraySlice<UInt8>) -> Content {
        if bytes.isEmpty { return .empty }
        if bytes.count >= 100, bytes.starts(with: "SQLite format 3\0".utf8) {
            return .database(application: bytes[68..<72].reduce(0) { $0 << 8 | UInt32($1) })
        }
        let begin = Array("-----BEGIN ".utf8)
        let isKey = bytes.split(separator: 0x0A).contains { line in
            line.starts(with: begin) && String(decoding: line, as: UTF8.self).contains("PRIVATE KEY")
        }
        return isKey ? .privateKey : .other
    }
}

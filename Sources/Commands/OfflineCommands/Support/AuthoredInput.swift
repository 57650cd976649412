// SPDX-License-Identifier: Apache-2.0

import Files
public import StrictFormats
import Synchronization

/// A way to read the files that people write.
public protocol AuthoredReader: Sendable {
    func read(_ bytes: [UInt8], file: String) throws(Refusal) -> JSONDocument
}

/// JSON and nothing else.
struct JSONOnly: AuthoredReader {
    func read(_ bytes: [UInt8], file: String) throws(Refusal) -> JSONDocument {
        guard bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") else {
            throw Refusal(
                "json-only", .badData, "this program reads JSON alone, and this file begins with neither { nor [",
                at: Place(file: file, line: 1, column: 1),
                hint: "write the same content as JSON, or use countersign on another machine")
        }
        return try JSONDocument(bytes, rules: .authored, file: file)
    }
}

/// Reads the files that people write. `countersign` reads YAML and JSON; `countersign-airgap` reads JSON alone.
public enum AuthoredInput {
    private static let reader = Mutex<any AuthoredReader>(JSONOnly())

    /// Said once, at the start of the program.
    public static func use(_ other: any AuthoredReader) { reader.withLock { $0 = other } }

    public static func read(_ path: String) throws(Refusal) -> JSONDocument {
        let current = reader.withLock { $0 }
        return try current.read(try FileReader.read(path), file: path)
    }
}

/// Files that a file names stand beside it.
public enum RelativePath {
    public static func resolve(_ name: String, beside file: String) -> String {
        guard !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
        return String(file[...slash]) + name
    }
}

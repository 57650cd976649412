// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

extension PublishedLog {
    /// The artifacts that the entries name. Their bytes are taken as they are: the audit compares them with their names.
    mutating func readArtifacts() throws(Refusal) {
        let insert = try door.prepare("INSERT INTO artifacts (sha256, bytes) VALUES (?1, ?2)")
        for digest in named.sorted() {
            guard let bytes = try take(TileName.artifact(digest.hex)) else { continue }
            try insert.run(.blob(digest.bytes), .blob(bytes))
        }
    }

    /// Cosignatures of every state up to the checkpoint.
    mutating func readCosignatures() throws(Refusal) {
        let insert = try door.prepare("INSERT INTO cosignatures (size, name, line) VALUES (?1, ?2, ?3)")
        for file in left.sorted() {
            guard case .cosignatures(let size)? = TileName(file), size <= checkpoint.size, let bytes = try take(file) else { continue }
            var names: Set<[UInt8]> = []
            for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
                let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
                guard bytes.last == 0x0A, parts.count == 3, parts[0].elementsEqual("\u{2014}".utf8), names.insert(Array(parts[1])).inserted,
                    let name = String(validating: parts[1], as: UTF8.self)
                else {
                    add("published-cosignatures", file, "a line of it is no cosignature, or its witness stands there twice")
                    continue
                }
                try insert.run(.integer(size), .text(name), .blob(Array(line) + [0x0A]))
            }
            if bytes.last != 0x0A { add("published-cosignatures", file, "it does not end with a line feed") }
        }
    }
}

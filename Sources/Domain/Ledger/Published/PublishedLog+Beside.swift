// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

extension PublishedLog {
    /// The artifacts that the entries name. Their bytes are taken as they are: the audit compares them with their names.
    mutating func readArtifacts() throws(Refusal) {
        let insert = try door.prepare("INSERT INTO artifacts (sha256, bytes) VALUES (?1, ?2)")
        let digests = named.sorted()
        reads.expect(digests.lazy.map { (TileName.artifact($0.hex), PublishedLimit.artifact) })
        for digest in digests {
            guard let bytes = try take(TileName.artifact(digest.hex), limit: PublishedLimit.artifact) else { continue }
            try insert.run(.blob(digest.bytes), .blob(bytes))
        }
    }

    /// The sizes for which witnesses' lines are to be asked for.
    mutating func readCosignedSizes() throws(Refusal) {
        guard let bytes = try take(CosignedSizes.file, limit: PublishedLimit.cosigned) else {
            return add("published-missing", CosignedSizes.file, "it is missing, and says which checkpoints were cosigned")
        }
        guard let sizes = CosignedSizes.read(bytes, origin: checkpoint.origin) else {
            return add("published-cosignatures", CosignedSizes.file, "it is no list of this log's cosigned sizes")
        }
        cosigned = Set(sizes.filter { $0 <= checkpoint.size })
    }

    /// Cosignatures of every state up to the checkpoint.
    mutating func readCosignatures() throws(Refusal) {
        let insert = try door.prepare("INSERT INTO cosignatures (size, name, line) VALUES (?1, ?2, ?3)")
        for size in sizesWithCosignatures() {
            guard !isGivenUp() else { return }
            let file = TileName.cosignatures(size: size).text
            guard let bytes = try take(file, limit: PublishedLimit.cosignatures) else {
                add("published-missing", file, "it is missing, and \(CosignedSizes.file) names it")
                continue
            }
            if !cosigned.contains(size) {
                add("published-unfinished", file, "\(CosignedSizes.file) does not name it yet: a publication has not ended, or was killed")
            }
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

    /// Those that `cosigned` names, and those that are listed.
    private func sizesWithCosignatures() -> [Int] {
        let listed = left.compactMap { file -> Int? in
            guard case .cosignatures(let size)? = TileName(file), size <= checkpoint.size else { return nil }
            return size
        }
        let sizes = cosigned.union(listed).sorted()
        reads.expect(sizes.lazy.map { (TileName.cosignatures(size: $0).text, PublishedLimit.cosignatures) })
        return sizes
    }
}

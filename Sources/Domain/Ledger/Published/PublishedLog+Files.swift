// SPDX-License-Identifier: Apache-2.0

import StrictFormats

extension PublishedLog {
    /// A bundle or tile as it was read.
    struct Read {
        let width: Int
        let bytes: [UInt8]
    }

    /// The bytes under a name, which is accounted for then; nil where there are none.
    ///
    /// Something that cannot be read as a file (a folder, a dangling link) is as good as not there; what is too long is found.
    mutating func take(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? {
        left.remove(name)
        do throws(Refusal) { return try reads.read(name, limit: limit) } catch {
            switch error.category {
            case .noInput: return nil
            case .badData:
                add("published-malformed", name, error.message)
                return nil
            default: throw error
            }
        }
    }

    /// The narrowest file that holds at least so many; nil, and a finding, where there is none.
    ///
    /// A part goes once the full file is there: who has read an older checkpoint asks for that (C2SP tlog-tiles, "Partial Tiles").
    mutating func narrowest(_ name: (Int) -> TileName, _ width: Int, limit: Int) throws(Refusal) -> Read? {
        let before = findings.count
        for there in candidates(name, width) where there >= width {
            if let bytes = try take(name(there).text, limit: limit) { return Read(width: there, bytes: bytes) }
        }
        missing += 1
        if findings.count == before { add("published-missing", name(width).text, "it is missing, and the checkpoint needs it") }
        return nil
    }

    /// Whether so much is missing that the rest is not asked for: a checkpoint can promise more than anybody can look for.
    var isGivenUp: Bool { missing >= PublishedLimit.missing }

    /// Says once that reading was given up.
    mutating func giveUp() {
        add(
            "published-missing", TileName.checkpoint, "more than \(PublishedLimit.missing - 1) files that it needs are missing; the rest was not read"
        )
    }

    /// The widths that are there, or may be, smallest first.
    private func candidates(_ name: (Int) -> TileName, _ width: Int) -> [Int] {
        isListed ? (widths[name(TileRows.width).text] ?? []).sorted() : Set([width, TileRows.width]).sorted()
    }

    /// Compares a bundle or tile with what it must hold, and each other width of it that is listed.
    /// - Parameters:
    ///   - width: the width that the checkpoint asks for.
    ///   - read: the file that holds it, read already.
    ///   - bytes: what the file of a width begins with, or is.
    mutating func compare(
        _ name: (_ width: Int) -> TileName, width: Int, _ read: Read, limit: Int, differs code: String, _ bytes: (_ width: Int) -> [UInt8]
    ) throws(Refusal) {
        for found in isListed ? widths[name(TileRows.width).text] ?? [] : [read.width] {
            let file = name(found).text
            guard let stored = found == read.width ? read.bytes : try take(file, limit: limit) else {
                add("published-malformed", file, "it cannot be read")
                continue
            }
            let known = bytes(min(found, width))
            let holds = found <= width ? stored == known : stored.starts(with: known)
            if !holds { add(code, file, "it does not hold what the entries before the checkpoint say") }
        }
    }

    /// Takes note that a bundle that cannot be read is accounted for.
    mutating func forget(_ name: (Int) -> TileName) {
        for width in widths[name(TileRows.width).text] ?? [] { left.remove(name(width).text) }
    }
}

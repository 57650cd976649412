// SPDX-License-Identifier: Apache-2.0

import StrictFormats

extension PublishedLog {
    /// A bundle or tile as it was read.
    struct Read {
        let width: Int
        let bytes: [UInt8]

        /// Whether it holds what a file of its width must begin with, where a checkpoint asks for some width, or be.
        func holds(_ known: [UInt8], _ asked: Int) -> Bool { width <= asked ? bytes == known : bytes.starts(with: known) }
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
        let before = broken
        for there in candidates(name, width) where there >= width {
            if let bytes = try take(name(there).text, limit: limit) { return Read(width: there, bytes: bytes) }
        }
        if broken == before { add("published-missing", name(width).text, "it is missing, and the checkpoint needs it") }
        return nil
    }

    /// Whether so much is missing or wrong that the rest is not asked for: a checkpoint can promise more than anybody can look for, and
    /// who serves it can answer anything. It is said once.
    mutating func isGivenUp() -> Bool {
        guard !hasGivenUp, broken + sides.fromEntries.count >= PublishedLimit.broken else { return hasGivenUp }
        hasGivenUp = true
        settle(nil)
        findings.append(
            PublishedFinding(
                code: "published-missing", file: TileName.checkpoint,
                message: "more than \(PublishedLimit.broken - 1) files that it needs are missing or wrong; the rest was not read"))
        return true
    }

    /// The widths that are there, or may be, smallest first.
    private func candidates(_ name: (Int) -> TileName, _ width: Int) -> [Int] {
        isListed ? (widths[name(TileRows.width).text] ?? []).sorted() : Set([width, TileRows.width]).sorted()
    }

    /// Lends a bundle or tile that was read, and each other width of it that is listed.
    mutating func forEachWidth(
        _ name: (_ width: Int) -> TileName, _ read: Read, limit: Int, _ body: (inout PublishedLog, Read, _ file: String) throws(Refusal) -> Void
    ) throws(Refusal) {
        for found in isListed ? widths[name(TileRows.width).text] ?? [] : [read.width] {
            let file = name(found).text
            guard found != read.width else {
                try body(&self, read, file)
                continue
            }
            let before = broken
            if let bytes = try take(file, limit: limit) {
                try body(&self, Read(width: found, bytes: bytes), file)
            } else if broken == before {
                add("published-malformed", file, "it cannot be read")
            }
        }
    }

    /// Takes note that a bundle that cannot be read is accounted for.
    mutating func forget(_ name: (Int) -> TileName) {
        for width in widths[name(TileRows.width).text] ?? [] { left.remove(name(width).text) }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Pieces of a file in memory, each read at once, from which pages are lent. A piece of which a page is out stays as it is.
final class FilePieces {
    private struct Piece {
        let bytes: UnsafeMutableRawPointer
        /// What it holds of the file.
        var start = 0
        var count = 0
        /// Pages that are out.
        var lent = 0
        /// When a page was found in it last, by `uses`.
        var used = 0

        func holds(_ offset: Int, _ end: Int) -> Bool { offset >= start && end <= start + count }
    }

    private let size: Int
    private let read: (UnsafeMutableRawPointer, _ count: Int, _ offset: Int) -> Bool
    private var pieces: [Piece] = []
    /// The piece that a page was found in last.
    private var current = 0
    private var uses = 0
    /// Where the last page was: the next one is mostly near.
    private var last = (start: Int.min / 2, end: Int.min / 2)

    /// Pages since the last one that was far from the one before it.
    private var run = 0

    /// Where so many pages were near to one another, more will be.
    private static let leastRun = 4
    /// Bytes of a piece.
    static let length = 128 << 10
    /// One for each page that SQLite holds at once where each is in another: the levels of the trees that are open.
    private static let most = 24
    /// Kept though no page of them is out.
    private static let few = 4
    /// Behind a damaged page's end SQLite may read some bytes (as in its own unix VFS: 256).
    private static let slop = 4096

    /// - Parameters:
    ///   - size: of the file in bytes.
    ///   - read: reads so many bytes from an offset; false where not all of them came.
    init(size: Int, read: @escaping (UnsafeMutableRawPointer, _ count: Int, _ offset: Int) -> Bool) { (self.size, self.read) = (size, read) }

    deinit { for piece in pieces { piece.bytes.deallocate() } }

    /// Where these bytes are, until the next call; nil where they are not near the last ones, or cannot be read.
    func bytes(at offset: Int, count: Int) -> UnsafeMutableRawPointer? {
        let end = offset + count
        let isFound = find(offset, end) || fetch(offset, end)
        last = (offset, end)
        if isFound {
            uses += 1
            pieces[current].used = uses
        }
        return isFound ? pieces[current].bytes + (offset - pieces[current].start) : nil
    }

    /// The same, until they are given back.
    func lend(at offset: Int, count: Int) -> UnsafeMutableRawPointer? {
        guard let bytes = bytes(at: offset, count: count) else { return nil }
        pieces[current].lent += 1
        return bytes
    }

    func takeBack(_ page: UnsafeMutableRawPointer) {
        for index in pieces.indices where page >= pieces[index].bytes && page < pieces[index].bytes + Self.length { pieces[index].lent -= 1 }
    }

    private func find(_ offset: Int, _ end: Int) -> Bool {
        if current < pieces.count, pieces[current].holds(offset, end) { return true }
        guard let index = pieces.firstIndex(where: { $0.holds(offset, end) }) else { return false }
        current = index
        return true
    }

    private func fetch(_ offset: Int, _ end: Int) -> Bool {
        guard let start = start(of: offset, end), let index = free() else { return false }
        let count = min(Self.length, size - start)
        let isRead = read(pieces[index].bytes, count, start)
        (pieces[index].start, pieces[index].count) = (start, isRead ? count : 0)
        current = index
        return pieces[index].holds(offset, end)
    }

    /// A piece of which no page is out: a new one while there are few, or the one that was of use longest ago. Who looks for single rows goes to and fro
    /// between the pages of a tree's levels.
    private func free() -> Int? {
        if pieces.count >= Self.few, let index = pieces.indices.filter({ pieces[$0].lent == 0 }).min(by: { pieces[$0].used < pieces[$1].used }) {
            return index
        }
        guard pieces.count < Self.most else { return nil }
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: Self.length + Self.slop, alignment: 4096)
        memset(bytes + Self.length, 0, Self.slop)
        pieces.append(Piece(bytes: bytes))
        return pieces.count - 1
    }

    /// Where to read from, where this page and some before it each followed the one before or stood before it (a check of the pages goes through the rows
    /// from the last to the first); nil for single rows, whose pages SQLite keeps itself.
    private func start(of offset: Int, _ end: Int) -> Int? {
        let isAfter = offset >= last.end && offset - last.end < Self.length
        let isBefore = end <= last.start && last.start - end < Self.length
        run = isAfter || isBefore ? run + 1 : 0
        guard run >= Self.leastRun, end <= size else { return nil }
        return isAfter ? offset : max(0, end - Self.length)
    }
}

// SPDX-License-Identifier: Apache-2.0
// What each byte of an SQLite file is for ("Database File Format", sqlite.org/fileformat2.html), read without SQLite: so that a
// byte that may change unseen can be shown to hold nothing.

/// A file's bytes by their use.
struct PageMap {
    /// What a byte is part of.
    enum Use: String, Sendable, Hashable {
        /// The first 100 bytes of the file.
        case header
        /// B-tree pages: their headers, cell pointers and cells; overflow pages: the next page's number and the content.
        case structure, content
        /// Left over in a B-tree page, and behind the end of a content in its last overflow page.
        case free
        /// Numbers of the schema's rows, which nothing refers to.
        case schemaRow = "number of a row of the schema"
        /// In no B-tree at all.
        case unreached
    }

    private(set) var uses: [Use]
    private let file: [UInt8]
    private let pageSize: Int
    /// Whether the tree that is walked is the schema's.
    private var isSchema = false
    /// Bytes of a page that may be used.
    private let usable: Int

    /// - Parameter roots: the root pages of all tables and indexes, from `sqlite_schema`.
    init(_ file: [UInt8], roots: [Int]) {
        self.file = file
        let size = Int(file[16]) << 8 | Int(file[17])
        pageSize = size == 1 ? 65536 : size
        usable = pageSize - Int(file[20])
        uses = [Use](repeating: .unreached, count: file.count)
        for root in [1] + roots {
            isSchema = root == 1
            tree(root)
        }
        for index in 0..<100 { uses[index] = .header }
    }

    private func number(_ offset: Int, _ length: Int) -> Int { (0..<length).reduce(0) { $0 << 8 | Int(file[offset + $1]) } }

    private func varint(_ offset: Int) -> (value: Int, length: Int) {
        var value = 0
        for index in 0..<8 {
            let byte = file[offset + index]
            value = value << 7 | Int(byte & 0x7F)
            if byte < 0x80 { return (value, index + 1) }
        }
        return (value << 8 | Int(file[offset + 8]), 9)
    }

    private mutating func mark(_ start: Int, _ length: Int, _ use: Use) { for index in start..<start + length { uses[index] = use } }

    private mutating func tree(_ page: Int) {
        let start = (page - 1) * pageSize
        let head = page == 1 ? start + 100 : start
        mark(start, pageSize, .free)
        let type = file[head]
        let isInterior = type == 2 || type == 5
        let cells = number(head + 3, 2)
        mark(head, isInterior ? 12 : 8, .structure)
        var block = number(head + 1, 2)
        while block != 0 {
            mark(start + block, 4, .structure)
            block = number(start + block, 2)
        }
        let pointers = head + (isInterior ? 12 : 8)
        mark(pointers, cells * 2, .structure)
        for cell in 0..<cells { self.cell(start, start + number(pointers + cell * 2, 2), type) }
        if isInterior { tree(number(head + 8, 4)) }
    }

    private mutating func cell(_ page: Int, _ start: Int, _ type: UInt8) {
        var place = start
        if type == 2 || type == 5 {
            tree(number(place, 4))
            place += 4
        }
        guard type != 5 else { return mark(start, place + varint(place).length - start, .structure) }
        let payload = varint(place)
        place += payload.length
        let rowid = place
        if type == 13 { place += varint(place).length }
        mark(start, rowid - start, .structure)
        mark(rowid, place - rowid, isSchema ? .schemaRow : .structure)
        let most = type == 13 ? usable - 35 : (usable - 12) * 64 / 255 - 23
        let least = (usable - 12) * 32 / 255 - 23
        var local = payload.value
        if local > most {
            let spilt = least + (payload.value - least) % (usable - 4)
            local = spilt <= most ? spilt : least
        }
        mark(place, local, .content)
        guard local < payload.value else { return }
        mark(place + local, 4, .structure)
        overflow(number(place + local, 4), payload.value - local)
    }

    private mutating func overflow(_ first: Int, _ length: Int) {
        var (page, rest) = (first, length)
        while page != 0 {
            let start = (page - 1) * pageSize
            let here = min(rest, usable - 4)
            mark(start, pageSize, .free)
            mark(start, 4, .structure)
            mark(start + 4, here, .content)
            rest -= here
            page = number(start, 4)
        }
    }

    /// Fields of the header that say nothing of what is stored, by their first byte and length.
    static let counters: [(name: String, bytes: Range<Int>)] = [
        ("journal mode", 18..<20), ("change counter", 24..<28), ("size of the file", 28..<32), ("schema counter", 40..<44),
        ("schema format", 44..<48), ("bits of the text encoding that SQLite does not read", 56..<60),
        ("suggested cache size", 48..<52), ("reserved", 72..<92), ("counter at the last writer", 92..<96), ("last writer's SQLite", 96..<100),
    ]
}

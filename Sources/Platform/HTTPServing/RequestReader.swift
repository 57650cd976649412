// SPDX-License-Identifier: Apache-2.0

/// Takes bytes as they come and gives whole requests. Each byte of a head is looked at once, and no more is held than one
/// request and one piece.
struct RequestReader {
    private let headBytes: Int
    private let bodyBytes: Int
    private var held: [UInt8] = []
    /// Bytes of the head that were looked at.
    private var scanned = 0
    private var head: RequestHead?
    /// Nobody has looked at what is held: it may be a whole request.
    private(set) var isUntried = false
    /// The client waits for `100 Continue`; asked once.
    private(set) var owesContinue = false

    init(headBytes: Int, bodyBytes: Int) {
        self.headBytes = headBytes
        self.bodyBytes = bodyBytes
    }

    /// Something of a request is here.
    var hasBegun: Bool { head != nil || !held.isEmpty }

    mutating func take(_ piece: some Sequence<UInt8>) {
        held.append(contentsOf: piece)
        isUntried = true
    }

    mutating func hasContinued() { owesContinue = false }

    /// - Returns: nil where more must come first.
    /// - Throws: why the connection cannot be read any further.
    mutating func next() throws(Rejection) -> ServedRequest? {
        isUntried = false
        if head == nil {
            guard let end = try endOfHead() else { return nil }
            let read = try RequestHead(held[..<(end - 4)], bodyBytes: bodyBytes)
            head = read
            held.removeFirst(end)
            scanned = 0
            owesContinue = read.expectsContinue && held.isEmpty
        }
        guard let head, held.count >= head.length else { return nil }
        let request = ServedRequest(method: head.method, path: head.path, body: Array(held.prefix(head.length)), keepsAlive: head.keepsAlive)
        held.removeFirst(head.length)
        self.head = nil
        owesContinue = false
        isUntried = !held.isEmpty
        return request
    }

    /// Where the body begins.
    private mutating func endOfHead() throws(Rejection) -> Int? {
        while scanned < held.count {
            guard scanned < headBytes else { throw Rejection(status: 431, words: "a request's head has at most \(headBytes) bytes") }
            let at = scanned
            scanned += 1
            guard held[at] == 0x0A else { continue }
            guard at > 0, held[at - 1] == 0x0D else { throw Rejection(status: 400, words: "malformed HTTP: a line ends with CR and LF") }
            if at >= 3, held[at - 2] == 0x0A { return at + 1 }
        }
        return nil
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A piece of a policy's text with the place where it stands, so that a finding can point at it.
public struct PolicyString: Sendable {
    /// The value, escapes decoded; a number or a boolean as it was spelled.
    public let text: String
    /// RFC 6901, e.g. `/Statement/2/Action/0`.
    public let pointer: String
    /// From 1; nil for a document that was made, not read.
    public let line: Int?

    public init(_ text: String, pointer: String, line: Int? = nil) {
        self.text = text
        self.pointer = pointer
        self.line = line
    }
}

/// The lines of a text, to say where an offset is without counting from the start each time.
struct LineIndex {
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == 0x0A { starts.append(offset + 1) }
        self.starts = starts
    }

    /// The line of a byte offset, from 1.
    func line(of offset: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }
}

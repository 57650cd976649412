// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// Two checkpoints of one log, both signed by it, of one size and with different roots: nobody can explain that but who holds
/// the log's key. Anybody who has the log's verifier key can check it, with nothing else.
public struct Fork: Sendable {
    public let first: SignedNote
    public let second: SignedNote
    public let origin: String
    public let size: Int
    public let roots: (first: Digest, second: Digest)

    /// Makes the evidence, after checking that it is one.
    /// - Throws: `fork-none` (the answer is no) where the two do not contradict each other, or are not both the log's.
    public init(_ first: SignedNote, _ second: SignedNote, by log: NoteVerifier) throws(Refusal) {
        let one = try Checkpoint(text: first.text)
        let two = try Checkpoint(text: second.text)
        guard log.isSigned(first), log.isSigned(second), one.origin.hasSameBytes(as: log.name), two.origin.hasSameBytes(as: log.name) else {
            throw Refusal("fork-none", .answerIsNo, "the two checkpoints are not both signed by \(SafeText.escaped(log.name))")
        }
        guard one.size == two.size, one.root != two.root else {
            throw Refusal("fork-none", .answerIsNo, "the two checkpoints do not contradict each other by themselves")
        }
        self.first = first
        self.second = second
        origin = one.origin
        size = one.size
        roots = (one.root, two.root)
    }

    /// The evidence, where one of the log's keys signed both of two notes that contradict each other; nil otherwise.
    public static func proven(_ first: SignedNote, _ second: SignedNote, by logs: [NoteVerifier]) -> Fork? {
        logs.lazy.compactMap { try? Fork(first, second, by: $0) }.first
    }

    /// Two signed notes, one after the other, an empty line between them.
    public var bytes: [UInt8] { first.bytes + [0x0A] + second.bytes }

    /// Reads evidence back.
    /// - Throws: `fork-malformed`, and what the other initializer throws.
    public init(_ bytes: [UInt8], by log: NoteVerifier, file: String? = nil) throws(Refusal) {
        // A checkpoint's note: its text, an empty line, its signatures. So the second begins after the second empty line.
        let cuts = bytes.indices.dropFirst().filter { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }
        guard cuts.count == 3 else {
            throw Refusal(
                "fork-malformed", .badData, "this file does not hold two checkpoints", at: Place(file: file),
                hint: "two signed notes stand in it, one after the other, an empty line between them")
        }
        try self.init(SignedNote(Array(bytes[..<cuts[1]]), file: file), SignedNote(Array(bytes[(cuts[1] + 1)...]), file: file), by: log)
    }
}

extension SignedNote {
    /// Two notes beside each other, for a person: what differs is marked. At most 100 columns, no spaces at a line's end.
    public static func sideBySide(_ first: SignedNote, _ second: SignedNote, titles: (String, String)) -> String {
        func lines(_ note: SignedNote) -> [String] {
            let text = String(decoding: note.bytes, as: UTF8.self)
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { SafeText.escaped(String($0)) }
        }
        let left = lines(first)
        let right = lines(second)
        var rows = [["", shortened(titles.0), shortened(titles.1)]]
        for index in 0..<max(left.count, right.count) {
            let one = index < left.count ? left[index] : ""
            let two = index < right.count ? right[index] : ""
            // Side by side on a screen: signatures are long, and say by whom in their first words.
            rows.append([one.hasSameBytes(as: two) ? "" : "≠", shortened(one), shortened(two)])
        }
        return TextBlock.table(rows).map { line in String(line.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
    }

    /// A root in base64 has 44 characters, and is shown whole: twice so many, the mark and the gaps are 97 columns.
    private static let width = 46

    private static func shortened(_ line: String) -> String { line.count <= width ? line : String(line.prefix(width - 1)) + "…" }
}

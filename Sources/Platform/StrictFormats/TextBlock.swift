// SPDX-License-Identifier: Apache-2.0

/// Wrapping and aligning of plain text. Widths count characters; nothing depends on the terminal.
public enum TextBlock {
    /// Wraps at spaces; a word that is wider than a line is cut, and the cut is marked with a backslash
    /// (shown text doubles its own backslashes, so the mark cannot be forged).
    public static func wrap(_ text: String, width: Int, indent: String = "", hanging: String? = nil) -> [String] {
        let rest = hanging ?? indent
        // In printable ASCII, nearly all there is, each byte is a character and none joins its neighbour.
        let isPlain = SafeText.isPlain(text) && SafeText.isPlain(indent) && SafeText.isPlain(rest)
        func length(_ text: some StringProtocol) -> Int { isPlain ? text.utf8.count : text.count }
        let words = isPlain ? text.utf8.split(separator: UInt8(ascii: " ")).map(Substring.init) : text.split(separator: " ")
        var lines: [String] = []
        var line = indent
        var isEmpty = true
        for word in words {
            if !isEmpty, length(line) + 1 + length(word) > width {
                lines.append(line)
                line = rest
                isEmpty = true
            }
            var word = word
            while length(line) + (isEmpty ? 0 : 1) + length(word) > width {
                var room = max(1, width - length(line) - 1)
                // Not between the halves of a doubled backslash: half of it and the mark would look like the whole.
                if room > 1, word.prefix(room).reversed().prefix(while: { $0 == "\\" }).count % 2 == 1 { room -= 1 }
                lines.append(line + word.prefix(room) + "\\")
                word = word.dropFirst(room)
                line = rest
                isEmpty = true
            }
            if !isEmpty { line += " " }
            line += word
            isEmpty = false
        }
        lines.append(line)
        return lines
    }

    /// Wraps lines that bring their own indentation; what is carried over stands two columns further in.
    public static func wrap(lines: [String], width: Int, indent: String = "") -> [String] {
        lines.flatMap { line -> [String] in
            if line.isEmpty { return [""] }
            let own = indent + line.prefix { $0 == " " }
            return wrap(line, width: width, indent: own, hanging: own + "    ")
        }
    }

    /// Columns, each as wide as its widest cell; the last is not padded.
    public static func table(_ rows: [[String]], gap: Int = 2) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count + gap)
            }.joined()
        }
    }

    /// A label and its text, the text wrapped beside the label.
    public static func field(_ label: String, _ text: String, labelWidth: Int, width: Int, indent: String = "  ") -> [String] {
        let first = indent + label + String(repeating: " ", count: max(1, labelWidth - label.count))
        return wrap(text, width: width, indent: first, hanging: indent + String(repeating: " ", count: labelWidth))
    }
}

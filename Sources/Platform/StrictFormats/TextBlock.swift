// SPDX-License-Identifier: Apache-2.0

/// Wrapping and aligning of plain text. Widths count characters; nothing depends on the terminal.
public enum TextBlock {
    /// Wraps at spaces; a word that is wider than a line is cut, and the cut is marked with a backslash
    /// (shown text doubles its own backslashes, so the mark cannot be forged).
    public static func wrap(_ text: String, width: Int, indent: String = "", hanging: String? = nil) -> [String] {
        let rest = hanging ?? indent
        // In printable ASCII, nearly all there is, each byte is a character and none joins its neighbour.
        guard SafeText.isPlain(text), SafeText.isPlain(indent), SafeText.isPlain(rest) else {
            return wrapped(text, width: width, indent: indent, rest: rest, space: " ", mark: "\\")
        }
        let lines = wrapped(
            Array(text.utf8), width: width, indent: Array(indent.utf8), rest: Array(rest.utf8), space: UInt8(ascii: " "), mark: UInt8(ascii: "\\"))
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func wrapped<Text: RangeReplaceableCollection & BidirectionalCollection>(
        _ text: Text, width: Int, indent: Text, rest: Text, space: Text.Element, mark: Text.Element
    ) -> [Text] where Text.Element: Equatable {
        var lines: [Text] = []
        var line = indent
        var isEmpty = true
        for var word in text.split(separator: space) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = rest
                isEmpty = true
            }
            while line.count + (isEmpty ? 0 : 1) + word.count > width {
                var room = max(1, width - line.count - 1)
                // Not between the halves of a doubled backslash: half of it and the mark would look like the whole.
                if room > 1, word.prefix(room).reversed().prefix(while: { $0 == mark }).count % 2 == 1 { room -= 1 }
                line += word.prefix(room)
                line.append(mark)
                lines.append(line)
                word = word.dropFirst(room)
                line = rest
                isEmpty = true
            }
            if !isEmpty { line.append(space) }
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
            let own = indent + (SafeText.isPlain(line) ? line.prefixOfSpaces : String(line.prefix { $0 == " " }))
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

extension String {
    fileprivate var prefixOfSpaces: String { String(repeating: " ", count: utf8.prefix { $0 == UInt8(ascii: " ") }.count) }
}

// SPDX-License-Identifier: Apache-2.0

/// Wrapping and aligning of plain text. Widths count characters; nothing depends on the terminal.
public enum TextBlock {
    /// Wraps at spaces to a width; what has no spaces stays whole and may stand out.
    public static func wrap(_ text: String, width: Int, indent: String = "", hanging: String? = nil) -> [String] {
        var lines: [String] = []
        var line = indent
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: true) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = hanging ?? indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
        return lines
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
}

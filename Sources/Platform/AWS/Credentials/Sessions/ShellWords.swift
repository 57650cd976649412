// SPDX-License-Identifier: Apache-2.0

/// The words of a command line as a POSIX shell would split them, without any expansion (Python's shlex.split, which botocore uses).
enum ShellWords {
    /// Nil for an open quotation mark or a backslash at the end.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: UnicodeScalar?
        var scalars = Array(line.unicodeScalars)[...]
        func append(_ scalar: UnicodeScalar) {
            var text = word ?? ""
            text.unicodeScalars.append(scalar)
            word = text
        }
        while let scalar = scalars.popFirst() {
            switch (scalar, quote) {
            case (_, .some(let mark)) where scalar == mark: quote = nil
            case ("\\", .some("\"")):
                guard let next = scalars.popFirst() else { return nil }
                // Within double quotation marks it escapes these marks and itself alone.
                if next != "\"", next != "\\" { append("\\") }
                append(next)
            case (_, .some): append(scalar)
            case ("\\", nil):
                guard let next = scalars.popFirst() else { return nil }
                append(next)
            case ("\"", nil), ("'", nil):
                quote = scalar
                word = word ?? ""
            case (" ", nil), ("\t", nil), ("\r", nil), ("\n", nil):
                if let whole = word { words.append(whole) }
                word = nil
            case (_, nil): append(scalar)
            }
        }
        guard quote == nil else { return nil }
        if let whole = word { words.append(whole) }
        return words
    }
}

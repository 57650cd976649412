// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// What a server says is not trusted: escaped, and bounded, so that no answer makes an entry larger than a reader takes.
enum ServerText {
    static let limit = 1_000

    static func shown(_ text: String) -> String { SafeText.escaped(short(text)) }

    /// The same for words of our own that may quote what was handed in.
    static func short(_ text: String) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + " …"
    }
}

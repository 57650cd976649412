// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// A refusal in words, for the screen or for a program.
public enum Explanation {
    /// `FILE:LINE:COLUMN POINTER: MESSAGE`, and the hint on a line of its own.
    ///
    /// Everything in it is escaped here once more: an error may quote what an attacker wrote.
    public static func text(_ refusal: Refusal) -> String {
        var place = ""
        if let file = refusal.place.file { place += shown(file) }
        if let line = refusal.place.line { place += ":\(line)" + (refusal.place.column.map { ":\($0)" } ?? "") }
        if let pointer = refusal.place.pointer, !pointer.isEmpty { place += (place.isEmpty ? "" : " ") + shown(pointer) }
        var text = (place.isEmpty ? "" : place + ": ") + shown(refusal.message)
        for detail in refusal.details { text += "\n  - " + shown(ProgramWords.inHint(detail)) }
        if let hint = refusal.hint { text += "\n  hint: " + shown(ProgramWords.inHint(hint)) }
        return text
    }

    /// `{"error":{"code","message","file","pointer","line","hint"}}` (design §7).
    public static func json(_ refusal: Refusal) -> JSONValue {
        .object([
            (
                "error",
                .object([
                    ("code", .string(refusal.code)), ("message", .string(refusal.message)), ("file", refusal.place.file.map { .string($0) }),
                    ("pointer", refusal.place.pointer.map { .string($0) }), ("line", refusal.place.line.map { .integer($0) }),
                    ("column", refusal.place.column.map { .integer($0) }), ("hint", refusal.hint.map { .string(ProgramWords.inHint($0)) }),
                    ("details", refusal.details.isEmpty ? nil : .strings(refusal.details.map(ProgramWords.inHint))),
                ])
            )
        ])
    }

    /// Messages were escaped where they quote; this catches what was missed without escaping twice.
    private static func shown(_ text: String) -> String {
        text.unicodeScalars.contains(where: SafeText.isRefused) ? SafeText.escaped(text) : text
    }
}

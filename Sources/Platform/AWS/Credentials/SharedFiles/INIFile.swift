// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// One section of a shared file. Its values are secrets until proven otherwise.
struct INISection: Sendable {
    struct Setting: Sendable {
        let name: String
        var value: SecretBytes
        let line: Int
        /// Settings on indented lines under an empty value: `kms =` and below it `  endpoint_url = …`.
        var nested: [Setting] = []
    }

    /// `profile deploy`: inner white space made one, quotation marks around the name removed.
    let name: String
    let file: String
    let line: Int
    var settings: [Setting] = []

    var place: Place { Place(file: file, line: line) }

    /// The setting's value; an empty one is none.
    func value(of name: String) -> SecretBytes? {
        settings.first { $0.name.hasSameBytes(as: name) && $0.value.count > 0 }?.value
    }

    /// The setting's value as text, for what is no secret.
    func text(of name: String) -> String? { value(of: name)?.text }

    /// A setting under another one.
    func nested(_ name: String, under outer: String) -> Setting? {
        settings.first { $0.name.hasSameBytes(as: outer) }?.nested.first { $0.name.hasSameBytes(as: name) && $0.value.count > 0 }
    }

    func place(of name: String) -> Place? {
        settings.first { $0.name.hasSameBytes(as: name) && $0.value.count > 0 }.map { Place(file: file, line: $0.line) }
    }
}

/// A shared credentials or config file: sections, `name = value`, comments on lines of their own, and indented lines
/// that belong to the value above ("Format of the config file", AWS SDKs and Tools Reference Guide).
///
/// No error repeats any part of a line: it may be a secret in the wrong place.
struct INIFile: Sendable {
    private(set) var sections: [INISection] = []
    private let file: String

    /// Takes the bytes over and wipes them.
    init(consuming bytes: inout [UInt8], file: String) throws(Refusal) {
        defer { SecretBytes.wipe(&bytes) }
        self.file = file
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            try take(line, number: index + 1)
        }
    }

    func section(_ name: String) -> INISection? { sections.first { $0.name.hasSameBytes(as: name) } }

    private mutating func take(_ line: ArraySlice<UInt8>, number: Int) throws(Refusal) {
        let text = Self.trimmed(line)
        guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { return }
        if first == UInt8(ascii: "[") {
            try begin(text, number: number)
        } else if let start = line.first, Self.isSpace(start) {
            guard sections.last?.settings.isEmpty == false else { throw invalid("an indented line follows no setting", number) }
            try goOn(text, number: number)
        } else {
            try add(text, number: number)
        }
    }

    private mutating func begin(_ text: ArraySlice<UInt8>, number: Int) throws(Refusal) {
        guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { throw invalid("a section's name has no closing bracket", number) }
        let rest = Self.trimmed(text[(end + 1)...])
        guard rest.isEmpty || rest.first == UInt8(ascii: "#") || rest.first == UInt8(ascii: ";") else {
            throw invalid("something follows a section's name", number)
        }
        guard let inner = String(validating: text[(text.startIndex + 1)..<end], as: UTF8.self) else {
            throw invalid("a section's name is no UTF-8", number)
        }
        let words = inner.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
        let name = words.split(separator: "\"").joined()
        guard !name.isEmpty else { throw invalid("a section has no name", number) }
        if let other = section(name) { throw invalid("this section stands in line \(other.line) already", number) }
        sections.append(INISection(name: name, file: file, line: number))
    }

    private mutating func add(_ text: ArraySlice<UInt8>, number: Int) throws(Refusal) {
        guard !sections.isEmpty else { throw invalid("a setting stands before the first section", number) }
        let made = try setting(text, number: number)
        let last = sections.count - 1
        if let other = sections[last].settings.first(where: { $0.name.hasSameBytes(as: made.name) }) {
            throw invalid("this setting stands in line \(other.line) of the section already", number)
        }
        sections[last].settings.append(made)
    }

    /// `NAME = VALUE`, or `NAME: VALUE` as botocore takes it too.
    private func setting(_ text: ArraySlice<UInt8>, number: Int) throws(Refusal) -> INISection.Setting {
        guard let mark = text.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
            throw invalid("this line is neither a section nor NAME = VALUE", number)
        }
        guard let name = String(validating: Self.trimmed(text[..<mark]), as: UTF8.self)?.asciiLowercased, !name.isEmpty else {
            throw invalid("a setting has no name", number)
        }
        return INISection.Setting(name: name, value: SecretBytes(Self.trimmed(text[(mark + 1)...])), line: number)
    }

    /// An indented line: a nested setting where the value above is empty, else more of that value (configparser of Python, which botocore uses).
    private mutating func goOn(_ text: ArraySlice<UInt8>, number: Int) throws(Refusal) {
        let section = sections.count - 1
        let last = sections[section].settings.count - 1
        let above = sections[section].settings[last]
        if above.value.count == 0 {
            sections[section].settings[last].nested.append(try setting(text, number: number))
        } else {
            sections[section].settings[last].value = above.value.withBytes { SecretBytes(Array($0) + [0x0A] + text) }
        }
    }

    private func invalid(_ what: String, _ line: Int) -> Refusal {
        Refusal("profile-file-invalid", .configuration, what, at: Place(file: file, line: line))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let start = bytes.firstIndex(where: { !isSpace($0) }), let end = bytes.lastIndex(where: { !isSpace($0) }) else { return [] }
        return bytes[start...end]
    }
}

extension SecretBytes {
    /// For settings that are no secret.
    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

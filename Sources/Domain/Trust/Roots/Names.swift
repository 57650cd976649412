// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Decoders of the small words that several formats share (formats.md §1).
public enum Names {
    /// A person or a team's account: `[a-z0-9][a-z0-9._@-]{0,63}`.
    public static func owner(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        let isOwner = text.utf8.withContiguousStorageIfAvailable { bytes in
            (1...64).contains(bytes.count) && isLowerOrDigit(bytes[0]) && bytes.allSatisfy { isInOwner($0) }
        }
        guard isOwner == true else {
            throw value.invalid(
                "\"\(SafeText.escaped(text))\" is no owner",
                hint: "owners are 1 to 64 of a–z, 0–9, '.', '_', '@', '-', and begin with a letter or digit")
        }
        return text
    }

    /// An origin: 1–255 bytes of `[a-z0-9._/-]`.
    public static func origin(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        guard isOrigin(text) else {
            throw value.invalid(
                "\"\(SafeText.escaped(text))\" is no origin", hint: "an origin is a URL without its scheme, such as example.com/org-cloudtrail")
        }
        return text
    }

    public static func isOrigin(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { isLowerOrDigit($0) || "._/-".utf8.contains($0) }
    }

    /// A key name of C2SP signed-note: not empty, no space, no plus sign; and nothing that a screen cannot show safely (formats.md §9): it is printed
    /// as it stands wherever the note is.
    public static func isNoteName(_ name: String) -> Bool {
        // Nearly every name is plain ASCII: no table is needed for it.
        if name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return !name.isEmpty && !name.utf8.contains(UInt8(ascii: "+")) }
        return !name.isEmpty
            && !name.unicodeScalars.contains {
                $0 == "+" || $0 == " " || SafeText.isRefused($0)
                    || ($0.value > 0x7F && ($0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint))
            }
    }

    /// Twelve digits.
    public static func account(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        guard isAccount(text) else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no account", hint: "an AWS account is 12 digits, in quotes")
        }
        return text
    }

    public static func isAccount(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// A Region code such as `us-east-1` or `us-gov-west-1`.
    public static func region(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isRegion =
            text.utf8.count <= 32 && parts.count >= 3
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } }
            && (parts.last.map { (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
                ?? false)
        guard isRegion else { throw value.invalid("\"\(SafeText.escaped(text))\" is no AWS Region", hint: "for example us-east-1") }
        return text
    }

    /// `aws`, `aws-us-gov` or `aws-cn`.
    public static func partition(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        guard ["aws", "aws-us-gov", "aws-cn"].contains(where: { $0.hasSameBytes(as: text) }) else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no partition", hint: "aws, aws-us-gov or aws-cn")
        }
        return text
    }

    /// A time in the one form.
    public static func instant(_ value: JSONValue) throws(Refusal) -> Instant {
        let text = try value.text()
        guard let instant = Instant(text) else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no time", hint: "times are YYYY-MM-DDThh:mm:ssZ, for example 2026-11-24T12:00:00Z")
        }
        return instant
    }

    /// Text that is shown to people: formats.md §9 refuses what hides or reorders.
    public static func shown(_ value: JSONValue) throws(Refusal) -> String { try shown(value, 0...8192) }

    /// Shown text with a bound on its UTF-8 bytes.
    public static func shown(_ value: JSONValue, _ length: ClosedRange<Int>) throws(Refusal) -> String {
        let text = try value.text()
        guard SafeText.isClean(text) else {
            throw value.invalid(
                "\"\(SafeText.escaped(text))\" holds characters that cannot be shown safely", code: "unsafe-text",
                hint: "remove control, formatting, invisible and private characters")
        }
        guard length.contains(text.utf8.count) else {
            throw value.invalid("this text has \(text.utf8.count) bytes; \(length.lowerBound) to \(length.upperBound) are allowed")
        }
        return text
    }

    /// A bundle's id: a lower-case UUID.
    public static func uuid(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        guard isUUID(text) else { throw value.invalid("\"\(SafeText.escaped(text))\" is no lower-case UUID") }
        return text
    }

    public static func isUUID(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.utf8.allSatisfy(isLowerHex) }
    }

    static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isInOwner(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "-"): true
        default: isLowerOrDigit(byte)
        }
    }

    static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}

extension JSONValue {
    /// An array in which nothing stands twice.
    public func distinct<Value: Hashable>(
        _ what: String, _ decode: (JSONValue) throws(Refusal) -> Value
    ) throws(Refusal) -> [Value] {
        var seen: Set<Value> = []
        return try array { element throws(Refusal) in
            let value = try decode(element)
            guard seen.insert(value).inserted else { throw element.invalid("this \(what) stands twice in the list") }
            return value
        }
    }
}

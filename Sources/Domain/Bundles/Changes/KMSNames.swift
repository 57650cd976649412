// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

/// Decoders of KMS's own names, with the bounds of its API reference.
public enum KMSNames {
    /// `alias/[a-zA-Z0-9/_-]{1,250}`, never `alias/aws/` (CreateAlias).
    public static func alias(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        guard let name = text.bytes(after: "alias/"), (1...250).contains(name.count), name.allSatisfy(isAliasByte), !name.starts(with: "aws/".utf8)
        else {
            throw value.invalid(
                "\"\(SafeText.escaped(text))\" is no alias that can be made",
                hint: "alias/ and 1 to 250 of a–z, A–Z, 0–9, '/', '_', '-'; alias/aws/ belongs to AWS")
        }
        return text
    }

    private static func isAliasByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}` or `mrk-[0-9a-f]{32}` (formats.md §4).
    public static func isKeyID(_ text: some StringProtocol) -> Bool {
        if text.hasPrefix("mrk-") { return text.utf8.count == 36 && text.utf8.dropFirst(4).allSatisfy(isLowerHex) }
        return Names.isUUID(text)
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// The id of an exact KMS key ARN; nil for anything else.
    public static func keyID(ofARN arn: String, partition: String, region: String, account: String) -> String? {
        guard let rest = arn.bytes(after: "arn:\(partition):kms:\(region):\(account):key/") else { return nil }
        let id = String(decoding: rest, as: UTF8.self)
        return isKeyID(id) ? id : nil
    }

    /// Letters, digits, '.', '_', '-' (CreateTrail: Name).
    private static func isTrailByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || (byte != UInt8(ascii: "/") && isAliasByte(byte))
    }

    /// A key ARN of the target's partition, Region and account.
    static func keyARN(_ value: JSONValue, in target: Target) throws(Refusal) -> String {
        let text = try value.text()
        guard keyID(ofARN: text, partition: target.partition, region: target.region, account: target.account) != nil else {
            throw value.invalid(
                "\"\(SafeText.escaped(text))\" is no key of account \(target.account) in \(target.region)",
                hint: "give the full ARN: arn:\(target.partition):kms:\(target.region):\(target.account):key/…")
        }
        return text
    }

    /// A key ARN of any account and Region of the partition (a trail's key stands elsewhere as a rule).
    static func anyKeyARN(_ value: JSONValue, partition: String) throws(Refusal) -> String {
        let text = try value.text()
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, Names.isAccount(parts[4]), keyID(ofARN: text, partition: partition, region: parts[3], account: parts[4]) != nil else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no KMS key ARN")
        }
        _ = try Names.region(JSONValue(.string(parts[3]), offset: value.offset))
        return text
    }

    /// A trail ARN of the target's account and Region (its home Region).
    static func trailARN(_ value: JSONValue, in target: Target) throws(Refusal) -> String {
        let text = try value.text()
        let name = text.bytes(after: "arn:\(target.partition):cloudtrail:\(target.region):\(target.account):trail/")
        guard let name, (3...128).contains(name.count), name.allSatisfy(isTrailByte) else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no trail of account \(target.account) in \(target.region)")
        }
        return text
    }

    /// Shown text in which `{{` cannot stand: substitution must have one meaning.
    static func unbound(_ value: JSONValue, _ length: ClosedRange<Int>) throws(Refusal) -> String {
        let text = try Names.shown(value, length)
        guard !text.hasBytes("{{") else {
            throw value.invalid("this text contains \"{{\", which is kept for bindings", hint: "take the double brace out")
        }
        return text
    }
}

// SPDX-License-Identifier: Apache-2.0

/// An IP address or a CIDR range, version 4 or 6 (RFC 4632, RFC 4291 §2.2).
struct AddressRange {
    let bytes: [UInt8]
    let prefix: Int

    init?(_ text: String) {
        let (address, length) = text.split(at: "/") ?? (text, "")
        guard let bytes = Self.version4(address) ?? Self.version6(address) else { return nil }
        let bits = bytes.count * 8
        if length.isEmpty {
            guard address.utf8.count == text.utf8.count else { return nil }
            prefix = bits
        } else {
            guard let number = Self.number(length, digits: 3), number <= bits else { return nil }
            prefix = number
        }
        self.bytes = bytes
    }

    /// Whether all of another range lies within this one.
    func contains(_ other: AddressRange) -> Bool {
        guard bytes.count == other.bytes.count, prefix <= other.prefix else { return false }
        let whole = prefix / 8
        guard bytes[..<whole] == other.bytes[..<whole] else { return false }
        let rest = prefix % 8
        return rest == 0 || (bytes[whole] ^ other.bytes[whole]) >> UInt8(8 - rest) == 0
    }

    private static func number(_ text: some StringProtocol, digits: Int) -> Int? {
        guard (1...digits).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard let value = number(part, digits: 3), value <= 255, part.utf8.count == 1 || part.utf8.first != 0x30 else { return nil }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.replacing("::", with: "|").split(separator: "|", omittingEmptySubsequences: false)
        guard halves.count <= 2, text.utf8.contains(UInt8(ascii: ":")), let head = groups(halves[0]) else { return nil }
        if halves.count == 1 { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Groups of sixteen bits; the last may be written as an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let tail = version4(String(part)) else { return nil }
                bytes += tail
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"), part.utf8.first != UInt8(ascii: "-"),
                let value = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
        return bytes
    }
}

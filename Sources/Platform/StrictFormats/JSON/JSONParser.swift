// SPDX-License-Identifier: Apache-2.0

/// One strict parser for everything that is JSON (RFC 8259, with the refusals of formats.md §1 and RFC 8785).
///
/// It reads UTF-8 only, refuses lone surrogates, duplicate names, depth beyond the rule and anything after the value.
/// In canonical mode it refuses, at the first byte where it shows, whatever is not the RFC 8785 form; so no
/// second writing of the document is needed to compare it.
struct JSONParser: ~Copyable {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let rules: JSONRules
    private var index = 0

    static func parse(_ bytes: [UInt8], rules: JSONRules) throws(Refusal) -> JSONValue {
        guard bytes.count <= rules.maximumBytes else {
            throw Refusal(
                "json-too-large", .badData, "\(bytes.count) bytes is more than the \(rules.maximumBytes) allowed here",
                at: Place(offset: rules.maximumBytes))
        }
        let outcome: Result<JSONValue, Refusal> = bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer, rules: rules)
            do throws(Refusal) {
                return .success(try parser.document())
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, rules: JSONRules) {
        self.bytes = bytes
        self.rules = rules
    }

    private func refusal(_ code: String, _ message: String, at offset: Int, hint: String? = nil) -> Refusal {
        Refusal("json-\(code)", .badData, message, at: Place(offset: offset), hint: hint)
    }

    private func notCanonical(_ what: String, at offset: Int) -> Refusal {
        refusal("not-canonical", "not the canonical form (RFC 8785): \(what)", at: offset)
    }

    private mutating func document() throws(Refusal) -> JSONValue {
        try skipWhiteSpace()
        let root = try value(depth: 1)
        try skipWhiteSpace()
        guard index == bytes.count else {
            throw refusal("trailing", "something follows the JSON value", at: index)
        }
        return root
    }

    private mutating func skipWhiteSpace() throws(Refusal) {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default:
                if rules.canonical, index > start { throw notCanonical("white space", at: start) }
                return
            }
        }
        if rules.canonical, index > start { throw notCanonical("white space", at: start) }
    }

    private mutating func value(depth: Int) throws(Refusal) -> JSONValue {
        guard index < bytes.count else {
            throw refusal("incomplete", bytes.isEmpty ? "the input is empty" : "the input ends where a value is expected", at: index)
        }
        let start = index
        switch bytes[index] {
        case UInt8(ascii: "{"):
            try checkDepth(depth)
            return JSONValue(.object(try members(depth: depth)), offset: start)
        case UInt8(ascii: "["):
            try checkDepth(depth)
            return JSONValue(.array(try elements(depth: depth)), offset: start)
        case UInt8(ascii: "\""):
            return JSONValue(.string(try string()), offset: start)
        case UInt8(ascii: "t"):
            try word("true")
            return JSONValue(.bool(true), offset: start)
        case UInt8(ascii: "f"):
            try word("false")
            return JSONValue(.bool(false), offset: start)
        case UInt8(ascii: "n"):
            try word("null")
            return JSONValue(.null, offset: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return JSONValue(try number(), offset: start)
        default:
            throw refusal("unexpected", "no JSON value begins here", at: start)
        }
    }

    private func checkDepth(_ depth: Int) throws(Refusal) {
        guard depth <= rules.maximumDepth else {
            throw refusal("too-deep", "more than \(rules.maximumDepth) values within one another", at: index)
        }
    }

    private mutating func word(_ word: StaticString) throws(Refusal) {
        let start = index
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < bytes.count, bytes[index] == word.utf8Start[offset] else {
                throw refusal("unexpected", "expected \(word)", at: start)
            }
            index += 1
        }
    }

    private mutating func elements(depth: Int) throws(Refusal) -> [JSONValue] {
        index += 1
        try skipWhiteSpace()
        var result: [JSONValue] = []
        if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
            index += 1
            return result
        }
        while true {
            result.append(try value(depth: depth + 1))
            try skipWhiteSpace()
            guard try separator(closing: UInt8(ascii: "]")) else { return result }
            try skipWhiteSpace()
        }
    }

    /// Steps over a comma (true) or the closing bracket (false).
    private mutating func separator(closing: UInt8) throws(Refusal) -> Bool {
        guard index < bytes.count else { throw refusal("incomplete", "the input ends within a value", at: index) }
        if bytes[index] == UInt8(ascii: ",") {
            index += 1
            return true
        }
        if bytes[index] == closing {
            index += 1
            return false
        }
        throw refusal("unexpected", "expected \",\" or \"\(Character(UnicodeScalar(closing)))\"", at: index)
    }

    private mutating func members(depth: Int) throws(Refusal) -> [JSONMember] {
        index += 1
        try skipWhiteSpace()
        var result: [JSONMember] = []
        if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
            index += 1
            return result
        }
        while true {
            let start = index
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw refusal(index < bytes.count ? "unexpected" : "incomplete", "expected a member name in double quotes", at: index)
            }
            let name = try string()
            try checkName(name, in: result, at: start)
            try skipWhiteSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
                throw refusal("unexpected", "expected \":\" after the member name", at: index)
            }
            index += 1
            try skipWhiteSpace()
            result.append(JSONMember(name, try value(depth: depth + 1), offset: start))
            try skipWhiteSpace()
            guard try separator(closing: UInt8(ascii: "}")) else {
                if result.count > 16, rules.duplicatesRefused, !rules.canonical { try checkManyNames(result) }
                return result
            }
            try skipWhiteSpace()
        }
    }

    private func checkName(_ name: String, in members: [JSONMember], at offset: Int) throws(Refusal) {
        if rules.canonical {
            guard let last = members.last else { return }
            if UTF16Order.precedes(last.name, name) { return }
            if last.name.utf8.elementsEqual(name.utf8) { throw duplicate(name, at: offset) }
            throw notCanonical("members are not in UTF-16 order", at: offset)
        }
        // Small objects are compared one by one; large ones once at their end, sorted.
        if rules.duplicatesRefused, members.count <= 16 {
            for member in members where member.name.utf8.elementsEqual(name.utf8) { throw duplicate(name, at: offset) }
        }
    }

    private func checkManyNames(_ members: [JSONMember]) throws(Refusal) {
        let sorted = members.sorted { UTF16Order.precedes($0.name, $1.name) }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.name.utf8.elementsEqual(right.name.utf8) {
            throw duplicate(right.name, at: max(left.offset, right.offset))
        }
    }

    private func duplicate(_ name: String, at offset: Int) -> Refusal {
        refusal("duplicate-member", "member \"\(SafeText.escaped(name))\" stands twice in one object", at: offset)
    }

    // MARK: Strings

    private mutating func string() throws(Refusal) -> String {
        let start = index
        index += 1
        let contentStart = index
        // The common case: no escapes, ASCII or valid UTF-8; validated once by String.
        var isASCII = true
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                let slice = UnsafeBufferPointer(rebasing: bytes[contentStart..<index])
                index += 1
                if isASCII { return String(unsafeUninitializedCapacity: slice.count) { $0.initialize(fromContentsOf: slice) } }
                guard let text = String(validating: slice, as: UTF8.self) else {
                    throw refusal("not-utf8", "this string is not valid UTF-8", at: start)
                }
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: contentStart, start: start) }
            if byte < 0x20 { throw refusal("control-character", "a control character stands unescaped in a string", at: index) }
            if byte >= 0x80 { isASCII = false }
            index += 1
        }
        throw refusal("incomplete", "the string that begins here does not end", at: start)
    }

    private mutating func escapedString(from contentStart: Int, start: Int) throws(Refusal) -> String {
        var content = [UInt8](bytes[contentStart..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw refusal("not-utf8", "this string is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                let scalar = try escape()
                content.append(contentsOf: Array(String(Character(scalar)).utf8))
            case 0..<0x20:
                throw refusal("control-character", "a control character stands unescaped in a string", at: index)
            default:
                content.append(byte)
                index += 1
            }
        }
        throw refusal("incomplete", "the string that begins here does not end", at: start)
    }

    private mutating func escape() throws(Refusal) -> UnicodeScalar {
        let start = index
        guard index + 1 < bytes.count else { throw refusal("incomplete", "the input ends within an escape", at: start) }
        let letter = bytes[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"):
            if rules.canonical { throw notCanonical("an escape where none is needed", at: start) }
            return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(start: start)
        default: throw refusal("bad-escape", "no such escape in JSON", at: start)
        }
    }

    private mutating func unicodeEscape(start: Int) throws(Refusal) -> UnicodeScalar {
        let first = try fourHexDigits(start: start)
        if rules.canonical {
            // RFC 8785 §3.2.2.2: only other controls are written \u00xx, in lower case.
            let isPlainControl = first < 0x20 && ![0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(first)
            let isLower = bytes[(start + 2)..<(start + 6)].allSatisfy { !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }
            guard isPlainControl, isLower else { throw notCanonical("an escape where none is needed", at: start) }
        }
        if let scalar = UnicodeScalar(first) { return scalar }
        guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
        else { throw refusal("lone-surrogate", "half of a surrogate pair stands alone", at: start) }
        index += 2
        let second = try fourHexDigits(start: start)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = UnicodeScalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw refusal("lone-surrogate", "half of a surrogate pair stands alone", at: start) }
        return scalar
    }

    private mutating func fourHexDigits(start: Int) throws(Refusal) -> UInt32 {
        guard index + 4 <= bytes.count else { throw refusal("incomplete", "the input ends within an escape", at: start) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hex.value(of: bytes[index]) else {
                throw refusal("bad-escape", "\\u takes four hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(Refusal) -> JSONValue.Content {
        let start = index
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        let digitsStart = index
        var magnitude: Int64 = 0
        var overflow = false
        while index < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[index] {
            let (product, over1) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, over2) = product.addingReportingOverflow(Int64(bytes[index] - UInt8(ascii: "0")))
            overflow = overflow || over1 || over2
            magnitude = sum
            index += 1
        }
        guard index > digitsStart else { throw refusal("bad-number", "a digit is expected", at: index) }
        guard index == digitsStart + 1 || bytes[digitsStart] != UInt8(ascii: "0") else {
            throw refusal("bad-number", "a number does not begin with 0", at: start)
        }
        let isWhole = !(index < bytes.count && [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[index]))
        if isWhole {
            if !overflow, magnitude <= 9_007_199_254_740_991, !(negative && magnitude == 0) {
                return .integer(negative ? -magnitude : magnitude)
            }
            if rules.integersOnly {
                throw refusal("number-range", "only whole numbers from −(2^53−1) to 2^53−1 are allowed, and no −0", at: start)
            }
        } else {
            try fraction()
            if rules.integersOnly { throw refusal("not-an-integer", "only whole numbers are allowed", at: start) }
        }
        guard let double = Double(String(decoding: bytes[start..<index], as: UTF8.self)), double.isFinite else {
            throw refusal("number-range", "this number is out of range", at: start)
        }
        return .double(double)
    }

    private mutating func fraction() throws(Refusal) {
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Refusal) {
        let start = index
        while index < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[index] { index += 1 }
        guard index > start else { throw refusal("bad-number", "a digit is expected", at: index) }
    }
}

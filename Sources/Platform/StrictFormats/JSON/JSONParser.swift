// SPDX-License-Identifier: Apache-2.0

/// One strict parser for everything that is JSON (RFC 8259, with the refusals of formats.md §1 and RFC 8785).
///
/// It reads UTF-8 only, refuses lone surrogates, duplicate names, depth beyond the rule and anything after the value.
/// In canonical mode it refuses, at the first byte where it shows, whatever is not the RFC 8785 form; so no
/// second writing of the document is needed to compare it.
struct JSONParser: ~Copyable {
    let bytes: UnsafeBufferPointer<UInt8>
    let rules: JSONRules
    var index: Int

    static func parse(_ bytes: [UInt8], rules: JSONRules) throws(Refusal) -> JSONValue {
        guard bytes.count <= rules.maximumBytes else {
            throw Refusal(
                "json-too-large", .badData, "\(bytes.count) bytes is more than the \(rules.maximumBytes) allowed here",
                at: Place(offset: rules.maximumBytes), hint: "check that this is the right file")
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

    init(bytes: UnsafeBufferPointer<UInt8>, rules: JSONRules, from index: Int = 0) {
        self.bytes = bytes
        self.rules = rules
        self.index = index
    }

    func refusal(_ code: String, _ message: String, at offset: Int, hint: String? = nil) -> Refusal {
        Refusal("json-\(code)", .badData, message, at: Place(offset: offset), hint: hint)
    }

    func notCanonical(_ what: String, at offset: Int) -> Refusal {
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

    @inline(__always)
    private mutating func skipWhiteSpace() throws(Refusal) {
        // Mostly there is none.
        if index < bytes.count, bytes[index] > 0x20 { return }
        try skipRun()
    }

    private mutating func skipRun() throws(Refusal) {
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

    mutating func value(depth: Int) throws(Refusal) -> JSONValue {
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
        result.reserveCapacity(8)
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
            let key = JSONNameKey(name)
            try checkName(name, key, in: result, at: start)
            try skipWhiteSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
                throw refusal("unexpected", "expected \":\" after the member name", at: index)
            }
            index += 1
            try skipWhiteSpace()
            result.append(JSONMember(name, key, try value(depth: depth + 1), offset: start))
            try skipWhiteSpace()
            guard try separator(closing: UInt8(ascii: "}")) else {
                if result.count > 16, rules.duplicatesRefused, !rules.canonical { try checkManyNames(result) }
                return result
            }
            try skipWhiteSpace()
        }
    }

    private func checkName(_ name: String, _ key: JSONNameKey, in members: [JSONMember], at offset: Int) throws(Refusal) {
        if rules.canonical {
            if members.isEmpty || members[members.count - 1].key.precedes(key) == true { return }
            let last = members[members.count - 1].name
            if UTF16Order.precedes(last, name) { return }
            if last.hasSameBytes(as: name) { throw duplicate(name, at: offset) }
            throw notCanonical("members are not in UTF-16 order", at: offset)
        }
        // Small objects are compared one by one; large ones once at their end, sorted.
        if rules.duplicatesRefused, members.count <= 16 {
            for member in members where member.key == key && member.name.hasSameBytes(as: name) { throw duplicate(name, at: offset) }
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
}

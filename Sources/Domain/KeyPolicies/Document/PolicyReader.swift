// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Turns the JSON of a policy into types; whatever it does not know, it refuses with its place.
///
/// The grammar is the IAM User Guide's ("Grammar of the IAM JSON policy language"), element names case-exact.
struct PolicyReader {
    private let bytes: [UInt8]
    private let lines: LineIndex

    init(bytes: [UInt8]) {
        self.bytes = bytes
        lines = LineIndex(bytes)
    }

    typealias Parts = (version: PolicyString?, id: PolicyString?, statements: [Statement])

    func policy(_ root: JSONValue) throws(Refusal) -> Parts {
        let (version, id, statements) = try root.object { members throws(Refusal) -> (PolicyString?, PolicyString?, [Statement]?) in
            let version = try members.optional("Version") { value throws(Refusal) in try self.version(value) }
            let id = try members.optional("Id") { value throws(Refusal) in try text(value, "/Id") }
            let statements = try members.optional("Statement") { value throws(Refusal) in try self.statements(value) }
            return (version, id, statements)
        }
        guard let statements else { throw Self.missing("Statement", root) }
        return (version, id, statements)
    }

    /// Asked only once the object is known to hold nothing unknown: a slip of the hand is then named as such, not as a gap.
    private static func missing(_ name: String, _ value: JSONValue) -> Refusal {
        value.invalid(
            "member \"\(name)\" is missing", code: "missing-member",
            hint: name.hasSameBytes(as: "Effect") ? "write \"Effect\": \"Allow\" or \"Effect\": \"Deny\"" : "a key policy has a list \"Statement\"")
    }

    private func version(_ value: JSONValue) throws(Refusal) -> PolicyString {
        let version = try text(value, "/Version")
        guard ["2012-10-17", "2008-10-17"].contains(where: { $0.hasSameBytes(as: version.text) }) else {
            throw value.invalid(
                "there is no policy version \(Quoted.text(version.text))", code: "policy-version", hint: "write \"2012-10-17\"")
        }
        return version
    }

    private func statements(_ value: JSONValue) throws(Refusal) -> [Statement] {
        guard case .array(let elements) = value.content else { return [try statement(value, 0, "/Statement")] }
        var result: [Statement] = []
        for (index, element) in elements.enumerated() { result.append(try statement(element, index, "/Statement/\(index)")) }
        return result
    }

    private func statement(_ value: JSONValue, _ index: Int, _ pointer: String) throws(Refusal) -> Statement {
        var sid: PolicyString?
        var effect: Effect?
        var principals: PrincipalElement?
        var actions: ElementList?
        var resources: ElementList?
        var conditions: [Condition] = []
        try value.object { members throws(Refusal) in
            sid = try members.optional("Sid") { value throws(Refusal) in try text(value, pointer + "/Sid") }
            effect = try members.optional("Effect") { value throws(Refusal) in try value.oneOf(Effect.self) }
            let named = try members.optional("Principal") { value throws(Refusal) in
                try self.principals(value, pointer + "/Principal", negated: false)
            }
            let excepted = try members.optional("NotPrincipal") { value throws(Refusal) in
                try self.principals(value, pointer + "/NotPrincipal", negated: true)
            }
            principals = try oneOf(named, excepted, "Principal", in: value)
            actions = try list(&members, "Action", "NotAction", pointer, in: value)
            resources = try list(&members, "Resource", "NotResource", pointer, in: value)
            conditions =
                try members.optional("Condition") { value throws(Refusal) in
                    try self.conditions(value, pointer + "/Condition")
                } ?? []
        }
        guard let effect else { throw Self.missing("Effect", value) }
        guard let principals else {
            throw value.invalid(
                "this statement names no principal", code: "policy-principal-missing",
                hint: "every statement of a key policy needs \"Principal\"")
        }
        return Statement(
            index: index, sid: sid, effect: effect, principals: principals, actions: actions, resources: resources,
            conditions: conditions, place: place(value, pointer))
    }

    private func list(
        _ members: inout JSONMembers, _ name: StaticString, _ negatedName: StaticString, _ pointer: String, in owner: JSONValue
    ) throws(Refusal) -> ElementList? {
        let named = try members.optional(name) { value throws(Refusal) in
            try element(value, "\(pointer)/\(name)", negated: false)
        }
        let excepted = try members.optional(negatedName) { value throws(Refusal) in
            try element(value, "\(pointer)/\(negatedName)", negated: true)
        }
        return try oneOf(named, excepted, "\(name)", in: owner)
    }

    private func oneOf<Value>(_ named: Value?, _ excepted: Value?, _ name: String, in owner: JSONValue) throws(Refusal) -> Value? {
        if named != nil, excepted != nil {
            throw owner.invalid("\"\(name)\" and \"Not\(name)\" exclude each other", code: "policy-both-forms")
        }
        return named ?? excepted
    }

    private func element(_ value: JSONValue, _ pointer: String, negated: Bool) throws(Refusal) -> ElementList {
        ElementList(isNegated: negated, values: try oneOrMany(value, pointer), place: place(value, pointer))
    }

    private func principals(_ value: JSONValue, _ pointer: String, negated: Bool) throws(Refusal) -> PrincipalElement {
        let place = place(value, pointer)
        if case .string(let text) = value.content {
            guard text.hasSameBytes(as: "*") else {
                throw value.invalid(
                    "\(Quoted.text(text)) is no principal", code: "policy-principal",
                    hint: "write \"*\" or an object such as {\"AWS\":\"arn:…\"}")
            }
            return PrincipalElement(isNegated: negated, entries: [PrincipalEntry(.anyone, place.with(text))], place: place)
        }
        let entries = try value.object { members throws(Refusal) -> [PrincipalEntry] in
            var entries: [PrincipalEntry] = []
            for (name, kind) in [("AWS", .aws), ("Service", .service), ("Federated", .federated), ("CanonicalUser", .canonicalUser)]
                as [(StaticString, PrincipalEntry.Kind)]
            {
                let values = try members.optional(name) { value throws(Refusal) in try oneOrMany(value, "\(pointer)/\(name)") }
                entries += (values ?? []).map { PrincipalEntry(kind, $0) }
            }
            return entries
        }
        guard !entries.isEmpty else { throw value.invalid("this names nobody", code: "policy-principal-missing") }
        return PrincipalElement(isNegated: negated, entries: entries, place: place)
    }

    private func conditions(_ value: JSONValue, _ pointer: String) throws(Refusal) -> [Condition] {
        var result: [Condition] = []
        for test in try value.dictionary({ member throws(Refusal) in member }) {
            let testPointer = "\(pointer)/\(Self.escaped(test.name))"
            let name = PolicyString(test.name, pointer: testPointer, line: lines.line(of: test.offset))
            for key in try test.value.dictionary({ member throws(Refusal) in member }) {
                let keyPointer = "\(testPointer)/\(Self.escaped(key.name))"
                result.append(
                    Condition(
                        operatorName: name, key: PolicyString(key.name, pointer: keyPointer, line: lines.line(of: key.offset)),
                        values: try oneOrMany(key.value, keyPointer, scalars: true)))
            }
        }
        return result
    }

    private func oneOrMany(_ value: JSONValue, _ pointer: String, scalars: Bool = false) throws(Refusal) -> [PolicyString] {
        guard case .array(let elements) = value.content else { return [try scalar(value, pointer, scalars)] }
        var result: [PolicyString] = []
        for (index, element) in elements.enumerated() { result.append(try scalar(element, "\(pointer)/\(index)", scalars)) }
        return result
    }

    private func text(_ value: JSONValue, _ pointer: String) throws(Refusal) -> PolicyString { try scalar(value, pointer, false) }

    /// A string; in conditions also a boolean or a number, which IAM takes for its text.
    private func scalar(_ value: JSONValue, _ pointer: String, _ scalars: Bool) throws(Refusal) -> PolicyString {
        switch value.content {
        case .string(let text): return place(value, pointer).with(text)
        case .bool(let flag) where scalars: return place(value, pointer).with(flag ? "true" : "false")
        case .integer where scalars, .double where scalars: return place(value, pointer).with(numberText(at: value.offset))
        default: throw value.mismatch(scalars ? "a string, a number, true or false, or a list of them" : "a string or a list of strings")
        }
    }

    /// The number as it was spelled.
    private func numberText(at offset: Int) -> String {
        String(decoding: bytes[offset...].prefix { "+-.eE0123456789".utf8.contains($0) }, as: UTF8.self)
    }

    private func place(_ value: JSONValue, _ pointer: String) -> PolicyString {
        PolicyString("", pointer: pointer, line: lines.line(of: value.offset))
    }

    /// RFC 6901 §3.
    private static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

extension PolicyString {
    func with(_ text: String) -> PolicyString { PolicyString(text, pointer: pointer, line: line) }
}

// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// A key policy: the statements as types, beside the exact text they were read from.
///
/// The text is what is sent to KMS and what a digest is taken over; nothing is ever written again from the types.
public struct PolicyDocument: Sendable {
    /// The quota of KMS for a key policy document (KMS Developer Guide, "Resource quotas").
    public static let maximumBytes = 32_768

    /// The exact text.
    public let text: String
    /// The name of the file it came from.
    public let file: String?
    /// The text as JSON, places kept.
    public let json: JSONValue
    /// The element `Version`; missing means 2008-10-17.
    public let version: PolicyString?
    /// The element `Id`.
    public let id: PolicyString?
    public let statements: [Statement]
    let allows: [Statement]
    let denies: [Statement]

    /// Reads a policy, all or nothing.
    /// - Throws: `policy-too-large`, `policy-character`, `json-…`, `unknown-member`, `missing-member`, `wrong-type`, `policy-…`;
    ///   each with file, pointer, line and column.
    public init(text: String, file: String? = nil) throws(Refusal) {
        try self.init(bytes: Array(text.utf8), file: file)
    }

    /// Reads a policy from the bytes of a file.
    public init(bytes: [UInt8], file: String? = nil) throws(Refusal) {
        let place = Place(file: file)
        guard bytes.count <= Self.maximumBytes else {
            throw Refusal(
                "policy-too-large", .badData, "a key policy has at most \(Self.maximumBytes) bytes, this one has \(bytes.count)", at: place,
                hint: "merge statements, or shorten lists with wildcards where that widens nothing")
        }
        let document = try Self.json(bytes, file: file)
        self.text = String(decoding: bytes, as: UTF8.self)
        self.file = file
        json = document.root
        try Self.checkCharacters(bytes, file: file)
        let reader = PolicyReader(bytes: bytes)
        (version, id, statements) = try document.decode { root throws(Refusal) in try reader.policy(root) }
        allows = statements.filter { $0.effect == .allow }
        denies = statements.filter { $0.effect == .deny }
    }

    /// What is no JSON object is told what a policy looks like.
    private static func json(_ bytes: [UInt8], file: String?) throws(Refusal) -> JSONDocument {
        do {
            return try JSONDocument(bytes, rules: .general, file: file)
        } catch {
            var refusal = error
            let first = bytes.first { !" \t\r\n".utf8.contains($0) }
            if refusal.hint == nil, first != UInt8(ascii: "{") {
                refusal.hint = "a key policy is a JSON object: {\"Version\":\"2012-10-17\",\"Statement\":[…]}"
            } else if refusal.hint == nil, refusal.code.hasSameBytes(as: "json-duplicate-member") {
                refusal.hint = "KMS would take the last one without a word; leave one"
            }
            throw refusal
        }
    }

    /// A policy without statements: nobody may do anything. What a first policy is compared with.
    public static let empty = PolicyDocument()

    private init() {
        text = "{}"
        file = nil
        json = JSONValue(.object([]))
        version = nil
        id = nil
        (statements, allows, denies) = ([], [], [])
    }

    /// The same text, read as if these statements stood at its end too.
    private init(_ document: PolicyDocument, with more: [Statement]) {
        (text, file, json, version, id) = (document.text, document.file, document.json, document.version, document.id)
        statements = document.statements + more
        allows = statements.filter { $0.effect == .allow }
        denies = statements.filter { $0.effect == .deny }
    }

    /// The policy as if it denied everything to every request in which one of these condition keys is like one of its patterns.
    func denying(_ conditions: [(key: String, patterns: [String])]) -> PolicyDocument {
        func made(_ text: String) -> PolicyString { PolicyString(text, pointer: "") }
        let denials = conditions.enumerated().map { index, condition in
            Statement(
                index: statements.count + index, sid: nil, effect: .deny,
                principals: PrincipalElement(isNegated: false, entries: [PrincipalEntry(.anyone, made("*"))], place: made("")),
                actions: ElementList(isNegated: false, values: [made("kms:*")], place: made("")),
                resources: ElementList(isNegated: false, values: [made("*")], place: made("")),
                conditions: [Condition(operatorName: made("StringLike"), key: made(condition.key), values: condition.patterns.map(made))],
                place: made(""))
        }
        return PolicyDocument(self, with: denials)
    }

    /// Whether `${…}` in values is replaced (IAM User Guide, "Policy variables": from version 2012-10-17).
    public var usesVariables: Bool { version?.text.hasSameBytes(as: "2012-10-17") ?? false }

    /// KMS API, `Policy`: `[\u0009\u000A\u000D\u0020-\u00FF]+`.
    private static func checkCharacters(_ bytes: [UInt8], file: String?) throws(Refusal) {
        let text = String(decoding: bytes, as: UTF8.self)
        var offset = 0
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0D, 0x20...0xFF: column += 1
            case 0x0A: (line, column) = (line + 1, 1)
            default:
                throw Refusal(
                    "policy-character", .badData, "the character \(SafeText.escaped(String(scalar))) may not stand in a key policy",
                    at: Place(file: file, line: line, column: column, offset: offset),
                    hint: "KMS takes tab, line feed, carriage return and U+0020 to U+00FF")
            }
            offset += UTF8.encode(scalar)?.count ?? 0
        }
    }
}

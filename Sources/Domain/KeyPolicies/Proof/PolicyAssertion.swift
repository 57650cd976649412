// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// What must be true of a key policy, whatever else it says (formats.md §8).
public struct PolicyAssertion: Sendable {
    public enum Expectation: String, Sendable, CaseIterable {
        /// No such request is answered above `at` (denied, unless said otherwise).
        case never
        /// Every such request is answered at least `at` (allowed, unless said otherwise).
        case always
    }

    /// The level of an answer.
    public enum Level: String, Sendable, Comparable, CaseIterable {
        case denied, delegated, allowed

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        var rank: Answer.Verdict.Rank {
            switch self {
            case .denied: .denied
            case .delegated: .delegated
            case .allowed: .allowed
            }
        }
    }

    public let name: String
    public let expectation: Expectation
    public let level: Level
    /// Nil for anybody.
    let principals: [AssertedCaller]?
    let exceptions: [AssertedCaller]
    let actions: [KeyAction]
    let context: RequestContext

    /// Reads a list of assertions, strictly.
    /// - Throws: `unknown-member`, `missing-member`, `wrong-type`, `assertion-…`, each with its place.
    public static func list(_ root: JSONValue) throws(Refusal) -> [PolicyAssertion] {
        let list = try root.array { value throws(Refusal) in try PolicyAssertion(value) }
        guard !list.isEmpty else { throw root.invalid("there is no assertion in this list", code: "assertion-none") }
        return list
    }

    private init(_ value: JSONValue) throws(Refusal) {
        var name: String?
        var expectation: Expectation?
        var level: Level?
        var principals: [AssertedCaller]??
        var actions: [KeyAction]?
        (exceptions, context) = try value.object { members throws(Refusal) -> ([AssertedCaller], RequestContext) in
            name = try members.optional("name") { value throws(Refusal) in try value.text() }
            expectation = try members.optional("expect") { value throws(Refusal) in try value.oneOf(Expectation.self) }
            level = try members.optional("at") { value throws(Refusal) in try value.oneOf(Level.self) }
            principals = try members.optional("principals") { value throws(Refusal) in try Self.principals(value) }
            actions = try members.optional("actions") { value throws(Refusal) in try Self.actions(value) }
            return (
                try members.optional("except") { value throws(Refusal) in try Self.callers(value) } ?? [],
                try members.optional("context") { value throws(Refusal) in try Self.context(value) } ?? RequestContext()
            )
        }
        // Asked only once nothing unknown is there: a slip of the hand is named as such, not as a gap.
        guard let name else { throw Self.missing("name", value) }
        guard let expectation else { throw Self.missing("expect", value) }
        guard let principals else { throw Self.missing("principals", value) }
        guard let actions else { throw Self.missing("actions", value) }
        (self.name, self.expectation, self.principals, self.actions) = (name, expectation, principals, actions)
        self.level = level ?? (expectation == .never ? .denied : .allowed)
        let saysNothing = expectation == .never ? self.level == .allowed : self.level == .denied
        if saysNothing {
            throw value.invalid(
                "\"\(expectation.rawValue)\" at \"\(self.level.rawValue)\" is true of every policy", code: "assertion-empty",
                hint: expectation == .never ? "at: denied or at: delegated" : "at: delegated or at: allowed")
        }
    }

    private static func missing(_ name: String, _ value: JSONValue) -> Refusal {
        value.invalid("member \"\(name)\" is missing", code: "missing-member")
    }

    /// `any`, or a list.
    private static func principals(_ value: JSONValue) throws(Refusal) -> [AssertedCaller]? {
        if case .string(let text) = value.content {
            guard text.hasSameBytes(as: "any") else {
                throw value.invalid("\(Quoted.text(text)) is no list of principals", code: "assertion-principal", hint: "write any, or a list")
            }
            return nil
        }
        let list = try callers(value)
        guard !list.isEmpty else { throw value.invalid("this names nobody", code: "assertion-principal", hint: "write any, or a list") }
        return list
    }

    private static func callers(_ value: JSONValue) throws(Refusal) -> [AssertedCaller] {
        try value.array { element throws(Refusal) in
            let text = try element.text()
            if AccountID.isValid(text) { return .account(text) }
            guard let principal = RequestPrincipal.named(text) else {
                throw element.invalid(
                    "\(Quoted.text(text)) is no caller", code: "assertion-principal",
                    hint: "write an account id, the ARN of a role, user, session or account root, or a service such as cloudtrail.amazonaws.com")
            }
            return .principal(principal)
        }
    }

    private static func actions(_ value: JSONValue) throws(Refusal) -> [KeyAction] {
        var named = ActionSet.none
        let lists = try value.array { element throws(Refusal) -> [KeyAction] in
            let text = try element.text()
            let covered = ActionSet(coveredBy: text)
            guard !covered.isEmpty else {
                let near = Suggestion.nearest(to: text, among: KeyAction.all.map { "kms:\($0.name)" })
                throw element.invalid(
                    "\(Quoted.text(text)) is no action of KMS", code: "action-unknown",
                    hint: near.map { "did you mean \($0)?" } ?? "write an action with its prefix, such as kms:Decrypt")
            }
            defer { named = named.union(covered) }
            return covered.subtracting(named).actions
        }
        guard !named.isEmpty else { throw value.invalid("this names no action", code: "assertion-action") }
        return lists.flatMap(\.self)
    }

    private static func context(_ value: JSONValue) throws(Refusal) -> RequestContext {
        var context = RequestContext()
        var seen: Set<String> = []
        for member in try value.dictionary({ member throws(Refusal) in member }) {
            let key = member.name
            if ProofCondition.isSettled(key.asciiLowercased) {
                throw member.value.invalid(
                    "\(Quoted.text(key)) follows from the principal and cannot be chosen", code: "assertion-context", hint: "say it with principals")
            }
            let colon = key.utf8.firstIndex(of: UInt8(ascii: ":"))
            guard let colon, colon > key.utf8.startIndex, key.utf8.index(after: colon) < key.utf8.endIndex else {
                throw member.value.invalid(
                    "\(Quoted.text(key)) is no condition key", code: "assertion-context", hint: "write it with its prefix, such as aws:SourceArn")
            }
            if let hit = ConditionKeys.hit(PolicyString(key, pointer: "")) { throw member.value.invalid(hit.message, code: "assertion-context") }
            guard seen.insert(key.asciiLowercased).inserted else {
                throw member.value.invalid("\(Quoted.text(key)) stands here twice (case does not matter)", code: "assertion-context")
            }
            switch member.value.content {
            case .null: context[key] = .absent
            case .string(let text): context[key] = .one(text)
            case .array:
                let texts = try member.value.array { element throws(Refusal) in try element.text() }
                context[key] = texts.isEmpty ? .absent : texts.count == 1 ? .one(texts[0]) : .several(texts)
            default: throw member.value.mismatch("a text, a list of texts (a set), or null (absent)")
            }
        }
        return context
    }
}

/// Whom an assertion speaks of.
enum AssertedCaller: Sendable {
    /// Everybody of an account.
    case account(String)
    /// A role stands for itself and its sessions.
    case principal(RequestPrincipal)

    func covers(_ caller: Caller) -> Bool {
        switch self {
        case .account(let id): return caller.principal.account?.hasSameBytes(as: id) ?? false
        case .principal(let principal):
            if principal.hasSameText(as: caller.principal) { return true }
            guard case .role(_, let account, _) = principal, let arn = caller.roleARN, caller.principal.isOf(account) else { return false }
            return arn.hasSameBytes(as: principal.text)
        }
    }

    /// What must be among the callers that are looked at.
    var pattern: PrincipalPattern? {
        switch self {
        case .account(let id): .account(id: id, partition: nil)
        case .principal(.service(let name)): .service(name)
        case .principal(let principal): PrincipalPattern(.aws, principal.text)
        }
    }
}

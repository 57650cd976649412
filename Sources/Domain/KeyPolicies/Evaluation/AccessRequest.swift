// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// The key that a policy belongs to.
public struct KeyIdentity: Sendable, Hashable {
    public let account: String
    /// Nil while the key does not exist or its ARN is not known.
    public let arn: String?

    public init(account: String, arn: String? = nil) {
        self.account = account
        self.arn = arn
    }
}

/// One request to KMS: who, what, under which circumstances, on which key.
public struct AccessRequest: Sendable {
    public let principal: RequestPrincipal
    /// Without prefix, as the table spells it.
    public let actionName: String
    public let context: RequestContext
    public let key: KeyIdentity

    /// Nil for an action that the table does not have (a newer one).
    public let action: KeyAction?
    /// Of the action in the table; nil for an action that it does not have.
    let position: Int?

    /// - Parameter action: with its prefix, in any case: `kms:Decrypt`.
    /// - Throws: `action-unknown`; `context-contradicts-principal` where a key that follows from the principal is given another value.
    public init(principal: RequestPrincipal, action: String, context: RequestContext = RequestContext(), key: KeyIdentity) throws(Refusal) {
        let name = Self.name(of: action)
        guard let name, KeyAction.named(name) != nil || Self.near(action) == nil else {
            throw Refusal(
                "action-unknown", .usage, "\(Quoted.text(action)) is no action of KMS",
                hint: Self.near(action).map { "did you mean \($0)?" } ?? "write one action with its prefix, such as kms:Decrypt")
        }
        for key in context.keys {
            guard let fixed = DerivedKeys.fixed(key, for: principal), let given = context[key], given != fixed else { continue }
            if Self.namesTheRole(of: principal, key: key, value: given) { continue }
            throw Refusal(
                "context-contradicts-principal", .usage, "\(key) follows from the principal and cannot be chosen",
                hint: "leave \(key) out, or ask for another principal")
        }
        self.init(principal: principal, known: name, context: context, key: key)
    }

    /// For requests that the rules make up themselves.
    init(principal: RequestPrincipal, known name: String, context: RequestContext = RequestContext(), key: KeyIdentity) {
        self.principal = principal
        position = KeyAction.position(of: name)
        action = position.map { KeyAction.all[$0] }
        actionName = action?.name ?? name
        self.context = context
        self.key = key
    }

    /// - Parameter position: of the action in the table.
    init(principal: RequestPrincipal, position: Int, context: RequestContext, key: KeyIdentity) {
        self.principal = principal
        self.position = position
        let action = KeyAction.all[position]
        self.action = action
        actionName = action.name
        self.context = context
        self.key = key
    }

    /// What was probably meant: a name that the table does not have, and that is near to none it has, may be of a newer action.
    private static func near(_ action: String) -> String? { Suggestion.nearest(to: action, among: KeyAction.all.map { "kms:\($0.name)" }) }

    private static func name(of action: String) -> String? {
        guard action.asciiLowercased.after("kms:") != nil else { return nil }
        let name = String(decoding: action.utf8.dropFirst(4), as: UTF8.self)
        let isWord = name.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        return isWord ? name : nil
    }

    /// A session's ARN hides its role's path; the context may tell it.
    private static func namesTheRole(of principal: RequestPrincipal, key: String, value: ContextValue) -> Bool {
        guard key == "aws:principalarn", case .session(let partition, let account, let role, _) = principal, case .one(let text) = value,
            let arn = ARN(text), case .role(let owner, let name) = PrincipalPattern(.aws, text)
        else { return false }
        return arn.partition.hasSameBytes(as: partition) && owner.hasSameBytes(as: account) && name.lastComponent.hasSameBytes(as: role)
    }

    /// What the request says about a condition key; nil where it is unspecified.
    subscript(key: String) -> ContextValue? { self[ContextKey(key)] }

    subscript(key: ContextKey) -> ContextValue? {
        guard key.actions.contains(position) else { return .absent }
        if let given = context[lowercased: key.name] { return given }
        guard key.isDerived else { return nil }
        if let derived = DerivedKeys.fixed(key.name, for: principal) ?? DerivedKeys.assumed(key.name, for: principal) { return derived }
        return key.name.hasSameBytes(as: "aws:resourceaccount") ? .one(self.key.account) : nil
    }

    /// Whether the role's path is not known: then roles are compared by name.
    var hidesRolePath: Bool {
        if case .session = principal { context["aws:PrincipalArn"] == nil } else { false }
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// One caller that stands for all that no statement tells from it.
struct Caller: Sendable {
    let principal: RequestPrincipal
    /// The ARN of a session's role, path included: requests that the prover looks at always have it.
    let roleARN: String?
    /// Whether the policies (or an assertion) name it; otherwise it stands for any other.
    let isNamed: Bool
    /// Whether they name its account.
    let isAccountNamed: Bool
    /// Of a session: whether they name a role of that last name.
    var isRoleNamed = false

    /// For people: `any other role of account 604183725190`.
    var words: String {
        if isNamed { return principal.text }
        guard let account = principal.account else { return "any service that is not named" }
        let owner = isAccountNamed ? "account \(account)" : "any account that is not named"
        switch principal {
        case .service: return "any service that is not named"
        case .root: return "the root user of \(owner)"
        case .user: return "any other user of \(owner)"
        case .role: return "any other role of \(owner)"
        case .session(_, _, let role, _):
            return isRoleNamed ? "any other session of a role \(role) of \(owner)" : "any session of any other role of \(owner)"
        case .federatedUser: return "any other federated user of \(owner)"
        }
    }

    /// The context that goes with it.
    var context: RequestContext { RequestContext(roleARN.map { [(key: "aws:PrincipalArn", value: $0)] } ?? []) }
}

/// What the policies and assertions say about callers, gathered.
struct CallerHints {
    var accounts: Set<String> = []
    /// Names below an account, by kind: `role`, `user`, `federated-user`.
    var names: [String: [String: Set<String>]] = [:]
    /// Session names, by account and role.
    var sessions: [String: [String: Set<String>]] = [:]
    /// Roles that are named, by account, without their path.
    var lastNames: [String: Set<String>] = [:]
    var services: Set<String> = []
    var partitions: Set<String> = []
    /// Languages that `aws:PrincipalArn`, the account and the service's name are tested with, beyond plain texts.
    var arnPatterns: [ValuePattern] = []
    var accountPatterns: [ValuePattern] = []
    var servicePatterns: [ValuePattern] = []

    mutating func add(_ pattern: PrincipalPattern) {
        switch pattern {
        case .account(let id, let partition):
            accounts.insert(id)
            if let partition { partitions.insert(partition) }
        case .role(let account, let name):
            add(account, "role", name)
            lastNames[account, default: []].insert(name.lastComponent)
        case .user(let account, let name): add(account, "user", name)
        case .federatedUser(let account, let name): add(account, "federated-user", name)
        case .session(let account, let role, let session):
            add(account, "role", role)
            lastNames[account, default: []].insert(role)
            sessions[account, default: [:]][role, default: []].insert(session)
        case .service(let name): services.insert(name)
        case .everyone, .uniqueID, .nobody: break
        }
    }

    private mutating func add(_ account: String, _ kind: String, _ name: String) {
        accounts.insert(account)
        names[account, default: [:]][kind, default: []].insert(name)
    }

    /// A text or pattern that `aws:PrincipalArn` is compared with.
    mutating func add(arn pattern: ValuePattern) {
        guard let text = pattern.literal else {
            if !arnPatterns.contains(pattern) { arnPatterns.append(pattern) }
            return
        }
        add(PrincipalPattern(.aws, text))
        if let arn = ARN(text) { partitions.insert(arn.partition) }
    }

    mutating func add(account pattern: ValuePattern) {
        if let text = pattern.literal { accounts.insert(text) } else if !accountPatterns.contains(pattern) { accountPatterns.append(pattern) }
    }

    mutating func add(service pattern: ValuePattern) {
        if let text = pattern.literal { services.insert(text) } else if !servicePatterns.contains(pattern) { servicePatterns.append(pattern) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// The rows of a table of rights, and which of them a caller belongs to.
struct RightsHolders {
    private(set) var all: [RightsHolder] = []
    private var position: [RightsHolder: Int] = [:]
    /// Of roles that are named, by their ARN.
    private var roles: [String: Int] = [:]
    /// Their accounts and names, without path.
    private var roleNames: Set<String> = []

    /// Named principals in the order of the documents, then the key's account, the other accounts, everyone else.
    init(_ documents: [PolicyDocument], keyAccount: String) {
        var accounts = [keyAccount]
        var known: Set<String> = [keyAccount]
        func account(_ id: String) { if AccountID.isValid(id), known.insert(id).inserted { accounts.append(id) } }
        for statement in documents.flatMap(\.statements) {
            for entry in statement.principals.entries {
                switch entry.pattern {
                case .account(let id, _): account(id)
                default:
                    if let principal = RequestPrincipal.named(entry.value.text) {
                        add(.named(principal))
                        principal.account.map(account)
                    }
                }
            }
            for condition in statement.conditions(on: "aws:PrincipalArn", "aws:PrincipalAccount", "kms:CallerAccount") {
                for value in condition.values {
                    if AccountID.isValid(value.text) { account(value.text) }
                    guard let principal = RequestPrincipal.named(value.text), let owner = principal.account else { continue }
                    account(owner)
                    if case .root = principal { continue }
                    if case .session = principal { continue }
                    add(.named(principal))
                }
            }
        }
        add(.rootUser(account: keyAccount))
        for id in accounts { add(.rest(account: id)) }
        add(.anyoneElse)
    }

    /// Whom the search must have among its callers, so that no row is empty.
    var patterns: [PrincipalPattern] {
        all.compactMap { holder in
            switch holder {
            case .named(let principal): AssertedCaller.principal(principal).pattern
            case .rootUser(let account), .rest(let account): AssertedCaller.account(account).pattern
            case .anyoneElse: nil
            }
        }
    }

    private mutating func add(_ holder: RightsHolder) {
        guard position[holder] == nil else { return }
        position[holder] = all.count
        if case .named(let principal) = holder, case .role(_, let account, let name) = principal {
            roles[principal.text] = all.count
            roleNames.insert("\(account)/\(name.lastComponent)")
        }
        all.append(holder)
    }

    /// The row of a caller; nil for a session of a role that bears a named role's name under another path: an account has each
    /// name once, so there is none beside the role that is named.
    func row(_ caller: Caller) -> Int? {
        if let row = position[.named(caller.principal)] { return row }
        if case .session(_, let account, let role, _) = caller.principal {
            if let row = caller.roleARN.flatMap({ roles[$0] }) { return row }
            if roleNames.contains("\(account)/\(role)") { return nil }
        }
        if case .root(_, let account) = caller.principal, let row = position[.rootUser(account: account)] { return row }
        if let account = caller.principal.account, let row = position[.rest(account: account)] { return row }
        return position[.anyoneElse] ?? all.count - 1
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// How a statement's principals fit a caller.
enum PrincipalMatch: Hashable, Sendable {
    case no
    /// Named directly or by `*`.
    case direct
    /// Only through the account: its IAM decides.
    case account
    case unknown([String])
}

extension PrincipalElement {
    /// Whether a statement speaks of the caller, and how directly.
    func match(_ caller: RequestPrincipal, effect: Effect) -> PrincipalMatch {
        guard isNegated else {
            var best = PrincipalMatch.no
            for entry in entries {
                switch (entry.match(caller), best) {
                case (.direct, _): return .direct
                case (.unknown(let names), .no), (.unknown(let names), .account): best = .unknown(names)
                case (.account, .no): best = .account
                default: break
                }
            }
            return best
        }
        switch effect {
        // With Allow the list is a ban: who is in it, by name or by account, gains nothing.
        case .allow: return entries.allSatisfy { $0.match(caller) == .no } ? .direct : .no
        // With Deny a caller escapes only if every name it goes by is listed: account, role or user, session
        // (IAM User Guide, "AWS JSON policy elements: NotPrincipal").
        case .deny: return namesWhollyListed(caller) ? .no : .direct
        }
    }

    private func namesWhollyListed(_ caller: RequestPrincipal) -> Bool {
        let patterns = entries.map(\.pattern)
        if patterns.contains(.everyone) { return true }
        func lists(_ test: (PrincipalPattern) -> Bool) -> Bool { patterns.contains { test($0) && $0.match(caller) != .no } }
        let account = lists { if case .account = $0 { true } else { false } }
        switch caller {
        case .service: return lists { _ in true }
        case .root: return account
        case .user, .federatedUser: return account && lists { if case .account = $0 { false } else { true } }
        case .role: return account && lists { if case .role = $0 { true } else { false } }
        case .session:
            return account && lists { if case .role = $0 { true } else { false } }
                && lists { if case .session = $0 { true } else { false } }
        }
    }
}

extension PrincipalPattern {
    /// The account that the entry belongs to; nil where it belongs to none.
    var account: String? {
        switch self {
        case .account(let account, _), .role(let account, _), .user(let account, _), .session(let account, _, _),
            .federatedUser(let account, _):
            account
        case .everyone, .service, .uniqueID, .nobody: nil
        }
    }

    func match(_ caller: RequestPrincipal) -> PrincipalMatch {
        switch self {
        case .everyone: return .direct
        case .service(let name):
            if case .service(let asking) = caller { return name.hasSameBytes(as: asking) ? .direct : .no }
            return .no
        case .account(let account, let partition):
            guard caller.isOf(account) else { return .no }
            if let partition, caller.partition?.hasSameBytes(as: partition) != true { return .no }
            if case .root = caller { return .direct }
            return .account
        case .role(let account, let name):
            switch caller {
            case .role(_, let own, let asking): return account.hasSameBytes(as: own) && name.hasSameBytes(as: asking) ? .direct : .no
            // A session matches its role by name, whatever the role's path: names are unique in an account.
            case .session(_, let own, let role, _):
                return account.hasSameBytes(as: own) && name.lastComponent.hasSameBytes(as: role) ? .direct : .no
            default: return .no
            }
        case .user(let account, let name):
            if case .user(_, let own, let asking) = caller { return account.hasSameBytes(as: own) && name.hasSameBytes(as: asking) ? .direct : .no }
            return .no
        case .federatedUser(let account, let name):
            if case .federatedUser(_, let own, let asking) = caller {
                return account.hasSameBytes(as: own) && name.hasSameBytes(as: asking) ? .direct : .no
            }
            return .no
        case .session(let account, let role, let session):
            guard caller.isOf(account) else { return .no }
            switch caller {
            case .session(_, _, let asking, let name): return role.hasSameBytes(as: asking) && session.hasSameBytes(as: name) ? .direct : .no
            case .role(_, _, let asking): return asking.lastComponent.hasSameBytes(as: role) ? .unknown(["the session's name"]) : .no
            default: return .no
            }
        case .uniqueID, .nobody: return .no
        }
    }
}

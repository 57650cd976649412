// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Finds the principal elements of a table that speak of a caller, without asking each of them.
struct PrincipalIndex {
    /// An element and how it fits: `PrincipalElement.match`, in one number; higher is more direct.
    struct Fit: Hashable, Comparable, Sendable {
        enum Kind: Int, Sendable { case account = 1, sessionUnknown, direct }

        fileprivate let number: Int
        var element: Int { number / 4 }
        var kind: Kind { Kind(rawValue: number % 4) ?? .direct }

        fileprivate init(_ element: Int, _ kind: Kind) { number = element * 4 + kind.rawValue }
        static func < (left: Fit, right: Fit) -> Bool { left.number < right.number }
    }

    private struct Account {
        var wholes: [(element: Int, partition: String?)] = []
        var names: [String: [Int]] = [:]
        /// Roles by their last name, for sessions.
        var lastNames: [String: [Int]] = [:]
        var sessions: [String: [Int]] = [:]
        /// Elements that name a session of a role of that last name.
        var sessionRoles: [String: [Int]] = [:]
    }

    private var everyone: [Int] = []
    private var services: [String: [Int]] = [:]
    private var accounts: [String: Account] = [:]
    /// `NotPrincipal`: these are asked.
    private var negated: [(Int, PrincipalElement, Effect)] = []

    init(_ principals: [(element: PrincipalElement, effect: Effect)]) {
        for (id, entry) in principals.enumerated() {
            if entry.element.isNegated {
                negated.append((id, entry.element, entry.effect))
                continue
            }
            for pattern in entry.element.entries.lazy.map(\.pattern) { add(id, pattern) }
        }
    }

    private mutating func add(_ id: Int, _ pattern: PrincipalPattern) {
        switch pattern {
        case .everyone: everyone.append(id)
        case .service(let name): services[name, default: []].append(id)
        case .account(let account, let partition): accounts[account, default: Account()].wholes.append((id, partition))
        case .role(let account, let name):
            accounts[account, default: Account()].names["role/" + name, default: []].append(id)
            accounts[account, default: Account()].lastNames[name.lastComponent, default: []].append(id)
        case .user(let account, let name): accounts[account, default: Account()].names["user/" + name, default: []].append(id)
        case .federatedUser(let account, let name): accounts[account, default: Account()].names["federated/" + name, default: []].append(id)
        case .session(let account, let role, let session):
            accounts[account, default: Account()].sessions["\(role)/\(session)", default: []].append(id)
            accounts[account, default: Account()].sessionRoles[role, default: []].append(id)
        case .uniqueID, .nobody: break
        }
    }

    /// The elements that fit, each once, by position.
    func fits(_ caller: RequestPrincipal) -> [Fit] {
        var fits = everyone.map { Fit($0, .direct) }
        func add(_ ids: [Int]?, _ kind: Fit.Kind = .direct) { for id in ids ?? [] { fits.append(Fit(id, kind)) } }
        if case .service(let name) = caller { add(services[name]) }
        if let id = caller.account, let account = accounts[id] {
            for (element, partition) in account.wholes {
                if let partition, caller.partition?.hasSameBytes(as: partition) != true { continue }
                if case .root = caller { fits.append(Fit(element, .direct)) } else { fits.append(Fit(element, .account)) }
            }
            switch caller {
            case .role(_, _, let name):
                if !account.names.isEmpty { add(account.names["role/" + name]) }
                if !account.sessionRoles.isEmpty { add(account.sessionRoles[name.lastComponent], .sessionUnknown) }
            case .user(_, _, let name): if !account.names.isEmpty { add(account.names["user/" + name]) }
            case .federatedUser(_, _, let name): if !account.names.isEmpty { add(account.names["federated/" + name]) }
            case .session(_, _, let role, let session):
                add(account.lastNames[role])
                if !account.sessions.isEmpty { add(account.sessions["\(role)/\(session)"]) }
            case .root, .service: break
            }
        }
        for (id, element, effect) in negated where element.match(caller, effect: effect) != .no { fits.append(Fit(id, .direct)) }
        if fits.count < 2 { return fits }
        fits.sort()
        // Of several fits of one element the most direct is the last.
        return fits.indices.filter { $0 == fits.count - 1 || fits[$0 + 1].element != fits[$0].element }.map { fits[$0] }
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Who may do what with a key, by its policy alone: a row for everyone who is named and for all others, a cell for each right.
///
/// Nothing is sampled: a cell says which answers the requests of its row get, over every caller of the row, every action of the
/// right and every context, found by the prover's search. What could not be decided says so.
public struct RightsTable: Sendable {
    public struct Row: Sendable {
        public let who: RightsHolder
        /// One for each of `KeyRight.allCases`, in that order.
        public let cells: [RightsCell]

        public subscript(right: KeyRight) -> RightsCell { cells[KeyRight.allCases.firstIndex(of: right) ?? 0] }
    }

    public internal(set) var rows: [Row] = []
    /// What is not decided; empty where the table is exact.
    public internal(set) var gaps: [ProofGap] = []

    public var complete: Bool { gaps.isEmpty }

    /// - Parameter documents: policies whose named principals get rows too, and first. With the same documents the tables of two
    ///   policies have the same rows in the same order.
    public init(_ policy: PolicyDocument, key: KeyIdentity, rowsOf documents: [PolicyDocument] = []) {
        var search = RightsSearch(policy, key: key, rowsOf: documents)
        (rows, gaps) = search.run()
    }
}

/// Whom a row speaks of. Every caller belongs to exactly one.
public enum RightsHolder: Sendable, Hashable {
    /// Named by a statement, or in a condition on `aws:PrincipalArn`. A role stands for its sessions too.
    case named(RequestPrincipal)
    /// The root user of the key's own account, whom no IAM policy can hold back.
    case rootUser(account: String)
    /// Everybody of the account who has no row; in other accounts the root user too.
    case rest(account: String)
    /// Every other account and every other service.
    case anyoneElse

    /// For people.
    public var words: String {
        switch self {
        case .named(let principal): principal.text
        case .rootUser(let account): "root user of account \(account)"
        case .rest(let account): "anyone else of account \(account)"
        case .anyoneElse: "anyone else"
        }
    }
}

/// What the requests of one row get for one right.
public struct RightsCell: Sendable, Hashable {
    /// The highest answer of any of them; the table's `gaps` say where it might be higher.
    public let highest: PolicyAssertion.Level
    /// Whether others of them, for the same actions, get less.
    public let isConditional: Bool
    /// The condition keys on which that depends, as the policy writes them.
    public let conditionKeys: [String]
    /// The actions that get the highest answer, with prefix; none where it is *denied*.
    public let actions: [String]
    /// False where the search met something that cannot be decided.
    public let isDecided: Bool

    /// For people: `never`, `by IAM`, `allowed`, with `under a condition` where that is so.
    public var words: String {
        guard isDecided else { return "not decided" }
        let condition = isConditional ? ", under a condition" : ""
        switch highest {
        case .denied: return "never"
        case .delegated: return "by IAM" + condition
        case .allowed: return "allowed" + condition
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// One action of KMS and what matters about it to a key policy.
public struct KeyAction: Sendable {
    /// What a right to the action is worth. (AWS's own access levels put Decrypt and UpdateAlias into one class.)
    public enum Class: String, Sendable, CaseIterable {
        case useDecrypt = "use-decrypt"
        case useEncrypt = "use-encrypt"
        case verify
        case policy
        case delegate
        /// Tags and aliases: they decide where a policy's conditions ask for them.
        case abac
        case destroy
        case adminOther = "admin-other"
        case read
    }

    /// Where a key policy can let the action be used from.
    public enum Reach: Sendable {
        case anyAccount
        /// KMS refuses it to callers of other accounts, whatever the policy says.
        case ownAccount
        /// No key policy has any say in it.
        case iamOnly
    }

    /// Without prefix, e.g. `Decrypt`.
    public let name: String
    public let kind: Class
    public let reach: Reach
    /// Whether a request of this action can carry an encryption context.
    public let hasEncryptionContext: Bool
    /// What it does, for people who are no programmers.
    public let phrase: String

    init(_ name: String, _ kind: Class, _ reach: Reach, encryptionContext: Bool = false, _ phrase: String) {
        self.name = name
        self.kind = kind
        self.reach = reach
        hasEncryptionContext = encryptionContext
        self.phrase = phrase
    }

    private static let positions: [String: Int] = Dictionary(
        uniqueKeysWithValues: all.enumerated().map { ($1.name.asciiLowercased, $0) })
    private static let lowercasedNames: [[Unicode.Scalar]] = all.map { Array($0.name.asciiLowercased.unicodeScalars) }

    /// The action of that name, `kms:` in front or not, in any case.
    public static func named(_ name: String) -> KeyAction? {
        let lower = name.asciiLowercased
        return positions[lower.after("kms:") ?? lower].map { all[$0] }
    }

    /// The actions of the table that a pattern of a policy covers.
    static func covered(by pattern: String) -> [KeyAction] { ActionSet(coveredBy: pattern).actions }

    /// Positions in the table, for sets of actions.
    static func position(of name: String) -> Int? { positions[name.asciiLowercased] }

    fileprivate static func positions(coveredBy pattern: ActionPattern) -> [Int] {
        if let name = pattern.plainName { return positions[name].map { [$0] } ?? [] }
        let wildcards = pattern.wildcards[...]
        return all.indices.filter { TextPattern.matches(wildcards, lowercasedNames[$0][...]) }
    }
}

/// A set of actions of the table, a bit each.
struct ActionSet: Hashable, Sendable {
    private var bits: UInt64 = 0

    static let none = ActionSet()
    static let everything = ActionSet(positions: KeyAction.all.indices)

    init() {}

    init(coveredBy pattern: String) { self.init(positions: KeyAction.positions(coveredBy: ActionPattern(pattern))) }

    init(names: [String]) { self.init(positions: names.compactMap(KeyAction.position)) }

    private init(positions: some Sequence<Int>) {
        for position in positions { bits |= 1 << UInt64(position) }
    }

    var isEmpty: Bool { bits == 0 }
    /// A bit for each action of the table, in its order.
    var word: UInt64 { bits }
    var actions: [KeyAction] { KeyAction.all.enumerated().filter { contains(position: $0.offset) }.map(\.element) }

    func contains(position: Int) -> Bool { bits & 1 << UInt64(position) != 0 }
    /// Whether it has an action of the table; an action that the table does not have is taken to be in every set.
    func contains(_ position: Int?) -> Bool { position.map { contains(position: $0) } ?? true }
    func intersection(_ other: ActionSet) -> ActionSet { ActionSet(bits: bits & other.bits) }
    /// The first of the table that is in it.
    var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }
    func contains(_ other: ActionSet) -> Bool { other.bits & ~bits == 0 }
    func union(_ other: ActionSet) -> ActionSet { ActionSet(bits: bits | other.bits) }
    func subtracting(_ other: ActionSet) -> ActionSet { ActionSet(bits: bits & ~other.bits) }

    private init(bits: UInt64) { self.bits = bits }
}

/// A value of `Action`: service prefix and name in any case, wildcards in the name only.
struct ActionPattern {
    private let name: String?

    init(_ text: String) {
        let lower = text.asciiLowercased
        let isEverything = lower.hasSameBytes(as: "*") || lower.hasSameBytes(as: "*:*")
        name = isEverything ? "*" : lower.after("kms:")
    }

    /// The name in lower case, where there is no wildcard in it. A pattern that matches nothing is a name that nothing has.
    fileprivate var plainName: String? {
        guard let name else { return "" }
        return name.hasWildcard ? nil : name
    }

    fileprivate var wildcards: [TextPattern.Token] { name.map(TextPattern.wildcards) ?? [] }

    /// - Parameter action: of KMS, without prefix.
    func matches(_ action: String) -> Bool {
        name != nil && TextPattern.matches(wildcards[...], Array(action.asciiLowercased.unicodeScalars)[...])
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What people ask about a key: who may do that with it?
public enum KeyRight: String, Sendable, CaseIterable {
    /// Settings, names and tags, rotation (on and off), taking grants back.
    case administer
    /// `PutKeyPolicy`: whoever has it can give himself all else.
    case changePolicy = "change policy"
    case encrypt
    case decrypt
    /// `CreateGrant`: hand out rights beside the policy.
    case delegate
    /// Make what is encrypted unreadable: delete or disable the key, delete its material.
    case destroy

    /// The right that an action belongs to; nil for looking and verifying, and for what no key policy governs.
    public init?(_ action: KeyAction) {
        guard action.reach != .iamOnly else { return nil }
        switch action.kind {
        case .useDecrypt: self = .decrypt
        case .useEncrypt: self = .encrypt
        case .policy: self = .changePolicy
        case .delegate: self = action.name.hasSameBytes(as: "CreateGrant") ? .delegate : .administer
        case .destroy: self = action.name.hasSameBytes(as: "DisableKeyRotation") ? .administer : .destroy
        case .abac, .adminOther: self = .administer
        case .verify, .read: return nil
        }
    }

    private static let sets: [KeyRight: ActionSet] = Dictionary(
        uniqueKeysWithValues: allCases.map { right in (right, ActionSet(names: KeyAction.all.filter { KeyRight($0) == right }.map(\.name))) })

    /// The actions of KMS that it stands for.
    var actionSet: ActionSet { Self.sets[self] ?? .none }

    /// The actions of KMS that it stands for.
    public var actions: [KeyAction] { actionSet.actions }

    /// What belongs to any right.
    static let all = allCases.reduce(ActionSet.none) { $0.union($1.actionSet) }
}

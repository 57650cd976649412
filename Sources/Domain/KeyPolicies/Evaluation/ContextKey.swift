// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// A condition key, and what is known about it whatever the request: found out once, where it is read.
struct ContextKey: Sendable, Hashable {
    /// In lower case: IAM compares keys without regard to case.
    let name: String
    /// The actions whose requests can have it.
    let actions: ActionSet
    /// Whether the caller or the key itself may say what it is.
    let isDerived: Bool

    init(_ key: String) {
        name = key.asciiLowercased
        actions = KeyApplicability.actions(of: name)
        isDerived = DerivedKeys.mayKnow(name)
    }

    static func == (left: ContextKey, right: ContextKey) -> Bool { left.name.hasSameBytes(as: right.name) }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

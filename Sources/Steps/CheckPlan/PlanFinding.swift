// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// One way in which a plan is not exactly what was approved.
public struct PlanFinding: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Approved, and not in the plan.
        case missing
        /// In the plan with another value than the approved one.
        case different
        /// In the plan, and nobody approved it.
        case beyond
        /// Not known before the plan is applied, or nothing in the plan shows it.
        case unknown
        /// Marked sensitive, so that what a person reads need not be what is applied.
        case hidden
    }

    public let kind: Kind
    /// The address of the resource in the plan; empty for the plan as a whole.
    public let address: String
    /// The attribute, where it is one.
    public let attribute: String?
    public let message: String

    init(_ kind: Kind, _ address: String, _ attribute: String? = nil, _ message: String) {
        self.kind = kind
        self.address = address
        self.attribute = attribute
        self.message = message
    }

    public var json: JSONValue {
        .object([
            ("kind", .string(kind.rawValue)), ("address", .string(address)), ("attribute", attribute.map { .string($0) }),
            ("message", .string(message)),
        ])
    }
}

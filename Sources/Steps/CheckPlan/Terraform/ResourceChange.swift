// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// One resource instance in a plan, and what would be done to it.
struct ResourceChange: Sendable {
    let address: String
    let isManaged: Bool
    let type: String
    /// The provider's source address, such as `registry.terraform.io/hashicorp/aws`.
    let provider: String?
    /// `no-op`, `create`, `read`, `update`, `delete`, `forget`, and two for a replacement.
    let actions: [String]
    let before: JSONValue?
    let after: JSONValue?
    let afterUnknown: JSONValue?
    let afterSensitive: JSONValue?
    let isImport: Bool
    let previousAddress: String?

    init(json value: JSONValue) throws(Refusal) {
        guard let address = value["address"]?.stringValue, let type = value["type"]?.stringValue, let change = value["change"],
            let actions = change["actions"]?.arrayValue
        else { throw value.invalid("this is no resource change: address, type and change.actions are needed", code: "plan-malformed") }
        self.address = address
        isManaged = value["mode"]?.stringValue != "data"
        self.type = type
        provider = value["provider_name"]?.stringValue
        self.actions = try actions.map { action throws(Refusal) in try action.text() }
        before = change["before"].flatMap(Self.present)
        after = change["after"].flatMap(Self.present)
        afterUnknown = change["after_unknown"]
        afterSensitive = change["after_sensitive"]
        isImport = change["importing"].flatMap(Self.present) != nil
        previousAddress = value["previous_address"]?.stringValue
    }

    static func list(_ value: JSONValue?) throws(Refusal) -> [ResourceChange] {
        guard let value, Self.present(value) != nil else { return [] }
        return try value.array(ResourceChange.init(json:))
    }

    private static func present(_ value: JSONValue) -> JSONValue? { if case .null = value.content { nil } else { value } }

    /// Whether anything would be done, now or to the state alone.
    var isChange: Bool { actions != ["no-op"] && actions != ["read"] || isImport || previousAddress != nil }

    /// The value after the change; nil where it is null or absent.
    func planned(_ attribute: String) -> JSONValue? { after?[attribute].flatMap(Self.present) }

    func current(_ attribute: String) -> JSONValue? { before?[attribute].flatMap(Self.present) }

    /// Whether any part of the attribute is not known before the apply.
    func isUnknown(_ attribute: String) -> Bool { Self.holdsTrue(afterUnknown?[attribute]) }

    func isHidden(_ attribute: String) -> Bool {
        afterSensitive?.boolValue == true || Self.holdsTrue(afterSensitive?[attribute])
    }

    private static func holdsTrue(_ value: JSONValue?) -> Bool {
        switch value?.content {
        case .bool(let flag): flag
        case .array(let elements): elements.contains { holdsTrue($0) }
        case .object(let members): members.contains { holdsTrue($0.value) }
        default: false
        }
    }

    /// Names of all attributes that have a value, now or after.
    var attributes: [String] {
        var names = (after?.objectValue ?? []).map(\.name)
        for name in (before?.objectValue ?? []).map(\.name) + (afterUnknown?.objectValue ?? []).map(\.name)
        where !names.contains(where: { $0.hasSameBytes(as: name) }) {
            names.append(name)
        }
        return names
    }
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// One resource in a change set, and what would be done to it.
struct ChangeSetResource: Sendable {
    let id: String
    let type: String
    let physicalID: String?
    /// `Add`, `Modify`, `Remove`, `Import`, `Dynamic`, `SyncWithActual`.
    let action: String
    /// `True`, `False`, `Conditional`; nil but for Modify.
    let replacement: String?
    let isNested: Bool
    /// It was changed or deleted outside of CloudFormation.
    let hasDrifted: Bool
    /// Names of what is evaluated only while the change set is executed.
    let dynamic: [String]
    private let before: JSONValue?
    private let after: JSONValue?

    /// Stands for a value that follows from what does not exist yet.
    private static let unknown = "{{changeSet:KNOWN_AFTER_APPLY}}"
    /// Stands for the value of a parameter with NoEcho.
    private static let hidden = "****"

    init(json value: JSONValue) throws(Refusal) {
        guard let id = value["LogicalResourceId"]?.stringValue, let type = value["ResourceType"]?.stringValue,
            let action = value["Action"]?.stringValue
        else {
            throw value.invalid(
                "this is no change of a resource: LogicalResourceId, ResourceType and Action are needed", code: "change-set-malformed")
        }
        self.id = id
        self.type = type
        self.action = action
        physicalID = value["PhysicalResourceId"]?.stringValue
        replacement = value["Replacement"]?.stringValue
        isNested = value["ChangeSetId"]?.stringValue != nil
        hasDrifted = ["MODIFIED", "DELETED"].contains(value["ResourceDriftStatus"]?.stringValue ?? "")
        dynamic = (value["Details"]?.arrayValue ?? []).filter { $0["Evaluation"]?.stringValue == "Dynamic" }.map {
            $0["Target"]?["Name"]?.stringValue ?? $0["Target"]?["Attribute"]?.stringValue ?? ""
        }
        before = try Self.context(value, "BeforeContext", isNeeded: Self.isWatched(type) && action == "Modify")
        after = try Self.context(value, "AfterContext", isNeeded: Self.isWatched(type) && ["Add", "Modify"].contains(action))
    }

    static func isWatched(_ type: String) -> Bool { type.hasPrefix("AWS::KMS::") || type.hasPrefix("AWS::CloudTrail::") }

    /// Types behind which any change can stand: stacks, and code of one's own.
    var hides: Bool {
        type.hasPrefix("AWS::CloudFormation::") || type.hasPrefix("Custom::") || type.hasPrefix("AWS::ServiceCatalog::")
            || !type.hasPrefix("AWS::") || type.hasSuffix("::MODULE")
    }

    /// The context is JSON in a text.
    private static func context(_ value: JSONValue, _ name: String, isNeeded: Bool) throws(Refusal) -> JSONValue? {
        guard let member = value[name], let text = member.stringValue else {
            guard isNeeded else { return nil }
            throw value.invalid(
                "it has no \(name): the values of its properties are not shown", code: "change-set-values",
                hint: "aws cloudformation describe-change-set --include-property-values")
        }
        do throws(Refusal) {
            return try JSONDocument(Array(text.utf8), rules: .general).root
        } catch {
            throw member.invalid(
                "its \(name) is no whole JSON: \(error.message)", code: "change-set-values", hint: "a value that is cut cannot be checked")
        }
    }

    func planned(_ property: String) -> JSONValue? { after?["Properties"]?[property] }
    func current(_ property: String) -> JSONValue? { before?["Properties"]?[property] }
    func isUnknown(_ property: String) -> Bool { Self.holds(planned(property), Self.unknown) }
    func isHidden(_ property: String) -> Bool { Self.holds(planned(property), Self.hidden) }

    private static func holds(_ value: JSONValue?, _ marker: String) -> Bool {
        switch value?.content {
        case .string(let text): text.contains(marker)
        case .array(let elements): elements.contains { holds($0, marker) }
        case .object(let members): members.contains { holds($0.value, marker) }
        default: false
        }
    }

    /// Names of all properties that have a value, now or after.
    var properties: [String] { Self.names(before?["Properties"], after?["Properties"]) }

    /// What changes beside the properties: DeletionPolicy, Metadata and their kind.
    var otherChanges: [String] {
        action == "Modify" ? Self.names(before, after).filter { $0 != "Properties" && before?[$0] != after?[$0] } : []
    }

    private static func names(_ values: JSONValue?...) -> [String] {
        var names: [String] = []
        for name in values.flatMap({ ($0?.objectValue ?? []).map(\.name) }) where !names.contains(where: { $0.hasSameBytes(as: name) }) {
            names.append(name)
        }
        return names
    }
}

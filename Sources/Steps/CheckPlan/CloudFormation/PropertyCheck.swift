// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats
import Trust

/// Holds the properties of one change of a stack against what was approved of it.
struct PropertyCheck {
    let change: ChangeSetResource
    let approved: ApprovedStackResource
    let target: Target
    let base: String?
    /// The logical id of the key that the change set makes.
    let newKey: String?
    /// What the change set was made from, for what refers to the new key.
    let template: JSONValue?

    /// Everything that is not as approved.
    func findings() -> [PlanFinding] {
        var found = approved.wanted.flatMap { check($0.property, $0.1) }
        if change.action == "Modify", change.replacement != "False" {
            found.append(
                PlanFinding(
                    .beyond, change.id, nil,
                    "it may be replaced by another resource (Replacement \(SafeText.escaped(change.replacement ?? "not given")))"))
        }
        found += change.dynamic.map { finding(.unknown, $0, "it is evaluated only while the change set is executed") }
        found += change.otherChanges.map { finding(.beyond, $0, "it changes, which is no part of the approved change") }
        let known = approved.wanted.map(\.property) + approved.tolerated
        for name in change.properties where !known.contains(where: { $0.hasSameBytes(as: name) }) {
            if change.action == "Modify", change.planned(name) == change.current(name), !change.isUnknown(name) { continue }
            found.append(
                finding(.beyond, name, "it is set to \(AttributeCheck.shown(change.planned(name))), which is no part of the approved change"))
        }
        return found
    }

    private func check(_ name: String, _ wanted: ApprovedStackResource.Wanted) -> [PlanFinding] {
        if change.isHidden(name) { return [finding(.hidden, name, "a parameter with NoEcho hides it")] }
        if case .newKey = wanted { return [checkNewKey(name)].compactMap(\.self) }
        if change.isUnknown(name) { return [finding(.unknown, name, "its value is known only after the change set was executed")] }
        let planned = change.planned(name)
        switch wanted {
        case .equal(let value): return Self.isSame(planned, value) ? [] : [differs(name, value, planned)]
        case .equalOrUnset(let value): return planned == nil || Self.isSame(planned, value) ? [] : [differs(name, value, planned)]
        case .policy(let document):
            guard let planned else { return [finding(.missing, name, PolicyCheck.missing)] }
            let check = PolicyCheck(approved: document, base: base, target: target)
            return check.difference(Self.text(planned), current: change.current(name).map(Self.text)).map { [finding(.different, name, $0)] } ?? []
        case .tags(let tags): return checkTags(name, tags, planned)
        case .tagsChanged(let tags, let removed):
            return checkTags(name, ApprovedValue.tags(Self.tags(change.current(name)), setting: tags, removing: removed), planned)
        case .key(let arn): return ApprovedValue.names(planned, key: arn) ? [] : [differs(name, .string(arn), planned)]
        case .newKey: return []
        }
    }

    /// What a property refers to stands in the template alone: the new key, and nothing else.
    private func checkNewKey(_ name: String) -> PlanFinding? {
        guard let newKey else { return finding(.unknown, name, "nothing in the change set makes the key") }
        guard change.isUnknown(name) else {
            return finding(.different, name, "it is \(AttributeCheck.shown(change.planned(name))), not the key that this change set makes")
        }
        guard let template else {
            return finding(.unknown, name, "it follows from another resource: the template shows from which (--template FILE)")
        }
        let value = template["Resources"]?[change.id]?["Properties"]?[name]
        let right: [JSONValue] = [
            .object([("Ref", .string(newKey))]), .object([("Fn::GetAtt", .strings([newKey, "Arn"]))]),
            .object([("Fn::GetAtt", .strings([newKey, "KeyId"]))]),
        ]
        guard template["Resources"]?[newKey]?["Type"]?.stringValue == "AWS::KMS::Key" else {
            return finding(.unknown, name, "the template has no key \(SafeText.escaped(newKey)): it is not the one of this change set")
        }
        guard let value, right.contains(value) else {
            return finding(.unknown, name, "in the template it is \(AttributeCheck.shown(value)), not the key \(SafeText.escaped(newKey))")
        }
        return nil
    }

    private func checkTags(_ name: String, _ tags: [Tag], _ planned: JSONValue?) -> [PlanFinding] {
        let seen = Self.tags(planned)
        let wanted = JSONValue.object(tags.map { ($0.key, .string($0.value)) })
        guard seen.count == (planned?.arrayValue?.count ?? 0), JSONValue.object(seen.map { ($0.key, .string($0.value)) }) == wanted else {
            return [differs(name, wanted, planned)]
        }
        return []
    }

    private static func tags(_ value: JSONValue?) -> [Tag] {
        (value?.arrayValue ?? []).compactMap { tag in
            guard let key = tag["Key"]?.stringValue, let text = tag["Value"]?.stringValue else { return nil }
            return Tag(key: key, value: text)
        }
    }

    /// A context writes scalars as text or as they are.
    private static func isSame(_ planned: JSONValue?, _ wanted: JSONValue) -> Bool {
        guard let planned else { return false }
        return planned == wanted || planned.stringValue?.hasSameBytes(as: wanted.stringValue ?? JSONWriter.canonicalText(wanted)) ?? false
    }

    private static func text(_ policy: JSONValue) -> String { policy.stringValue ?? JSONWriter.canonicalText(policy) }

    private func differs(_ name: String, _ wanted: JSONValue, _ planned: JSONValue?) -> PlanFinding {
        finding(
            planned == nil ? .missing : .different, name,
            "approved is \(AttributeCheck.shown(wanted)); the change set has \(AttributeCheck.shown(planned))")
    }

    private func finding(_ kind: PlanFinding.Kind, _ name: String, _ message: String) -> PlanFinding { PlanFinding(kind, change.id, name, message) }
}

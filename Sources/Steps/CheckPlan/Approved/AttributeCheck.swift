// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// Holds the attributes of one planned change against what was approved of it.
struct AttributeCheck {
    let change: ResourceChange
    let form: ApprovedResource.Form
    let target: Target
    let configuration: PlanConfiguration
    /// The policy that the approved change starts from.
    let base: String?
    /// The address of the key that the plan makes, for what refers to it.
    let newKey: String?

    /// Everything that is not as approved.
    func findings() -> [PlanFinding] {
        form.wanted.flatMap { check($0.attribute, $0.1) } + notApproved()
    }

    /// Attributes that change, and that nobody approved.
    private func notApproved() -> [PlanFinding] {
        let known = form.wanted.map(\.attribute) + form.tolerated
        let others = change.attributes.filter { name in !known.contains { $0.hasSameBytes(as: name) } }
        return others.compactMap { name in
            if change.isUnknown(name) { return finding(.unknown, name, "its value is not known before the apply") }
            let planned = change.planned(name)
            if change.before == nil ? planned == nil || Self.isEmpty(planned) : planned == change.current(name) { return nil }
            return finding(
                .beyond, name,
                "\(change.before == nil ? "it is set to" : "it becomes") \(Self.shown(planned)), which is no part of the approved change")
        }
    }

    private static func isEmpty(_ value: JSONValue?) -> Bool {
        switch value?.content {
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    private func check(_ name: String, _ wanted: ApprovedResource.Wanted) -> [PlanFinding] {
        if change.isHidden(name) { return [finding(.hidden, name, "it is marked sensitive: what is applied cannot be compared with what is shown")] }
        if case .newKey = wanted { return [checkNewKey(name)].compactMap(\.self) }
        if change.isUnknown(name) {
            if case .computed = wanted, let own = configuration.resource(change.address), !own.isConfigured(name) { return [] }
            return [finding(.unknown, name, "its value is not known before the apply")]
        }
        let planned = change.planned(name)
        switch wanted {
        case .equal(let value): return planned == value ? [] : [differs(name, value, planned)]
        case .equalOrUnset(let value): return planned == nil || planned == value ? [] : [differs(name, value, planned)]
        case .computed:
            guard let planned, planned != "" else { return [] }
            return [finding(.beyond, name, "it is set to \(Self.shown(planned)), which was not approved")]
        case .anyOf(let values):
            guard let planned, !values.contains(planned) else { return [] }
            return [finding(.beyond, name, "it is set to \(Self.shown(planned)), which was not approved")]
        case .policy(let document): return [checkPolicy(name, document, planned)].compactMap(\.self)
        case .tags(let tags): return checkTags(name, tags, planned)
        case .tagsChanged(let tags, let removed):
            let current = (change.current(name)?.objectValue ?? []).compactMap { member in
                member.value.stringValue.map { Tag(key: member.name, value: $0) }
            }
            return checkTags(name, ApprovedValue.tags(current, setting: tags, removing: removed), planned)
        case .key(let arn): return ApprovedValue.names(planned, key: arn) ? [] : [differs(name, .string(arn), planned)]
        case .newKey: return []
        }
    }

    /// The target of an alias for a key that does not exist yet must follow from that key and from nothing else.
    private func checkNewKey(_ name: String) -> PlanFinding? {
        guard let newKey, let key = configuration.resource(newKey), let own = configuration.resource(change.address), key.module == own.module else {
            return finding(.unknown, name, "nothing in the plan ties it to the key that is made")
        }
        guard change.isUnknown(name) else {
            return finding(.different, name, "it is \(Self.shown(change.planned(name))), not the key that this plan makes")
        }
        let references = own.references(name)
        let right = ["\(key.local).key_id", "\(key.local).arn", "\(key.local).id", key.local]
        guard references.count == 2, references.contains(where: { $0 != key.local }), references.allSatisfy(right.contains) else {
            return finding(
                .unknown, name,
                "it is known only after the apply, and refers to \(references.isEmpty ? "nothing" : references.joined(separator: ", "))")
        }
        return nil
    }

    private func checkTags(_ name: String, _ tags: [Tag], _ planned: JSONValue?) -> [PlanFinding] {
        // Providers before 3.38 have no tags_all; then tags say all.
        if name == "tags_all", planned == nil { return [] }
        let wanted = JSONValue.object(tags.map { ($0.key, .string($0.value)) })
        return (planned ?? .object([])) == wanted ? [] : [differs(name, wanted, planned)]
    }

    private func checkPolicy(_ name: String, _ document: String, _ planned: JSONValue?) -> PlanFinding? {
        guard let text = planned?.stringValue else { return finding(.missing, name, PolicyCheck.missing) }
        return PolicyCheck(approved: document, base: base, target: target).difference(text, current: change.current(name)?.stringValue).map {
            finding(.different, name, $0)
        }
    }

    private func differs(_ name: String, _ wanted: JSONValue, _ planned: JSONValue?) -> PlanFinding {
        finding(planned == nil ? .missing : .different, name, "approved is \(Self.shown(wanted)); the plan has \(Self.shown(planned))")
    }

    private func finding(_ kind: PlanFinding.Kind, _ name: String, _ message: String) -> PlanFinding {
        PlanFinding(kind, change.address, name, message)
    }

    static func shown(_ value: JSONValue?) -> String {
        guard let value else { return "nothing" }
        let text = SafeText.escaped(JSONWriter.canonicalText(value))
        return text.count > 200 ? text.prefix(200) + "…" : text
    }
}

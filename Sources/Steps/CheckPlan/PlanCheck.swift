// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import StrictFormats

/// Holds a plan against an approved change: exactly that, or every way in which it is not.
public struct PlanCheck: Sendable {
    /// Empty where the plan does exactly what was approved.
    public let findings: [PlanFinding]
    /// The planned changes that are wholly as approved: what, and at which address.
    public let matched: [(what: String, address: String)]
    /// What no plan can show, and what shows it.
    public let notes: [String]

    public var isExactlyApproved: Bool { findings.isEmpty }

    init(findings: [PlanFinding], matched: [(what: String, address: String)], notes: [String]) {
        self.findings = findings
        self.matched = matched
        self.notes = notes
    }

    /// - Throws: `plan-kind` (bad data) for a change that Terraform does not make.
    public init(_ plan: TerraformPlan, against approved: ApprovedBundle) throws(Refusal) {
        let bundle = approved.bundle
        let target = bundle.payload.target
        let resources = try ApprovedResource.all(of: bundle)
        let watched = plan.changes.filter { Watched.matters($0.type) && $0.isManaged && $0.isChange }
        var findings = Self.stateFindings(watched) + Self.sideFindings(plan)

        let newKey = watched.first { $0.type == "aws_kms_key" && $0.actions == ["create"] }
        /// A planned change as one of the ways to make an approved resource, with what is not as approved.
        func judge(_ change: ResourceChange, _ form: ApprovedResource.Form) -> [PlanFinding] {
            AttributeCheck(
                change: change, form: form, target: target, configuration: plan.configuration,
                base: bundle.payload.base?.document, newKey: newKey?.address
            ).findings()
                + PlaceCheck(plan: plan, target: target).findings(change) + Self.providerFindings(change)
        }

        // Each approved resource is the planned change that comes nearest to it; what is left over on either side is said.
        var left = watched.filter { $0.actions != ["forget"] }
        var notes: [String] = []
        var matched: [(what: String, address: String)] = []
        for resource in resources {
            let candidates = left.indices.flatMap { index in
                resource.forms.filter { Self.fits(left[index], $0) }.map { (index: index, form: $0, findings: judge(left[index], $0)) }
            }
            guard let nearest = candidates.min(by: { $0.findings.count < $1.findings.count }) else {
                findings.append(PlanFinding(.missing, "", nil, "the plan does not make \(resource.what)"))
                continue
            }
            let change = left.remove(at: nearest.index)
            findings += nearest.findings
            if nearest.findings.isEmpty { matched.append((resource.what, change.address)) }
            if nearest.form.dependsOnNewKey {
                notes.append("that \(resource.what) names this key shows only after the apply: countersign snapshot reads it back")
            }
        }
        findings += left.map { PlanFinding(.beyond, $0.address, nil, "\(Self.words($0.actions)) of \($0.type), which nobody approved") }
        self.init(findings: findings, matched: matched, notes: notes)
    }

    private static func fits(_ change: ResourceChange, _ form: ApprovedResource.Form) -> Bool {
        guard change.type.hasSameBytes(as: form.type), form.actions.contains(change.actions) else { return false }
        guard let (attribute, values) = form.identity else { return true }
        guard let text = change.current(attribute)?.stringValue else { return false }
        return values.contains { $0.hasSameBytes(as: text) }
    }

    /// What changes Terraform's memory of a resource, and so hides what it is.
    private static func stateFindings(_ changes: [ResourceChange]) -> [PlanFinding] {
        changes.flatMap { change -> [PlanFinding] in
            var found: [PlanFinding] = []
            if change.isImport {
                found.append(PlanFinding(.beyond, change.address, nil, "an import block takes over a resource that exists; approve that apart"))
            }
            if let previous = change.previousAddress {
                found.append(
                    PlanFinding(.beyond, change.address, nil, "a moved block takes over \(SafeText.escaped(previous)); apply the move alone first"))
            }
            if change.actions == ["forget"] {
                found.append(PlanFinding(.beyond, change.address, nil, "a removed block makes Terraform forget it; do that apart"))
            }
            return found
        }
    }

    private static func providerFindings(_ change: ResourceChange) -> [PlanFinding] {
        if Watched.isKnown(change.provider) { return [] }
        let provider = change.provider.map(SafeText.escaped) ?? "a provider that the plan does not name"
        return [PlanFinding(.unknown, change.address, nil, "it is made by \(provider), which may do anything")]
    }

    /// What the plan does beside its resource changes.
    private static func sideFindings(_ plan: TerraformPlan) -> [PlanFinding] {
        plan.drift.filter { Watched.matters($0.type) && $0.isManaged && $0.isChange }.map {
            PlanFinding(.beyond, $0.address, nil, "it was changed outside of Terraform since its last apply; find out by whom first")
        }
            + plan.deferred.filter { Watched.matters($0.type) }.map {
                PlanFinding(.unknown, $0.address, nil, "it is put off to a later plan, which would not be checked")
            }
            + plan.changes.filter { Watched.hides($0.type) && $0.isManaged && $0.isChange }.map {
                PlanFinding(.unknown, $0.address, nil, "\(SafeText.escaped($0.type)) can make or change keys in ways that a plan does not show")
            }
            + plan.actions.map { PlanFinding(.unknown, $0.address, nil, "the action \(SafeText.escaped($0.type)) does what a plan does not show") }
            + plan.configuration.provisioned.map {
                PlanFinding(.unknown, $0, nil, "its provisioners run commands that a plan does not show")
            }
    }

    private static func words(_ actions: [String]) -> String { SafeText.escaped(actions.joined(separator: " and ")) }
}

// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import StrictFormats

extension PlanCheck {
    /// Holds a change set against an approved change.
    /// - Parameter template: what the change set was made from, as `get-template --change-set-name` gives it.
    /// - Throws: `plan-kind` (bad data) for a change that CloudFormation does not make.
    public init(_ set: ChangeSet, template: JSONDocument?, against approved: ApprovedBundle) throws(Refusal) {
        let bundle = approved.bundle
        let target = bundle.payload.target
        let resources = try ApprovedStackResource.all(of: bundle)
        let watched = set.changes.filter { ChangeSetResource.isWatched($0.type) }
        var findings = Self.stackFindings(set, target) + watched.flatMap(Self.takenOver)
        let newKey = watched.first { $0.type == "AWS::KMS::Key" && $0.action == "Add" }?.id
        var left = watched
        var notes: [String] = []
        var matched: [(what: String, address: String)] = []
        for resource in resources {
            let candidates = left.indices.filter { Self.fits(left[$0], resource) }.map { index in
                (
                    index: index,
                    findings: PropertyCheck(
                        change: left[index], approved: resource, target: target, base: bundle.payload.base?.document, newKey: newKey,
                        template: template?.root
                    ).findings()
                )
            }
            guard let nearest = candidates.min(by: { $0.findings.count < $1.findings.count }) else {
                findings.append(PlanFinding(.missing, "", nil, "the change set does not make \(resource.what)"))
                continue
            }
            let change = left.remove(at: nearest.index)
            findings += nearest.findings
            if nearest.findings.isEmpty { matched.append((resource.what, change.id)) }
            if resource.dependsOnNewKey {
                notes.append(
                    "that \(resource.what) names this key follows from the template: is it the change set's? (get-template --change-set-name)")
            }
        }
        findings += left.map {
            PlanFinding(.beyond, $0.id, nil, "\(SafeText.escaped($0.action)) of \(SafeText.escaped($0.type)), which nobody approved")
        }
        self.init(findings: findings, matched: matched, notes: notes)
    }

    private static func fits(_ change: ChangeSetResource, _ approved: ApprovedStackResource) -> Bool {
        guard change.type.hasSameBytes(as: approved.type), change.action == approved.action else { return false }
        guard !approved.physicalIDs.isEmpty else { return true }
        return approved.physicalIDs.contains { $0.hasSameBytes(as: change.physicalID ?? "") }
    }

    /// What the change set does as a whole, and what stands behind its other resources.
    private static func stackFindings(_ set: ChangeSet, _ target: Target) -> [PlanFinding] {
        var found: [PlanFinding] = []
        let parts = set.stack.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if parts.count != 6 || parts[1] != target.partition || parts[2] != "cloudformation" || parts[3] != target.region || parts[4] != target.account
        {
            found.append(
                PlanFinding(
                    .different, "", "StackId", "the stack is \(SafeText.escaped(set.stack)), not of account \(target.account) in \(target.region)"))
        }
        if set.hasTags {
            found.append(
                PlanFinding(.beyond, "", "Tags", "the stack has tags, which CloudFormation puts on the key: approve them as tags of the key"))
        }
        if set.importsExisting {
            found.append(PlanFinding(.beyond, "", "ImportExistingResources", "it takes over resources that exist; approve that apart"))
        }
        if set.revertsDrift {
            found.append(PlanFinding(.beyond, "", "DeploymentMode", "it reverts what was changed outside of CloudFormation; find out by whom first"))
        }
        found += set.changes.filter { $0.isNested || $0.hides }.map {
            PlanFinding(.unknown, $0.id, nil, "\(SafeText.escaped($0.type)) can make or change keys in ways that this change set does not show")
        }
        return found
    }

    private static func takenOver(_ change: ChangeSetResource) -> [PlanFinding] {
        var found: [PlanFinding] = []
        if change.hasDrifted {
            found.append(
                PlanFinding(.beyond, change.id, nil, "it was changed outside of CloudFormation since its last deployment; find out by whom first"))
        }
        if change.action == "Dynamic" {
            found.append(PlanFinding(.unknown, change.id, nil, "what is done to it shows only while the change set is executed"))
        }
        return found
    }
}

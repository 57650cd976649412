// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// Whether a planned change happens in the approved account and Region. What the plan does not show is not taken for granted.
struct PlaceCheck {
    let plan: TerraformPlan
    let target: Target

    func findings(_ change: ResourceChange) -> [PlanFinding] {
        // A resource that exists has an ARN, which says both.
        if let arn = change.current("arn")?.stringValue {
            let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard parts.count == 6, parts[1] == target.partition, parts[3] == target.region, parts[4] == target.account else {
                return [
                    PlanFinding(
                        .different, change.address, "arn", "it is \(SafeText.escaped(arn)), not of account \(target.account) in \(target.region)")
                ]
            }
            return []
        }
        return [account(change), region(change)].compactMap(\.self)
    }

    private func account(_ change: ResourceChange) -> PlanFinding? {
        var seen = plan.data("aws_caller_identity").compactMap { $0["account_id"]?.stringValue }
        if let resource = plan.configuration.resource(change.address),
            let allowed = plan.configuration.providerArgument("allowed_account_ids", of: resource)?["constant_value"]?.arrayValue
        {
            // One allowed account is where the provider works, or it stops.
            if allowed.count == 1, let only = allowed.first?.stringValue { seen = [only] }
        }
        return verdict(change, "account", seen, target.account, "set allowed_account_ids of the provider")
    }

    private func region(_ change: ResourceChange) -> PlanFinding? {
        if let own = change.planned("region")?.stringValue { return verdict(change, "Region", [own], target.region, "") }
        var seen = plan.data("aws_region").compactMap { ($0["region"] ?? $0["id"] ?? $0["name"])?.stringValue }
        if let resource = plan.configuration.resource(change.address), let region = plan.configuration.providerArgument("region", of: resource) {
            if let constant = region["constant_value"]?.stringValue {
                seen = [constant]
            } else if resource.module.isEmpty || resource.provider?.contains(":") != true,
                let references = region["references"]?.arrayValue?.compactMap(\.stringValue), references.count == 1,
                let name = references.first, name.hasPrefix("var."), let value = plan.variable(String(name.dropFirst(4)))?.stringValue
            {
                seen = [value]
            }
        }
        return verdict(change, "Region", seen, target.region, "set the region of the provider")
    }

    private func verdict(_ change: ResourceChange, _ what: String, _ seen: [String], _ wanted: String, _ hint: String) -> PlanFinding? {
        if let other = seen.first(where: { !$0.hasSameBytes(as: wanted) }) {
            return PlanFinding(.different, change.address, nil, "approved is \(what) \(wanted); the plan is for \(SafeText.escaped(other))")
        }
        return seen.isEmpty ? PlanFinding(.unknown, change.address, nil, "the plan does not show its \(what): \(hint)") : nil
    }
}

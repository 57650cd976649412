// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What `terraform show -json` says of a saved plan.
///
/// Source: Terraform, "JSON Output Format" (plan representation, change representation; format_version 1.x: newer minor versions add members, which
/// are passed over).
public struct TerraformPlan: Sendable {
    public let file: String?
    let changes: [ResourceChange]
    /// What was changed outside of Terraform since it last looked.
    let drift: [ResourceChange]
    /// What is put off to a later plan.
    let deferred: [ResourceChange]
    /// Calls of provider actions that the plan makes beside its changes (Terraform 1.14), by address and type.
    let actions: [(address: String, type: String)]
    let configuration: PlanConfiguration
    private let variables: [JSONMember]
    private let priorState: JSONValue?

    /// - Throws: `plan-…` (bad data) for what is no plan, another version, an errored or incomplete plan.
    public init(_ document: JSONDocument) throws(Refusal) {
        file = document.file
        let root = document.root
        guard let version = root["format_version"]?.stringValue, root["resource_changes"] != nil || root["planned_values"] != nil else {
            throw Refusal(
                "plan-not-terraform", .badData, "this is no plan in JSON: it has no format_version with resource_changes",
                at: Place(file: document.file),
                hint: "terraform show -json plan.bin > plan.json")
        }
        guard version.hasPrefix("1.") else {
            throw Refusal(
                "plan-version", .badData, "this plan has format_version \(SafeText.escaped(version)); 1.x is understood here",
                at: Place(file: document.file), hint: "make the plan with Terraform 1.1 or newer, and a Countersign that knows its format")
        }
        guard root["errored"]?.boolValue != true, root["complete"]?.boolValue != false else {
            throw Refusal(
                "plan-incomplete", .badData, "Terraform says that this plan \(root["errored"]?.boolValue == true ? "failed" : "is not complete")",
                at: Place(file: document.file), hint: "make a plan that is whole; a change is checked as a whole or not at all")
        }
        (changes, drift, deferred) = try document.decode { root throws(Refusal) in
            (
                try ResourceChange.list(root["resource_changes"]), try ResourceChange.list(root["resource_drift"]),
                try (root["deferred_changes"]?.arrayValue ?? []).compactMap { $0["resource_change"] }.map(ResourceChange.init(json:))
            )
        }
        actions = (root["action_invocations"]?.arrayValue ?? []).map { ($0["address"]?.stringValue ?? "?", $0["type"]?.stringValue ?? "?") }
        configuration = PlanConfiguration(root["configuration"])
        variables = root["variables"]?.objectValue ?? []
        priorState = root["prior_state"]
    }

    /// The value of a root module's variable in this plan.
    func variable(_ name: String) -> JSONValue? { variables.first { $0.name.hasSameBytes(as: name) }?.value["value"] }

    /// What the data sources of a type were read as, in every module.
    func data(_ type: String) -> [JSONValue] {
        func search(_ module: JSONValue?) -> [JSONValue] {
            let own = (module?["resources"]?.arrayValue ?? []).filter { $0["mode"]?.stringValue == "data" && $0["type"]?.stringValue == type }
            return own.compactMap { $0["values"] } + (module?["child_modules"]?.arrayValue ?? []).flatMap { search($0) }
        }
        return search(priorState?["values"]?["root_module"])
    }
}

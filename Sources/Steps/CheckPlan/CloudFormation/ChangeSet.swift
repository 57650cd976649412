// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What `aws cloudformation describe-change-set --include-property-values` says of a change set.
///
/// Source: AWS CloudFormation API Reference, DescribeChangeSet, Change, ResourceChange, ResourceChangeDetail, ResourceTargetDefinition.
public struct ChangeSet: Sendable {
    let changes: [ChangeSetResource]
    /// `arn:aws:cloudformation:us-east-1:123456789012:stack/…`: where all of it happens.
    let stack: String
    /// Tags of the stack, which CloudFormation puts on every resource that takes tags.
    let hasTags: Bool
    let importsExisting: Bool
    let revertsDrift: Bool

    /// Whether a document is one, and no Terraform plan.
    public static func looksLike(_ document: JSONDocument) -> Bool {
        document.root["ChangeSetId"] != nil || document.root["Changes"] != nil
    }

    /// - Throws: `change-set-…` (bad data) for what is none, is not complete, belongs to nested stacks, or hides its property values.
    public init(_ document: JSONDocument) throws(Refusal) {
        let root = document.root
        func refused(_ code: String, _ message: String, _ hint: String) -> Refusal {
            Refusal(code, .badData, message, at: Place(file: document.file), hint: hint)
        }
        guard let stack = root["StackId"]?.stringValue, root["Changes"]?.arrayValue != nil else {
            throw refused(
                "change-set-malformed", "this is no description of a change set: StackId and Changes are needed",
                "aws cloudformation describe-change-set --include-property-values > changes.json")
        }
        guard root["Status"]?.stringValue == "CREATE_COMPLETE", root["ExecutionStatus"]?.stringValue == "AVAILABLE" else {
            throw refused(
                "change-set-incomplete",
                "this change set cannot be executed: its status is \(SafeText.escaped(root["Status"]?.stringValue ?? "not given")), \(SafeText.escaped(root["ExecutionStatus"]?.stringValue ?? "not given"))",
                "wait until it is CREATE_COMPLETE and AVAILABLE, or make a new one")
        }
        guard root["NextToken"]?.stringValue == nil else {
            throw refused(
                "change-set-incomplete", "this is the first page of a longer description",
                "let the AWS CLI paginate: no --no-paginate, no --max-items")
        }
        guard root["ParentChangeSetId"]?.stringValue == nil, root["RootChangeSetId"]?.stringValue == nil,
            root["IncludeNestedStacks"]?.boolValue != true
        else {
            throw refused(
                "change-set-nested", "this change set belongs to nested stacks, of which it shows one alone", "put the key into a stack of its own")
        }
        self.stack = stack
        hasTags = root["Tags"]?.arrayValue?.isEmpty == false
        importsExisting = root["ImportExistingResources"]?.boolValue == true
        revertsDrift = root["DeploymentMode"]?.stringValue != nil
        changes = try document.decode { root throws(Refusal) in
            try (root["Changes"]?.arrayValue ?? []).map { change throws(Refusal) in
                guard let resource = change["ResourceChange"] else {
                    throw change.invalid("this is no change of a resource", code: "change-set-malformed")
                }
                return try ChangeSetResource(json: resource)
            }
        }
    }
}

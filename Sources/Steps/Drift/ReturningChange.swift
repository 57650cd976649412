// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// The change file that would bring one setting back to what was approved.
public struct ReturningChange {
    /// The change file, as JSON of its YAML shape.
    public let text: String
    /// The policies that it names, by file name; empty where it names none.
    public let files: [(name: String, text: String)]

    /// Nil where no bundle can bring it back.
    /// - Parameter stem: what the names of the files beside it begin with.
    public init?(_ finding: DriftFinding, stem: String) {
        guard let remedy = finding.remedy, let bundle = remedy.bundle else { return nil }
        let target = bundle.target
        var members: [(String, JSONValue?)] = remedy.members
        members += [
            ("title", .string("Bring back what was approved: \(finding.facet)")), ("ticket", .string(bundle.ticket)), ("valid", "72h"),
            ("backout", .string("None: this puts back what bundle \(bundle.id) approved")), ("target", target.json),
        ]
        files = remedy.policies.map { ("\(stem).\($0.member).json", $0.document) }
        for (policy, file) in zip(remedy.policies, files) { members.append((policy.member, .object([("document", .string(file.name))]))) }
        // What was waived when this policy was approved is not refused when it is put back.
        let putsPolicy = remedy.policies.contains { $0.member == "policy" }
        let waivers = bundle.waivers.map { waiver in
            JSONValue.object([("rule", .string(waiver.rule)), ("pointer", .string(waiver.pointer)), ("reason", .string(waiver.reason))])
        }
        if putsPolicy, !waivers.isEmpty { members.append(("waivers", .array(waivers))) }
        text = JSONWriter.pretty(.object(members)) + "\n"
    }
}

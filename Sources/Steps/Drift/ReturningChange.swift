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
        if let policy = remedy.policy {
            files = [("\(stem).policy.json", policy.wanted), ("\(stem).base.json", policy.live)]
            members += [
                ("policy", .object([("document", .string(files[0].name))])), ("base", .object([("document", .string(files[1].name))])),
            ]
        } else {
            files = []
        }
        text = JSONWriter.pretty(.object(members)) + "\n"
    }
}

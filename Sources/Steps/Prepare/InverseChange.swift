// SPDX-License-Identifier: Apache-2.0

public import Bundles
import StrictFormats

/// The change that takes another back: the base policy put in place again, with the new one as its base.
public struct InverseChange {
    /// The policy to put back.
    public let policy: String
    /// What is then its base: the policy that this change puts.
    public let base: String
    private let payload: BundlePayload

    /// Nil where a change cannot be taken back by another of its kind.
    public init?(of payload: BundlePayload) {
        guard case .putKeyPolicy = payload.change, let base = payload.base, let policy = payload.policy else { return nil }
        self.policy = base.document
        self.base = policy.document
        self.payload = payload
    }

    /// The change file, as JSON of its YAML shape.
    /// - Parameters: names of the files that hold the two documents, relative to it.
    public func changeFile(policyFile: String, baseFile: String) -> String {
        let target = payload.target
        return JSONWriter.pretty(
            .object([
                ("change", "put-key-policy"), ("title", .string(String("Back out: \(payload.title)".prefix(190)))),
                ("ticket", .string(payload.ticket)),
                ("valid", .string("\(max(1, payload.validity / 3_600))h")),
                ("backout", .string("Put the policy of bundle \(payload.id) in place again")),
                (
                    "target",
                    .object([
                        ("partition", .string(target.partition)), ("account", .string(target.account)), ("region", .string(target.region)),
                        ("executor", .string(target.executor)),
                    ])
                ), ("key", payload.change.key.map { .string($0) }), ("base", .object([("document", .string(baseFile))])),
                ("policy", .object([("document", .string(policyFile))])),
            ])) + "\n"
    }
}

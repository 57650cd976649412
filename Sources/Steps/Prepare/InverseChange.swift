// SPDX-License-Identifier: Apache-2.0

public import Bundles
import StrictFormats

/// The change that takes another back, where one of the kinds does: the base policy put in place again, an alias led back to
/// the key that it came from, a key enabled that was disabled, a deletion cancelled.
///
/// There is none for what a bundle does not know the state before of (rotation, tags, description, a trail's key), for what
/// cannot be made again (a grant), and for what would destroy.
public struct InverseChange {
    /// The policy to put back, and what is then its base: the policy that this change puts.
    public let policy: String?
    public let base: String?
    private let payload: BundlePayload
    private let members: [(String, JSONValue?)]

    /// Nil where a change cannot be taken back by another.
    public init?(of payload: BundlePayload) {
        self.payload = payload
        switch payload.change {
        case .putKeyPolicy(let key):
            guard let base = payload.base, let policy = payload.policy else { return nil }
            self.policy = base.document
            self.base = policy.document
            members = [("change", "put-key-policy"), ("key", .string(key))]
            return
        case .moveAlias(let alias, let from, let key):
            members = [("change", "move-alias"), ("alias", .string(alias)), ("fromKey", .string(key)), ("key", .string(from))]
        case .disableKey(let key): members = [("change", "enable-key"), ("key", .string(key))]
        case .enableKey(let key): members = [("change", "disable-key"), ("key", .string(key))]
        case .scheduleDeletion(let key, _, _): members = [("change", "cancel-deletion"), ("key", .string(key))]
        case .createKey, .setRotation, .addAlias, .setTags, .setDescription, .attachTrail, .cancelDeletion, .revokeGrant, .acknowledge: return nil
        }
        policy = nil
        base = nil
    }

    /// The change file, as JSON of its YAML shape.
    /// - Parameters: names of the files that hold the two documents, relative to it.
    public func changeFile(policyFile: String, baseFile: String) -> String {
        let target = payload.target
        let hasPolicy = policy != nil
        return JSONWriter.pretty(
            .object(
                members + [
                    ("title", .string(Self.title(payload.title))), ("ticket", .string(payload.ticket)),
                    ("valid", .string("\(max(1, payload.validity / 3_600))h")),
                    (
                        "backout",
                        .string(hasPolicy ? "Put the policy of bundle \(payload.id) in place again" : "Do what bundle \(payload.id) did again")
                    ),
                    (
                        "target",
                        .object([
                            ("partition", .string(target.partition)), ("account", .string(target.account)), ("region", .string(target.region)),
                            ("executor", .string(target.executor)),
                        ])
                    ), ("base", hasPolicy ? .object([("document", .string(baseFile))]) : nil),
                    ("policy", hasPolicy ? .object([("document", .string(policyFile))]) : nil),
                ])) + "\n"
    }

    /// At most 200 bytes, as every title.
    private static func title(_ title: String) -> String {
        var text = "Back out: "
        for scalar in title.unicodeScalars where text.utf8.count + UTF8.width(scalar) <= 190 { text.unicodeScalars.append(scalar) }
        return text
    }
}

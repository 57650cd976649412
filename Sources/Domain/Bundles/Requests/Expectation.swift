// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// What must be read back after the requests (formats.md §4).
public enum Expectation: Sendable, Hashable {
    case keySettings
    case keyPolicy(digest: Digest)
    case rotation(days: Int)
    case alias(name: String)
    case tags([Tag], removed: [String])
    case description(String)
    case trail(trail: String, key: String)
    case keyState(String)
    case grantAbsent(grantID: String)

    /// Its name in the ledger too.
    public var kind: String {
        switch self {
        case .keySettings: "key-settings"
        case .keyPolicy: "key-policy"
        case .rotation: "rotation"
        case .alias: "alias"
        case .tags: "tags"
        case .description: "description"
        case .trail: "trail"
        case .keyState: "key-state"
        case .grantAbsent: "grant-absent"
        }
    }

    /// The settings of the one kind of key that is ever made here.
    public static let settings: [(String, JSONValue)] = [
        ("keySpec", "SYMMETRIC_DEFAULT"), ("keyUsage", "ENCRYPT_DECRYPT"), ("origin", "AWS_KMS"), ("multiRegion", false), ("state", "Enabled"),
    ]

    var json: JSONValue {
        let members: [(String, JSONValue?)] =
            switch self {
            case .keySettings: Self.settings.map { ($0.0, $0.1) }
            case .keyPolicy(let digest): [("digest", digest.json)]
            case .rotation(let days): [("days", .integer(days))]
            case .alias(let name): [("name", .string(name))]
            case .tags(let tags, let removed): [("tags", Tag.json(tags)), ("removed", .strings(removed))]
            case .description(let text): [("description", .string(text))]
            case .trail(let trail, let key): [("trail", .string(trail)), ("key", .string(key))]
            case .keyState(let state): [("state", .string(state))]
            case .grantAbsent(let grant): [("grantId", .string(grant))]
            }
        return .object([("kind", .string(kind))] + members)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import StrictFormats

/// The state of an account's keys as a value: what a crash test puts back.
struct KMSModel {
    struct Key {
        let id: String
        var description: String
        /// The policies it had, and from when each shows.
        var policies: [(text: String, from: Instant)]
        var tags: [Tag]
        var rotation: (days: Int, from: Instant)?
        var created: Instant
        var visibleFrom: Instant
        var enabledFrom: Instant
        var isDisabled = false
        var grants = 0
        var sharedPolicy: String?
        var deniesTags = false

        func policy(at now: Instant) -> String { policies.last { $0.from <= now }?.text ?? "" }
    }

    static let account = "123456789012"
    static let region = "us-east-1"

    var keys: [Key] = []
    var aliases: [String: (key: String, from: Instant)] = [:]
    /// Seconds until a write shows in reads.
    var delay = 0
    /// Seconds that a new key is Creating.
    var creating = 0
    /// The executor's view of rotation: some servers leave the period out.
    var showsRotationDays = true

    static func arn(_ id: String) -> String { "arn:aws:kms:\(region):\(account):key/\(id)" }

    func index(_ name: String) -> Int? { keys.firstIndex { $0.id == name || Self.arn($0.id) == name } }

    func visible(_ name: String, _ now: Instant) -> Key? { index(name).map { keys[$0] }.flatMap { $0.visibleFrom <= now ? $0 : nil } }

    /// A refusal as KMS words it, or the body of a success.
    enum Answer {
        case refused(_ code: String, _ message: String)
        case done([UInt8])
    }

    /// Carries a request out.
    mutating func apply(_ target: String, _ body: [UInt8], at now: Instant) throws -> Answer {
        let root = try JSONDocument(body, rules: .signed).root
        func text(_ name: String) -> String { root[name]?.stringValue ?? "" }
        switch target {
        case "TrentService.CreateKey": return create(root, at: now)
        case "TrentService.EnableKeyRotation":
            guard let index = index(text("KeyId")), keys[index].visibleFrom <= now else { return .refused("NotFoundException", "no such key yet") }
            guard keys[index].enabledFrom <= now else { return .refused("KMSInvalidStateException", "the key is Creating") }
            keys[index].rotation = (root["RotationPeriodInDays"]?.integerValue ?? 365, now + delay)
            return .done([])
        case "TrentService.CreateAlias":
            guard aliases[text("AliasName")] == nil else { return .refused("AlreadyExistsException", "the alias exists") }
            guard let index = index(text("TargetKeyId")), keys[index].visibleFrom <= now else {
                return .refused("NotFoundException", "no such key yet")
            }
            aliases[text("AliasName")] = (keys[index].id, now + delay)
            return .done([])
        case "TrentService.PutKeyPolicy":
            guard let index = index(text("KeyId")) else { return .refused("NotFoundException", "no such key") }
            keys[index].policies.append((text("Policy"), now + delay))
            return .done([])
        default: return .refused("UnknownOperationException", target)
        }
    }

    private mutating func create(_ root: JSONValue, at now: Instant) -> Answer {
        let number = keys.count + 1
        let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
        let tags = (root["Tags"]?.arrayValue ?? []).map { Tag(key: $0["TagKey"]?.stringValue ?? "", value: $0["TagValue"]?.stringValue ?? "") }
        keys.append(
            Key(
                id: id, description: root["Description"]?.stringValue ?? "", policies: [(root["Policy"]?.stringValue ?? "", now)], tags: tags,
                created: now,
                visibleFrom: now + delay, enabledFrom: now + delay + creating))
        return .done(
            JSONWriter.canonical(
                .object([
                    (
                        "KeyMetadata",
                        .object([("Arn", .string(Self.arn(id))), ("KeyId", .string(id)), ("Padding", .string(String(repeating: "x", count: 6_000)))])
                    )
                ])))
    }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import StrictFormats
import Trust

/// The change file of `prepare`, read into what a person stated (formats.md §4). Nothing is derived yet.
public struct ChangeFile {
    public enum PolicySource {
        case document(file: JSONValue)
        case template(name: JSONValue, parameters: JSONValue?)
    }

    /// A policy that a key has now.
    public enum LivePolicySource {
        case document(file: JSONValue)
        case snapshot(file: JSONValue)
    }

    let kind: ChangeKind
    let title: String
    let ticket: String
    let backout: String?
    let target: Target
    let notBefore: Instant?
    let expires: Instant?
    let validSeconds: Int?
    let change: Change
    let policy: PolicySource?
    let base: LivePolicySource?
    /// The policy of the key that a trail is attached to: the proof that CloudTrail can write.
    let keyPolicy: LivePolicySource?
    let waivers: [Waiver]
    /// Places for errors that are found later.
    let root: JSONValue

    static let defaultRegion = "us-east-1"
    static let defaultAlias = "cloudtrail-org-key"

    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            let kind = try members.required("change") { value throws(Refusal) in try value.oneOf(ChangeKind.self) }
            let target = try members.required("target", Self.target)
            let times = try Self.times(&members, value)
            let change = try Self.change(kind, &members, target, at: value)
            let sendsPolicy = kind == .createKey || kind == .putKeyPolicy
            return ChangeFile(
                kind: kind, title: try members.required("title") { value throws(Refusal) in try Names.shown(value, 1...200) },
                ticket: try members.required("ticket") { value throws(Refusal) in try Names.shown(value, 1...100) },
                backout: try members.optional("backout") { value throws(Refusal) in try Names.shown(value, 1...2000) }, target: target,
                notBefore: times.notBefore, expires: times.expires, validSeconds: times.valid, change: change,
                policy: sendsPolicy ? try members.required("policy", Self.policy) : nil,
                base: kind == .putKeyPolicy ? try members.optional("base", Self.livePolicy) : nil,
                keyPolicy: kind == .attachTrail ? try members.required("keyPolicy", Self.livePolicy) : nil,
                waivers: sendsPolicy
                    ? try members.optional("waivers") { value throws(Refusal) in try value.array(Waiver.init(json:)) } ?? [] : [], root: value)
        }
    }

    private init(
        kind: ChangeKind, title: String, ticket: String, backout: String?, target: Target, notBefore: Instant?, expires: Instant?,
        validSeconds: Int?, change: Change, policy: PolicySource?, base: LivePolicySource?, keyPolicy: LivePolicySource?,
        waivers: [Waiver], root: JSONValue
    ) {
        self.kind = kind
        self.title = title
        self.ticket = ticket
        self.backout = backout
        self.target = target
        self.notBefore = notBefore
        self.expires = expires
        self.validSeconds = validSeconds
        self.change = change
        self.policy = policy
        self.base = base
        self.keyPolicy = keyPolicy
        self.waivers = waivers
        self.root = root
    }

    private static func target(_ value: JSONValue) throws(Refusal) -> Target {
        try value.object { members throws(Refusal) in
            let partition = try members.optional("partition", Names.partition) ?? "aws"
            let account = try members.required("account", Names.account)
            let region = try members.optional("region", Names.region) ?? defaultRegion
            let executorValue = try members.required("executor")
            var executor = try executorValue.text()
            if executor.hasPrefix("role/") || executor.hasPrefix("user/") { executor = "arn:\(partition):iam::\(account):\(executor)" }
            let full = JSONValue.object([
                ("partition", .string(partition)), ("account", .string(account)), ("region", .string(region)),
                ("executor", JSONValue(.string(executor), offset: executorValue.offset)),
            ])
            return try Target(json: full)
        }
    }

    private typealias Times = (notBefore: Instant?, expires: Instant?, valid: Int?)

    private static func times(_ members: inout JSONMembers, _ value: JSONValue) throws(Refusal) -> Times {
        let notBefore = try members.optional("notBefore", Names.instant)
        let expires = try members.optional("expires", Names.instant)
        let valid = try members.optional("valid") { value throws(Refusal) in
            guard let seconds = Span.seconds(try value.text()) else { throw value.invalid("this is no span of time", hint: "for example 72h, or 3d") }
            return seconds
        }
        guard (expires == nil) != (valid == nil) else {
            throw value.invalid("give either \"valid\" (such as 72h) or \"expires\" (a time)", code: "change-window")
        }
        return (notBefore, expires, valid)
    }

    private static func policy(_ value: JSONValue) throws(Refusal) -> PolicySource {
        try value.object { members throws(Refusal) in
            let document = try members.optional("document") { value throws(Refusal) in value }
            let template = try members.optional("template") { value throws(Refusal) in value }
            let parameters = try members.optional("parameters") { value throws(Refusal) in value }
            switch (document, template) {
            case (let file?, nil):
                if let parameters { throw parameters.invalid("parameters go with a template, not with a document") }
                return .document(file: file)
            case (nil, let name?): return .template(name: name, parameters: parameters)
            default: throw value.invalid("give either \"template\" or \"document\"")
            }
        }
    }

    private static func livePolicy(_ value: JSONValue) throws(Refusal) -> LivePolicySource {
        try value.object { members throws(Refusal) in
            let document = try members.optional("document") { value throws(Refusal) in value }
            let snapshot = try members.optional("snapshot") { value throws(Refusal) in value }
            switch (document, snapshot) {
            case (let file?, nil): return .document(file: file)
            case (nil, let file?): return .snapshot(file: file)
            default: throw value.invalid("give either \"snapshot\" or \"document\"")
            }
        }
    }
}

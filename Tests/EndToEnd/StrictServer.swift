// SPDX-License-Identifier: Apache-2.0
// The strict stand-in and the fault proxy, one of each for a test; and a ceremony under a trust root that allows them.

import Foundation
import StrictFormats
import Synchronization
import TestSupport

/// Runs what waits for most of its time side by side, each in a thread of its own; the results in their order.
func atOnce<Value: Sendable>(_ bodies: [@Sendable () throws -> Value]) throws -> [Value] {
    let results = Mutex([Int: Result<Value, any Error>]())
    let group = DispatchGroup()
    for (index, body) in bodies.enumerated() {
        group.enter()
        Thread {
            let result = Result(catching: body)
            results.withLock { $0[index] = result }
            group.leave()
        }.start()
    }
    group.wait()
    return try results.withLock { try $0.sorted { $0.key < $1.key }.map { try $0.value.get() } }
}

/// A server of a test's own (strict_kms.py), stopped by its process id when the test lets go of it.
final class StrictServer: Sendable {
    let folder: TemporaryFolder
    let url: String
    var credentials: String { folder.file("credentials") }

    init() throws {
        folder = try TemporaryFolder()
        url = try Self.script("strict_kms.py", ["start", folder.path], in: folder)
    }

    deinit { _ = try? Self.script("strict_kms.py", ["stop", folder.path], in: folder) }

    /// Changes something behind everybody's back (key_drift.py).
    @discardableResult
    func byHand(_ arguments: String...) throws -> String { try byHand(arguments: arguments) }

    @discardableResult
    func byHand(arguments: [String]) throws -> String { try Self.script("key_drift.py", [url, credentials] + arguments, in: folder) }

    /// What strict_kms.py takes at /control.
    func control(_ wishes: String) throws {
        let post = "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1] + '/control', sys.argv[2].encode()), timeout=10).read()"
        try Self.python(["-c", post, url, wishes], in: folder)
    }

    static func script(_ name: String, _ arguments: [String], in folder: TemporaryFolder) throws -> String {
        try python([PackageFolder.path + "/Tests/Support/" + name] + arguments, in: folder)
    }

    @discardableResult
    private static func python(_ arguments: [String], in folder: TemporaryFolder) throws -> String {
        guard let python = TestServers.python else { throw ProgramFailure("there is no Python") }
        let ended = try Program([python] + arguments, in: folder.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"]).run()
        guard ended.exit == 0 else { throw ProgramFailure(ended.err + ended.out) }
        return ended.out.trimmingCharacters(in: .newlines)
    }
}

/// A proxy that lets requests go wrong (fault_proxy.py) in front of a server.
final class FaultProxy: Sendable {
    let folder: TemporaryFolder
    let url: String

    /// - Parameter tls: whether it speaks TLS; then `folder` holds the certificate of its authority, `authority.pem`.
    init(_ upstream: String, tls: Bool = false) throws {
        folder = try TemporaryFolder()
        url = try StrictServer.script("fault_proxy.py", ["start", folder.path, upstream] + (tls ? ["--tls"] : []), in: folder)
    }

    deinit { _ = try? StrictServer.script("fault_proxy.py", ["stop", folder.path], in: folder) }

    /// What goes wrong from now on.
    func faults(_ json: String) throws { try folder.write("faults.json", Array(json.utf8)) }

    /// Operations in the order in which they came to the server.
    func carriedOut() throws -> [String] {
        struct Line: Decodable { let operation: String, step: String }
        return try String(decoding: FileManager.default.contents(atPath: folder.file("requests.jsonl")) ?? Data(), as: UTF8.self)
            .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .filter { $0.step == "carried out" }.map(\.operation)
    }
}

/// People under a trust root of their own, and where AWS is for them.
struct StrictDesk: Sendable {
    let ceremony: Ceremony
    let url: String
    let environment: [String: String]

    static let operations = [
        "create-key", "put-key-policy", "set-rotation", "add-alias", "move-alias", "set-tags", "set-description", "attach-trail", "disable-key",
        "enable-key", "schedule-deletion", "cancel-deletion", "revoke-grant",
    ]

    init(url: String, credentials: String, authority: String? = nil) throws {
        ceremony = try Ceremony()
        self.url = url
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_ENDPOINT_URL": url]
        environment["AWS_CA_BUNDLE"] = authority
        self.environment = environment
        for name in ["trust.json", "ledger.sqlite", "checkpoint.note", "home"] {
            try FileManager.default.removeItem(atPath: ceremony.scratch.file(name))
        }
        let limits = """
            { accounts: ["\(Ceremony.account)"], regions: [us-east-1], operations: [\(Self.operations.joined(separator: ", "))], validity: 7d,
              endpoints: ["\(url)"] }
            """
        try ceremony.write("trust.yaml", ceremony.trustConfig(limits: limits))
        let trust = try ceremony.must(
            ["trust", "create", "trust.yaml", "--out", "trust.json", "--created", "2026-01-01T00:00:00Z", "--format", "json"])
        ceremony.remember("trust", digest: try Self.member("digest", of: trust))
        for owner in ["alice", "carol"] { try ceremony.must(["trust", "sign", "trust.json", "--key", owner]) }
        try ceremony.must(["trust", "pin", "trust.json", "--digest", ceremony.digest("trust")])
        let made = try ceremony.must(["ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "ledger-key", "--format", "json"])
        ceremony.remember("genesis", digest: try Self.member("genesis", of: made))
        try checkpoint()
    }

    private static func member(_ name: String, of ended: Ended) throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
        guard let text = object?[name] as? String else { throw ProgramFailure("no \(name) in \(ended.out)") }
        return text
    }

    func checkpoint() throws { try ceremony.write("checkpoint.note", try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out) }

    /// Prepares and approves a change against the ledger as it is.
    func approve(_ name: String, _ change: String) throws {
        try checkpoint()
        try ceremony.prepare(name, change: change)
        try ceremony.approve(name, by: "alice", "carol")
    }

    func execute(
        _ name: String, profile: String = "executor", seconds: Double = 60, _ more: [String] = [], under wrapper: [String] = [],
        environment: [String: String] = [:]
    ) throws -> Ended {
        try run(
            ["execute", "\(name).json", "--approval", "\(name).alice.json", "--approval", "\(name).carol.json", "--ledger", "ledger.sqlite"] + more,
            profile, seconds, wrapper, environment)
    }

    func resume(seconds: Double = 60, _ more: [String] = []) throws -> Ended { try run(["resume", "ledger.sqlite"] + more, "executor", seconds) }

    private func run(
        _ arguments: [String], _ profile: String, _ seconds: Double, _ wrapper: [String] = [], _ environment: [String: String] = [:]
    ) throws -> Ended {
        try ceremony.run(
            arguments + ["--key", "ledger-key", "--profile", profile, "--endpoint-url", url], under: wrapper,
            environment: self.environment.merging(environment) { $1 }, seconds: seconds)
    }

    /// `snapshot` or `drift`, as the reader.
    func read(_ arguments: [String]) throws -> Ended {
        try ceremony.run(arguments + ["--profile", "reader", "--endpoint-url", url], environment: environment)
    }

    /// A key that CloudTrail may use for org-trail of this account, with an alias of its own; its ARN.
    func makeKey(_ alias: String, executor: String = Ceremony.executor, profile: String = "executor") throws -> String {
        try approve("own", try createKey(alias, executor: executor))
        let ended = try execute("own", profile: profile, ["--format", "json"])
        guard ended.exit == 0 else { throw ProgramFailure(ended.err) }
        return try Self.member("key", of: ended)
    }

    func createKey(_ alias: String, executor: String = Ceremony.executor) throws -> String {
        let text = ceremony.createKey(alias: alias).replacingOccurrences(of: Ceremony.executor, with: executor)
        try ceremony.prepare("rendered", change: text, more: ["--force"])
        // The template is for a trail of another account; the stand-in has one account alone.
        let envelope = try JSONDocument(try ceremony.bytes("rendered.json"), rules: .authored).root
        guard let payload = Base64.decode(envelope["payload"]?.stringValue ?? "", urlSafe: false),
            let policy = try JSONDocument(payload, rules: .signed).root["policy"]?["document"]?.stringValue
        else {
            throw ProgramFailure("the bundle has no policy")
        }
        try ceremony.write("key-policy.json", policy.replacingOccurrences(of: "281474976710", with: Ceremony.account))
        // That a trail of the key's own account is meant is accepted, each time: a change that brings the policy back says so too.
        let waivers = [
            "3/Condition/StringEquals/aws:SourceArn", "3/Condition/StringLike/kms:EncryptionContext:aws:cloudtrail:arn",
            "4/Condition/StringEquals/aws:SourceArn",
        ].map { "  - { rule: KP021, pointer: \"/Statement/\($0)\", reason: one account for everything }\n" }
        return text.replacingOccurrences(of: Ceremony.policy, with: "policy: { document: key-policy.json }\nwaivers:\n" + waivers.joined())
    }

    /// Attaches a trail to a key, whose live policy is read for the proof.
    func attach(_ trail: String, to key: String) throws {
        let seen = try read(["snapshot", key, "--out", "attach.snapshot.json"])
        guard seen.exit == 0 else { throw ProgramFailure(seen.err) }
        try approve(
            "attach",
            """
            change: attach-trail
            title: The trail writes under the new key
            ticket: CHG-1065
            valid: 24h
            target: { account: "\(Ceremony.account)", region: us-east-1, executor: \(Ceremony.executor) }
            key: \(key)
            trail: \(trail)
            keyPolicy: { snapshot: attach.snapshot.json }
            """)
        let ended = try execute("attach")
        guard ended.exit == 0 else { throw ProgramFailure(ended.err) }
    }
}

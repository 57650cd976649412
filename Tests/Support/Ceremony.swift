// SPDX-License-Identifier: Apache-2.0
// People, keys, a trust root, a ledger, a bundle and its approvals, all made by the real programs, in a folder of a test's own.

import Foundation

/// One test's copy of the ceremony. File names are relative to its folder, and so they appear in what programs say.
///
/// dana and erin prepare; alice, bob, carol and dana approve, two of them; alice holds two keys (`alice`, `alice-2`); the
/// release engineers hold the ledger's key (`ledger-key`) and one with which they must not approve (`release`); mallory is nobody.
public final class Ceremony: Sendable {
    public let scratch: TemporaryFolder
    public var folder: String { scratch.path }
    /// Digest text -> a name, for messages that are compared.
    private let names: Guarded<[String: String]>

    public static let account = "123456789012"
    public static let executor = "role/cloudtrail-key-executor"

    /// A fresh copy of the template.
    public convenience init() throws { try self.init(copying: Self.template.get()) }

    /// A copy of another, as it is now.
    public init(copying template: Ceremony) throws {
        scratch = try TemporaryFolder()
        names = Guarded(template.names.withLock { $0 })
        for file in try FileManager.default.contentsOfDirectory(atPath: template.folder) {
            try FileManager.default.copyItem(atPath: template.scratch.file(file), toPath: scratch.file(file))
        }
    }

    private static let template = Result { try Ceremony(making: ()) }

    private init(making: Void) throws {
        scratch = RunFolder.shared.subfolder("ceremony")
        names = Guarded([:])
        for key in TestKeys.all {
            try write(key.person, TestKeys.pem("PRIVATE KEY", key.secret))
            try write("\(key.person).pub", TestKeys.pem("PUBLIC KEY", key.shown))
            try remember(key.person, try must(["key", "show", "\(key.person).pub", "--format", "json"]), "keyid")
        }
        try write("trust.yaml", trustConfig())
        try remember(
            "trust", try must(["trust", "create", "trust.yaml", "--out", "trust.json", "--created", "2026-01-01T00:00:00Z", "--format", "json"]),
            "digest")
        for owner in ["alice", "carol"] { try must(["trust", "sign", "trust.json", "--key", owner]) }
        try must(["trust", "pin", "trust.json", "--digest", digest("trust")])
        try remember(
            "genesis", try must(["ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "ledger-key", "--format", "json"]), "genesis")
        try write("checkpoint.note", try must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        try prepare("bundle", change: createKey(alias: "cloudtrail-org-key"))
        try approve("bundle", by: "alice", "carol")
    }

    // MARK: what people write

    public func trustConfig(
        origin: String = "example.com/org-cloudtrail", expires: String = "2099-01-01T00:00:00Z", limits: String? = nil,
        approvers: String = "[alice, alice-2, bob, carol, dana, release]"
    ) -> String {
        // Where there are no servers, addresses of the same length stand in: places in the payload stay the same.
        let servers = TestServers.areInstalled ? try? TestServers.shared() : nil
        let endpoints = TestServers.names.enumerated().map { index, name in
            servers?.url(name) ?? "\(name == "tls" ? "https" : "http")://127.0.0.1:\(40_001 + index)"
        }
        let limits =
            limits
                ?? """
                { accounts: ["\(Self.account)", "604183725190"], regions: [us-east-1], operations: [create-key, put-key-policy], validity: 7d,
                  endpoints: [\(endpoints.map { "\"\($0)\"" }.joined(separator: ", "))] }
                """
        return """
            origin: \(origin)
            expires: \(expires)
            keys:
              dana: { owner: dana, file: dana.pub }
              erin: { owner: erin, file: erin.pub }
              alice: { owner: alice, file: alice.pub }
              alice-2: { owner: alice, file: alice-2.pub, comment: her second key }
              bob: { owner: bob, file: bob.pub }
              carol: { owner: carol, file: carol.pub, comment: P-256 }
              release: { owner: release-engineering, file: release.pub }
              exec: { owner: release-engineering, file: ledger-key.pub }
            roles:
              root: { keys: [alice, bob, carol], threshold: 2 }
              preparer: { keys: [dana, erin] }
              approver: { keys: \(approvers), threshold: 2 }
              ledger: { keys: [exec] }
            limits: \(limits)

            """
    }

    public static let policy = """
        policy:
          template: org-cloudtrail-key
          parameters:
            managementAccount: "281474976710"
            logArchiveAccount: "339712745831"
            trailName: org-trail

        """

    public func createKey(
        alias: String, account: String = Ceremony.account, region: String = "us-east-1", window: String = "valid: 72h",
        policy: String = Ceremony.policy
    ) -> String {
        """
        change: create-key
        title: Key for the organization's CloudTrail
        ticket: CHG-1042
        \(window)
        target: { account: "\(account)", region: \(region), executor: \(Self.executor) }
        alias: \(alias)
        description: Encrypts the organization's CloudTrail logs
        rotation: 365
        tags: { data-class: audit }
        \(policy)
        """
    }

    public func addReader(to key: String, base: String = "base: { snapshot: snapshot.json }") -> String {
        """
        change: put-key-policy
        title: Let the security analysts read the trail
        ticket: CHG-1055
        valid: 72h
        target: { account: "\(Self.account)", region: us-east-1, executor: \(Self.executor) }
        key: \(key)
        \(base)
        \(Self.policy)    readerRoles: ["arn:aws:iam::339712745831:role/security-analyst"]
        """
    }

    // MARK: the steps, by the real programs

    /// Prepares `NAME.json` and remembers its digest under that name.
    public func prepare(_ name: String, change: String, by preparer: String = "dana", more: [String] = []) throws {
        try write("\(name).yaml", change)
        let ended = try must(
            ["prepare", "\(name).yaml", "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", preparer, "--out", "\(name).json"]
                + ["--policies", PackageFolder.path + "/policies", "--format", "json"] + more)
        try remember(name, ended, "bundle")
    }

    /// Approves `NAME.json` into `NAME.OWNER.json`.
    public func approve(_ name: String, by people: String..., more: [String] = []) throws {
        for person in people {
            try must(
                ["approve", "\(name).json", "--trust", "trust.json", "--key", person, "--expect", digest(name), "--out", "\(name).\(person).json"]
                    + more,
                program: Built.airgap)
        }
    }

    /// `execute` of a bundle with its approvals, against one of the servers.
    public func execution(
        of name: String = "bundle", approvals: [String] = ["alice", "carol"], ledger: String = "ledger.sqlite", server: String = "kms",
        profile: String = "executor", more: [String] = []
    ) throws -> [String] {
        ["execute", "\(name).json"] + approvals.flatMap { ["--approval", "\(name).\($0).json"] } + ["--ledger", ledger, "--key", "ledger-key"]
            + ["--profile", profile, "--endpoint-url", try TestServers.shared().url(server)] + more
    }

    /// Runs `countersign` (or the other one) in the folder, without a terminal.
    public func run(
        _ arguments: [String], program: String = Built.countersign, under wrapper: [String] = [], environment more: [String: String] = [:],
        input: String = "/dev/null", output: String? = nil, seconds: Double = 60
    ) throws -> Ended {
        // Never the real AWS: where nothing else is said, nobody answers, and the keys are worth nothing.
        var environment = [
            "COUNTERSIGN_HOME": folder + "/home", "HOME": folder, "LANG": "C.UTF-8", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        if TestServers.areInstalled { environment["AWS_SHARED_CREDENTIALS_FILE"] = try TestServers.shared().credentials() }
        environment.merge(more) { $1 }
        var job = Program(wrapper + [program] + arguments, in: folder, environment: environment)
        job.input = input
        job.output = output
        job.seconds = seconds
        return try job.run()
    }

    /// Runs what must go well.
    @discardableResult
    public func must(_ arguments: [String], program: String = Built.countersign, environment: [String: String] = [:]) throws -> Ended {
        let ended = try run(arguments, program: program, environment: environment)
        guard ended.exit == 0 else { throw ProgramFailure("\(arguments.joined(separator: " ")) ended with \(ended.exit):\n\(ended.err)") }
        return ended
    }

    // MARK: what is in the folder

    public func write(_ name: String, _ text: String) throws { try scratch.write(name, Array(text.utf8)) }

    public func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.file(name)))) }

    /// Every file of the folder, with its bytes; the lock beside a ledger is left out.
    public func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where !name.hasSuffix(".lock") {
            files[name] = FileManager.default.contents(atPath: scratch.file(name)).map { [UInt8]($0) }
        }
        return files
    }

    /// The entries of a ledger, as parsed JSON.
    public func entries(_ ledger: String = "ledger.sqlite") throws -> [LedgerLine] {
        struct Shown: Decodable { let entries: [LedgerLine] }
        return try JSONDecoder().decode(Shown.self, from: Data(try must(["ledger", "show", ledger, "--format", "json"]).out.utf8)).entries
    }

    // MARK: names for digests

    public func digest(_ name: String) -> String { names.withLock { names in names.first { $0.value == name }?.key } ?? "no-such-digest:\(name)" }

    public func remember(_ name: String, digest: String) {
        names.withLock { names in
            // What is known already keeps its name.
            if names[digest] != nil { return }
            for (known, other) in names where other == name { names[known] = nil }
            names[digest] = name
        }
    }

    private func remember(_ name: String, _ ended: Ended, _ member: String) throws {
        guard let object = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any], let digest = object[member] as? String
        else {
            throw ProgramFailure("no \(member) in \(ended.out)")
        }
        remember(name, digest: digest)
    }

    /// A text with what differs from run to run replaced: digests by their names, times, ids, the servers' addresses, the folder.
    public func plain(_ text: String) -> String {
        var text = names.withLock { names in names.reduce(text) { $0.replacingOccurrences(of: $1.key, with: "{\($1.value)}") } }
        if let servers = TestServers.areInstalled ? try? TestServers.shared() : nil {
            text = text.replacingOccurrences(of: servers.folder.path, with: "{servers}")
            for name in TestServers.names {
                text = text.replacingOccurrences(of: servers.url(name), with: "{\(name)}")
                let address = servers.url(name).replacingOccurrences(of: "https://", with: "").replacingOccurrences(of: "http://", with: "")
                text = text.replacingOccurrences(of: address, with: "{\(name)}")
            }
        }
        text = text.replacingOccurrences(of: folder, with: "{folder}").replacingOccurrences(of: PackageFolder.path, with: "{package}")
        for (pattern, word) in [
            ("sha256:[0-9a-f]{64}", "sha256:…"), ("([a-z]{5} ){7}[a-z]{5}", "{words}"), ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{id}"),
            ("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "{time}"), ("\\(request [A-Za-z0-9-]+\\)", "(request {request})"),
            ("[0-9]+ days?( [0-9]+ (hours?|minutes?|seconds?))? ago", "{span} ago"),
            (", in [0-9]+ days( [0-9]+ (hours?|minutes?|seconds?))?", ", in {span}"),
            ("A[SK]IA[A-Z0-9]{4}…[A-Z0-9]{4}", "{access key}"), ("port [0-9]+ after [0-9]+ ms", "port {port} after {n} ms"),
        ] {
            text = text.replacingOccurrences(of: pattern, with: word, options: .regularExpression)
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

/// An entry of a ledger, as far as tests look at it.
public struct LedgerLine: Decodable, Sendable {
    public struct Details: Decodable, Sendable {
        public let code: String?
        public let message: String?
        public let name: String?
        public let result: String?
        public let grade: String?
        public let owners: [String]?
        public let decision: String?
        public let approver: String?
        public let done: [String]?
        public let endpoint: String?
        public let cause: String?
        public let outcome: String?
    }
    public let seq: Int
    public let type: String
    public let bundle: String?
    public let data: Details
}

/// The folder of one run of the tests, removed at its end.
final class RunFolder: Sendable {
    static let shared = RunFolder()
    private let path: String

    private init() {
        path = NSTemporaryDirectory() + "countersign-run-\(getpid())"
        atexit { try? FileManager.default.removeItem(atPath: RunFolder.shared.path) }
    }

    func subfolder(_ name: String) -> TemporaryFolder { TemporaryFolder(at: path + "/" + name) }
}

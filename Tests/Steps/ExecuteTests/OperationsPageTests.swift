// SPDX-License-Identifier: Apache-2.0
// docs/operations.md, line by line: each stop is brought about, and each has its line.
import Bundles
import Cryptography
import Execute
import Foundation
import Ledger
import Rehearsal
import StrictFormats
import TestSupport
import Testing
import Trust

@Suite struct OperationsPageTests {
    typealias Scenario = @Sendable (World) throws -> World.Ended

    /// Runs a bundle, with something wrong in the account or on the wire.
    private static func execution(_ spoil: @escaping @Sendable (World) -> Void = { _ in }) -> Scenario {
        { world in
            let paper = try world.createKey()
            spoil(world)
            return try world.ended { try world.execute(paper) }
        }
    }

    private static func kind(_ name: String, _ spoil: @escaping @Sendable (World) -> Void) -> Scenario {
        { world in
            let paper = try world.paper(Kinds.named(name))
            spoil(world)
            return try world.ended { try world.execute(paper) }
        }
    }

    private static func caller(_ arn: String, _ account: String = KMSModel.account) -> Scenario {
        execution { $0.kms.caller = EntryData.Identity(account: account, arn: arn, userID: "A") }
    }

    private static func read(_ name: String, _ refusal: Refusal) -> Scenario { execution { $0.kms.readFailures[name] = [refusal] } }

    static let scenarios: [String: Scenario] = [
        "outcome-unknown": execution { $0.kms.faults["CreateKey"] = [.cutAfter] },
        "expectation-differs": { world in
            world.wait = 2
            world.kms.onEffect = { if $0 == "CreateAlias" { world.kms.model.keys[0].rotation = (90, World.start) } }
            return try world.ended { try world.execute(world.createKey()) }
        },
        "still-waiting": execution {
            $0.wait = 2
            $0.kms.model.creating = 60
        },
        "throttled": execution { $0.kms.faults["CreateKey"] = [Fault](repeating: .throttled, count: 8) },
        "busy": kind("set-rotation") { $0.kms.faults["EnableKeyRotation"] = [Fault](repeating: .conflict, count: 8) },
        "not-sent": execution { $0.kms.faults["EnableKeyRotation"] = [.notSent, .notSent, .notSent] },
        "execution-open": { world in
            let paper = try world.createKey()
            world.kms.faults["CreateKey"] = [.cutAfter]
            _ = try world.ended { try world.execute(paper) }
            return try world.ended { try world.execute(paper) }
        },
        "request-failed": execution { $0.kms.faults["CreateKey"] = [.accessDenied] },
        "precondition-differs": execution { $0.kms.model.aliases[Ceremony.alias] = ("somebody", World.start) },
        "key-missing": kind("set-rotation") { $0.kms.model.keys = [] },
        "key-state": kind("set-rotation") { $0.kms.model.keys[0].state.write("Disabled", from: World.start) },
        "key-type": kind("set-rotation") { $0.kms.model.keys[0].keySpec = "RSA_2048" },
        "tag-quota": kind("set-tags") { $0.kms.model.keys[0].tags.write((1...50).map { Tag(key: "t\($0)", value: "") }, from: World.start) },
        "grant-missing": kind("revoke-grant") { $0.kms.model.keys[0].grants.write([], from: World.start) },
        "key-in-use": kind("schedule-deletion") {
            $0.kms.model.trails[Kinds.trail] = KMSModel.Trail(homeRegion: "us-east-1", key: Kinds.key, from: World.start)
        },
        "trail-missing": kind("attach-trail") { $0.kms.model.trails = [:] },
        "trail-home-region": kind("attach-trail") { $0.kms.model.trails[Kinds.trail]?.homeRegion = "eu-west-1" },
        "nothing-open": { world in try world.ended { try world.resume() } },
        "approvals-missing": { world in try world.ended { try world.execute(world.createKey(by: ["alice"])) } },
        "vetoed": { world in
            let paper = try world.createKey()
            let veto = try world.ceremony.decide(.reject, paper.bundle, "carol")
            return try world.ended { try world.execute(Ceremony.Paper(bundle: paper.bundle, approvals: paper.approvals + [veto])) }
        },
        "review-differs": { world in
            let paper = try world.createKey(by: ["alice"])
            let other = ReviewReference(version: Review.currentVersion, digest: paper.bundle.digest)
            let wrong = try world.ceremony.decide(.approve, paper.bundle, "bob", review: other)
            return try world.ended { try world.execute(Ceremony.Paper(bundle: paper.bundle, approvals: [wrong])) }
        },
        "approval-other-bundle": { world in
            let other = try world.createKey("7f0c0000-0000-4000-8000-000000000009")
            return try world.ended { try world.execute(Ceremony.Paper(bundle: world.createKey().bundle, approvals: other.approvals)) }
        },
        "approval-role": { world in
            let root = try world.ceremony.nextRoot(approvers: ["alice", "carol"])
            return try world.ended { try world.execute(world.createKey(), trust: [root]) }
        },
        "bundle-limits": { world in
            let root = try world.ceremony.nextRoot(operations: ["put-key-policy"])
            return try world.ended { try world.execute(world.createKey(), trust: [root]) }
        },
        "trust-expired": { world in
            let paper = try world.createKey()
            let root = try world.ceremony.nextRoot(lifetime: 100)
            world.pace.advance(1_000)
            return try world.ended { try world.execute(paper, trust: [root]) }
        },
        "bundle-already-executed": { world in
            let paper = try world.createKey()
            _ = try world.execute(paper)
            return try world.ended { try world.execute(paper) }
        },
        "bundle-plan-checked": { world in
            let paper = try world.createKey()
            _ = try PlanCheckedReceivingTests.record(world, paper)
            return try world.ended { try world.execute(paper) }
        },
        "bundle-id-reused": { world in
            _ = try world.execute(world.createKey(valid: 86_400))
            return try world.ended { try world.execute(world.createKey(valid: 86_300)) }
        },
        "window-not-open": { world in try world.ended { try world.execute(world.createKey(opens: 1_000)) } },
        "window-over": { world in try world.ended { try world.execute(world.createKey(opens: -3_600, valid: -400)) } },
        "identity-account": caller("arn:aws:sts::999999999999:assumed-role/cloudtrail-key-executor/change", "999999999999"),
        "identity-executor": caller("arn:aws:sts::123456789012:assumed-role/somebody-else/change"),
        "identity-root": caller("arn:aws:iam::123456789012:root"),
        "identity-malformed": caller("arn:aws:sts::123456789012:assumed-role/cloudtrail-key-executor/a\u{202E}b"),
        "endpoint-not-allowed": execution { $0.kms.kmsEndpoint = "https://kms.example.com" },
        "clock-skew": execution { $0.kms.skew = 400 },
        "ledger-time": { world in
            let paper = try world.createKey(valid: 3_600)
            world.pace.advance(8_000)
            _ = try world.ended { try world.execute(paper) }
            world.pace.advance(-8_000)
            return try world.ended { try world.execute(paper) }
        },
        "credentials-refused": execution { $0.kms.faults["CreateKey"] = [.expiredToken] },
        "aws-access-denied": read("keys", Refusal("aws-access-denied", .notPermitted, "kms:ListKeys was refused with AccessDeniedException")),
        "service-date": execution { $0.kms.isDated = false },
        "aws-unreachable": read("identity", Refusal("aws-unreachable", .unavailable, "nothing was sent")),
        "ledger-other": { world in
            let other = try World()
            let paper = try world.ceremony.paper(
                Ceremony.createKey, ledger: Checkpoint(origin: world.head.origin, size: 1, root: other.genesis))
            return try world.ended { try world.execute(paper) }
        },
        "ledger-shorter": { world in
            let paper = try world.ceremony.paper(
                Ceremony.createKey, ledger: Checkpoint(origin: world.head.origin, size: 9, root: world.genesis))
            return try world.ended { try world.execute(paper) }
        },
        "ledger-key": { world in
            try world.ended {
                _ = try LedgerStore(world.ledger, key: world.ceremony.key("alice"), tool: "test/1", now: World.start)
                return try world.resume()
            }
        },
        "json-incomplete": { world in
            let input = ExecutionInput(bundle: InputFile(bytes: Array("{".utf8), name: "bundle.json"), approvals: [])
            return try world.ended { try world.open { try world.step($0).execute(input) } }
        },
        "envelope-type": { world in try world.ended { try world.execute(world.createKey(), trust: [world.createKey().bundle.envelope]) } },
        "ledger-damaged": { world in
            var bytes = try #require(FileManager.default.contents(atPath: world.ledger))
            for offset in stride(from: 5_000, to: bytes.count, by: 61) { bytes[offset] ^= 0x5A }
            try bytes.write(to: URL(fileURLWithPath: world.ledger))
            return try world.ended { try world.resume() }
        },
        "ledger-not-ours": { world in
            try Data(repeating: 7, count: 4_096).write(to: URL(fileURLWithPath: world.ledger))
            return try world.ended { try world.resume() }
        },
        "ledger-missing": { world in
            unlink(world.ledger)
            return try world.ended { try world.resume() }
        },
        "ledger-moved": execution { world in world.kms.onEffect = { _ in unlink(world.ledger) } },
        "ledger-lock": { world in
            try FileManager.default.createDirectory(atPath: world.ledger + ".lock", withIntermediateDirectories: false)
            return try world.ended { try world.resume() }
        },
    ]

    /// Lines that other tests try: two processes, disks, credentials, networks, forgeries.
    static let elsewhere: Set<String> = [
        "ledger-held", "ledger-io", "ledger-read-only", "ledger-remote", "ledger-linked", "ledger-schema", "ledger-version", "ledger-artifact",
        "file-missing",
        "credentials-missing",
        "credentials-incomplete", "credentials-invalid", "credentials-unreadable", "credentials-expired", "credentials-time",
        "credentials-contradict", "credentials-source", "credentials-unsupported", "credentials-changed", "credential-process", "mfa-code",
        "imds-no-role", "imds-v1-refused", "sso-session-missing", "sso-token-missing", "sso-token-expired", "sso-token-invalid", "profile-missing",
        "profile-loop", "profile-file-invalid", "services-missing", "setting-invalid", "region-missing", "region-invalid", "endpoint-invalid",
        "endpoint-insecure", "endpoint-not-offered", "aws-throttled", "aws-credentials-refused", "aws-credentials-expired",
        "aws-signature-refused", "aws-refused", "aws-too-many-pages", "aws-no-answer", "aws-server-error", "aws-answer-unreadable",
        "approval-signature", "approval-signer-unknown",
        "approval-by-preparer", "approval-by-executor", "approval-trust", "approval-window", "approvals-differ", "bundle-signature",
        "bundle-signer-unknown", "bundle-preparer", "bundle-trust", "witness-quorum", "witness-none", "since-missing", "checkpoint-signature",
        "ledger-key-retired",
        // PlanCheckedTests here and in AuditTests.
        "plan-checked-already", "plan-checked-signature", "plan-checked-signer-unknown", "plan-checked-role", "plan-checked-other-bundle",
        "plan-checked-kind", "plan-checked-trust", "plan-checked-time", "plan-checked-approvals",
    ]

    static let exits: [Refusal.Category: String] = [
        .answerIsNo: "1", .badData: "65", .noInput: "66", .unavailable: "69", .cannotCreate: "73", .inputOutput: "74", .tryAgain: "75",
        .notPermitted: "77", .configuration: "78",
    ]

    /// Code -> the exit codes that its line, or its section, gives.
    static func page() throws -> [String: String] {
        let text = String(decoding: try #require(FileManager.default.contents(atPath: PackageFolder.path + "/docs/operations.md")), as: UTF8.self)
        var section = ""
        var result: [String: String] = [:]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            guard line.hasPrefix("| `"), !section.hasPrefix("It came") else { continue }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let exit = section.hasPrefix("65") ? cells[1] : String(section.prefix { $0 != ":" })
            for (index, part) in cells[0].split(separator: "`").enumerated() where index % 2 == 0 { result[String(part)] = exit }
        }
        return result
    }

    @Test(arguments: scenarios.keys.sorted()) func `each stop is brought about, and ends with the exit code of its line`(code: String) throws {
        let scenario = try #require(Self.scenarios[code])
        let ended = try scenario(World())
        guard case .refused(let seen, let category) = ended else {
            Issue.record("\(code): it did not stop: \(ended)")
            return
        }
        #expect(seen == code)
        let page = try Self.page()
        let line = try #require(page[code], "\(code) has no line")
        let exit = try #require(Self.exits[category])
        #expect(line.hasPrefix(exit), "\(code) exits otherwise than its line says: \(line)")
    }

    @Test func `the page has a line for each stop, and none that nobody has tried`() throws {
        #expect(Set(try Self.page().keys) == Set(Self.scenarios.keys).union(Self.elsewhere))
    }

    /// A line that is tried elsewhere is tried: some test names the code and expects it.
    @Test func `each line that is not tried here is asserted by name in another test`() throws {
        var texts: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: PackageFolder.path + "/Tests") where name.hasSuffix("Tests.swift") {
            if name.hasSuffix("OperationsPageTests.swift") { continue }
            texts.append(try Self.text("Tests/" + name))
        }
        #expect(texts.count > 80)
        for code in Self.elsewhere.sorted() {
            #expect(texts.contains { $0.contains("\"\(code)\"") || $0.contains("\\\"\(code)\\\"") }, "no test asserts \(code)")
        }
    }

    /// What the sources of an execution can throw, and what never stops one.
    static let sources: [(folder: String, others: Set<String>)] = [
        // Bugs of ours, exit 70, and what is caught before it reaches anybody.
        ("Steps/Execute", ["no-service", "aws-not-found", "bundle-not-received"]),
        // Options (exit 64), and what only other commands say.
        (
            "Commands/countersign",
            [
                "ledger-key-option", "id-malformed", "key-arn", "key-unknown", "backup-not-verified", "checkpoint-unknown",
                "cosigner-unknown",
                "old-size", "published-differs", "published-meanwhile", "witness-busy", "witness-contradicts", "witness-refused",
                "witness-unreachable", "witness-url",
            ]
        ),
        // Caught, or what `aws-answer-unreadable` says of an answer.
        (
            "Platform/AWS",
            [
                "bucket-invalid", "bucket-object-too-large", "web-address", "web-answer", "web-busy", "web-encoded", "web-file-too-large",
                "web-forbidden", "web-no-answer", "web-redirected", "web-server-error", "web-unreachable", "aws-not-found", "marker-repeated",
                "missing-member", "xml-not-utf8",
                "xml-shape", "xml-syntax", "xml-too-large",
            ]
        ),
    ]

    /// Nobody adds a stop and forgets its line.
    @Test(arguments: sources.indices) func `every code of the sources has its line`(index: Int) throws {
        let (folder, others) = Self.sources[index]
        let page = try Self.page()
        var seen: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: PackageFolder.path + "/Sources/" + folder) where file.hasSuffix(".swift") {
            let text = try Self.text("Sources/\(folder)/\(file)")
            // Made at once, through a helper, by the end of a loop, or as the words for an answer.
            for match in text.matches(of: /(?:Refusal|efusal|refused|return|code: )\(?\s*\(?"([a-z]+[0-9]?(?:-[a-z0-9]+)+)"/) {
                let code = String(match.1)
                seen.insert(code)
                #expect(page[code] != nil || others.contains(code), "\(code) of \(file) has no line in docs/operations.md")
            }
        }
        #expect(seen.count > 10)
        // What is left out exists: the list does not grow old.
        #expect(others.subtracting(seen) == [])
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: PackageFolder.path + "/" + path)), as: UTF8.self)
    }
}

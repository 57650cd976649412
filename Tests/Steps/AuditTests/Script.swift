// SPDX-License-Identifier: Apache-2.0
// Ledgers from scripted entries, signed with the ledger's real key: right where the file is, wrong where a test says so.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Audit
@testable import Ledger

/// One entry to be. What names other entries does so by their labels, so that a script can be cut and turned.
struct Step {
    var label: String
    var bundle: Digest?
    var make: ([String: Int]) -> EntryData
    var artifacts: [[UInt8]] = []
    var time: Instant
    /// In the transaction of the entry before.
    var joins = false
    var actor = Actor(keyID: Keys.exec.id, owner: "release-engineering", tool: "test/1")
    /// Who signs the checkpoint after it.
    var signer = Keys.exec
    /// Another number than its place.
    var number: Int?
    var clockBehind: Int?
    /// Other bytes than those of the entry.
    var raw: (([UInt8]) -> [UInt8])?

    init(
        _ label: String, _ bundle: Digest?, _ time: String, joins: Bool = false, artifacts: [[UInt8]] = [],
        _ make: @escaping ([String: Int]) -> EntryData
    ) {
        (self.label, self.bundle, self.make, self.joins, self.artifacts) = (label, bundle, make, joins, artifacts)
        self.time = date("2026-11-24T\(time)Z")
    }
}

/// A ledger's story, and its file.
struct Script {
    var steps: [Step]
    /// Artifacts beyond those of the steps.
    var more: [[UInt8]] = []
    var origin = TrustFixture.origin + "/ledger"

    func index(_ label: String) -> Int {
        guard let index = steps.firstIndex(where: { $0.label == label }) else { fatalError("no step \(label)") }
        return index
    }

    mutating func change(_ label: String, _ body: (inout Step) -> Void) { body(&steps[index(label)]) }

    /// Other data for a step, from the data that it would have.
    mutating func data(_ label: String, artifacts: [[UInt8]]? = nil, _ change: @escaping (EntryData) -> EntryData) {
        let old = steps[index(label)].make
        self.change(label) {
            $0.make = { numbers in change(old(numbers)) }
            if let artifacts { $0.artifacts = artifacts }
        }
    }

    mutating func remove(_ labels: String...) { steps.removeAll { labels.contains($0.label) } }

    mutating func insert(_ step: Step..., after label: String) { steps.insert(contentsOf: step, at: index(label) + 1) }

    mutating func move(_ label: String, after other: String) {
        let step = steps.remove(at: index(label))
        steps.insert(step, at: index(other) + 1)
    }

    /// The entries' bytes in order.
    func entries() -> [[UInt8]] {
        var numbers: [String: Int] = [:]
        for (place, step) in steps.enumerated() where numbers[step.label] == nil { numbers[step.label] = place }
        return steps.enumerated().map { place, step in
            let bytes = Entry(
                seq: step.number ?? place, time: step.time, actor: step.actor, bundle: step.bundle, data: step.make(numbers),
                clockBehind: step.clockBehind
            ).bytes
            return step.raw?(bytes) ?? bytes
        }
    }

    /// Writes the file: entries, the artifacts, tiles, and a checkpoint after each transaction.
    func write(to path: String, pageSize: Int = 4096) throws {
        let door = try SQLiteDoor(path, .create)
        try door.execute("PRAGMA page_size = \(pageSize)")
        try door.execute("PRAGMA synchronous = OFF")
        try door.execute("PRAGMA journal_mode = MEMORY")
        try door.transaction { () throws(Refusal) in
            try door.execute("PRAGMA application_id = \(Schema.applicationID)")
            try door.execute("PRAGMA user_version = \(Schema.version)")
            for table in Schema.tables { try door.execute(table.sql) }
            let hasher = Hasher()
            let artifact = try door.prepare("INSERT OR IGNORE INTO artifacts VALUES (?1, ?2)")
            let entry = try door.prepare("INSERT INTO entries VALUES (?1, ?2)")
            let tile = try door.prepare("INSERT INTO tiles VALUES (?1, ?2, ?3) ON CONFLICT (level, idx) DO UPDATE SET bytes = excluded.bytes")
            let checkpoint = try door.prepare("INSERT INTO checkpoints VALUES (?1, ?2)")
            for bytes in more + steps.flatMap(\.artifacts) { try artifact.run(.blob(Digest(of: bytes).bytes), .blob(bytes)) }
            var tiles = TileRows()
            let all = entries()
            for (place, bytes) in all.enumerated() {
                try entry.run(.integer(place), .blob(bytes))
                for row in tiles.append(MerkleHash.leaf(bytes, with: hasher), with: hasher) {
                    try tile.run(.integer(row.level), .integer(row.index), .blob(row.bytes))
                }
                if place + 1 < steps.count, steps[place + 1].joins { continue }
                let note = Checkpoint(origin: origin, size: place + 1, root: tiles.root(with: hasher))
                try checkpoint.run(.integer(place + 1), .blob(try note.signed(by: steps[place].signer).bytes))
            }
        }
        try door.close()
    }

    /// What an audit says of it.
    func audited(anchored: Bool = true) throws -> AuditVerdict {
        let folder = try TemporaryFolder()
        try write(to: folder.file("l.sqlite"))
        let anchors = AuditAnchors(genesis: anchored ? MerkleHash.leaf(entries()[0]) : nil)
        let verdict = try LedgerAudit(LedgerReader(folder.file("l.sqlite"))).verify(anchors)
        // Where every bundle rests after each of its entries, the audit finds the same.
        let restless = LedgerAudit(try LedgerReader(folder.file("l.sqlite")))
        restless.awakeBundles = 0
        let again = try restless.verify(anchors)
        #expect(again.findings == verdict.findings)
        return verdict
    }
}

// MARK: the good history

/// A new key, made as it should be.
enum Good {
    static var genesis: Step {
        Step("genesis", nil, "09:00:00", artifacts: [TrustFixture.first.envelope.bytes]) { _ in
            .genesis(
                EntryData.Genesis(
                    nonce: [UInt8](repeating: 7, count: 32), origin: TrustFixture.origin + "/ledger",
                    envelope: TrustFixture.first.envelope.envelopeDigest,
                    trust: TrustFixture.first.reference, ledgerKey: Keys.exec.id))
        }
    }

    static let state = LedgerState(
        origin: TrustFixture.origin + "/ledger", size: 1, root: MerkleHash.leaf(Script(steps: [genesis]).entries()[0]))

    static let bundle = made(BundleFixture.payload(ledger: state))
    static let other = made(
        BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), id: BundleFixture.otherID, ledger: state, base: BundleFixture.policy("Old")))
    static let alice = approval(.approve, "alice", Keys.alice)
    static let bob = approval(.approve, "bob", Keys.bob)
    static let carol = approval(.approve, "carol", Keys.carol)
    static let reject = approval(.reject, "bob", Keys.bob)

    static func made(_ payload: BundlePayload) -> VerifiedBundle {
        do { return try BundleFixture.verified(payload) } catch { fatalError("\(error)") }
    }

    static func approval(
        _ decision: Decision, _ owner: String, _ key: PrivateKey, on bundle: VerifiedBundle = bundle, expires: Instant? = nil,
        review: ReviewReference? = nil
    ) -> Envelope {
        do { return try BundleFixture.approval(decision, owner, key, on: bundle, review: review, expires: expires) } catch { fatalError("\(error)") }
    }

    static func review(of bundle: VerifiedBundle = bundle) -> Review {
        do { return try Review(of: bundle) } catch { fatalError("\(error)") }
    }

    // MARK: its entries

    static func received(_ bundle: VerifiedBundle = bundle, _ time: String = "11:10:00", label: String = "received") -> Step {
        Step(label, bundle.digest, time, artifacts: [bundle.envelope.bytes]) { _ in
            .bundleReceived(id: bundle.payload.id, envelope: bundle.envelope.envelopeDigest)
        }
    }

    static func decided(_ label: String, _ envelope: Envelope, on bundle: VerifiedBundle = bundle, _ time: String = "11:40:00") -> Step {
        let statement: ApprovalStatement
        do { statement = try envelope.decodePayload(ApprovalStatement.init(json:)) } catch { fatalError("\(error)") }
        return Step(label, bundle.digest, time, artifacts: [envelope.bytes]) { _ in
            .approvalReceived(
                EntryData.ApprovalReceived(
                    envelope: envelope.envelopeDigest, payload: envelope.payloadDigest, decision: statement.decision, approver: statement.approver,
                    keyID: envelope.signatures[0].keyID))
        }
    }

    static func authorization(
        _ approvals: [Envelope] = [alice, carol], owners: [String] = ["alice", "carol"], trust: TrustReference = TrustFixture.first.reference,
        review: ReviewReference? = nil, local: String = "12:00:00", aws: String = "12:00:00",
        arn: String = "arn:aws:sts::604183725190:assumed-role/cloudtrail-key-executor/chg-1042",
        account: String = BundleFixture.account, of bundle: VerifiedBundle = bundle
    ) -> EntryData {
        .executionAuthorized(
            EntryData.Authorization(
                approvals: approvals.map(\.payloadDigest).sorted(), owners: owners, trust: trust, review: review ?? Good.review(of: bundle).reference,
                local: date("2026-11-24T\(local)Z"), aws: date("2026-11-24T\(aws)Z"),
                identity: EntryData.Identity(account: account, arn: arn, userID: "AROA:chg")))
    }

    static func authorized(
        _ data: EntryData = authorization(), _ time: String = "12:00:00", of bundle: VerifiedBundle = bundle, label: String = "authorized"
    ) -> Step {
        Step(label, bundle.digest, time, artifacts: [Array(review(of: bundle).text.utf8)]) { _ in data }
    }

    static func precondition(_ name: String, _ result: EntryData.CheckResult = .holds, of bundle: VerifiedBundle = bundle, joins: Bool = false)
        -> Step
    {
        Step(name, bundle.digest, "12:00:01", joins: joins) { _ in
            .preconditionChecked(EntryData.Check(name: name, result: result, observed: .object([])))
        }
    }

    static func body(_ name: String, of bundle: VerifiedBundle = bundle) -> (PlannedRequest, String) {
        guard let request = bundle.payload.derivation.requests.first(where: { $0.name == name }) else { fatalError("no request \(name)") }
        do { return (request, try request.body(with: [.keyID: BundleFixture.keyID], in: BundleFixture.target)) } catch { fatalError("\(error)") }
    }

    static func intent(_ name: String, attempt: Int = 1, endpoint: String = "https://kms.us-east-1.amazonaws.com", of bundle: VerifiedBundle = bundle)
        -> EntryData.Intent
    {
        let (request, text) = body(name, of: bundle)
        return EntryData.Intent(
            name: name, attempt: attempt, service: request.service, target: request.target, pin: request.pin,
            sent: Pin.digest(service: request.service, target: request.target, body: text), body: Digest(ofText: text), endpoint: endpoint)
    }

    /// Intended and sent in one transaction.
    static func sending(
        _ name: String, attempt: Int = 1, _ time: String = "12:00:10", date sent: String? = "12:00:05", of bundle: VerifiedBundle = bundle,
        suffix: String = ""
    ) -> [Step] {
        let label = "intended \(name)\(suffix)"
        return [
            Step(label, bundle.digest, time, artifacts: [Array(body(name, of: bundle).1.utf8)]) { _ in
                .requestIntended(intent(name, attempt: attempt, of: bundle))
            },
            Step("sent \(name)\(suffix)", bundle.digest, time, joins: true) {
                .requestSent(intent: $0[label] ?? 0, date: sent.map { date("2026-11-24T\($0)Z") })
            },
        ]
    }

    static func answer(_ name: String) -> [UInt8] {
        name == "create-key"
            ? Array(#"{"KeyMetadata":{"Arn":"\#(BundleFixture.keyARN)","CreationDate":1.7952E9,"KeyId":"\#(BundleFixture.keyID)"}}"#.utf8) : []
    }

    static func completed(_ name: String, _ time: String = "12:00:10", of bundle: VerifiedBundle = bundle, suffix: String = "") -> Step {
        Step("completed \(name)\(suffix)", bundle.digest, time, artifacts: [answer(name)]) {
            .requestCompleted(
                EntryData.Completion(
                    intent: $0["intended \(name)\(suffix)"] ?? 0, status: 200, requestID: "r", date: date("2026-11-24T\(time)Z"),
                    response: Digest(of: answer(name)),
                    binds: name == "create-key" ? [EntryData.Bound(name: "keyId", value: BundleFixture.keyID)] : []))
        }
    }

    static func failed(
        _ name: String, code: String = "ThrottlingException", status: Int? = 400, suffix: String = "", _ time: String = "12:00:10",
        of bundle: VerifiedBundle = bundle
    ) -> Step {
        Step("failed \(name)\(suffix)", bundle.digest, time) {
            .requestFailed(
                EntryData.Failure(
                    intent: $0["intended \(name)\(suffix)"] ?? 0, status: status, code: code, message: "", requestID: status == nil ? nil : "r",
                    date: nil, response: nil))
        }
    }

    static func unknown(_ name: String, suffix: String = "") -> Step {
        Step("unknown \(name)\(suffix)", bundle.digest, "12:00:10") { .requestUnknown(intent: $0["intended \(name)\(suffix)"] ?? 0, cause: "cut") }
    }

    static func resolved(_ name: String, _ outcome: EntryData.Outcome, suffix: String = "") -> Step {
        Step("resolved \(name)\(suffix)", bundle.digest, "12:00:10") {
            .requestResolved(
                EntryData.Resolution(
                    intent: $0["intended \(name)\(suffix)"] ?? 0, outcome: outcome, evidence: .object([]),
                    binds: name == "create-key" && outcome == .applied ? [EntryData.Bound(name: "keyId", value: BundleFixture.keyID)] : []))
        }
    }

    static func expectation(_ name: String, _ result: EntryData.CheckResult = .holds, of bundle: VerifiedBundle = bundle) -> Step {
        Step("read \(name)", bundle.digest, "12:00:20") { _ in
            .expectationChecked(EntryData.Check(name: name, result: result, grade: name == "key-policy" ? "byte-equal" : nil, observed: .object([])))
        }
    }

    static let key = EntryData.Key(id: BundleFixture.keyID, arn: BundleFixture.keyARN)

    static func end(_ data: EntryData, of bundle: VerifiedBundle = bundle, _ time: String = "12:00:30", label: String = "end") -> Step {
        Step(label, bundle.digest, time) { _ in data }
    }

    static let requests = ["create-key", "enable-key-rotation", "create-alias"]

    /// The whole story of one new key.
    static func script() -> Script {
        var steps = [
            genesis, received(), decided("alice", alice), decided("carol", carol), authorized(), precondition("alias-free"),
            precondition("no-tagged-key", joins: true),
        ]
        for name in requests { steps += sending(name) + [completed(name)] }
        steps += ["key-settings", "key-policy", "rotation", "alias"].map { expectation($0) }
        steps.append(end(.executionCompleted(EntryData.End(done: requests, key: key))))
        return Script(steps: steps)
    }

    /// The story up to and including a step.
    static func script(upTo label: String) -> Script {
        var script = script()
        script.steps.removeSubrange((script.index(label) + 1)...)
        return script
    }

    /// A second trust root, recorded.
    static func trustUpdated(_ edits: [(String, JSONValue?)] = [], _ time: String = "12:00:02") -> (step: Step, root: VerifiedTrustRoot) {
        do {
            let envelope = try TrustFixture.next(TrustFixture.first, edits)
            let root = try VerifiedTrustRoot.verify(envelope, previous: TrustFixture.first)
            return (
                Step("trust", nil, time, artifacts: [envelope.bytes]) { _ in .trustUpdated(envelope: envelope.envelopeDigest, trust: root.reference)
                }, root
            )
        } catch { fatalError("\(error)") }
    }
}

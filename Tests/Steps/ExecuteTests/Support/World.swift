// SPDX-License-Identifier: Apache-2.0
import Audit
import Bundles
import Cryptography
import Execute
import Foundation
import Ledger
import Rehearsal
import StrictFormats
import Testing
import Trust

/// A ledger in a folder of its own, a server in memory, and the people: each command opens the ledger anew, as a process would.
final class World {
    static let start = Instant(secondsSince1970: 1_800_000_000)

    let folder: String
    let pace: TestPace
    let kms: FakeKMS
    let ceremony: Ceremony
    let genesis: Digest
    var ledger: String { folder + "/ledger.sqlite" }
    var wait = 30
    /// The checkpoint that bundles are prepared against.
    private(set) var head: Checkpoint

    init() throws {
        // In memory where that is possible: a thousand ledgers are synced a thousand times.
        let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        var template = Array((base + "/execute-XXXXXX").utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        pace = TestPace(Self.start)
        kms = FakeKMS(pace)
        ceremony = try Ceremony(start: Self.start)
        genesis = try LedgerStore.create(
            folder + "/ledger.sqlite", root: ceremony.root, key: ceremony.key("release-engineering"), nonce: [UInt8](repeating: 7, count: 32),
            tool: "test/1", now: Self.start)
        head = Checkpoint(origin: "example.com/test/ledger", size: 1, root: genesis)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Opens the ledger, does something, and lets go of it.
    @discardableResult
    func open<Value>(_ path: String? = nil, _ body: (LedgerStore) throws -> Value) throws -> Value {
        // What the server was told to check holds the ledger; a process that ended does not.
        defer { kms.onSend = { _, _ in } }
        return try body(LedgerStore(path ?? ledger, key: ceremony.key("release-engineering"), tool: "test/1", now: pace.now()))
    }

    func step(_ store: LedgerStore) -> ExecutionStep {
        kms.onSend = { operation, body in Self.expectIntent(store, operation, body) }
        return ExecutionStep(store: store, service: kms, pace: pace, wait: wait)
    }

    /// Nothing may leave that is not on disk first: the last entry is a `request-sent`, and its intent holds these bytes.
    private static func expectIntent(_ store: LedgerStore, _ operation: String, _ body: [UInt8]) {
        do {
            let last = try Entry(try #require(try store.reader.entry(store.reader.count() - 1)))
            guard case .requestSent(let seq, let date) = last.data,
                case .requestIntended(let intent) = try Entry(try #require(try store.reader.entry(seq))).data
            else {
                Issue.record("\(operation) left without an intent; the last entry is \(last.type.rawValue)")
                return
            }
            #expect(date != nil)
            #expect(intent.body == Digest(of: body))
        } catch {
            Issue.record("\(operation) left, and the ledger could not be read: \(error)")
        }
    }

    func execute(_ paper: Ceremony.Paper, trust: [Envelope] = [], since: [UInt8]? = nil) throws -> ExecutionReport {
        let input = ExecutionInput(
            bundle: paper.input.bundle, approvals: paper.input.approvals,
            trust: trust.enumerated().map { InputFile(bytes: $1.bytes, name: "trust-\($0).json") },
            since: since.map { InputFile(bytes: $0, name: "since.note") })
        return try open { try step($0).execute(input) }
    }

    func resume() throws -> ExecutionReport { try open { try step($0).resume() } }

    func createKey(
        _ id: String = "7f0c0000-0000-4000-8000-000000000001", by approvers: [String] = ["alice", "bob"], opens: Int = -3_600, valid: Int = 86_400
    ) throws -> Ceremony.Paper {
        try ceremony.paper(Ceremony.createKey, ledger: head, id: id, by: approvers, opens: opens, valid: valid)
    }

    /// A key that stands already, and a change of its policy.
    func putPolicy(base: String = Ceremony.policy) throws -> Ceremony.Paper {
        if kms.model.keys.isEmpty {
            kms.model.keys.append(
                KMSModel.Key(
                    id: "00000000-0000-4000-8000-000000000001", description: "", policies: [(Ceremony.policy, World.start + -1000)], tags: [],
                    created: World.start + -1000,
                    visibleFrom: World.start + -1000, enabledFrom: World.start + -1000))
        }
        return try ceremony.paper(
            .putKeyPolicy(key: KMSModel.arn(kms.model.keys[0].id)), policy: Ceremony.otherPolicy, base: base, ledger: head,
            id: "7f0c0000-0000-4000-8000-000000000002")
    }

    /// What became of a command, as its exit code tells.
    enum Ended: Equatable, CustomStringConvertible {
        case report(ExecutionReport.Ending)
        case refused(String, Refusal.Category)

        var description: String {
            switch self {
            case .report(let ending): "\(ending)"
            case .refused(let code, let category): "\(code) (\(category.rawValue))"
            }
        }
    }

    func ended(_ body: () throws -> ExecutionReport) throws -> Ended {
        do { return .report(try body().ending) } catch let refusal as Refusal { return .refused(refusal.code, refusal.category) }
    }

    // MARK: what stands in the ledger

    func entries(_ path: String? = nil) throws -> [Entry] {
        var entries: [Entry] = []
        try LedgerReader(path ?? ledger).forEachEntry { _, bytes throws(Refusal) in entries.append(try Entry(bytes)) }
        return entries
    }

    /// Types of the entries, from the first authorization on, in short.
    func story(_ path: String? = nil) throws -> [String] {
        let all = try entries(path)
        return all.drop { $0.type != .executionAuthorized }.map(\.type.rawValue)
    }

    /// The audit finds no error.
    func expectCleanAudit(_ path: String? = nil, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let verdict = try LedgerAudit(LedgerReader(path ?? ledger)).verify(AuditAnchors(genesis: genesis))
        let errors = verdict.findings.filter { $0.severity == .error }.map { "\($0.code) at \($0.entry ?? -1): \($0.message)" }
        #expect(errors == [], comment, sourceLocation: sourceLocation)
    }

    /// At most one key, with its policy, rotation and alias as approved.
    func expectOneWholeKey(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(kms.model.keys.count == 1, comment, sourceLocation: sourceLocation)
        #expect(kms.model.keys.first?.policies.last?.text == Ceremony.policy, comment, sourceLocation: sourceLocation)
        #expect(kms.model.keys.first?.rotation?.days == 365, comment, sourceLocation: sourceLocation)
        #expect(kms.model.aliases[Ceremony.alias]?.key == kms.model.keys.first?.id, comment, sourceLocation: sourceLocation)
    }
}

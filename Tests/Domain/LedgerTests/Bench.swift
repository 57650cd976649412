// SPDX-License-Identifier: Apache-2.0
// Ledgers for these tests, and questions to their files.
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Trust

@testable import Ledger

/// A ledger in a folder of its own.
struct Bench {
    static let start = date("2026-11-24T09:00:00Z")
    static let nonce = [UInt8](repeating: 7, count: 32)

    let folder: TemporaryFolder
    var path: String { folder.file("l.sqlite") }
    let genesis: Digest

    init(origin: String? = nil) throws {
        folder = try TemporaryFolder()
        genesis = try LedgerStore.create(
            folder.file("l.sqlite"), root: TrustFixture.first, key: Keys.exec, origin: origin, nonce: Self.nonce, tool: "test/1", now: Self.start)
    }

    func open(_ key: PrivateKey = Keys.exec, now: Instant = start) throws -> LedgerStore { try LedgerStore(path, key: key, tool: "test/1", now: now) }

    static func refused(_ number: Int) -> Draft { Draft(.executionRefused(code: "n\(number)", message: "")) }

    /// Something done to the file without the library's rules.
    func tamper(_ statements: String...) throws {
        let door = try SQLiteDoor(path, .write)
        for trigger in Schema.triggers { try door.execute("DROP TRIGGER IF EXISTS \(trigger.name)") }
        for statement in statements { try door.execute(statement) }
        try door.close()
    }

    func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch let refusal { return (refusal as? Refusal)?.code }
        return nil
    }
}

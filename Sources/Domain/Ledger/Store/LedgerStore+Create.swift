// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import Files
import Glibc
public import StrictFormats
public import Trust

extension LedgerStore {
    /// Makes a ledger: the schema, the genesis entry and its checkpoint, in one transaction.
    /// - Parameter origin: the trust root's origin + `/ledger` unless said otherwise.
    /// - Throws: `output-exists`, `ledger-key` (not permitted) where the root does not list the key for the ledger.
    public static func create(
        _ path: String, root: VerifiedTrustRoot, key: PrivateKey, origin: String? = nil, nonce: [UInt8], tool: String, now: Instant
    ) throws(Refusal) -> Digest {
        try FileWriter.checkAbsent(path, replace: false)
        try LedgerFile.checkLocal(path)
        guard let trusted = root.root.key(key.publicKey.id), root.root.holds(trusted.id, .ledger) else {
            throw Refusal(
                "ledger-key", .notPermitted, "trust root version \(root.root.version) does not list the key \(key.publicKey.id) for the ledger",
                hint: "give the private key whose public half stands under roles: ledger")
        }
        try root.checkInForce(at: now, clock: "set it if it is wrong")
        let origin = origin ?? root.root.origin + "/ledger"
        guard Names.isOrigin(origin) else {
            throw Refusal(
                "ledger-origin", .usage, "\"\(SafeText.escaped(origin))\" is no origin: 1 to 255 bytes of a–z, 0–9, '.', '_', '/', '-'",
                hint: "for example: example.com/org-cloudtrail/ledger")
        }
        let entry = Entry(
            seq: 0, time: now, actor: Actor(keyID: key.publicKey.id, owner: trusted.owner, tool: tool), bundle: nil,
            data: .genesis(
                EntryData.Genesis(
                    nonce: nonce, origin: origin, envelope: root.envelope.envelopeDigest, trust: root.reference, ledgerKey: key.publicKey.id)))
        // Built under another name and then moved: a crash leaves no half-made ledger under the real one.
        let temporary = path + ".creating"
        unlink(temporary)
        do throws(Refusal) {
            try fill(temporary, entry: entry, root: root, key: key)
            guard link(temporary, path) == 0 else {
                throw Refusal(
                    "output-failed", .cannotCreate, "the ledger could not be created: \(String(cString: strerror(errno)))", at: Place(file: path),
                    hint: "check the folder, its permissions and the space left")
            }
        } catch {
            unlink(temporary)
            unlink(temporary + "-journal")
            throw error
        }
        unlink(temporary)
        return MerkleHash.leaf(entry.bytes)
    }

    private static func fill(_ path: String, entry: Entry, root: VerifiedTrustRoot, key: PrivateKey) throws(Refusal) {
        let door = try SQLiteDoor(path, .create)
        try door.execute("PRAGMA synchronous = FULL")
        try door.transaction { () throws(Refusal) in
            try door.execute("PRAGMA application_id = \(Schema.applicationID)")
            try door.execute("PRAGMA user_version = \(Schema.version)")
            for object in Schema.all { try door.execute(object.sql) }
            let hasher = Hasher()
            let bytes = entry.bytes
            let envelope = root.envelope.bytes
            try door.prepare("INSERT INTO artifacts (sha256, bytes) VALUES (?1, ?2)").run(.blob(Digest(of: envelope).bytes), .blob(envelope))
            try door.prepare("INSERT INTO entries (seq, bytes) VALUES (0, ?1)").run(.blob(bytes))
            guard case .genesis(let genesis) = entry.data else { preconditionFailure("the first entry is a genesis") }
            let checkpoint = Checkpoint(origin: genesis.origin, size: 1, root: MerkleHash.leaf(bytes, with: hasher))
            try door.prepare("INSERT INTO checkpoints (size, note) VALUES (1, ?1)").run(.blob(try checkpoint.signed(by: key).bytes))
        }
        try door.close()
    }
}

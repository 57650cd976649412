// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import Files
public import Ledger
public import StrictFormats
import Trust

/// A witness of logs (C2SP tlog-witness): cosigns a checkpoint only if the log signed it and it continues the last one that
/// this witness cosigned, and remembers it before it answers.
public struct WitnessStep: Sendable {
    let key: PrivateKey
    let name: String
    let folder: String
    /// Whom it listens to; a log may have several keys.
    let logs: [NoteVerifier]
    /// Its memory was made just now: it cosigns whatever comes first.
    public let beginsAnew: Bool

    /// - Parameters:
    ///   - name: the witness's name in notes.
    ///   - folder: where it remembers; made here if it is not there, and never again.
    /// - Throws: `witness-name`, `witness-key`, `witness-logs` (usage), `output-failed`.
    public init(key: PrivateKey, name: String, folder: String, logs: [NoteVerifier]) throws(Refusal) {
        try Self.check(name: name, key: key.publicKey)
        guard !logs.isEmpty else { throw Refusal("witness-logs", .usage, "no log was named", hint: "--log-key VKEY, once for each log") }
        self.key = key
        self.name = name
        self.folder = folder
        self.logs = logs
        beginsAnew = try FolderWriter.make(folder, mode: 0o700)
    }

    /// - Throws: `witness-name`, `witness-key` (usage).
    public static func check(name: String, key: PublicKey) throws(Refusal) {
        guard Names.isNoteName(name), SafeText.isClean(name), name.utf8.count <= 255 else {
            throw Refusal(
                "witness-name", .usage, "\"\(SafeText.escaped(name))\" is no name of a witness",
                hint: "1 to 255 bytes without spaces and plus signs, such as witness.example.com/w1")
        }
        guard key.type == .ed25519 else {
            throw Refusal("witness-key", .usage, "a witness's key is ed25519", hint: "countersign key generate --type ed25519 --out FILE")
        }
    }

    public var verifier: NoteVerifier { NoteVerifier(name: name, key: key.publicKey, kind: .cosignature) }

    /// Answers one request. The answer is durable before it is given.
    /// - Throws: only where the witness itself cannot work: its folder, its lock, its own record.
    public func answer(_ body: [UInt8], file: String? = nil, now: Instant) throws(Refusal) -> WitnessAnswer {
        let request: WitnessRequest
        do throws(Refusal) {
            request = try WitnessRequest(body, file: file)
        } catch {
            return .refused(.malformed, error)
        }
        let checkpoint = request.checkpoint
        let place = Place(file: file)
        let known = logs.filter { $0.name.hasSameBytes(as: checkpoint.origin) }
        guard !known.isEmpty else {
            return .refused(
                .unknownLog,
                Refusal(
                    "witness-log-unknown", .notPermitted, "this witness does not know the log \(SafeText.escaped(checkpoint.origin))", at: place,
                    hint: "its verifier key is printed by: countersign ledger vkey LEDGER; give it with --log-key"))
        }
        // One known key that signed is enough; a line that names a known key and does not verify spoils the note (C2SP).
        let lines = known.filter { log in request.note.signatures.contains(where: log.isNamed(by:)) }
        guard let log = lines.first, lines.allSatisfy({ $0.isSigned(request.note) }) else {
            return .refused(
                .untrusted,
                Refusal(
                    "witness-log-signature", .notPermitted,
                    "this checkpoint is not signed by \(SafeText.escaped(checkpoint.origin)) as this witness knows it",
                    at: place, hint: "compare --log-key with what countersign ledger vkey LEDGER prints"))
        }
        guard request.old <= checkpoint.size else {
            return .refused(
                .malformed,
                Refusal(
                    "witness-request-malformed", .badData, "the old size \(request.old) is larger than the checkpoint's, \(checkpoint.size)",
                    at: place,
                    hint: "the old size is that of the last checkpoint that this witness cosigned"))
        }
        return try decide(request, log, place, now)
    }

    /// The last checkpoint that it cosigned of a log, with the log's line and its own, for monitors.
    /// - Parameter originHash: the SHA-256 of the log's origin, in lower-case hex.
    /// - Returns: nil where it never cosigned one.
    public func checkpoint(originHash: String) throws(Refusal) -> [UInt8]? {
        guard let log = logs.first(where: { Digest(ofText: $0.name).hex.hasSameBytes(as: originHash) }) else { return nil }
        return try WitnessRecord.bytes(folder: folder, origin: log.name)
    }

    /// From the look at the record to the new record nobody else answers for this log.
    private func decide(_ request: WitnessRequest, _ log: NoteVerifier, _ place: Place, _ now: Instant) throws(Refusal) -> WitnessAnswer {
        let record = try WitnessRecord(folder: folder, origin: request.checkpoint.origin)
        let next = request.checkpoint
        let last = try record.last()
        let before = try last.map { note throws(Refusal) in try Checkpoint(text: note.text, file: record.path) }
        let floor = try last.map { note throws(Refusal) in try own(note) } ?? now
        let size = before?.size ?? 0
        if let last, let before, before.size == next.size, before.root != next.root, log.isSigned(last) {
            let fork = try Fork(Self.ofLog(last, log), Self.ofLog(request.note, log), by: log)
            // Whatever it was asked from: two roots of one size are a fork.
            return .fork(fork, evidence: try record.keep(fork), request.old == size ? .unprocessable : .conflict(size: size))
        }
        guard request.old == size else {
            return .refused(
                .conflict(size: size),
                Refusal(
                    "witness-old-size", .answerIsNo, "the last checkpoint that this witness cosigned has size \(size), not \(request.old)", at: place,
                    hint: "countersign ledger witness-request LEDGER --old \(size) --out FILE"))
        }
        guard MerkleProof.isConsistent(from: size, root: before?.root ?? MerkleHash.empty, to: next.size, root: next.root, proof: request.proof),
            next.size > 0 || next.root == MerkleHash.empty
        else {
            return .refused(
                .unprocessable,
                Refusal(
                    "witness-inconsistent", .answerIsNo,
                    "nothing shows that the \(next.size) entries of this checkpoint begin with the \(size) that this witness saw", at: place,
                    hint: "if the proof was made for this old size from the ledger itself, its past was rewritten"))
        }
        // A clock that stands before the last answer must not take it back.
        let cosignature = try Cosignature(of: request.note.text, by: key, named: name, at: max(now, floor))
        let logLines = request.note.signatures.filter(log.isNamed(by:))
        try record.store(SignedNote(text: request.note.text, signatures: logLines + [cosignature.line]))
        return .cosigned(cosignature)
    }

    /// When this witness cosigned what it remembers.
    /// - Throws: `witness-state` where the record is not its own.
    private func own(_ note: SignedNote) throws(Refusal) -> Instant {
        guard let line = note.signatures.first(where: verifier.isNamed(by:)) else {
            throw Refusal(
                "witness-state", .configuration,
                "what stands in \(SafeText.escaped(folder)) was cosigned by another witness than \(SafeText.escaped(name))",
                hint: "each witness has a --state folder of its own")
        }
        return try Cosignature(line, of: note.text, by: verifier).time
    }

    /// The note with the log's own line alone.
    private static func ofLog(_ note: SignedNote, _ log: NoteVerifier) -> SignedNote {
        SignedNote(text: note.text, signatures: note.signatures.filter(log.isNamed(by:)))
    }
}

// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// A witness's statement that, as of a time, a checkpoint is the largest that it has seen of a log, and consistent with all
/// before it (C2SP tlog-cosignature, Ed25519: `cosignature/v1`).
///
/// The signature of its line is the time, eight bytes with the highest first, and 64 bytes of Ed25519.
public struct Cosignature: Sendable, Hashable {
    public let line: NoteSignature
    /// When it was made.
    public let time: Instant

    static let header = "cosignature/v1"

    /// What is signed: two lines, then the checkpoint's text with its last line feed.
    static func message(_ text: String, at time: Instant) -> [UInt8] {
        Array("\(header)\ntime \(time.secondsSince1970)\n\(text)".utf8)
    }

    /// Cosigns a checkpoint's text.
    /// - Throws: `cosignature-time` for a time before 1970 and for 1970 itself, which would say nothing of when.
    public init(of text: String, by key: PrivateKey, named name: String, at time: Instant) throws(Refusal) {
        guard time.secondsSince1970 > 0 else {
            throw Refusal("cosignature-time", .usage, "\(time) is no time for a cosignature", hint: "set this machine's clock")
        }
        self.time = time
        let signature = try key.sign(Self.message(text, at: time))
        let seconds = (0..<8).reversed().map { UInt8(truncatingIfNeeded: time.secondsSince1970 >> (8 * $0)) }
        line = NoteSignature(
            name: name, keyID: NoteVerifier(name: name, key: key.publicKey, kind: .cosignature).keyID, signature: seconds + signature)
    }

    /// Verifies a line that is said to be by a witness; the other way to make this value.
    /// - Parameter text: the checkpoint's text, as it should have been signed.
    /// - Throws: `cosignature-invalid` (not permitted).
    public init(_ line: NoteSignature, of text: String, by witness: NoteVerifier, file: String? = nil) throws(Refusal) {
        precondition(witness.kind == .cosignature, "a log's key makes no cosignature")
        let seconds = line.signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard witness.isNamed(by: line), line.signature.count == 72, (1...Self.lastSecond).contains(seconds) else { throw Self.invalid(line, file) }
        self.line = line
        time = Instant(secondsSince1970: Int(seconds))
        guard witness.key.isValid(signature: Array(line.signature.dropFirst(8)), for: Self.message(text, at: time)) else {
            throw Self.invalid(line, file)
        }
    }

    /// The end of the year 9999: the last time that can be written (formats.md §1).
    private static let lastSecond: UInt64 = 253_402_300_799

    private static func invalid(_ line: NoteSignature, _ file: String?) -> Refusal {
        Refusal(
            "cosignature-invalid", .notPermitted, "the cosignature by \(SafeText.escaped(line.name)) does not verify", at: Place(file: file),
            hint: "ask that witness again; if it stands by it, somebody shows it another ledger than this one")
    }
}

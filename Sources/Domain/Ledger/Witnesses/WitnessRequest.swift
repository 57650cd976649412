// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// What a log asks a witness: the body of C2SP tlog-witness `add-checkpoint`. It is the form of a consistency proof too.
///
/// `old SIZE`, the hashes of the proof in base64, an empty line, and the checkpoint as a signed note.
public struct WitnessRequest: Sendable {
    /// The size of the last checkpoint that the witness cosigned; 0 for none.
    public let old: Int
    public let proof: [Digest]
    public let note: SignedNote
    public let checkpoint: Checkpoint

    /// C2SP tlog-witness: at most so many hashes.
    static let maximumHashes = 63
    public static let maximumBytes = 64 << 10

    public init(old: Int, proof: [Digest], note: SignedNote) throws(Refusal) {
        self.old = old
        self.proof = proof
        self.note = note
        checkpoint = try Checkpoint(text: note.text)
    }

    /// Reads a request; every line ends with a line feed.
    /// - Throws: `witness-request-malformed`, and what notes and checkpoints throw.
    public init(_ bytes: [UInt8], file: String? = nil) throws(Refusal) {
        func malformed(_ message: String) -> Refusal {
            Refusal(
                "witness-request-malformed", .badData, message, at: Place(file: file),
                hint: "make it with: countersign ledger witness-request LEDGER --old SIZE --out FILE")
        }
        guard bytes.count <= Self.maximumBytes else { throw malformed("this request is larger than \(Self.maximumBytes) bytes") }
        guard let cut = bytes.indices.dropFirst().first(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }),
            let head = String(validating: bytes[..<(cut - 1)], as: UTF8.self)
        else { throw malformed("no empty line stands before a checkpoint") }
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines[0].utf8.starts(with: "old ".utf8), let old = Int(lines[0].dropFirst(4)), (0...JSONValue.largestInteger).contains(old),
            "old \(old)".hasSameBytes(as: String(lines[0]))
        else { throw malformed("the first line is no old size") }
        guard lines.count - 1 <= Self.maximumHashes else { throw malformed("a proof has at most \(Self.maximumHashes) hashes") }
        var proof: [Digest] = []
        for line in lines.dropFirst() {
            guard let raw = Base64.decode(String(line)), let hash = Digest(bytes: raw) else {
                throw malformed("hash \(proof.count + 1) is no SHA-256 in base64")
            }
            proof.append(hash)
        }
        let note = try SignedNote(Array(bytes[(cut + 1)...]), file: file)
        self.old = old
        self.proof = proof
        self.note = note
        checkpoint = try Checkpoint(text: note.text, file: file)
    }

    public var bytes: [UInt8] {
        Array(("old \(old)\n" + proof.map { Base64.encode($0.bytes) + "\n" }.joined() + "\n").utf8) + note.bytes
    }
}

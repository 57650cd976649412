// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// A C2SP tlog-proof: that one entry stands in a log, for somebody who has nothing else.
public struct TlogProof: Sendable {
    static let header = "c2sp.org/tlog-proof@v1"

    public let index: Int
    public let hashes: [Digest]
    /// The checkpoint that it leads to, as a signed note.
    public let note: SignedNote

    public init(index: Int, hashes: [Digest], note: SignedNote) {
        self.index = index
        self.hashes = hashes
        self.note = note
    }

    /// - Throws: `proof-malformed` and what notes throw.
    public init(_ bytes: [UInt8], file: String? = nil) throws(Refusal) {
        func malformed(_ message: String) -> Refusal {
            Refusal("proof-malformed", .badData, message, at: Place(file: file), hint: "a proof begins with \(Self.header)")
        }
        guard bytes.starts(with: "\(Self.header)\n".utf8) else {
            throw Refusal(
                "proof-malformed", .badData, "this file is no proof of an entry", at: Place(file: file),
                hint: "countersign audit prove LEDGER --entry N --out FILE makes one: its first line is \(Self.header)")
        }
        guard bytes.count <= SignedNote.maximumBytes, let text = String(validating: bytes, as: UTF8.self) else { throw malformed("this is no text") }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 3 else { throw malformed("this is no tlog-proof") }
        guard lines[1].hasPrefix("index "), let index = Int(lines[1].dropFirst(6)), (0...JSONValue.largestInteger).contains(index),
            "index \(index)" == lines[1]
        else {
            throw malformed("the second line is no index")
        }
        guard let cut = lines.firstIndex(where: \.isEmpty), cut >= 2, cut <= 66 else { throw malformed("no empty line ends the hashes") }
        var hashes: [Digest] = []
        for line in lines[2..<cut] {
            guard let raw = Base64.decode(String(line)), let hash = Digest(bytes: raw) else {
                throw malformed("hash \(hashes.count + 1) is no SHA-256 in base64")
            }
            hashes.append(hash)
        }
        let rest = lines[(cut + 1)...].joined(separator: "\n")
        self.init(index: index, hashes: hashes, note: try SignedNote(Array(rest.utf8), file: file))
    }

    public var bytes: [UInt8] {
        let lines = [Self.header, "index \(index)"] + hashes.map { Base64.encode($0.bytes) } + [""]
        return Array((lines.joined(separator: "\n") + "\n").utf8) + note.bytes
    }

    /// Whether the proof leads from the leaf to a checkpoint that one of the keys signed which the log has had.
    /// - Throws: `proof-signature`, `proof-differs` (the answer is no).
    public func check(leaf: Digest, by logs: [NoteVerifier]) throws(Refusal) -> Checkpoint {
        guard let log = logs.first(where: { $0.isSigned(note) }) ?? logs.first else {
            throw Refusal("proof-signature", .answerIsNo, "no verifier key of the log was given")
        }
        return try check(leaf: leaf, by: log)
    }

    /// Whether the proof leads from the leaf to a checkpoint that the log's key signed.
    /// - Throws: `proof-signature`, `proof-differs` (the answer is no).
    public func check(leaf: Digest, by log: NoteVerifier) throws(Refusal) -> Checkpoint {
        let checkpoint = try Checkpoint(text: note.text)
        guard checkpoint.origin.hasSameBytes(as: log.name), log.isSigned(note) else {
            throw Refusal(
                "proof-signature", .answerIsNo, "the checkpoint in this proof is not signed by the log \(SafeText.escaped(log.name))",
                hint:
                    "compare the key with what countersign ledger vkey prints for that ledger; an older proof may be of an older key, which --all prints too"
            )
        }
        guard MerkleProof.isIncluded(leaf, at: index, in: checkpoint.size, root: checkpoint.root, proof: hashes) else {
            throw Refusal(
                "proof-differs", .answerIsNo, "this entry does not stand at \(index) in the log of \(checkpoint.size) entries",
                hint: "the entry's bytes, its number or the proof is another's: ask for all three again")
        }
        return checkpoint
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
public import Trust

/// Who cosigns the checkpoints of a ledger, as one trust root says, and how many distinct owners make a quorum.
public struct Witnesses: Sendable {
    public struct Member: Sendable, Hashable {
        public let verifier: NoteVerifier
        public let owner: String
    }

    public let members: [Member]
    /// Distinct owners that make a quorum: max(1, threshold) (formats.md §9).
    public let quorum: Int
    /// Of this trust root version.
    public let version: Int

    public init(of root: TrustRoot) {
        let role = root.role(.witness)
        members = role.keys.compactMap { id in
            guard let key = root.key(id), let name = key.name else { return nil }
            return Member(verifier: NoteVerifier(name: name, key: key.key, kind: .cosignature), owner: key.owner)
        }
        quorum = max(1, role.threshold)
        version = root.version
    }

    /// The witness that a line is said to be by; nil for a stranger.
    public func member(of line: NoteSignature) -> Member? { members.first { $0.verifier.isNamed(by: line) } }

    /// When a quorum stood, by the witnesses' own clocks: the earliest moment at which enough distinct owners had cosigned.
    /// - Parameter cosignatures: verified ones of one checkpoint; those of strangers to this root do not count.
    /// - Returns: nil where there is no quorum.
    public func quorumTime(_ cosignatures: [Cosignature]) -> Instant? {
        var earliest: [String: Instant] = [:]
        for cosignature in cosignatures {
            guard let owner = member(of: cosignature.line)?.owner else { continue }
            earliest[owner] = min(earliest[owner] ?? cosignature.time, cosignature.time)
        }
        let times = earliest.values.sorted()
        return times.count >= quorum ? times[quorum - 1] : nil
    }

    /// The valid cosignatures that a note carries by these witnesses; lines of strangers are passed over (C2SP signed-note).
    /// - Throws: `cosignature-invalid` where a line names a witness and does not verify.
    public func cosignatures(on note: SignedNote, file: String? = nil) throws(Refusal) -> [Cosignature] {
        var found: [Cosignature] = []
        for line in note.signatures {
            guard let member = member(of: line) else { continue }
            found.append(try Cosignature(line, of: note.text, by: member.verifier, file: file))
        }
        return found
    }
}

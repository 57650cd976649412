// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// How far an audit had come: the bytes that it found good, named by their hashes.
///
/// An audit that goes on from here still reads, hashes and judges every entry. What it need not do again is to verify the signatures of the
/// same checkpoints and to render and prove the same reviews; and only where the bytes turn out to be those that are named here.
struct AuditPosition: Sendable, Hashable {
    /// SHA-256 of the program that found them good: another one may judge otherwise.
    let program: Digest
    /// The hash of the ledger's first entry.
    let genesis: Digest
    /// Entries judged: the size of a checkpoint.
    let size: Int
    /// Their root (RFC 6962 §2.1).
    let root: Digest
    /// The checkpoints up to that size, as `CheckpointTrail` names them.
    let checkpoints: Digest

    private static let format = "countersign/audit-position/v1"

    init(program: Digest, genesis: Digest, size: Int, root: Digest, checkpoints: Digest) {
        (self.program, self.genesis, self.size, self.root, self.checkpoints) = (program, genesis, size, root, checkpoints)
    }

    /// - Throws: what is wrong with the text, at its place.
    init(_ bytes: [UInt8], file: String) throws(Refusal) {
        self = try JSONDocument(bytes, rules: .signed, file: file).decode { root throws(Refusal) in
            try root.object { (members: inout JSONMembers) throws(Refusal) in
                try members.required("format").literal(Self.format)
                return AuditPosition(
                    program: try members.required("program", Digest.init(json:)), genesis: try members.required("genesis", Digest.init(json:)),
                    size: try members.required("size") { value throws(Refusal) in try value.integer(in: 1...JSONValue.largestInteger) },
                    root: try members.required("root", Digest.init(json:)),
                    checkpoints: try members.required("checkpoints", Digest.init(json:)))
            }
        }
    }

    /// RFC 8785.
    var bytes: [UInt8] {
        JSONWriter.canonical(
            .object([
                ("format", .string(Self.format)), ("program", program.json), ("genesis", genesis.json), ("size", .integer(size)),
                ("root", root.json), ("checkpoints", checkpoints.json),
            ]))
    }
}

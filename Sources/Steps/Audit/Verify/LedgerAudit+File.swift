// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// Every artifact named is there with its bytes, and no other is.
    func checkArtifacts() throws(Refusal) {
        var missing = named
        try reader.forEachArtifact { name, bytes throws(Refusal) in
            guard let digest = Digest(bytes: name) else {
                error("artifact-name", nil, "an artifact's name is not 32 bytes")
                return
            }
            if hasher.digest(bytes) != digest {
                error("artifact-differs", named[digest], "the artifact \(digest) holds other bytes than its name says")
            }
            if missing.removeValue(forKey: digest) == nil { error("artifact-unnamed", nil, "the artifact \(digest) is named by no entry") }
        }
        for (digest, seq) in missing.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            error("artifact-missing", seq, "the artifact \(digest), named by entry \(seq), is missing")
        }
    }

    /// What is known from outside: the genesis digest, and checkpoints held elsewhere.
    func checkAnchors(_ anchors: AuditAnchors, size: Int, root: Digest, witnessed: Int) throws(Refusal) -> (witnessed: Int, isAnchored: Bool) {
        var isAnchored = false
        if let expected = anchors.genesis {
            isAnchored = true
            if expected != genesis {
                error("genesis-differs", 0, "this ledger begins with \(genesis.map(\.text) ?? "nothing"), not with \(expected): it is another ledger")
            }
        }
        var vouched = witnessed
        for note in anchors.since {
            isAnchored = true
            if let since = try sinceSize(note.bytes, note.file, size: size) { vouched = max(vouched, since) }
        }
        if vouched < size {
            let message =
                "nothing outside of this ledger vouches for \(EntryWords.span(vouched, size - 1)): the holder of the ledger key could have cut or rewritten them"
            if anchors.requireWitness { error("unwitnessed-tail", nil, message) } else { warning("unwitnessed-tail", nil, message) }
        }
        return (vouched, isAnchored)
    }

    private func sinceSize(_ bytes: [UInt8], _ file: String, size: Int) throws(Refusal) -> Int? {
        let note = try SignedNote(bytes, file: file)
        let checkpoint = try Checkpoint(text: note.text, file: file)
        guard let chain else { return nil }
        // Any ledger key that the chain ever had: the note may be older than the newest root.
        let keys = chain.keysEver(.ledger)
        guard keys.contains(where: { NoteVerifier(name: checkpoint.origin, key: $0).isSigned(note) }) else {
            error("since-signature", nil, "\(SafeText.escaped(file)) is not signed by a key of this ledger")
            return nil
        }
        checkSinceCosignatures(note, file)
        guard checkpoint.size > 0 else {
            error("since-empty", nil, "\(SafeText.escaped(file)) is of an empty ledger and vouches for nothing")
            return nil
        }
        guard let origin, checkpoint.origin.hasSameBytes(as: origin) else {
            error("since-origin", nil, "\(SafeText.escaped(file)) is a checkpoint of \(checkpoint.origin), not of this ledger")
            return nil
        }
        guard checkpoint.size <= size else {
            error(
                "since-cut", size,
                "\(SafeText.escaped(file)) has seen \(checkpoint.size) entries of this ledger; \(size) are here: the tail was cut off")
            return nil
        }
        guard try root(of: checkpoint.size) == checkpoint.root else {
            let isFork = try keepFork(note, checkpoint.size, keys)
            error("since-differs", nil, sinceDiffers(SafeText.escaped(file), checkpoint.size, isFork: isFork))
            return nil
        }
        return checkpoint.size
    }

    /// Who changed the entries: the ledger's key signed those that are here, or nobody did.
    private func sinceDiffers(_ file: String, _ size: Int, isFork: Bool) -> String {
        if isFork {
            return
                "\(file) and the checkpoint of size \(size) here say two states of the first \(size) entries, and both are signed by the ledger's key"
        }
        if previousCheckpoint >= size {
            return
                "\(file) signed other first \(size) entries than stand here, and those here lead to the checkpoint of size \(previousCheckpoint): both are signed by the ledger's key"
        }
        return "the first \(size) entries here are not those that \(file) signed: one of them was changed, and no checkpoint signs that"
    }
}

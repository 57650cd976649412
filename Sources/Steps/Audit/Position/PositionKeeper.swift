// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Glibc
import StrictFormats

/// What an audit that keeps its position knows of the one before, and how far it has come itself.
struct PositionKeeper {
    let file: PositionFile
    /// Where the audit before had come to, whichever program that was: this ledger must not contradict it.
    let remembered: AuditPosition?
    /// Another program kept the file: what it found good is verified anew.
    let isForeignProgram: Bool
    /// Seconds between two savings.
    private let interval: Int
    /// The checkpoint of the remembered position came by, and all before it were those.
    private(set) var isMet = false
    /// The checkpoint taken in last.
    private(set) var last: (size: Int, root: Digest)?
    private var trail = CheckpointTrail()
    private var lastSaved = Self.now
    private var saved: AuditPosition?
    /// What kept the position from being saved: it is not tried again.
    private(set) var trouble: Refusal?

    /// - Parameter restart: the audit begins at the beginning, whatever is kept.
    init(_ file: PositionFile, _ kept: AuditPosition?, every interval: Int, restart: Bool = false) {
        self.file = file
        self.interval = interval
        isForeignProgram = kept.map { $0.program != file.program } ?? false
        remembered = restart ? nil : kept
        saved = kept
    }

    /// Entries that were found good before, if the bytes are the same.
    var provenSize: Int { isForeignProgram ? 0 : remembered?.size ?? 0 }

    /// Takes the next checkpoint in.
    mutating func take(_ size: Int, _ note: [UInt8], root: Digest, with hasher: Hasher) {
        trail.add(size, note, with: hasher)
        last = (size, root)
        if let remembered, remembered.size == size { isMet = remembered.root == root && remembered.checkpoints == trail.digest }
    }

    var isDue: Bool { Self.now - lastSaved >= interval }

    /// Saves how far the audit has come: only where everything up to the last checkpoint was found good.
    mutating func save(genesis: Digest) {
        lastSaved = Self.now
        // What was reached before is not given up for less.
        guard trouble == nil, let last, remembered == nil || isMet else { return }
        let position = AuditPosition(
            program: file.program, genesis: genesis, size: last.size, root: last.root, checkpoints: trail.digest)
        guard position != saved else { return }
        do throws(Refusal) {
            try file.write(position)
            saved = position
        } catch { trouble = error }
    }

    /// Seconds by the monotonic clock.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}

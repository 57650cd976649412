// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats

/// What must agree with the entries while they come by: their numbers, the tree that they make, and the stored tiles and checkpoints.
struct EntryWalk {
    private var tree = GrowingTree()
    private var tiles: TileCheck
    private var expected = 0
    private let checkpoints: CheckpointCursor
    private var checkpoint: (size: Int, note: [UInt8])?
    private let cosigned: SizeCursor
    private var cosignedSize: Int?

    init(_ reader: LedgerReader) throws(Refusal) {
        tiles = TileCheck(reader)
        cosigned = try reader.cosignedSizes()
        cosignedSize = try cosigned.next()
        checkpoints = try reader.checkpoints()
        checkpoint = try checkpoints.next()
    }

    /// An entry: its number and hash, what it says, and the checkpoints that stand behind it. Nothing but a finding where it can be no entry at all.
    /// - Parameter judge: judges what it says.
    mutating func take(_ item: EntryPipeline.Item, for audit: LedgerAudit, _ judge: () throws(Refusal) -> Void) throws(Refusal) {
        let seq = item.seq
        guard (0..<Int.max).contains(seq) else {
            audit.error("entry-number", nil, "an entry has the number \(seq)")
            return
        }
        if seq != expected {
            audit.error("entry-missing", expected, EntryWords.span(expected, seq - 1) + (seq == expected + 1 ? " is missing" : " are missing"))
        }
        expected = seq + 1
        if let tile = item.tile { tree.begin(tile, at: seq) }
        try tiles.take(tree.append(item.leaf))
        try judge()
        try check(for: audit)
    }

    /// The checkpoints that stand at the size that the ledger has now.
    private mutating func check(for audit: LedgerAudit) throws(Refusal) {
        while let current = checkpoint, current.size <= tree.size {
            if current.size == tree.size {
                let root = tree.root
                while let size = cosignedSize, size < current.size { cosignedSize = try cosigned.next() }
                if cosignedSize == current.size { audit.cosignedRoots[current.size] = root }
                audit.checkCheckpoint(current.size, current.note, root: root)
            } else {
                audit.error("checkpoint-size", nil, "a checkpoint of size \(current.size) stands where none can be")
            }
            audit.lastCheckpoint = current.size
            checkpoint = try checkpoints.next()
        }
    }

    /// What is left when there are no more entries.
    mutating func finish(for audit: LedgerAudit) throws(Refusal) -> (size: Int, root: Digest) {
        audit.settleCheckpoints()
        let size = tree.size
        if audit.differingCheckpoints > 1 {
            audit.error(
                "checkpoints-differ", nil,
                "\(audit.differingCheckpoints - 1) later checkpoints sign other states too, as they must after such a change")
        }
        if size == 0 { audit.error("ledger-empty", nil, "this ledger has no entries") }
        while let current = checkpoint {
            audit.error(
                "entries-cut", size, "a checkpoint of size \(current.size) is signed, but only \(size) entries are here: the tail was cut off")
            checkpoint = try checkpoints.next()
        }
        if audit.lastCheckpoint != size {
            audit.error(
                "checkpoint-missing", size == 0 ? nil : size - 1, "no checkpoint covers the last entry; the last one covers \(audit.lastCheckpoint)")
        }
        try tiles.finish(size)
        audit.findings += tiles.findings
        return (size, tree.root)
    }
}

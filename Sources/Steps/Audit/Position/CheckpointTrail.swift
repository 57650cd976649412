// SPDX-License-Identifier: Apache-2.0

import Cryptography

/// A hash over checkpoints in their order: each step is the SHA-256 of the hash before, the size (8 bytes, big-endian) and the note.
struct CheckpointTrail {
    private(set) var digest = Digest(of: [])

    mutating func add(_ size: Int, _ note: [UInt8], with hasher: Hasher) {
        var bytes = digest.bytes
        withUnsafeBytes(of: UInt64(size).bigEndian) { bytes += $0 }
        bytes += note
        digest = hasher.digest(bytes)
    }
}

// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The two hashes of RFC 6962 §2.1.
public enum MerkleHash {
    /// Stands before an entry and keeps a leaf from being read as a node.
    static let leafPrefix: UInt8 = 0

    /// SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: [UInt8], with hasher: Hasher) -> Digest {
        hasher.reset()
        withUnsafeBytes(of: leafPrefix) { hasher.update($0) }
        entry.withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }

    public static func leaf(_ entry: [UInt8]) -> Digest { leaf(entry, with: Hasher()) }

    /// SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: Digest, _ right: Digest, with hasher: Hasher) -> Digest {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 65) { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a buffer of 65 bytes has an address") }
            base[0] = 1
            left.copy(to: base + 1)
            right.copy(to: base + 33)
            hasher.reset()
            hasher.update(UnsafeRawBufferPointer(buffer))
            return hasher.finish()
        }
    }

    /// The hash of an empty tree: SHA-256 of nothing.
    public static let empty = Digest(of: [])
}

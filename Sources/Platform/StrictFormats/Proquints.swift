// SPDX-License-Identifier: Apache-2.0

/// Pronounceable quintuplets (Wilkerson, arXiv:0901.4016): 16 bits a word, to read a digest aloud.
public enum Proquints {
    private static let consonants = Array("bdfghjklmnprstvz")
    private static let vowels = Array("aiou")

    /// One word for each two bytes, big-endian; an odd last byte is not taken.
    public static func words(_ bytes: [UInt8]) -> [String] {
        stride(from: 0, to: bytes.count - 1, by: 2).map { index in
            let value = Int(bytes[index]) << 8 | Int(bytes[index + 1])
            return String([
                consonants[value >> 12 & 15], vowels[value >> 10 & 3], consonants[value >> 6 & 15],
                vowels[value >> 4 & 3], consonants[value & 15],
            ])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import CLibCrypto

/// Random bytes from OpenSSL's generator (RAND_bytes(3)).
public enum SecureRandom {
    public static func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        if RAND_bytes(&result, Int32(count)) != 1 { OpenSSLError.stop("RAND_bytes") }
        return result
    }

    /// A random lower-case UUID (RFC 9562 version 4).
    public static func uuid() -> String {
        var b = bytes(16)
        b[6] = b[6] & 0x0F | 0x40
        b[8] = b[8] & 0x3F | 0x80
        let hex = b.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let cuts = [0, 8, 12, 16, 20, 32].map { hex.index(hex.startIndex, offsetBy: $0) }
        return zip(cuts, cuts.dropFirst()).map { String(hex[$0..<$1]) }.joined(separator: "-")
    }
}

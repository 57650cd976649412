// SPDX-License-Identifier: Apache-2.0

import CLibCrypto

/// HMAC-SHA-256 (RFC 2104), as AWS Signature Version 4 needs it.
public enum MessageAuthentication {
    public static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        if HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &output, &length) == nil {
            OpenSSLError.stop("HMAC")
        }
        return output
    }
}

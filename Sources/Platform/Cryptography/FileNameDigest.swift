// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
import StrictFormats

/// SHA-1 as the name of a cache file, where another program chose it (the token cache of `aws sso login`). It protects nothing.
public enum FileNameDigest {
    /// 40 lower-case hex digits.
    public static func sha1(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        var length = 0
        guard EVP_Q_digest(nil, "SHA1", nil, bytes, bytes.count, &digest, &length) == 1, length == 20 else { OpenSSLError.stop("EVP_Q_digest") }
        return Hex.encode(digest)
    }
}

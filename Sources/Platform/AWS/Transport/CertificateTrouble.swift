// SPDX-License-Identifier: Apache-2.0

import CCurl

extension TransferTrouble {
    /// What to do about a certificate that was not taken. libcurl has one number for most of these: its words, and OpenSSL's in them, tell them apart.
    public var certificateHint: String {
        if code == Int(CURLE_SSL_CACERT_BADFILE.rawValue) {
            return "the file of authorities cannot be read: AWS_CA_BUNDLE, or ca_bundle of the profile, names it"
        }
        if words.contains("match target host name") || words.contains("matches target host name") {
            return "the server's certificate is for another name than the address says: check the address"
        }
        if words.contains("certificate has expired") || words.contains("certificate is not yet valid") {
            return "the server's certificate is not of this time: whoever runs the server renews it; or this machine's clock is wrong"
        }
        return "the server's certificate is not trusted; AWS_CA_BUNDLE names a file of authorities to trust instead of the system's"
    }
}

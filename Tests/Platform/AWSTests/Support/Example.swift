// SPDX-License-Identifier: Apache-2.0
import Cryptography
import StrictFormats

@testable import AWS

enum Example {
    static let instant = Instant(secondsSince1970: 1_440_938_160)  // 2015-08-30T12:36:00Z

    /// The key of AWS's documentation and of its signing test suite.
    static func credentials(token: String? = nil) throws -> AWSCredentials {
        try AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretKey: SecretBytes("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8),
            sessionToken: token.map { SecretBytes($0.utf8) }, source: "the example")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Rehearsal

/// The account of these tests.
extension KMSModel {
    static let account = "123456789012"
    static let region = "us-east-1"

    static func arn(_ id: String) -> String { "arn:aws:kms:\(region):\(account):key/\(id)" }
}

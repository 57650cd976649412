// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import StrictFormats

/// A key's policy as KMS gives it back, against a text that was approved.
enum LivePolicy {
    /// How equal two policy texts are; what cannot be read as a policy is equal only to the same bytes.
    static func grade(_ live: String, _ approved: String, _ target: Target) -> PolicyEquality {
        if live.hasSameBytes(as: approved) { return .byteEqual }
        do throws(Refusal) {
            return PolicyComparison.grade(try PolicyDocument(text: live), try PolicyDocument(text: approved), partition: target.partition)
        } catch {
            return .different
        }
    }
}

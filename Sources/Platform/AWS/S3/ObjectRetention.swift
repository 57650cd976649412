// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// How long an object's version must stay ("Object Lock", Amazon S3 User Guide).
public struct ObjectRetention: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Who has `s3:BypassGovernanceRetention` can end it.
        case governance = "GOVERNANCE"
        /// Nobody can end it, the account's root included.
        case compliance = "COMPLIANCE"
    }

    public let mode: Mode
    public let until: Instant

    public init(_ mode: Mode, until: Instant) {
        self.mode = mode
        self.until = until
    }

    /// `x-amz-object-lock-mode` and `x-amz-object-lock-retain-until-date`, which S3 takes together only (Amazon S3 API Reference, PutObject).
    var headers: [HTTPHeader] {
        [HTTPHeader("x-amz-object-lock-mode", mode.rawValue), HTTPHeader("x-amz-object-lock-retain-until-date", until.text)]
    }
}

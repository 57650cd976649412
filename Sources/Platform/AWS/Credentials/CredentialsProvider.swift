// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// One place that credentials may come from.
protocol CredentialsProvider: Sendable {
    /// The credentials, or nil where this place has none. What is there but cannot be used is an error, not a nil:
    /// nobody should act as somebody else than they configured.
    func find() throws(Refusal) -> AWSCredentials?
}

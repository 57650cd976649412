// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
public import Trust

/// A bundle as it was received: an envelope, and nothing believed of it.
public struct UnverifiedBundle: Sendable {
    public let envelope: Envelope

    public init(_ envelope: Envelope) { self.envelope = envelope }

    public init(_ bytes: [UInt8], file: String? = nil) throws(Refusal) {
        envelope = try Envelope(bytes, expecting: .bundle, file: file)
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
public import Trust

/// A bundle as it was received: an envelope, and nothing believed of it.
public struct UnverifiedBundle: Sendable {
    public let envelope: Envelope
    /// What decoding said, where it went ahead of verifying; told only in its turn.
    private var decoded: Result<BundlePayload, Refusal>?

    public init(_ envelope: Envelope) { self.envelope = envelope }

    public init(_ bytes: [UInt8], file: String? = nil) throws(Refusal) {
        envelope = try Envelope(bytes, expecting: .bundle, file: file)
    }

    /// Decodes the payload while its signer's key is still being established: what is wrong with it, `VerifiedBundle` says after the signature.
    public func decodedAhead() -> UnverifiedBundle {
        var copy = self
        copy.decoded = Result { () throws(Refusal) in try payload() }
        return copy
    }

    func payload() throws(Refusal) -> BundlePayload {
        if let decoded { return try decoded.get() }
        return try envelope.decodePayload(BundlePayload.init(json:))
    }
}

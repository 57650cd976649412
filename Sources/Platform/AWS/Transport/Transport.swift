// SPDX-License-Identifier: Apache-2.0

/// Sends one request once. Nothing below this line repeats a request.
public protocol Transport: Sendable {
    func send(_ request: HTTPRequest) -> TransferOutcome
}

/// What became of one request.
///
/// The line between *not sent* and *unclear* decides whether a CreateKey may be sent again (design §4):
/// only what fails before the first byte of the request leaves is *not sent*.
public enum TransferOutcome: Sendable, Hashable {
    /// No byte of the request left: name resolution, connection, TLS or proxy failed.
    case notSent(TransferTrouble)
    /// A status, its headers and the whole body.
    case answered(HTTPAnswer)
    /// The request may have been carried out. What came of an answer is kept: its headers can still tell.
    case unclear(TransferTrouble, partial: HTTPAnswer?)
}

/// What went wrong on the way.
public struct TransferTrouble: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// The name has no address.
        case resolve
        case connect
        case proxy
        /// The TLS handshake failed.
        case tls
        /// The server's certificate is not trusted, not for this name, or out of its time.
        case certificate
        case timeout
        /// The connection ended before the answer did.
        case cut
        /// What came is no HTTP.
        case garbage
        /// The answer is longer than allowed.
        case tooLarge
        /// Nothing of the network: a header that cannot be sent, no memory.
        case local
    }

    public let kind: Kind
    /// libcurl's number of the error (libcurl-errors(3)); 0 where the trouble was ours.
    public let code: Int
    /// libcurl's words. They may quote the server: escape them before they are shown.
    public let words: String

    public init(_ kind: Kind, code: Int = 0, _ words: String) {
        self.kind = kind
        self.code = code
        self.words = words
    }
}

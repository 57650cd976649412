// SPDX-License-Identifier: Apache-2.0

/// How a proven failure of a request may be treated (aws-facts §3b: the error classes of KMS and CloudTrail).
enum ErrorClass: Sendable, Hashable {
    /// Nothing happened; the same request may be sent again after a pause.
    case throttled
    /// Right after a change: the service does not see it everywhere yet.
    case notYetConsistent
    /// A principal of the policy is not seen by KMS: it was made a moment ago, or there is none.
    case invalidPrincipals
    /// Another change of the same thing is under way; nothing happened.
    case busy
    /// It already exists.
    case alreadyExists
    /// The credentials or their signature were not accepted; others may be.
    case credentials
    case definite

    /// - Parameter code: the error's type, as AWS names it.
    init(code: String, message: String?) {
        switch code {
        case "ThrottlingException", "Throttling", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException": self = .throttled
        case "ConflictException": self = .busy
        case "AlreadyExistsException": self = .alreadyExists
        case "NotFoundException", "KMSInvalidStateException": self = .notYetConsistent
        case "MalformedPolicyDocumentException":
            // A principal that was just made may not be visible everywhere yet; the lockout check never becomes true by waiting.
            self = (message ?? "").lowercased().contains("invalid principals") ? .invalidPrincipals : .definite
        case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
            "IncompleteSignatureException", "RequestExpired":
            self = .credentials
        default: self = .definite
        }
    }
}

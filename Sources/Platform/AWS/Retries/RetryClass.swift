// SPDX-License-Identifier: Apache-2.0

/// Whether the same request may be sent once more, and why.
public enum RetryClass: String, Sendable, Hashable {
    /// Too many requests: nothing happened, wait longer.
    case throttling
    /// A fault of the server or of the way there.
    case transient
    /// The key is new and not yet seen everywhere ("AWS KMS eventual consistency", KMS Developer Guide).
    case consistency
    case never

    // LimitExceededException is a quota in KMS, no rate: it does not go away by waiting.
    private static let throttlingNames: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
    ]
    private static let transientNames: Set<String> = [
        "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "InternalFailure", "InternalError",
        "InternalServerError", "InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout",
        "RequestTimeoutException",
        // S3 for writes of one name that met ("Conditional requests", Amazon S3 User Guide): on 409 the upload is sent again.
        "ConditionalRequestConflict", "OperationAborted",
    ]

    /// The class of an answer that is no success.
    /// - Parameters:
    ///   - isIdempotent: whether it does no harm if the request was carried out already. CreateKey never is.
    ///   - afterOwnCreateKey: whether the request is about a key that this execution has just made.
    public static func of(_ answer: AWSAnswer, isIdempotent: Bool, afterOwnCreateKey: Bool = false) -> RetryClass {
        if answer.isSuccess { return .never }
        let name = answer.errorType ?? ""
        if throttlingNames.contains(name) || (answer.status == 429 && name.isEmpty) { return .throttling }
        if answer.status >= 500 || transientNames.contains(name) { return isIdempotent ? .transient : .never }
        guard afterOwnCreateKey else { return .never }
        switch name {
        case "NotFoundException", "KMSInvalidStateException": return .consistency
        case "MalformedPolicyDocumentException":
            // IAM principals made a moment ago are unknown to KMS for a while; a broken policy stays broken.
            return (answer.errorMessage ?? "").lowercased().contains("invalid principals") ? .consistency : .never
        default: return .never
        }
    }

    /// The class of whatever a call came to.
    public static func of(_ outcome: CallOutcome, isIdempotent: Bool, afterOwnCreateKey: Bool = false) -> RetryClass {
        switch outcome {
        case .answered(let answer): of(answer, isIdempotent: isIdempotent, afterOwnCreateKey: afterOwnCreateKey)
        case .notSent(let trouble):
            // Nothing left: even a CreateKey may be sent. A certificate or a bad header does not mend itself.
            [.certificate, .local].contains(trouble.kind) ? .never : .transient
        case .unclear(let trouble, let partial):
            if let partial, partial.isDefiniteRefusal {
                of(partial, isIdempotent: isIdempotent, afterOwnCreateKey: afterOwnCreateKey)
            } else {
                isIdempotent && trouble.kind != .tooLarge ? .transient : .never
            }
        }
    }
}

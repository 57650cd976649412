// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// The words for a call that did not give what was asked: operation, endpoint, AWS's name of the error, request id.
public struct CallFailure: Sendable, Hashable {
    public let operation: String
    public let endpoint: AWSEndpoint

    public init(operation: String, endpoint: AWSEndpoint) {
        self.operation = operation
        self.endpoint = endpoint
    }

    /// - Parameter asked: seconds for which the server asks to be left alone; said where waiting is what helps.
    public func refusal(_ outcome: CallOutcome, asked: Int? = nil) -> Refusal {
        switch outcome {
        case .notSent(let trouble): return unreachable(trouble)
        case .answered(let answer): return refused(answer, asked)
        case .unclear(let trouble, let partial):
            if let partial, partial.isDefiniteRefusal { return refused(partial, asked) }
            return Refusal("aws-no-answer", .unavailable, "\(subject): no whole answer came (\(words(trouble)))")
        }
    }

    /// An answer with status 200 that says something else than it should.
    public func unreadable(_ answer: AWSAnswer, _ reason: Refusal) -> Refusal {
        Refusal("aws-answer-unreadable", .unavailable, "\(subject) answered what cannot be read: \(reason.message)\(identity(answer))")
    }

    private var subject: String { "\(operation) at \(endpoint.text)" }

    private func unreachable(_ trouble: TransferTrouble) -> Refusal {
        let hint: String? =
            switch trouble.kind {
            case .certificate: trouble.certificateHint
            case .resolve, .connect: "check the region, the endpoint and this machine's network"
            case .proxy: "check https_proxy and no_proxy"
            default: nil
            }
        return Refusal("aws-unreachable", .unavailable, "\(subject): nothing was sent (\(words(trouble)))", hint: hint)
    }

    private func refused(_ answer: AWSAnswer, _ asked: Int?) -> Refusal {
        let (code, category, usual) = Self.class(of: answer)
        let mayPass = [.tryAgain, .unavailable].contains(category) && (asked ?? 0) > 0
        let hint = mayPass ? "the server asks to be left alone for \(asked ?? 0) seconds; try again after that" : usual
        let name = answer.errorType.map { SafeText.escaped($0) } ?? "status \(answer.status)"
        let message = answer.errorMessage.map { ": \(Self.shortened($0))" } ?? ""
        return Refusal(code, category, "\(subject) was refused with \(name)\(message)\(identity(answer))", hint: hint)
    }

    private static func `class`(of answer: AWSAnswer) -> (code: String, category: Refusal.Category, hint: String?) {
        switch answer.errorType {
        case "AccessDenied", "AccessDeniedException", "NotAuthorized", "AuthFailure", "OptInRequired":
            return (
                "aws-access-denied", .notPermitted, "an IAM policy, the key policy or an organization's policy does not allow this identity to do it"
            )
        case "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken", "UnrecognizedClientException", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException":
            return ("aws-credentials-refused", .notPermitted, "AWS does not know these credentials; check the profile and the partition")
        case "ExpiredToken", "ExpiredTokenException": return ("aws-credentials-expired", .notPermitted, "the session has ended; get new credentials")
        case "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException", "RequestExpired":
            return ("aws-signature-refused", .notPermitted, "check the secret access key, and this machine's clock")
        case "NotFoundException", "TrailNotFoundException": return ("aws-not-found", .noInput, nil)
        default: break
        }
        switch RetryClass.of(answer, isIdempotent: true) {
        case .throttling: return ("aws-throttled", .tryAgain, "try again later")
        case .transient: return ("aws-server-error", .unavailable, nil)
        default: break
        }
        return answer.errorType == nil || !(400...499).contains(answer.status)
            ? ("aws-answer-unreadable", .unavailable, "this may not be AWS; check the endpoint and proxies") : ("aws-refused", .badData, nil)
    }

    private func words(_ trouble: TransferTrouble) -> String { "\(trouble.kind.rawValue): \(Self.shortened(trouble.words))" }
    private func identity(_ answer: AWSAnswer) -> String { answer.requestID.map { " (request \(SafeText.escaped($0)))" } ?? "" }

    /// What a server says is not trusted: escaped, and not endless.
    private static func shortened(_ text: String) -> String {
        let limit = 500
        let cut = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
        return SafeText.escaped(cut) + (text.unicodeScalars.count > limit ? " …" : "")
    }
}

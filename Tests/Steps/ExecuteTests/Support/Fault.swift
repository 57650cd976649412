// SPDX-License-Identifier: Apache-2.0
import Execute
import StrictFormats

/// What goes wrong with one request on its way to the server or back.
enum Fault: String, CaseIterable, Sendable {
    /// The connection never came about.
    case notSent
    /// TLS did not come about.
    case tlsFailure
    /// The connection was cut before the request was carried out.
    case cutBefore
    /// It was carried out, and the connection was cut before an answer.
    case cutAfter
    /// No answer within the deadline; the request was not carried out.
    case lateBefore
    /// The same, and it was.
    case lateAfter
    /// Status 500 and a page for people.
    case errorBefore
    case errorAfter
    /// Status 503 in AWS's form.
    case unavailableBefore
    case unavailableAfter
    case throttled
    case accessDenied
    /// AccessDenied in the headers, and a body that was cut.
    case accessDeniedHalf
    /// A name of an error that nobody documents.
    case strangeRefusal
    /// Status 200 and a page for people, after the request was carried out.
    case garbage
    /// What is no HTTP, after the request was carried out.
    case noise
    /// More bytes were announced than came, after the request was carried out.
    case wrongLength
    /// A whole success without a request id.
    case missingRequestID
    /// A success that ended early, after the request was carried out.
    case half
    case redirect
    /// Another change of the same thing is under way.
    case conflict
    /// AWS says that the key's state does not let it through.
    case invalidState
    /// The session's credentials have run out.
    case expiredToken

    /// Whether the server carries the request out all the same.
    var takesEffect: Bool {
        [.cutAfter, .lateAfter, .errorAfter, .unavailableAfter, .garbage, .noise, .wrongLength, .missingRequestID, .half].contains(self)
    }

    /// As docs/faults.md says it.
    var words: String {
        switch self {
        case .notSent: "connection refused, name not found"
        case .tlsFailure: "TLS failure"
        case .cutBefore: "cut before it arrives"
        case .cutAfter: "cut after it was carried out"
        case .lateBefore: "past the deadline, not carried out"
        case .lateAfter: "past the deadline, carried out"
        case .errorBefore: "500 with a page, not carried out"
        case .errorAfter: "500 with a page, carried out"
        case .unavailableBefore: "503, not carried out"
        case .unavailableAfter: "503, carried out"
        case .throttled: "throttled once"
        case .accessDenied: "refused: AccessDenied"
        case .accessDeniedHalf: "refused: AccessDenied, its body cut"
        case .strangeRefusal: "400 of an unknown type, not carried out"
        case .garbage: "200 with a page for people, carried out"
        case .noise: "no HTTP at all, carried out"
        case .wrongLength: "wrong length, carried out"
        case .missingRequestID: "200 without a request id, carried out"
        case .half: "half an answer, carried out"
        case .redirect: "redirect, not carried out"
        case .conflict: "ConflictException once"
        case .invalidState: "refused once: KMSInvalidState"
        case .expiredToken: "refused: expired token"
        }
    }

    /// Whether it can be proven that nothing happened.
    var provesNothingHappened: Bool {
        [.notSent, .tlsFailure, .throttled, .conflict, .invalidState, .accessDenied, .accessDeniedHalf, .expiredToken].contains(self)
    }

    /// What the executor sees, given the answer of a server that works.
    func outcome(_ answer: ServerAnswer, _ retryAfter: Int? = nil) -> SendOutcome {
        func refusal(_ code: String?, whole: Bool = true, status: Int = 400) -> SendOutcome {
            .answered(
                ServerAnswer(
                    status: status, requestID: "fault-id", date: answer.date, code: code, message: code, body: whole ? Array("{}".utf8) : [],
                    isWhole: whole, retryAfter: retryAfter))
        }
        switch self {
        case .notSent: return .notSent(cause: "connect: refused")
        case .tlsFailure: return .notSent(cause: "certificate: it is not trusted")
        case .cutBefore, .cutAfter: return .unclear(cause: "cut: the connection was closed")
        case .lateBefore, .lateAfter: return .unclear(cause: "timeout: nothing came within the deadline")
        case .noise: return .unclear(cause: "not HTTP")
        case .wrongLength: return .unclear(cause: "cut: fewer bytes than announced")
        case .unavailableBefore, .unavailableAfter:
            return .answered(
                ServerAnswer(
                    status: 503, requestID: "fault-id", date: answer.date, code: nil, message: nil,
                    body: Array("{\"__type\":\"ServiceUnavailableException\"}".utf8), isWhole: true))
        case .errorBefore, .errorAfter:
            return .answered(
                ServerAnswer(
                    status: 500, requestID: "fault-id", date: answer.date, code: nil, message: nil, body: Array("<html>".utf8), isWhole: true))
        case .throttled: return refusal("ThrottlingException")
        case .accessDenied: return refusal("AccessDeniedException")
        case .accessDeniedHalf: return refusal("AccessDeniedException", whole: false)
        case .strangeRefusal: return refusal(nil)
        case .garbage:
            return .answered(
                ServerAnswer(
                    status: 200, requestID: answer.requestID, date: answer.date, code: nil, message: nil, body: Array("<html>hello".utf8),
                    isWhole: true))
        case .missingRequestID:
            return .answered(ServerAnswer(status: 200, requestID: nil, date: answer.date, code: nil, message: nil, body: answer.body, isWhole: true))
        case .half:
            return .answered(
                ServerAnswer(
                    status: 200, requestID: answer.requestID, date: answer.date, code: nil, message: nil, body: Array(answer.body.prefix(7)),
                    isWhole: false))
        case .redirect: return refusal(nil, status: 302)
        case .conflict: return refusal("ConflictException")
        case .invalidState: return refusal("KMSInvalidStateException")
        case .expiredToken: return refusal("ExpiredTokenException")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Execute
import StrictFormats

/// What goes wrong with one request on its way to the server or back.
enum Fault: String, CaseIterable, Sendable {
    /// The connection never came about.
    case notSent
    /// The connection was cut before the request was carried out.
    case cutBefore
    /// It was carried out, and the connection was cut before an answer.
    case cutAfter
    case errorBefore
    case errorAfter
    case throttled
    case accessDenied
    /// AccessDenied in the headers, and a body that was cut.
    case accessDeniedHalf
    /// A name of an error that nobody documents.
    case strangeRefusal
    /// Status 200 and a page for people, after the request was carried out.
    case garbage
    /// A whole success without a request id.
    case missingRequestID
    /// A success that ended early, after the request was carried out.
    case half
    case redirect
    /// The session's credentials have run out.
    case expiredToken

    /// Whether the server carries the request out all the same.
    var takesEffect: Bool { [.cutAfter, .errorAfter, .garbage, .missingRequestID, .half].contains(self) }

    /// Whether it can be proven that nothing happened.
    var provesNothingHappened: Bool { [.notSent, .throttled, .accessDenied, .accessDeniedHalf, .expiredToken].contains(self) }

    /// What the executor sees, given the answer of a server that works.
    func outcome(_ answer: ServerAnswer) -> SendOutcome {
        func refusal(_ code: String?, whole: Bool = true, status: Int = 400) -> SendOutcome {
            .answered(
                ServerAnswer(
                    status: status, requestID: "fault-id", date: answer.date, code: code, message: code, body: whole ? Array("{}".utf8) : [],
                    isWhole: whole))
        }
        switch self {
        case .notSent: return .notSent(cause: "connect: refused")
        case .cutBefore, .cutAfter: return .unclear(cause: "cut: the connection was closed")
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
        case .expiredToken: return refusal("ExpiredTokenException")
        }
    }
}

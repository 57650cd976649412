// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats

/// What an answer proves about one request (design §4.4): a pure decision.
enum RequestOutcome {
    case completed(EntryData.Completion)
    case notSent(cause: String)
    case failed(EntryData.Failure, ErrorClass)
    case unknown(cause: String)

    /// - Returns: the outcome, and the bodies that it names.
    static func decide(
        _ outcome: SendOutcome, of request: PlannedRequest, intent: Int, target: Target
    ) -> (outcome: RequestOutcome, artifacts: [[UInt8]]) {
        switch outcome {
        case .notSent(let cause): return (.notSent(cause: cause), [])
        case .unclear(let cause): return (.unknown(cause: cause), [])
        case .answered(let answer):
            // A 4xx with a known type and a request id proves that nothing happened, even if its body is cut (formats.md §9).
            if (400...499).contains(answer.status), let code = answer.code, let id = answer.requestID {
                let failure = EntryData.Failure(
                    intent: intent, status: answer.status, code: ServerText.shown(code), message: ServerText.shown(answer.message ?? ""),
                    requestID: id,
                    date: answer.date, response: answer.isWhole ? Digest(of: answer.body) : nil)
                return (.failed(failure, ErrorClass(code: code, message: answer.message)), answer.isWhole ? [answer.body] : [])
            }
            return success(answer, request, intent, target)
        }
    }

    private static func success(_ answer: ServerAnswer, _ request: PlannedRequest, _ intent: Int, _ target: Target) -> (
        outcome: RequestOutcome, artifacts: [[UInt8]]
    ) {
        func unknown(_ cause: String) -> (outcome: RequestOutcome, artifacts: [[UInt8]]) { (.unknown(cause: cause), []) }
        guard answer.status == 200 else {
            return unknown("the answer has status \(answer.status)" + (answer.requestID == nil ? " and no request id" : ""))
        }
        guard answer.isWhole else { return unknown("the answer was cut off") }
        guard let id = answer.requestID, let date = answer.date else { return unknown("the answer has no request id or no date") }
        guard isReadable(answer.body) else { return unknown("the answer cannot be read") }
        guard let binds = bound(answer.body, request, target) else { return unknown("the answer does not show what was made") }
        return (
            .completed(EntryData.Completion(intent: intent, status: 200, requestID: id, date: date, response: Digest(of: answer.body), binds: binds)),
            [answer.body]
        )
    }

    /// KMS answers with JSON, or with nothing where there is nothing to say; a page for people is nobody's success.
    private static func isReadable(_ body: [UInt8]) -> Bool {
        if body.isEmpty { return true }
        do { _ = try JSONDocument(body, rules: .general) } catch { return false }
        return true
    }

    /// What the answer binds; nil where a value is missing or breaks its grammar.
    static func bound(_ body: [UInt8], _ request: PlannedRequest, _ target: Target) -> [EntryData.Bound]? {
        if request.binds.isEmpty { return [] }
        let document: JSONDocument
        do { document = try JSONDocument(body, rules: .general) } catch { return nil }
        let metadata = document.root["KeyMetadata"]
        var binds: [EntryData.Bound] = []
        for bind in request.binds {
            guard let value = metadata?[bind == .keyID ? "KeyId" : "Arn"]?.stringValue, bind.accepts(value, in: target) else { return nil }
            binds.append(EntryData.Bound(name: bind.rawValue, value: value))
        }
        return binds
    }
}

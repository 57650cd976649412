// SPDX-License-Identifier: Apache-2.0

import StrictFormats

extension AWSClient {
    /// One reading request of an awsJson1.1 service: one answer, decoded.
    /// - Parameters:
    ///   - prefix: what stands before the operation in `X-Amz-Target`, with its point.
    func reading<Value: Sendable>(
        _ operation: String, of service: AWSService, prefix: String, _ members: [(String, JSONValue?)],
        _ decode: (AnswerFields) throws(Refusal) -> Value
    ) throws(Refusal) -> Reading<Value> {
        let name = "\(service.rawValue):\(operation)"
        let answer = try read(name, on: service) { call(service, target: prefix + operation, body: JSONWriter.canonical(.object(members))) }
        do throws(Refusal) {
            let document = try JSONDocument(answer.body, rules: .general)
            return Reading(try document.decode { root throws(Refusal) in try decode(AnswerFields(root)) }, [answer])
        } catch {
            throw CallFailure(operation: name, endpoint: endpoints[service]).unreadable(answer, error)
        }
    }
}

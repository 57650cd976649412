// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// KMS's reading operations. Each is repeated within bounds, and throws one `Refusal` that names operation, endpoint and error.
public struct KMSReads: Sendable {
    let client: AWSClient
    /// More pages than any real answer has: a quota of 100,000 keys makes 100 of 1,000, one of 50,000 grants 500.
    let pageLimit: Int

    public init(_ client: AWSClient, pageLimit: Int = 2_000) {
        self.client = client
        self.pageLimit = pageLimit
    }

    /// One request, one answer, decoded.
    func one<Value: Sendable>(
        _ operation: String, _ members: [(String, JSONValue?)], _ decode: (AnswerFields) throws(Refusal) -> Value
    ) throws(Refusal) -> Reading<Value> {
        try client.reading(operation, of: .kms, prefix: "TrentService.", members, decode)
    }

    /// Every page of a list of objects.
    func all<Element: Sendable>(
        _ operation: String, _ members: [(String, JSONValue?)], list: String, _ decode: (AnswerFields) throws(Refusal) -> Element
    ) throws(Refusal) -> Reading<[Element]> {
        try pages(operation, members) { fields throws(Refusal) in try fields.list(list, decode) }
    }

    /// Every page. A marker that comes again, or is missing, ends it with a refusal: half a list is no list.
    func pages<Element: Sendable>(
        _ operation: String, _ members: [(String, JSONValue?)], _ decode: (AnswerFields) throws(Refusal) -> [Element]
    ) throws(Refusal) -> Reading<[Element]> {
        var elements: [Element] = []
        var answers: [AWSAnswer] = []
        var marker: String?
        while answers.count < pageLimit {
            let page = try one(operation, members + [("Marker", marker.map { .string($0) })]) { fields throws(Refusal) in
                Page(elements: try decode(fields), next: try nextMarker(fields, after: marker))
            }
            elements += page.value.elements
            answers += page.answers
            guard let next = page.value.next else { return Reading(elements, answers) }
            marker = next
        }
        throw Refusal("aws-too-many-pages", .unavailable, "kms:\(operation) at \(client.endpoints[.kms].text) has more than \(pageLimit) pages")
    }

    private struct Page<Element: Sendable>: Sendable {
        let elements: [Element]
        let next: String?
    }

    private func nextMarker(_ fields: AnswerFields, after marker: String?) throws(Refusal) -> String? {
        guard try fields.optionalFlag("Truncated") ?? false else { return nil }
        let next = try fields.text("NextMarker")
        guard !next.isEmpty, !next.hasSameBytes(as: marker ?? "") else {
            throw Refusal("marker-repeated", .badData, "the marker of the next page leads to the same page")
        }
        return next
    }
}

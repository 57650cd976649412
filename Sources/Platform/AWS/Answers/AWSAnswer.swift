// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// An HTTP answer read as AWS means it. The content type is never looked at: servers differ in it.
public struct AWSAnswer: Sendable, Hashable {
    public let http: HTTPAnswer
    /// `x-amzn-RequestId`: the `requestID` of CloudTrail's record.
    public let requestID: String?
    /// The server's clock.
    public let date: Instant?
    /// The name of the error, without prefix and suffix: `NotFoundException`. Nil for a success or where none can be read.
    public let errorType: String?
    /// The server's words. They are not trusted: escape them before they are shown.
    public let errorMessage: String?

    public var status: Int { http.status }
    public var body: [UInt8] { http.body }
    public var isSuccess: Bool { (200...299).contains(http.status) }

    /// - Parameter name: the header that holds the request id; S3's is `x-amz-request-id`.
    public init(_ http: HTTPAnswer, identifiedBy name: String = "x-amzn-RequestId") {
        self.http = http
        requestID = http.headers.first(named: name).flatMap(Self.identifier)
        date = http.headers.first(named: "Date").flatMap(HTTPDate.instant)
        let error = (200...299).contains(http.status) ? nil : AWSErrorBody(http)
        errorType = error?.type
        errorMessage = error?.message
    }

    /// A request id is written to the ledger: visible ASCII only, and short.
    private static func identifier(_ text: String) -> String? {
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
}

// SPDX-License-Identifier: Apache-2.0

/// One whole request.
public struct ServedRequest: Sendable, Hashable {
    public let method: String
    /// From the first slash to the question mark; visible ASCII, as it was sent.
    public let path: String
    public let body: [UInt8]
    /// The client may send another over the same connection.
    let keepsAlive: Bool
}

/// A request that is not read to its end. It is answered, and its connection closed: what follows cannot be told from a request.
public struct Rejection: Error, Sendable, Hashable {
    public let status: Int
    public let words: String
}

/// What is answered to a request.
public struct ServedAnswer: Sendable {
    public let status: Int
    public let type: String
    public let body: [UInt8]

    public init(_ status: Int, _ body: [UInt8], type: String = "text/plain; charset=utf-8") {
        self.status = status
        self.type = type
        self.body = body
    }

    /// With its head (RFC 9112).
    /// - Parameter now: seconds since 1970.
    func bytes(closing: Bool, now: Int) -> [UInt8] {
        let reason = Self.reasons[status] ?? "Error"
        let allow = status == 405 ? "Allow: GET, POST\r\n" : ""
        let head = """
            HTTP/1.1 \(status) \(reason)\r
            Date: \(HTTPDate.text(now))\r
            Content-Type: \(type)\r
            Content-Length: \(body.count)\r
            \(allow)Connection: \(closing ? "close" : "keep-alive")\r
            \r

            """
        return Array(head.utf8) + body
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
        411: "Length Required", 413: "Content Too Large", 422: "Unprocessable Content", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 505: "HTTP Version Not Supported",
    ]
}

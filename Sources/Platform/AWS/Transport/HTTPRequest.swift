// SPDX-License-Identifier: Apache-2.0

/// One header field.
public struct HTTPHeader: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Visible ASCII, spaces and bytes above it, and a name that is a token (RFC 9110 §5.1, §5.5): no line can be smuggled in.
    var isWellFormed: Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
            && value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }
}

extension [HTTPHeader] {
    /// The first value of that name, whatever its case (RFC 9110 §5.1).
    public func first(named name: String) -> String? {
        first { $0.name.asciiLowercased.utf8.elementsEqual(name.asciiLowercased.utf8) }?.value
    }
}

/// One request. `Host` and `Content-Length` are not among the headers: the transport writes them.
public struct HTTPRequest: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

    public var method: Method
    public var endpoint: AWSEndpoint
    /// Path and query, percent-encoded.
    public var target: String
    public var headers: [HTTPHeader]
    public var body: [UInt8]
    /// The most bytes that the answer's body may have; nil for the transport's own limit.
    public var answerLimit: Int?

    public init(_ method: Method, _ endpoint: AWSEndpoint, target: String = "/", headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.method = method
        self.endpoint = endpoint
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// Headers may hold a session token: a request prints its place and size only.
extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(method.rawValue) \(endpoint.text)\(target) (\(body.count) bytes)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

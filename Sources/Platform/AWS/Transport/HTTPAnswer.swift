// SPDX-License-Identifier: Apache-2.0

/// What a server answered: status, header fields in their order, and the body's bytes.
public struct HTTPAnswer: Sendable, Hashable {
    public let status: Int
    public let headers: [HTTPHeader]
    public let body: [UInt8]

    public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// A value that was read from AWS, with the answers it was read from: evidence for a snapshot.
public struct Reading<Value: Sendable>: Sendable {
    public let value: Value
    /// In their order: one, or one a page. Never empty.
    public let answers: [AWSAnswer]

    init(_ value: Value, _ answers: [AWSAnswer]) {
        self.value = value
        self.answers = answers
    }

    /// Of the last answer.
    public var requestID: String? { answers.last?.requestID }
    /// The newest of the server's dates.
    public var date: Instant? { answers.compactMap(\.date).max() }
    /// The bytes as received, of the last answer.
    public var body: [UInt8] { answers.last?.body ?? [] }
}

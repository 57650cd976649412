// SPDX-License-Identifier: Apache-2.0

/// What one client, and all together, may cost a server. Nobody who connects can make it hold or wait for more.
public struct ServingLimits: Sendable {
    /// Of a request line and its fields together.
    public var headBytes = 8 << 10
    public var bodyBytes: Int
    /// Open at once; one more, and that which is nearest to its end is closed.
    public var connections = 256
    /// One connection carries so many requests at most.
    public var requests = 100
    /// For one whole request to arrive, waiting for its first byte included; and for its answer to be taken.
    public var seconds = 10
    /// What a client still sends after its last answer is read and dropped, so that it sees that answer.
    public var drainBytes = 1 << 20
    public var drainSeconds = 2

    public init(bodyBytes: Int) { self.bodyBytes = bodyBytes }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// A small HTTP/1.1 server (RFC 9112) for anybody's connections: one thread, every size and every wait bounded.
///
/// Requests are answered one after the other, so an answer may use what only one at a time may. A client that is slow, silent or
/// talks nonsense costs its connection and nobody else's time. Decision record 0020 says why it is our own.
public struct HTTPServer: Sendable {
    let limits: ServingLimits
    let answer: @Sendable (ServedRequest) -> ServedAnswer
    /// Hears of each request that was not read to its end.
    let rejected: @Sendable (Rejection) -> Void

    public init(
        limits: ServingLimits, answer: @escaping @Sendable (ServedRequest) -> ServedAnswer, rejected: @escaping @Sendable (Rejection) -> Void
    ) {
        self.limits = limits
        self.answer = answer
        self.rejected = rejected
    }

    /// Serves until the process ends.
    /// - Parameter listening: called once, with the port, when clients can connect.
    /// - Throws: `listen-port-taken`, `listen-failed` (unavailable).
    public func run(_ address: ListenAddress, listening: (UInt16) -> Void) throws(Refusal) -> Never {
        let listener = try Listener(address)
        listening(listener.port)
        let places = places
        var connections: [Connection] = []
        while true {
            var waits = [pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)]
            waits += connections.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
            poll(&waits, nfds_t(waits.count), patience(connections))
            for at in connections.indices { connections[at].go(waits[at + 1].revents, self) }
            for connection in connections where connection.hasEnded { close(connection.descriptor) }
            connections.removeAll(where: \.hasEnded)
            if waits[0].revents != 0 { accept(from: listener, &connections, places: places) }
        }
    }

    /// Milliseconds until something is due.
    private func patience(_ connections: [Connection]) -> Int32 {
        guard !connections.contains(where: \.canGoOn) else { return 0 }
        guard let next = connections.map(\.deadline).min() else { return -1 }
        return Int32(clamping: max(0, next - Clock.milliseconds()))
    }

    /// Lets in who waits. Where there is no room, the connection that is nearest to its end makes it: whoever fills all places
    /// with silence loses them, and who asks at once is answered.
    private func accept(from listener: Listener, _ connections: inout [Connection], places: Int) {
        for _ in 0..<32 {
            let (client, full) = listener.next()
            if full {
                // Nothing can be opened, a file of the answer's own neither.
                if !removeOldest(&connections) { usleep(50_000) }
                return
            }
            guard let client else { return }
            if connections.count >= places { _ = removeOldest(&connections) }
            connections.append(Connection(client, limits: limits))
        }
    }

    /// As many as are allowed, and as leave this process some files to open for an answer.
    private var places: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return limits.connections }
        return min(limits.connections, max(1, Int(clamping: limit.rlim_cur) - 32))
    }

    private func removeOldest(_ connections: inout [Connection]) -> Bool {
        guard let at = connections.indices.min(by: { connections[$0].deadline < connections[$1].deadline }) else { return false }
        close(connections.remove(at: at).descriptor)
        return true
    }
}

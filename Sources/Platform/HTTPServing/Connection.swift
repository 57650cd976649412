// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One client: a request in, its answer out, one at a time. It never waits, holds no more than one request, and ends at its deadline.
struct Connection {
    private enum State {
        case reading
        case writing(closing: Bool)
        /// The last answer is out. A socket closed with bytes unread would take that answer back from the client (RFC 9112 §9.6).
        case draining(left: Int)
    }

    let descriptor: Int32
    /// Milliseconds of the clock that only goes forward.
    private(set) var deadline: Int
    private(set) var hasEnded = false
    private let limits: ServingLimits
    private var state = State.reading
    private var reader: RequestReader
    private var outgoing: ArraySlice<UInt8> = []
    private var answered = 0

    init(_ descriptor: Int32, limits: ServingLimits) {
        self.descriptor = descriptor
        self.limits = limits
        reader = RequestReader(headBytes: limits.headBytes, bodyBytes: limits.bodyBytes)
        deadline = Clock.milliseconds() + limits.seconds * 1000
    }

    /// What it waits for; nothing where it can go on at once.
    var events: Int16 {
        switch state {
        case .reading: canGoOn ? 0 : Int16(POLLIN)
        case .writing: Int16(POLLOUT)
        case .draining: Int16(POLLIN)
        }
    }

    var canGoOn: Bool { if case .reading = state { reader.isUntried } else { false } }

    /// Goes on as far as it can without waiting, one request at most: others are to have their turn.
    mutating func go(_ happened: Int16, _ server: HTTPServer) { hasEnded = !step(happened, server) }

    /// - Returns: false where it has ended.
    private mutating func step(_ happened: Int16, _ server: HTTPServer) -> Bool {
        if Clock.milliseconds() >= deadline {
            guard case .reading = state, reader.hasBegun else { return false }
            return reject(Rejection(status: 408, words: "the request did not arrive within \(limits.seconds) seconds"), server)
        }
        switch state {
        case .reading:
            guard canGoOn || happened != 0 else { return true }
            if !canGoOn {
                guard let piece = receive() else { return true }
                guard !piece.isEmpty else { return false }
                reader.take(piece)
            }
            return read(server)
        case .writing(let closing):
            return happened == 0 || send(closing: closing)
        case .draining(let left):
            guard happened != 0, let piece = receive() else { return true }
            state = .draining(left: left - piece.count)
            return !piece.isEmpty && left > piece.count
        }
    }

    private mutating func read(_ server: HTTPServer) -> Bool {
        do throws(Rejection) {
            guard let request = try reader.next() else { return continued() }
            answered += 1
            let closing = !request.keepsAlive || answered == limits.requests
            return write(server.answer(request), closing: closing)
        } catch {
            return reject(error, server)
        }
    }

    private mutating func reject(_ rejection: Rejection, _ server: HTTPServer) -> Bool {
        server.rejected(rejection)
        return write(ServedAnswer(rejection.status, Array((rejection.words + "\n").utf8)), closing: true)
    }

    private mutating func write(_ answer: ServedAnswer, closing: Bool) -> Bool {
        outgoing = answer.bytes(closing: closing, now: Clock.seconds())[...]
        state = .writing(closing: closing)
        deadline = Clock.milliseconds() + limits.seconds * 1000
        return send(closing: closing)
    }

    /// RFC 9110 §10.1.1. So few bytes find room before the first answer, or the client takes nothing at all.
    private mutating func continued() -> Bool {
        guard reader.owesContinue else { return true }
        reader.hasContinued()
        let word = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        return Glibc.send(descriptor, word, word.count, Int32(MSG_NOSIGNAL)) == word.count
    }

    private mutating func send(closing: Bool) -> Bool {
        while !outgoing.isEmpty {
            let sent = outgoing.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN
            }
            outgoing = outgoing.dropFirst(sent)
        }
        if closing {
            shutdown(descriptor, Int32(SHUT_WR))
            state = .draining(left: limits.drainBytes)
            deadline = Clock.milliseconds() + limits.drainSeconds * 1000
        } else {
            state = .reading
            deadline = Clock.milliseconds() + limits.seconds * 1000
        }
        return true
    }

    /// One piece.
    /// - Returns: nil where nothing is there yet; empty where the client has ended.
    private func receive() -> [UInt8]? {
        let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
            let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            count = max(0, received)
            if received >= 0 { errno = 0 }
        }
        return piece.isEmpty && (errno == EAGAIN || errno == EINTR) ? nil : piece
    }
}

enum Clock {
    /// Since 1970.
    static func seconds() -> Int { time(nil) }

    /// Of the clock that only goes forward.
    static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}

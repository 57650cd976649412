// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A real server on 127.0.0.1 that answers each connection with the next line of its script, byte by byte as written.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Reads the whole request, writes these bytes, closes.
        case answer(String)
        /// Reads the whole request, closes without a word.
        case hangUp
        /// Reads the whole request and says nothing until the client has gone.
        case silence
        /// Reads the whole request, closes with a reset.
        case reset
        /// Writes these bytes at once, closes.
        case blurt(String)
    }

    let port: Int
    private let listener: Int32
    private let script: [Step]
    private let received = Mutex<[String]>([])
    private let thread = Mutex<pthread_t?>(nil)

    /// Requests as they came over the wire.
    var requests: [String] { received.withLock { $0 } }

    init(_ script: [Step]) {
        self.script = script
        (listener, port) = Self.listen()
        var made = pthread_t()
        pthread_create(
            &made, nil,
            { context in
                if let context { Unmanaged<ScriptedServer>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        let started = made
        thread.withLock { $0 = started }
    }

    /// Ends the server and waits for it.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        if let running = thread.withLock({ $0.take() }) { pthread_join(running, nil) }
        close(listener)
    }

    /// A port on which nothing listens.
    static func freePort() -> Int {
        let (socket, port) = listen()
        close(socket)
        return port
    }

    private static func listen() -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                precondition(bind(listener, raw, size) == 0 && Glibc.listen(listener, 16) == 0 && getsockname(listener, raw, &size) == 0)
            }
        }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func run() {
        for step in script {
            let peer = accept(listener, nil, nil)
            guard peer >= 0 else { return }
            _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
            var limit = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            perform(step, on: peer)
            close(peer)
        }
    }

    private func perform(_ step: Step, on peer: Int32) {
        if case .blurt(let text) = step { return Self.write(text, to: peer) }
        let request = Self.readRequest(peer)
        received.withLock { $0.append(request) }
        switch step {
        case .answer(let text): Self.write(text, to: peer)
        case .silence:
            var byte: UInt8 = 0
            _ = recv(peer, &byte, 1, 0)
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        case .hangUp, .blurt: break
        }
    }

    private static func write(_ text: String, to peer: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Up to the end of the body that Content-Length announces.
    private static func readRequest(_ peer: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].lowercased()
                let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }.flatMap {
                    Int($0.dropFirst(15).drop { $0 == " " })
                }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = recv(peer, &chunk, chunk.count, 0)
            if count <= 0 { return text }
            bytes += chunk[..<count]
        }
    }
}

extension Optional {
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}

// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
import StrictFormats

/// A socket that others connect to; it blocks nobody.
struct Listener {
    let descriptor: Int32
    let port: UInt16

    /// - Throws: `listen-port-taken`, `listen-failed` (unavailable).
    init(_ address: ListenAddress) throws(Refusal) {
        let socket = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Self.failed(address, errno) }
        do throws(Refusal) {
            port = try Self.open(socket, address)
        } catch {
            close(socket)
            throw error
        }
        descriptor = socket
    }

    /// A client that waits, on a descriptor that does not block.
    /// - Returns: nil where none waits; `full` where the process may open no more.
    func next() -> (client: Int32?, full: Bool) {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { return (nil, errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) }
        Self.prepare(client)
        return (client, false)
    }

    private static func open(_ socket: Int32, _ address: ListenAddress) throws(Refusal) -> UInt16 {
        prepare(socket)
        // A server that was stopped and is started again need not wait for the old connections' time to run out.
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let bound = address.bytes.withUnsafeBytes { bind(socket, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count)) }
        guard bound == 0, listen(socket, 128) == 0 else {
            let code = errno
            guard code == EADDRINUSE else { throw failed(address, code) }
            throw Refusal(
                "listen-port-taken", .unavailable, "cannot listen on \(SafeText.escaped(address.text)): the port is taken",
                hint: "another program listens there; choose another port, or end that program")
        }
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let named = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        guard named == 0 else { throw failed(address, errno) }
        // The port stands at the same place in both families.
        return UInt16(bigEndian: name.sin6_port)
    }

    private static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private static func failed(_ address: ListenAddress, _ code: Int32) -> Refusal {
        Refusal(
            "listen-failed", .unavailable, "cannot listen on \(SafeText.escaped(address.text)): \(SystemError.text(code))",
            hint: "is the address this machine's, and the port one that you may take (1024 and above)?")
    }
}

// SPDX-License-Identifier: Apache-2.0
// What is a request and what is none, byte by byte.
import StrictFormats
import Testing

@testable import HTTPServing

@Suite struct RequestReaderTests {
    private func reader() -> RequestReader { RequestReader(headBytes: 200, bodyBytes: 50) }

    private func read(_ text: String) throws -> ServedRequest? {
        var reader = reader()
        reader.take(Array(text.utf8))
        return try reader.next()
    }

    private static let host = "Host: w\r\n"

    @Test func `a request comes in any pieces, and another may follow it`() throws {
        let bytes = Array(
            "POST /add?x=1 HTTP/1.1\r\n\(Self.host)content-LENGTH:\t5 \r\n\r\nhelloGET / HTTP/1.1\r\n\(Self.host)Connection: x, Close\r\n\r\n".utf8)
        let first = ServedRequest(method: "POST", path: "/add", body: Array("hello".utf8), keepsAlive: true)
        let second = ServedRequest(method: "GET", path: "/", body: [], keepsAlive: false)
        for size in 1...bytes.count {
            var reader = reader()
            var found: [ServedRequest] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.take(bytes[start..<min(start + size, bytes.count)])
                while reader.isUntried { if let request = try reader.next() { found.append(request) } }
            }
            #expect(found == [first, second], "in pieces of \(size)")
            #expect(!reader.hasBegun)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.0\r\n\r\n", "/"), ("GET http://w:8080/a/b?c HTTP/1.1\r\n\(host)\r\n", "/a/b"), ("GET http://w HTTP/1.1\r\n\(host)\r\n", "/"),
        ("GET // HTTP/1.1\r\n\(host)\r\n", "//"),
    ]) func `a path is read from each form of target`(text: String, path: String) throws {
        #expect(try read(text)?.path == path)
    }

    @Test(arguments: [
        ("\r\n\r\n", 400), ("GET /\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\(host)\r\n", 400), ("GET / HTTP/1.1 \r\n\(host)\r\n", 400),
        ("GET / XTTP/1.1\r\n\(host)\r\n", 400), ("GET / HTTP/2.0\r\n\(host)\r\n", 505), ("GET x HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /\u{e9} HTTP/1.1\r\n\(host)\r\n", 400), ("G(T / HTTP/1.1\r\n\(host)\r\n", 400), ("GET / HTTP/1.1\n", 400),
        ("GET / HTTP/1.1\r\n\(host)\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\(host)\(host)\r\n", 400),
        ("GET / HTTP/1.1\r\n\(host)A : b\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\(host) b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\(host)A: \u{1}\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\(host)A: b\rc\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\(host)Content-Length: +1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\(host)Content-Length: \r\n\r\n", 400), ("GET / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\n\(host)Content-Length: 51\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n", 411),
    ]) func `what can be read in two ways is refused`(text: String, status: Int) throws {
        #expect(try #require(throws: Rejection.self) { try read(text) }.status == status)
    }

    @Test func `a head of the largest size is read, and with one byte more it is not`() throws {
        let start = "GET / HTTP/1.1\r\n\(Self.host)A: "
        func filled(_ size: Int) -> String { start + String(repeating: "a", count: size - start.utf8.count - 4) + "\r\n\r\n" }
        #expect(try read(filled(200))?.path == "/")
        #expect(try #require(throws: Rejection.self) { try read(filled(201)) }.status == 431)
        // Without any end of line too, as soon as it is too large.
        #expect(try read(String(repeating: "a", count: 200)) == nil)
        #expect(try #require(throws: Rejection.self) { try read(String(repeating: "a", count: 201)) }.status == 431)
    }

    @Test func `a client that waits for a word is owed it once`() throws {
        var reader = reader()
        reader.take(Array("POST / HTTP/1.1\r\n\(Self.host)Content-Length: 2\r\nExpect: 100-continue\r\n\r\n".utf8))
        #expect(try reader.next() == nil)
        #expect(reader.owesContinue)
        reader.hasContinued()
        reader.take(Array("o".utf8))
        #expect(try reader.next() == nil)
        #expect(!reader.owesContinue)
        reader.take(Array("k".utf8))
        #expect(try reader.next()?.body == Array("ok".utf8))
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ]) func `a date is written as HTTP has it`(seconds: Int, text: String) { #expect(HTTPDate.text(seconds) == text) }

    @Test(arguments: ["127.0.0.1", "127.0.0.1:65536", "localhost:80", "::1:80", "[127.0.0.1]:80", "127.0.0.1:+80", ":80", "1.2.3.4\u{0}:80"])
    func `what is no address and port is refused`(text: String) throws {
        let refusal = try #require(throws: Refusal.self) { try ListenAddress(text) }
        #expect(refusal.code == "listen-address")
        #expect(refusal.category == .usage)
    }
}

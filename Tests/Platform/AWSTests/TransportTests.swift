// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import AWS

/// Against real sockets on 127.0.0.1: the line between *not sent* and *unclear* is what keeps a CreateKey from running twice.
@Suite(.timeLimit(.minutes(5))) struct TransportTests {
    private static func transport(_ change: (inout TransportSettings) -> Void = { _ in }) -> CurlTransport {
        var settings = TransportSettings()
        settings.connectMilliseconds = 3_000
        settings.totalMilliseconds = 5_000
        change(&settings)
        return CurlTransport(settings: settings)
    }

    private static func request(_ port: Int, scheme: AWSEndpoint.Scheme = .http, body: String = "{}") -> HTTPRequest {
        HTTPRequest(
            .post, AWSEndpoint(scheme: scheme, host: "127.0.0.1", port: port),
            headers: [HTTPHeader("Content-Type", "application/x-amz-json-1.1"), HTTPHeader("X-Amz-Target", "TrentService.CreateKey")],
            body: Array(body.utf8))
    }

    /// Sends one request to a server that takes one step.
    private static func outcome(of step: ScriptedServer.Step, _ transport: CurlTransport = transport(), body: String = "{}") -> (
        TransferOutcome, ScriptedServer
    ) {
        let server = ScriptedServer([step, step])
        defer { server.stop() }
        return (transport.send(request(server.port, body: body)), server)
    }

    @Test func `an answer comes whole, and exactly these headers go out`() {
        let body = "{\"Description\":\"clé\"}"
        let (outcome, server) = Self.outcome(
            of: .answer("HTTP/1.1 200 OK\r\nx-amzn-RequestId: r-1\r\nX-Spaced:   a b  \r\nContent-Length: 2\r\n\r\n{}"), body: body)
        #expect(
            outcome
                == .answered(
                    HTTPAnswer(
                        status: 200,
                        headers: [HTTPHeader("x-amzn-RequestId", "r-1"), HTTPHeader("X-Spaced", "a b"), HTTPHeader("Content-Length", "2")],
                        body: Array("{}".utf8))))
        let parts = server.requests[0].components(separatedBy: "\r\n\r\n")
        #expect(server.requests.count == 1)
        #expect(parts[1] == body)
        let lines = parts[0].components(separatedBy: "\r\n")
        #expect(lines[0] == "POST / HTTP/1.1")
        #expect(
            lines.dropFirst().sorted() == [
                "Content-Length: 22", "Content-Type: application/x-amz-json-1.1", "Host: 127.0.0.1:\(server.port)",
                "X-Amz-Target: TrentService.CreateKey",
            ])
    }

    @Test func `a large body is sent at once, without asking for permission`() {
        let body = String(repeating: "x", count: 2 << 20)
        let (outcome, server) = Self.outcome(of: .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), body: body)
        #expect(outcome == .answered(HTTPAnswer(status: 200, headers: [HTTPHeader("Content-Length", "0")])))
        #expect(server.requests[0].utf8.count > 2 << 20)
        #expect(!server.requests[0].contains("Expect"))
    }

    @Test func `a refused connection was not sent`() throws {
        let trouble = try #require(Self.transport().send(Self.request(ScriptedServer.freePort())).notSentTrouble)
        #expect(trouble.kind == .connect)
        #expect(trouble.code == 7)
    }

    @Test func `a name without an address was not sent`() throws {
        // RFC 6761 §6.4: no resolver knows names under `invalid`.
        let request = HTTPRequest(.post, AWSEndpoint(scheme: .https, host: "kms.invalid"))
        #expect(try #require(Self.transport().send(request).notSentTrouble).kind == .resolve)
    }

    @Test func `a connection that is cut before the answer is unclear`() throws {
        let (outcome, server) = Self.outcome(of: .hangUp)
        let (trouble, partial) = try #require(outcome.unclearTrouble)
        #expect(trouble.kind == .cut)
        #expect(partial == nil)
        #expect(server.requests.count == 1, "nothing is sent a second time")
    }

    @Test func `a reset after the request is unclear`() throws {
        #expect(try #require(Self.outcome(of: .reset).0.unclearTrouble).0.kind == .cut)
    }

    @Test func `half a body is unclear, and its headers are kept`() throws {
        let (outcome, server) = Self.outcome(
            of: .answer(
                "HTTP/1.1 400 Bad Request\r\nx-amzn-RequestId: r-2\r\nX-Amzn-ErrorType: AlreadyExistsException\r\nContent-Length: 100\r\n\r\n{\"__ty")
        )
        let (trouble, partial) = try #require(outcome.unclearTrouble)
        #expect(trouble.kind == .cut)
        #expect(trouble.code == 18)
        #expect(partial?.body == Array("{\"__ty".utf8))
        #expect(CallOutcome(outcome).isSettledFailure)
        #expect(CallOutcome(outcome).answer?.requestID == "r-2")
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Le", "HTTP/1.1 200 OK\r\nX-A: b\r\n", "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 0\r\n",
    ])
    func `half a head is unclear, though libcurl is content with it`(_ text: String) throws {
        let (trouble, partial) = try #require(Self.outcome(of: .answer(text)).0.unclearTrouble)
        #expect(trouble.kind == .cut)
        #expect(partial?.headers.first == HTTPHeader("X-A", "b"))
    }

    @Test func `a chunk that is cut is unclear, and whole chunks are an answer`() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try #require(Self.outcome(of: .answer(head + "5\r\n{\"a\"")).0.unclearTrouble).0.kind == .cut)
        #expect(
            Self.outcome(of: .answer(head + "2\r\n{}\r\n0\r\nx-amzn-RequestId: late\r\n\r\n")).0
                == .answered(HTTPAnswer(status: 200, headers: [HTTPHeader("Transfer-Encoding", "chunked")], body: Array("{}".utf8))))
    }

    @Test(arguments: ["hello\r\n\r\n", "\u{0}\u{1}\u{2}", "{\"KeyMetadata\":{}}", "HTTP/9.9 what\r\n\r\n"]) func `what is no HTTP is unclear`(
        _ text: String
    ) throws {
        let (trouble, partial) = try #require(Self.outcome(of: .answer(text)).0.unclearTrouble)
        #expect(trouble.kind == .garbage)
        #expect(partial == nil)
    }

    @Test func `silence after the request is unclear when the time is over`() throws {
        let (outcome, server) = Self.outcome(of: .silence, Self.transport { $0.totalMilliseconds = 400 })
        #expect(try #require(outcome.unclearTrouble).0.kind == .timeout)
        #expect(server.requests.count == 1)
    }

    @Test func `silence before TLS stands was not sent`() throws {
        let server = ScriptedServer([.silence])
        defer { server.stop() }
        let transport = Self.transport { $0.connectMilliseconds = 400 }
        #expect(try #require(transport.send(Self.request(server.port, scheme: .https)).notSentTrouble).kind == .timeout)
    }

    @Test func `a server error is an answer`() {
        let (outcome, _) = Self.outcome(of: .answer("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nboom"))
        #expect(outcome == .answered(HTTPAnswer(status: 500, headers: [HTTPHeader("Content-Length", "4")], body: Array("boom".utf8))))
    }

    @Test(arguments: [301, 302, 307, 308]) func `a redirect is not followed`(_ status: Int) {
        let elsewhere = ScriptedServer([.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
        defer { elsewhere.stop() }
        let location = "http://127.0.0.1:\(elsewhere.port)/"
        let (outcome, _) = Self.outcome(of: .answer("HTTP/1.1 \(status) Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n"))
        #expect(outcome == .answered(HTTPAnswer(status: status, headers: [HTTPHeader("Location", location), HTTPHeader("Content-Length", "0")])))
        #expect(elsewhere.requests.isEmpty)
    }

    @Test func `the last head counts after 100 Continue`() {
        let (outcome, _) = Self.outcome(of: .answer("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        #expect(outcome == .answered(HTTPAnswer(status: 200, headers: [HTTPHeader("Content-Length", "0")])))
    }

    @Test func `a body over the limit is unclear`() throws {
        let answer = "HTTP/1.1 200 OK\r\nx-amzn-RequestId: r\r\nContent-Length: 2000\r\n\r\n" + String(repeating: "x", count: 2_000)
        let (trouble, partial) = try #require(Self.outcome(of: .answer(answer), Self.transport { $0.answerLimit = 1_999 }).0.unclearTrouble)
        #expect(trouble.kind == .tooLarge)
        #expect(partial?.headers.first(named: "X-AMZN-REQUESTID") == "r")
        guard case .answered = Self.outcome(of: .answer(answer), Self.transport { $0.answerLimit = 2_000 }).0 else {
            Issue.record("an answer of exactly the limit is whole")
            return
        }
    }

    @Test func `a head without end is unclear`() throws {
        let lines = String(repeating: "X-Filler: \(String(repeating: "y", count: 1_000))\r\n", count: 400)
        #expect(try #require(Self.outcome(of: .answer("HTTP/1.1 200 OK\r\n\(lines)\r\n")).0.unclearTrouble).0.kind == .tooLarge)
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\u{0}b"]) func `a header that would break out of its line is not sent`(_ value: String) throws {
        var request = Self.request(1)
        request.headers.append(HTTPHeader("X-Amz-Security-Token", value))
        #expect(try #require(Self.transport().send(request).notSentTrouble).kind == .local)
    }

    @Test func `a proxy that refuses means that nothing was sent`() throws {
        let proxy = ScriptedServer([
            .answer("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), .answer("HTTP/1.1 200 OK\r\n\r\n"),
        ])
        defer { proxy.stop() }
        let transport = Self.transport { $0.proxy = ProxySettings(environment: ["https_proxy": "http://127.0.0.1:\(proxy.port)"]) }
        let request = HTTPRequest(
            .post, AWSEndpoint(scheme: .https, host: "kms.us-east-1.amazonaws.com"), headers: [HTTPHeader("X-Secret", "s")], body: [1])
        #expect(try #require(transport.send(request).notSentTrouble).kind == .proxy)
        // The second time the tunnel stands, and the server behind it breaks the TLS handshake.
        #expect(try #require(transport.send(request).notSentTrouble).kind == .tls)
        #expect(proxy.requests.count == 2)
        #expect(proxy.requests.allSatisfy { $0.hasPrefix("CONNECT kms.us-east-1.amazonaws.com:443 HTTP/1.1\r\n") && !$0.contains("X-Secret") })
    }

    @Test func `loopback never goes through a proxy, nor does an excepted host`() throws {
        let proxy = ScriptedServer([.hangUp])
        let server = ScriptedServer([.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
        defer {
            proxy.stop()
            server.stop()
        }
        let url = "http://127.0.0.1:\(proxy.port)"
        let all = ["http_proxy": url, "https_proxy": url, "ALL_PROXY": url]
        let transport = Self.transport { $0.proxy = ProxySettings(environment: all) }
        #expect(transport.send(Self.request(server.port)) == .answered(HTTPAnswer(status: 200, headers: [HTTPHeader("Content-Length", "0")])))
        let excepting = Self.transport { $0.proxy = ProxySettings(environment: all.merging(["NO_PROXY": "kms.invalid"]) { $1 }) }
        #expect(try #require(excepting.send(HTTPRequest(.post, AWSEndpoint(scheme: .https, host: "kms.invalid"))).notSentTrouble).kind == .resolve)
        #expect(proxy.requests.isEmpty)
    }

    @Test func `GET and PUT go out as they are`() {
        let server = ScriptedServer([.answer("HTTP/1.1 204 No Content\r\n\r\n"), .answer("HTTP/1.1 204 No Content\r\n\r\n")])
        defer { server.stop() }
        for method in [HTTPRequest.Method.get, .put] {
            let endpoint = AWSEndpoint(scheme: .http, host: "127.0.0.1", port: server.port)
            let request = HTTPRequest(method, endpoint, target: "/a/../b?c=d", headers: [HTTPHeader("X-Empty", "")])
            #expect(Self.transport().send(request) == .answered(HTTPAnswer(status: 204)))
        }
        #expect(server.requests[0] == "GET /a/../b?c=d HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nX-Empty:\r\n\r\n")
        #expect(server.requests[1].hasPrefix("PUT /a/../b?c=d HTTP/1.1\r\n"))
        #expect(!server.requests[1].contains("Content-Type"))
    }
}

/// Two witnesses are asked before something counts as not sent.
@Suite struct TransferVerdictTests {
    @Test(arguments: [(false, 0, true), (true, 0, false), (false, 1, false), (false, -1, false), (true, 900, false)])
    func `only what neither the callback nor the clock saw begin was not sent`(_ hasBegun: Bool, _ microseconds: Int, _ isNotSent: Bool) {
        let facts = TransferFacts(code: 7, hasBegun: hasBegun, pretransferMicroseconds: microseconds)
        #expect((facts.outcome.notSentTrouble != nil) == isNotSent)
    }
}

extension TransferOutcome {
    var notSentTrouble: TransferTrouble? { if case .notSent(let trouble) = self { trouble } else { nil } }
    var unclearTrouble: (TransferTrouble, HTTPAnswer?)? { if case .unclear(let trouble, let partial) = self { (trouble, partial) } else { nil } }
}

extension String {
    /// Pieces between a separator, empty ones included.
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }
}

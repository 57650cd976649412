// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import AWS

/// Files of a web server: what is asked for, and what each answer comes to.
@Suite(.timeLimit(.minutes(10))) struct WebFolderTests {
    private static func folder(
        _ outcomes: [TransferOutcome], _ url: String = "https://log.example:8443/a/b/", _ pace: RecordedPace = RecordedPace()
    ) throws -> (WebFolder, ScriptedTransport) {
        let transport = ScriptedTransport(outcomes)
        return (try WebFolder(url, transport: transport, clock: { Example.instant }, pace: pace.pace), transport)
    }

    private static func code(_ outcomes: [TransferOutcome]) throws -> String {
        let (folder, _) = try folder(outcomes)
        do {
            let bytes = try folder.get("checkpoint", limit: 100)
            return bytes.map { String(decoding: $0, as: UTF8.self) } ?? "absent"
        } catch { return "\(error.code) \(error.category.rawValue)" }
    }

    @Test func `a file is asked for as it stands, with nothing that could identify or change it`() throws {
        let (folder, transport) = try Self.folder([.answer(200, "bytes")])
        #expect(try folder.get("tile/0/x001/234", limit: 8192) == Array("bytes".utf8))
        let request = try #require(transport.requests.first)
        #expect(request.method == .get && request.endpoint.text == "https://log.example:8443" && request.target == "/a/b/tile/0/x001/234")
        #expect(request.headers == [HTTPHeader("User-Agent", "countersign"), HTTPHeader("Accept-Encoding", "identity")])
        #expect(request.answerLimit == 8192 && request.body.isEmpty)
        #expect(folder.text == "https://log.example:8443/a/b")
    }

    @Test(arguments: [
        ("http://log.example", "endpoint-insecure"), ("https://log.example/?a", "web-address"), ("https://log.example/a/../b", "web-address"),
        ("https://log.example//a", "web-address"), ("https://log.example/a#b", "web-address"), ("https://u:p@log.example/a", "endpoint-invalid"),
        ("https://", "endpoint-invalid"), ("https://log.example/a b", "web-address"), ("https://log.example/./a", "web-address"),
    ])
    func `addresses that are none are refused`(_ url: String, _ code: String) {
        let refusal = #expect(throws: Refusal.self) { _ = try Self.folder([], url) }
        #expect(refusal?.code == code && refusal?.category == .usage)
    }

    @Test(arguments: [
        ("https://log.example", "https://log.example"), ("https://log.example/", "https://log.example"),
        ("http://127.0.0.1:80/l", "http://127.0.0.1/l"), ("http://localhost:9/~x/%20", "http://localhost:9/~x/%20"),
    ])
    func `addresses that are some keep one form`(_ url: String, _ text: String) throws { #expect(try Self.folder([], url).0.text == text) }

    @Test func `each answer has its own words`() throws {
        let cut = TransferTrouble(.cut, "the end is missing")
        let six = { (outcome: TransferOutcome) in [TransferOutcome](repeating: outcome, count: 6) }
        for (outcomes, expected) in [
            ([.answer(404, "")], "absent"), ([.answer(410, "")], "absent"), ([.answer(403, "")], "web-forbidden notPermitted"),
            ([.answer(401, "")], "web-forbidden notPermitted"),
            ([.answer(302, "", [HTTPHeader("Location", "https://other/")])], "web-redirected unavailable"),
            ([.answer(304, "")], "web-redirected unavailable"), ([.answer(206, "part")], "web-answer unavailable"),
            ([.answer(400, "")], "web-answer unavailable"),
            (six(.answer(500, "")), "web-server-error unavailable"), (six(.answer(503, "")), "web-busy tryAgain"),
            (six(.answer(429, "")), "web-busy tryAgain"),
            ([.answer(200, "x", [HTTPHeader("Content-Encoding", "gzip")])], "web-encoded unavailable"),
            ([.answer(200, "x", [HTTPHeader("Content-Encoding", "identity")])], "x"),
            ([.unclear(TransferTrouble(.tooLarge, "more"), partial: HTTPAnswer(status: 200))], "web-file-too-large badData"),
            ([.unclear(TransferTrouble(.tooLarge, "more"), partial: HTTPAnswer(status: 404))], "absent"),
            ([.unclear(TransferTrouble(.tooLarge, "more"), partial: HTTPAnswer(status: 403))], "web-forbidden notPermitted"),
            (six(.unclear(cut, partial: nil)), "web-no-answer unavailable"),
            (six(.notSent(TransferTrouble(.connect, "no"))), "web-unreachable unavailable"),
            ([.notSent(TransferTrouble(.certificate, "no"))], "web-unreachable unavailable"),
            // What passes by itself is asked for again.
            ([.answer(500, ""), .unclear(cut, partial: nil), .notSent(TransferTrouble(.timeout, "")), .answer(200, "late")], "late"),
        ] as [([TransferOutcome], String)] {
            #expect(try Self.code(outcomes) == expected, "\(outcomes.first.map { "\($0)" } ?? "")")
        }
    }

    @Test func `what a server says stands in the refusal, escaped and cut, and its wish to be left alone is kept`() throws {
        let (redirecting, _) = try Self.folder([.answer(301, "", [HTTPHeader("Location", "https://x/\u{202E}" + String(repeating: "y", count: 400))])]
        )
        let refusal = try #require(throws: Refusal.self) { _ = try redirecting.get("checkpoint", limit: 10) }
        #expect(refusal.message.contains("https://x/\\u") && !refusal.message.contains("\u{202E}") && refusal.message.utf8.count < 500)
        #expect(refusal.place.file == "https://log.example:8443/a/b/checkpoint")
        let pace = RecordedPace()
        let (busy, transport) = try Self.folder(
            [.answer(503, "", [HTTPHeader("Retry-After", "7")]), .answer(200, "now")], "https://log.example", pace)
        #expect(try busy.get("checkpoint", limit: 10) == Array("now".utf8) && pace.waited == [7_000] && transport.requests.count == 2)
        let (closed, _) = try Self.folder([.answer(503, "", [HTTPHeader("Retry-After", "900")])])
        let later = try #require(throws: Refusal.self) { _ = try closed.get("checkpoint", limit: 10) }
        #expect(later.hint == "it asks to be left alone for 900 seconds; run it again after that")
    }

    private static func real(_ server: ScriptedServer, _ settings: (inout TransportSettings) -> Void = { _ in }) throws -> WebFolder {
        var transfer = TransportSettings()
        (transfer.connectMilliseconds, transfer.totalMilliseconds) = (2_000, 500)
        settings(&transfer)
        return try WebFolder(
            "http://127.0.0.1:\(server.port)", transport: CurlTransport(settings: transfer, keepsConnections: true), clock: { Example.instant },
            retries: RetryPlan(attempts: 2), pace: RecordedPace().pace)
    }

    @Test func `over a wire: whole, cut, silent, endless`() throws {
        func code(_ steps: [ScriptedServer.Step], limit: Int = 100) throws -> String {
            let server = ScriptedServer(steps)
            defer { server.stop() }
            let folder = try Self.real(server)
            do throws(Refusal) {
                return try folder.get("checkpoint", limit: limit).map { String(decoding: $0, as: UTF8.self) } ?? "absent"
            } catch { return error.code }
        }
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"
        let part = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart"
        let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"
        #expect(try code([.answer(whole)]) == "whole")
        #expect(try code([.answer(part), .answer(whole)]) == "whole")
        #expect(try code([.answer(part), .answer(part)]) == "web-no-answer")
        #expect(try code([.answer(chunk), .answer(chunk)]) == "web-no-answer")
        #expect(try code([.hangUp, .reset]) == "web-no-answer")
        #expect(try code([.silence, .silence]) == "web-no-answer")
        #expect(try code([.answer(whole)], limit: 5) == "whole")
        #expect(try code([.answer(whole)], limit: 4) == "web-file-too-large")
        // No length is announced: what comes is counted.
        #expect(try code([.answer("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1 << 20))]) == "web-file-too-large")
        #expect(try code([.blurt("no HTTP\r\n"), .blurt("no HTTP\r\n")]) == "web-no-answer")
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import AWS

/// `Retry-After` (RFC 9110 §10.2.3): what is understood of it, and what it does to the pauses.
@Suite(.timeLimit(.minutes(10))) struct RetryAfterTests {
    /// The header beside a `Date` of 1994-11-06T08:49:37Z.
    private static func asked(_ value: String, date: String? = "Sun, 06 Nov 1994 08:49:37 GMT") -> Int? {
        let headers = [HTTPHeader("retry-after", value)] + (date.map { [HTTPHeader("Date", $0)] } ?? [])
        return AWSAnswer(HTTPAnswer(status: 503, headers: headers)).asksToWait(local: Example.instant)
    }

    @Test(arguments: [
        ("0", 0), ("1", 1), ("120", 120), ("0120", 120), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999999999", 86_400),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
    ]) func `seconds and dates are understood, and nobody asks for more than a day`(_ value: String, _ seconds: Int) {
        #expect(Self.asked(value) == seconds)
    }

    @Test(arguments: [
        "", "-1", "-99999999999999999999999", "+5", "1.5", "5s", "1 2", "0x10", "soon", "٣", "NaN", "Mon, 06 Nov 1994 08:50:07 GMT",
        "Sunday, 06-Nov-94 08:50:07 GMT", "Sun Nov  6 08:50:07 1994", "1994-11-06T08:50:07Z",
    ]) func `anything else is no wish at all`(_ value: String) {
        #expect(Self.asked(value) == nil)
    }

    @Test func `a date is counted from the server's clock, else from ours`() {
        // Example.instant is 2015-08-30T12:36:00Z.
        #expect(Self.asked("Sun, 30 Aug 2015 12:36:09 GMT", date: "Sun, 30 Aug 2015 12:36:07 GMT") == 2)
        #expect(Self.asked("Sun, 30 Aug 2015 12:36:09 GMT", date: nil) == 9)
        #expect(Self.asked("Sun, 30 Aug 2015 12:36:09 GMT", date: "today") == 9)
    }

    @Test func `the pause is the larger of jitter and wish; the cap does not hold for the wish, the budget does`() {
        let plan = RetryPlan(attempts: 9, budgetMilliseconds: 45_000, capMilliseconds: 10_000)
        func pause(_ attempt: Int, _ asked: Int?, elapsed: Int = 0, _ jitter: @escaping (ClosedRange<Int>) -> Int) -> Int? {
            plan.pause(after: attempt, .throttling, elapsed: elapsed, asked: asked, random: jitter)
        }
        #expect(pause(1, 3) { $0.lowerBound } == 3_000)
        #expect(pause(1, 3) { $0.upperBound } == 3_000)
        #expect(pause(4, 3) { $0.upperBound } == 8_000)
        #expect(pause(1, 0) { $0.upperBound } == 1_000)
        #expect(pause(1, 30) { $0.lowerBound } == 30_000)
        #expect(pause(1, 45) { $0.lowerBound } == 45_000)
        #expect(pause(1, 46) { $0.lowerBound } == nil)
        #expect(pause(1, 30, elapsed: 15_000) { $0.lowerBound } == 30_000)
        #expect(pause(1, 30, elapsed: 15_001) { $0.lowerBound } == nil)
        #expect(pause(1, RetryAfter.longest) { $0.lowerBound } == nil)
        #expect(plan.pause(after: 1, .never, elapsed: 0, asked: 1) { $0.lowerBound } == nil)
    }

    private static func throttled(_ retryAfter: String) -> TransferOutcome {
        .answer(
            400, #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
            [HTTPHeader("x-amzn-RequestId", "r-t"), HTTPHeader("Retry-After", retryAfter), HTTPHeader("Date", "Sun, 06 Nov 1994 08:49:37 GMT")])
    }

    @Test func `a read waits as long as it is asked to, and not a millisecond longer`() throws {
        let transport = ScriptedTransport([
            Self.throttled("7"), Self.throttled("Sun, 06 Nov 1994 08:49:50 GMT"), Self.throttled("-3"), .ok(#"{"KeyRotationEnabled":false}"#),
        ])
        let pace = RecordedPace()
        let reads = KMSReads(try Example.client(transport, pace: pace.pace))
        #expect(try !reads.getKeyRotationStatus(of: "k").value.isEnabled)
        // The third wish is none: the jitter of a third pause stands.
        #expect(pace.waited == [7_000, 13_000, 4_000])
    }

    @Test func `a wish past the budget ends a read at once, and the error says it`() throws {
        let transport = ScriptedTransport([Self.throttled("10"), Self.throttled("36")])
        let pace = RecordedPace()
        let refusal = try #require(throws: Refusal.self) {
            try KMSReads(try Example.client(transport, pace: pace.pace)).getKeyRotationStatus(of: "k")
        }
        #expect(refusal.code == "aws-throttled")
        #expect(refusal.category == .tryAgain)
        #expect(refusal.hint == "the server asks to be left alone for 36 seconds; try again after that")
        #expect(pace.waited == [10_000])
        #expect(transport.requests.count == 2)
    }

    @Test func `a refusal for good is no matter of waiting`() throws {
        let denied = TransferOutcome.answer(
            400, #"{"__type":"AccessDeniedException"}"#, [HTTPHeader("x-amzn-RequestId", "r"), HTTPHeader("Retry-After", "5")])
        let pace = RecordedPace()
        let refusal = try #require(throws: Refusal.self) {
            try KMSReads(try Example.client(ScriptedTransport([denied]), pace: pace.pace)).getKeyRotationStatus(of: "k")
        }
        #expect(refusal.code == "aws-access-denied")
        #expect(refusal.hint?.contains("left alone") == false)
        #expect(pace.waited == [])
    }

    @Test func `over a real socket, a second is a second`() throws {
        let body = #"{"KeyRotationEnabled":false}"#
        let server = ScriptedServer([
            .answer("HTTP/1.1 503 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
            .answer("HTTP/1.1 200 OK\r\nx-amzn-RequestId: r\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"),
        ])
        defer { server.stop() }
        let endpoint = AWSEndpoint(scheme: .http, host: "127.0.0.1", port: server.port)
        let system = Pace.system
        let client = AWSClient(
            credentials: try Example.credentials(), region: "us-east-1",
            endpoints: try ServiceEndpoints(region: "us-east-1", partition: .aws, custom: [.kms: endpoint]),
            transport: CurlTransport(settings: TransportSettings()), clock: { Example.instant },
            // No jitter: what is waited is what was asked for.
            pace: Pace(now: system.now, sleep: system.sleep, random: { $0.lowerBound }))
        let start = system.now()
        #expect(try !KMSReads(client).getKeyRotationStatus(of: "k").value.isEnabled)
        let took = system.now() - start
        #expect(took >= 1_000)
        #expect(took < 6_000)
        #expect(server.requests.count == 2)
    }
}

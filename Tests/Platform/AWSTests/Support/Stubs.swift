// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Synchronization

@testable import AWS

/// A transport that gives prepared outcomes in their order and keeps what it was asked to send.
final class ScriptedTransport: Transport {
    private let state: Mutex<(outcomes: [TransferOutcome], requests: [HTTPRequest])>

    init(_ outcomes: [TransferOutcome]) { state = Mutex((outcomes, [])) }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }

    func send(_ request: HTTPRequest) -> TransferOutcome {
        state.withLock { state in
            state.requests.append(request)
            return state.outcomes.isEmpty ? .notSent(TransferTrouble(.local, "the script has ended")) : state.outcomes.removeFirst()
        }
    }
}

/// A pace that waits for nothing and notes what it should have waited: always the longest pause.
final class RecordedPace: Sendable {
    private let pauses = Mutex<[Int]>([])
    var waited: [Int] { pauses.withLock { $0 } }
    var pace: Pace {
        Pace(now: { self.waited.reduce(0, +) }, sleep: { pause in self.pauses.withLock { $0.append(pause) } }, random: { $0.upperBound })
    }
}

extension TransferOutcome {
    /// An answer with a request id and a date, as AWS gives it.
    static func ok(_ body: String, id: String = "r-1", date: String = "Sun, 06 Nov 1994 08:49:37 GMT") -> TransferOutcome {
        answer(200, body, [HTTPHeader("x-amzn-RequestId", id), HTTPHeader("Date", date)])
    }

    static func error(_ status: Int, _ type: String, _ message: String = "no") -> TransferOutcome {
        answer(status, "{\"__type\":\"\(type)\",\"message\":\"\(message)\"}", [HTTPHeader("x-amzn-RequestId", "r-e")])
    }

    static func answer(_ status: Int, _ body: String, _ headers: [HTTPHeader] = []) -> TransferOutcome {
        .answered(HTTPAnswer(status: status, headers: headers, body: Array(body.utf8)))
    }
}

extension Example {
    /// A chain whose every source is played by one transport; it waits for nothing and asks nobody.
    static func chain(
        _ profile: String?, _ environment: [String: String], _ transport: any Transport = ScriptedTransport([]), now: Instant = instant,
        code: @escaping @Sendable (String) throws(Refusal) -> String = { _ throws(Refusal) in throw Refusal("no-terminal", .usage, "nobody is asked")
        },
        processSeconds: Int = 10
    ) throws -> CredentialsChain {
        let sts = AWSEndpoint(scheme: .https, host: "sts.us-east-1.amazonaws.com")
        return CredentialsChain(
            CredentialsContext(
                settings: try AWSSettings(profile: profile, environment: environment), sts: (sts, "us-east-1"), transport: { _ in transport },
                clock: { now }, pace: RecordedPace().pace, askTokenCode: code, processSeconds: processSeconds))
    }

    static func client(_ transport: any Transport, pace: Pace = RecordedPace().pace, retries: RetryPlan = RetryPlan()) throws -> AWSClient {
        AWSClient(
            credentials: try credentials(), region: "us-east-1", endpoints: try ServiceEndpoints(region: "us-east-1", partition: .aws),
            transport: transport, clock: { instant }, retries: retries, pace: pace)
    }
}

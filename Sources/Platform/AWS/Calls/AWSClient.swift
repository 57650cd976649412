// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Signs and sends single calls, and reads with bounded repetition.
public struct AWSClient: Sendable {
    public let credentials: AWSCredentials
    public let region: String
    public let endpoints: ServiceEndpoints
    let transport: any Transport
    let clock: @Sendable () -> Instant
    let retries: RetryPlan
    let pace: Pace

    public init(
        credentials: AWSCredentials, region: String, endpoints: ServiceEndpoints, transport: any Transport,
        clock: @escaping @Sendable () -> Instant, retries: RetryPlan = RetryPlan(), pace: Pace = .system
    ) {
        self.credentials = credentials
        self.region = region
        self.endpoints = endpoints
        self.transport = transport
        self.clock = clock
        self.retries = retries
        self.pace = pace
    }

    /// Sends one awsJson1.1 request, once: KMS and CloudTrail ("AWS JSON 1.1 protocol", Smithy).
    /// - Parameter target: `TrentService.CreateKey`; for CloudTrail with its long prefix.
    public func call(_ service: AWSService, target: String, body: [UInt8]) -> CallOutcome {
        send(service, [HTTPHeader("Content-Type", "application/x-amz-json-1.1"), HTTPHeader("X-Amz-Target", target)], body)
    }

    /// Sends one request of the query protocol, once: STS ("AWS query protocol", Smithy).
    func query(_ service: AWSService, _ form: String) -> CallOutcome {
        send(service, [HTTPHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], Array(form.utf8))
    }

    private func send(_ service: AWSService, _ headers: [HTTPHeader], _ body: [UInt8]) -> CallOutcome {
        // CloudTrail's record shows the user agent.
        let request = HTTPRequest(.post, endpoints[service], headers: headers + [HTTPHeader("User-Agent", "countersign")], body: body)
        let signed = SignatureV4.signed(request, with: credentials, at: clock(), region: region, service: service.rawValue)
        return CallOutcome(transport.send(signed))
    }

    /// Repeats a read as its class allows, and gives the successful answer.
    func read(_ operation: String, on service: AWSService, _ send: () -> CallOutcome) throws(Refusal) -> AWSAnswer {
        let (outcome, asked) = Repetition(plan: retries, pace: pace, clock: clock).run(send)
        if case .answered(let answer) = outcome, answer.isSuccess { return answer }
        throw CallFailure(operation: operation, endpoint: endpoints[service]).refusal(outcome, asked: asked)
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import AWS

@Suite struct RetryTests {
    @Test(arguments: [
        (400, "ThrottlingException", RetryClass.throttling, RetryClass.throttling), (400, "RequestLimitExceeded", .throttling, .throttling),
        (503, "SlowDown", .throttling, .throttling), (500, "KMSInternalException", .transient, .never),
        (503, "DependencyTimeoutException", .transient, .never), (500, "", .transient, .never), (502, "WhoKnows", .transient, .never),
        (400, "NotFoundException", .never, .never), (400, "KMSInvalidStateException", .never, .never),
        (400, "MalformedPolicyDocumentException", .never, .never), (400, "AccessDeniedException", .never, .never),
        (400, "ValidationException", .never, .never), (400, "LimitExceededException", .never, .never),
        (400, "AlreadyExistsException", .never, .never), (400, "InvalidAliasNameException", .never, .never), (400, "TagException", .never, .never),
        (400, "UnsupportedOperationException", .never, .never), (400, "DisabledException", .never, .never),
        (403, "InvalidClientTokenId", .never, .never), (403, "ExpiredToken", .never, .never), (400, "UnrecognizedClientException", .never, .never),
        (403, "SignatureDoesNotMatch", .never, .never), (400, "RequestExpired", .never, .never), (404, "", .never, .never),
    ])
    func `an error has one class for idempotent requests and one for others`(
        _ status: Int, _ type: String, _ idempotent: RetryClass, _ once: RetryClass
    ) {
        let answer = Self.answer(status, type)
        #expect(RetryClass.of(answer, isIdempotent: true) == idempotent)
        #expect(RetryClass.of(answer, isIdempotent: false) == once)
    }

    @Test(arguments: [
        ("NotFoundException", "no", RetryClass.consistency), ("KMSInvalidStateException", "Creating", .consistency),
        ("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.", .consistency),
        ("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.", .never),
        ("AccessDeniedException", "no", .never), ("AlreadyExistsException", "no", .never),
    ])
    func `after an own CreateKey some errors pass by themselves`(_ type: String, _ message: String, _ expected: RetryClass) {
        #expect(RetryClass.of(Self.answer(400, type, message), isIdempotent: true, afterOwnCreateKey: true) == expected)
    }

    @Test func `what was not sent may be sent, what is unclear only if it does no harm`() {
        let refused = TransferTrouble(.connect, "refused")
        #expect(RetryClass.of(.notSent(refused), isIdempotent: false) == .transient)
        #expect(RetryClass.of(.notSent(TransferTrouble(.certificate, "")), isIdempotent: true) == .never)
        let cut = TransferTrouble(.cut, "cut")
        #expect(RetryClass.of(.unclear(cut, partial: nil), isIdempotent: true) == .transient)
        #expect(RetryClass.of(.unclear(cut, partial: nil), isIdempotent: false) == .never)
        let throttled = HTTPAnswer(
            status: 400, headers: [HTTPHeader("X-Amzn-ErrorType", "ThrottlingException"), HTTPHeader("x-amzn-requestid", "r")])
        #expect(RetryClass.of(.unclear(cut, partial: AWSAnswer(throttled)), isIdempotent: false) == .throttling)
    }

    @Test func `pauses double to the cap, and the jitter is full`() {
        let plan = RetryPlan(attempts: 9, budgetMilliseconds: 1_000_000, capMilliseconds: 10_000)
        let longest = (1...9).map { plan.pause(after: $0, .throttling, elapsed: 0) { $0.upperBound } }
        #expect(longest == [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000, nil])
        #expect((1...4).map { plan.pause(after: $0, .transient, elapsed: 0) { $0.upperBound } } == [250, 500, 1_000, 2_000])
        #expect((1...8).allSatisfy { plan.pause(after: $0, .consistency, elapsed: 0) { $0.lowerBound } == 0 })
    }

    @Test func `attempts and time are bounded, and never is never`() {
        let plan = RetryPlan(attempts: 3, budgetMilliseconds: 5_000)
        #expect(plan.pause(after: 2, .transient, elapsed: 0) { $0.upperBound } == 500)
        #expect(plan.pause(after: 3, .transient, elapsed: 0) { $0.upperBound } == nil)
        #expect(plan.pause(after: 1, .transient, elapsed: 4_750) { $0.upperBound } == 250)
        #expect(plan.pause(after: 1, .transient, elapsed: 4_751) { $0.upperBound } == nil)
        #expect(plan.pause(after: 1, .never, elapsed: 0) { $0.upperBound } == nil)
        #expect(RetryPlan.once.pause(after: 1, .throttling, elapsed: 0) { $0.upperBound } == nil)
        #expect(RetryPlan(attempts: .max, budgetMilliseconds: .max).pause(after: .max - 1, .throttling, elapsed: 0) { $0.upperBound } == 10_000)
    }

    private static func answer(_ status: Int, _ type: String, _ message: String = "no") -> AWSAnswer {
        let body = type.isEmpty ? "" : "{\"__type\":\"\(type)\",\"message\":\"\(message)\"}"
        return AWSAnswer(HTTPAnswer(status: status, headers: [], body: Array(body.utf8)))
    }
}

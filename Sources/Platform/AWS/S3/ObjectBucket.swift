// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats

/// The objects of one bucket under one prefix, addressed by path (Amazon S3 API Reference: GetObject, PutObject).
///
/// Calls are repeated as `RetryPlan` says. A conditional PUT may be: where the first one was carried out and its answer was lost, the
/// second finds the condition unmet, and who reads what stands there knows.
public struct ObjectBucket: Sendable {
    public let endpoint: AWSEndpoint
    public let bucket: String
    public let prefix: String
    let region: String
    let credentials: AWSCredentials
    let transport: any Transport
    let clock: @Sendable () -> Instant
    let repetition: Repetition

    /// What must be true of the object for a PUT to happen ("Conditional writes", Amazon S3 User Guide).
    public enum Condition: Sendable {
        /// `If-None-Match: *`: no object has the name.
        case absent
        /// `If-Match`: the object is the one that was read.
        case unchanged(tag: String)

        var header: HTTPHeader {
            switch self {
            case .absent: HTTPHeader("If-None-Match", "*")
            case .unchanged(let tag): HTTPHeader("If-Match", tag)
            }
        }
    }

    /// An object as it was read.
    public struct Object: Sendable {
        public let bytes: [UInt8]
        public let tag: String
    }

    /// - Parameter location: `s3://BUCKET/PREFIX`.
    /// - Throws: `bucket-invalid` (usage). Names that a URL would have to escape are refused: every reader then builds the same one.
    public init(
        _ location: String, endpoint: AWSEndpoint, region: String, credentials: AWSCredentials, transport: any Transport,
        clock: @escaping @Sendable () -> Instant, retries: RetryPlan = RetryPlan(), pace: Pace = .system
    ) throws(Refusal) {
        let parts = location.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy {
                    UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
                        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "-._".utf8.contains($0)
                }
        }
        guard location.hasPrefix("s3://"), isPlain, let bucket = parts.first, (3...63).contains(bucket.utf8.count) else {
            throw Refusal(
                "bucket-invalid", .usage, "\(SafeText.escaped(location)) is no place in S3",
                hint: "the form is s3://BUCKET/PREFIX, of letters, digits, '-', '.' and '_'")
        }
        self.bucket = bucket
        prefix = parts.dropFirst().map { $0 + "/" }.joined()
        self.endpoint = endpoint
        self.region = region
        self.credentials = credentials
        self.transport = transport
        self.clock = clock
        repetition = Repetition(plan: retries, pace: pace, clock: clock)
    }

    /// Reads an object; nil where there is none.
    /// - Throws: `bucket-object-too-large` (bad data) beyond `limit` bytes, and what `BucketFailure` says.
    public func get(_ name: String, limit: Int) throws(Refusal) -> Object? {
        let (outcome, asked) = send(.get, name, [], [], limit: limit)
        let failure = BucketFailure(bucket: self, operation: "s3:GetObject", name: name)
        if case .unclear(let trouble, _) = outcome, trouble.kind == .tooLarge {
            throw Refusal(
                "bucket-object-too-large", .badData, "this object is larger than the \(limit) bytes that can stand under its name", at: failure.place,
                hint: "it is none that ledger publish wrote")
        }
        guard case .answered(let answer) = outcome else { throw failure.refusal(outcome, asked) }
        if answer.status == 404, answer.errorType != "NoSuchBucket" { return nil }
        guard answer.status == 200, let tag = answer.http.headers.first(named: "ETag") else { throw failure.refusal(outcome, asked) }
        return Object(bytes: answer.body, tag: tag)
    }

    /// Writes an object where the condition holds, with its SHA-256 for S3 to compare.
    /// - Parameter retention: how long it must stay; S3 asks for a checksum with it.
    /// - Returns: false where the condition does not hold: also where an attempt before the last one was carried out and not answered.
    public func put(
        _ name: String, _ bytes: [UInt8], if condition: Condition, retention: ObjectRetention? = nil
    ) throws(Refusal) -> Bool {
        let checksum = [
            HTTPHeader("x-amz-checksum-sha256", Base64.encode(Digest(of: bytes).bytes)), HTTPHeader("x-amz-sdk-checksum-algorithm", "SHA256"),
        ]
        let (outcome, asked) = send(.put, name, [condition.header] + checksum + (retention?.headers ?? []), bytes, limit: 1 << 20)
        if case .answered(let answer) = outcome {
            if answer.status == 200 { return true }
            // 409 ConditionalRequestConflict: others write it at the same time, however often we try.
            if [409, 412].contains(answer.status) { return false }
        }
        throw BucketFailure(bucket: self, operation: "s3:PutObject", name: name, isLocking: retention != nil).refusal(outcome, asked)
    }

    private func send(
        _ method: HTTPRequest.Method, _ name: String, _ headers: [HTTPHeader], _ body: [UInt8], limit: Int
    ) -> (outcome: CallOutcome, asked: Int?) {
        var request = HTTPRequest(
            method, endpoint, target: "/\(bucket)/\(prefix)\(name)",
            // S3 alone wants x-amz-content-sha256, which is signed with the rest.
            headers: headers + [HTTPHeader("x-amz-content-sha256", Digest(of: body).hex), HTTPHeader("User-Agent", "countersign")], body: body)
        // Where it is refused, S3 says why in a few hundred bytes.
        request.answerLimit = max(limit, 64 << 10)
        return repetition.run {
            let signed = SignatureV4.signed(request, with: credentials, at: clock(), region: region, service: "s3")
            return CallOutcome(transport.send(signed), identifiedBy: "x-amz-request-id")
        }
    }
}

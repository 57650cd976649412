// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats

/// The objects of one bucket under one prefix, addressed by path (Amazon S3 API Reference: GetObject, PutObject).
///
/// Each call is sent once. S3 alone wants `x-amz-content-sha256`, which is signed with the rest.
public struct ObjectBucket: Sendable {
    public let endpoint: AWSEndpoint
    public let bucket: String
    public let prefix: String
    let region: String
    let credentials: AWSCredentials
    let transport: any Transport
    let clock: @Sendable () -> Instant

    /// What must be true of the object for a PUT to happen ("Conditional writes", Amazon S3 User Guide).
    public enum Condition: Sendable {
        /// `If-None-Match: *`: no object has the name.
        case absent
        /// `If-Match`: the object is the one that was read.
        case unchanged(tag: String)
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
        clock: @escaping @Sendable () -> Instant
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
    }

    /// Reads an object; nil where there is none.
    public func get(_ name: String) throws(Refusal) -> Object? {
        let answer = try send(.get, name, [], [])
        if answer.status == 404, !Self.says("NoSuchBucket", answer) { return nil }
        guard answer.status == 200, let tag = answer.headers.first(named: "ETag") else { throw refusal(answer, name) }
        return Object(bytes: answer.body, tag: tag)
    }

    /// Writes an object where the condition holds.
    /// - Returns: false where it does not.
    public func put(_ name: String, _ bytes: [UInt8], if condition: Condition) throws(Refusal) -> Bool {
        let header =
            switch condition {
            case .absent: HTTPHeader("If-None-Match", "*")
            case .unchanged(let tag): HTTPHeader("If-Match", tag)
            }
        let answer = try send(.put, name, [header], bytes)
        // 409 ConditionalRequestConflict: somebody else wrote it at the same time.
        if [409, 412].contains(answer.status) { return false }
        guard answer.status == 200 else { throw refusal(answer, name) }
        return true
    }

    private func send(_ method: HTTPRequest.Method, _ name: String, _ headers: [HTTPHeader], _ body: [UInt8]) throws(Refusal) -> HTTPAnswer {
        let request = HTTPRequest(
            method, endpoint, target: "/\(bucket)/\(prefix)\(name)",
            headers: headers + [HTTPHeader("x-amz-content-sha256", Digest(of: body).hex), HTTPHeader("User-Agent", "countersign")], body: body)
        let signed = SignatureV4.signed(request, with: credentials, at: clock(), region: region, service: "s3")
        switch transport.send(signed) {
        case .answered(let answer): return answer
        case .notSent(let trouble), .unclear(let trouble, _):
            throw Refusal(
                "bucket-unreachable", .unavailable, "\(endpoint): \(SafeText.escaped(trouble.words))",
                at: Place(file: "s3://\(bucket)/\(prefix)\(name)"),
                hint: "run it again: what was written stays, and is not written twice")
        }
    }

    private static func says(_ code: String, _ answer: HTTPAnswer) -> Bool {
        String(decoding: answer.body.prefix(4096), as: UTF8.self).contains("<Code>\(code)</Code>")
    }

    private func refusal(_ answer: HTTPAnswer, _ name: String) -> Refusal {
        let text = String(decoding: answer.body.prefix(4096), as: UTF8.self)
        let code = text.split(separator: "<Code>", maxSplits: 1).last.flatMap { $0.split(separator: "</Code>", maxSplits: 1).first }
        let shown = code.map { SafeText.escaped(String($0.prefix(64))) } ?? "no code"
        let isOurs = answer.status >= 500 || answer.status == 429
        return Refusal(
            "bucket-refused", isOurs ? .unavailable : .notPermitted, "S3 answered \(answer.status) (\(shown))",
            at: Place(file: "s3://\(bucket)/\(prefix)\(name)"),
            hint: isOurs
                ? "run it again: what was written stays, and is not written twice" : "s3:GetObject, s3:PutObject and s3:ListBucket are needed there")
    }
}

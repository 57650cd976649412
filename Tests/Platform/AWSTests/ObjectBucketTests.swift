// SPDX-License-Identifier: Apache-2.0
import Cryptography
import StrictFormats
import Testing

@testable import AWS

/// Objects of S3: headers, repetition, and what each answer comes to.
@Suite struct ObjectBucketTests {
    private static func bucket(_ outcomes: [TransferOutcome], _ pace: RecordedPace = RecordedPace()) throws -> (ObjectBucket, ScriptedTransport) {
        let transport = ScriptedTransport(outcomes)
        let bucket = try ObjectBucket(
            "s3://ledgers/org/log", endpoint: AWSEndpoint(url: "https://s3.us-east-1.amazonaws.com"), region: "us-east-1",
            credentials: Example.credentials(), transport: transport, clock: { Example.instant }, pace: pace.pace)
        return (bucket, transport)
    }

    private static func error(_ status: Int, _ code: String, _ message: String = "no", _ headers: [HTTPHeader] = []) -> TransferOutcome {
        .answer(
            status,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code><Message>\(message)</Message><RequestId>4442</RequestId></Error>",
            headers + [HTTPHeader("x-amz-request-id", "4442")])
    }

    private static let found = TransferOutcome.answer(200, "bytes", [HTTPHeader("ETag", "\"t\"")])
    private static let cut = TransferOutcome.unclear(TransferTrouble(.cut, "gone"), partial: nil)

    @Test func `a write carries its condition, its checksum and, where asked, how long it must stay`() throws {
        let (bucket, transport) = try Self.bucket([.answer(200, ""), .answer(200, "")])
        let bytes = Array("bytes".utf8)
        let until = try #require(Instant("2027-01-02T03:04:05Z"))
        #expect(try bucket.put("tile/0/000", bytes, if: .absent, retention: ObjectRetention(.compliance, until: until)))
        #expect(try bucket.put("checkpoint", bytes, if: .unchanged(tag: "\"t\"")))
        let first = try #require(transport.requests.first).headers
        #expect(transport.requests[0].target == "/ledgers/org/log/tile/0/000" && transport.requests[0].method == .put)
        #expect(first.first(named: "If-None-Match") == "*" && first.first(named: "If-Match") == nil)
        #expect(first.first(named: "x-amz-checksum-sha256") == Base64.encode(Digest(of: bytes).bytes))
        #expect(first.first(named: "x-amz-sdk-checksum-algorithm") == "SHA256")
        #expect(first.first(named: "x-amz-object-lock-mode") == "COMPLIANCE")
        #expect(first.first(named: "x-amz-object-lock-retain-until-date") == "2027-01-02T03:04:05Z")
        let signed = try #require(first.first(named: "Authorization"))
        for name in ["if-none-match", "x-amz-checksum-sha256", "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"] {
            #expect(signed.contains(name), "\(name) is signed")
        }
        let second = transport.requests[1].headers
        #expect(second.first(named: "If-Match") == "\"t\"" && second.first(named: "x-amz-object-lock-mode") == nil)
    }

    @Test func `what passes by itself is sent again, signed anew, as late as the server asks`() throws {
        let pace = RecordedPace()
        let (bucket, transport) = try Self.bucket(
            [
                Self.error(503, "SlowDown", "no", [HTTPHeader("Retry-After", "3")]), Self.error(500, "InternalError"), Self.cut,
                Self.error(409, "ConditionalRequestConflict"), .answer(200, ""),
            ], pace)
        #expect(try bucket.put("a", [1], if: .absent))
        #expect(pace.waited == [3_000, 500, 1_000, 2_000] && transport.requests.count == 5)
        let (reading, _) = try Self.bucket([Self.cut, Self.error(503, "ServiceUnavailable"), Self.found])
        #expect(try reading.get("a", limit: 10)?.bytes == Array("bytes".utf8))
    }

    @Test func `a condition that does not hold is an answer, also after an attempt whose answer was lost`() throws {
        for outcomes in [
            [Self.error(412, "PreconditionFailed")], [Self.cut, Self.error(412, "PreconditionFailed")],
            [TransferOutcome](repeating: Self.error(409, "ConditionalRequestConflict"), count: 6),
        ] {
            let (bucket, transport) = try Self.bucket(outcomes)
            #expect(try !bucket.put("a", [1], if: .absent))
            #expect(transport.requests.count == outcomes.count)
        }
    }

    @Test func `what is not there is told from what is refused`() throws {
        #expect(try Self.bucket([Self.error(404, "NoSuchKey")]).0.get("a", limit: 10) == nil)
        #expect(try Self.bucket([.answer(404, "")]).0.get("a", limit: 10) == nil)
        for (outcome, code, category, hint) in [
            (Self.error(404, "NoSuchBucket"), "bucket-missing", Refusal.Category.noInput, "check the bucket's name"),
            (Self.error(403, "AccessDenied"), "aws-access-denied", .notPermitted, "a reader needs s3:GetObject, "),
            (Self.error(403, "InvalidAccessKeyId"), "aws-credentials-refused", .notPermitted, "AWS does not know"),
            (Self.error(403, "SignatureDoesNotMatch"), "aws-signature-refused", .notPermitted, "check the secret"),
            (
                Self.error(400, "ExpiredToken"), "aws-credentials-expired", .notPermitted,
                "the session has ended; get new credentials; then run it again"
            ),
            (
                Self.error(403, "RequestTimeTooSkewed", "no", [HTTPHeader("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]), "bucket-clock", .configuration,
                "set this machine's clock right: it says \(Example.instant), S3's says 1994-11-06T08:49:37Z"
            ),
            (
                Self.error(301, "PermanentRedirect", "no", [HTTPHeader("x-amz-bucket-region", "eu-west-1")]), "bucket-elsewhere", .configuration,
                "the bucket is in eu-west-1: give --region eu-west-1"
            ),
            (Self.error(400, "AuthorizationHeaderMalformed"), "bucket-elsewhere", .configuration, "the bucket is in another Region"),
            (.unclear(TransferTrouble(.tooLarge, ""), partial: HTTPAnswer(status: 200)), "bucket-object-too-large", .badData, "it is none"),
            (.notSent(TransferTrouble(.certificate, "no")), "aws-unreachable", .unavailable, "the server's certificate is not trusted"),
            (
                Self.error(503, "SlowDown", "no", [HTTPHeader("Retry-After", "600")]), "aws-throttled", .tryAgain,
                "the server asks to be left alone for 600"
            ),
        ] {
            let (bucket, transport) = try Self.bucket([outcome])
            let refusal = try #require(throws: Refusal.self) { _ = try bucket.get("a", limit: 10) }
            #expect(refusal.code == code && refusal.category == category && refusal.hint?.hasPrefix(hint) == true, "\(refusal)")
            #expect(refusal.place.file == "s3://ledgers/org/log/a" && transport.requests.count == 1)
        }
    }

    @Test func `a write that was refused says that the rest stays, and a bucket that locks nothing is named`() throws {
        let lock = ObjectRetention(.governance, until: Example.instant)
        let unlocked = Self.error(400, "InvalidRequest", "Bucket is missing ObjectLockConfiguration")
        let refusal = try #require(throws: Refusal.self) { _ = try Self.bucket([unlocked]).0.put("a", [1], if: .absent, retention: lock) }
        #expect(refusal.code == "bucket-without-object-lock" && refusal.category == .configuration)
        let other = try #require(throws: Refusal.self) { _ = try Self.bucket([unlocked]).0.put("a", [1], if: .absent) }
        #expect(other.code == "aws-refused")
        let expired = try #require(throws: Refusal.self) { _ = try Self.bucket([Self.error(400, "ExpiredToken")]).0.put("a", [1], if: .absent) }
        #expect(expired.hint == "the session has ended; get new credentials; then run it again: what was written stays, and is not written twice")
        let lost = try #require(throws: Refusal.self) {
            _ = try Self.bucket([TransferOutcome](repeating: Self.cut, count: 6)).0.put("a", [1], if: .absent)
        }
        #expect(lost.code == "aws-no-answer" && lost.hint == "run it again: what was written stays, and is not written twice")
    }

    @Test func `the endpoint is the option's, the configured one, or S3's own`() throws {
        func endpoint(_ environment: [String: String], _ region: String = "eu-west-1", option: String? = nil) throws -> String {
            try AWSSettings(profile: nil, environment: ["HOME": "/nowhere"].merging(environment) { $1 }).bucketEndpoint(
                region: region, option: option
            ).text
        }
        #expect(try endpoint([:]) == "https://s3.eu-west-1.amazonaws.com")
        #expect(try endpoint([:], "cn-north-1") == "https://s3.cn-north-1.amazonaws.com.cn")
        #expect(
            try endpoint(["AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"])
                == "https://s3-fips.dualstack.eu-west-1.amazonaws.com")
        #expect(try endpoint(["AWS_ENDPOINT_URL_S3": "https://store.example", "AWS_ENDPOINT_URL": "https://all.example"]) == "https://store.example")
        #expect(try endpoint(["AWS_ENDPOINT_URL_S3": "https://store.example"], option: "http://127.0.0.1:1") == "http://127.0.0.1:1")
        #expect(throws: Refusal.self) { try endpoint([:], "eu/west") }
    }
}

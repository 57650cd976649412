// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats

/// AWS Signature Version 4 in the `Authorization` header ("Create a signed AWS API request", IAM User Guide).
///
/// A pure function: the same credentials, request, instant and scope give the same headers. `x-amz-content-sha256` is
/// not sent: only S3 needs it, and a server that trusts it does not look at the body.
public enum SignatureV4 {
    static let algorithm = "AWS4-HMAC-SHA256"

    /// The request with `X-Amz-Date`, `X-Amz-Security-Token` where the credentials have one, and `Authorization`.
    public static func signed(
        _ request: HTTPRequest, with credentials: AWSCredentials, at instant: Instant, region: String, service: String
    ) -> HTTPRequest {
        var result = request
        result.headers.append(HTTPHeader("X-Amz-Date", basicFormat(instant)))
        if let token = credentials.sessionToken {
            result.headers.append(HTTPHeader("X-Amz-Security-Token", token.withBytes { String(decoding: $0, as: UTF8.self) }))
        }
        let canonical = CanonicalRequest(result)
        let scope = scope(instant, region: region, service: service)
        let key = signingKey(credentials.secretKey, at: instant, region: region, service: service)
        let signature = key.withBytes { mac($0, stringToSign(canonical, at: instant, scope: scope)) }
        result.headers.append(
            HTTPHeader(
                "Authorization",
                "\(algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(canonical.signedHeaders), Signature=\(Hex.encode(signature))"
            ))
        return result
    }

    static func stringToSign(_ canonical: CanonicalRequest, at instant: Instant, scope: String) -> String {
        [algorithm, basicFormat(instant), scope, Digest(ofText: canonical.text).hex].joined(separator: "\n")
    }

    static func scope(_ instant: Instant, region: String, service: String) -> String {
        "\(basicFormat(instant).prefix(8))/\(region)/\(service)/aws4_request"
    }

    /// HMAC over date, region, service and the word `aws4_request`, one after the other.
    static func signingKey(_ secret: SecretBytes, at instant: Instant, region: String, service: String) -> SecretBytes {
        var first = secret.withBytes { Array("AWS4".utf8) + $0 }
        var key = SecretBytes(consuming: &first)
        for part in [String(basicFormat(instant).prefix(8)), region, service, "aws4_request"] {
            var next = key.withBytes { mac($0, part) }
            key = SecretBytes(consuming: &next)
        }
        return key
    }

    /// ISO 8601 basic format: `20150830T123600Z`.
    static func basicFormat(_ instant: Instant) -> String {
        instant.text.filter { $0 != "-" && $0 != ":" }
    }

    private static func mac(_ key: UnsafeBufferPointer<UInt8>, _ text: String) -> [UInt8] {
        var copy = Array(key)
        defer { SecretBytes.wipe(&copy) }
        return MessageAuthentication.hmacSHA256(key: copy, Array(text.utf8))
    }
}

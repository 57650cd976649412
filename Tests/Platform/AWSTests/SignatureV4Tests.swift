// SPDX-License-Identifier: Apache-2.0
import Cryptography
import StrictFormats
import Testing

@testable import AWS

@Suite struct SignatureV4Tests {
    /// A request and the signature that it must get.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var method = HTTPRequest.Method.post
        let endpoint: String
        var target = "/"
        var headers: [HTTPHeader] = []
        var body = ""
        var token: String?
        let time: String
        let region: String
        let service: String
        let signedHeaders: String
        let signature: String
        var testDescription: String { name }
    }

    /// Cases of AWS's published Signature Version 4 test suite, by their names there.
    static let published: [Case] = [
        suite("get-vanilla", .get, signed: "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        suite("post-vanilla", signed: "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        suite(
            "post-x-www-form-urlencoded", headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
            signed: "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        suite(
            "get-header-value-trim", .get, headers: [HTTPHeader("My-Header1", " value1"), HTTPHeader("My-Header2", " \"a   b   c\"")],
            signed: "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        suite(
            "get-vanilla-query-order-key-case", .get, target: "/?Param2=value2&Param1=value1", signed: "host;x-amz-date",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ]

    private static func suite(
        _ name: String, _ method: HTTPRequest.Method = .post, target: String = "/", headers: [HTTPHeader] = [], body: String = "",
        signed: String, _ signature: String
    ) -> Case {
        Case(
            name: name, method: method, endpoint: "https://example.amazonaws.com", target: target, headers: headers, body: body,
            time: "2015-08-30T12:36:00Z", region: "us-east-1", service: "service", signedHeaders: signed, signature: signature)
    }

    /// Requests as this client makes them. Signatures by botocore 1.44.5: `SigV4Auth(Credentials(key, secret, token),
    /// service, region).add_auth(AWSRequest("POST", url, headers, body))`, its clock set to the time of the case.
    static let own: [Case] = [
        Case(
            name: "KMS with a session token and a body beyond ASCII", endpoint: "https://kms.us-east-1.amazonaws.com",
            headers: json("TrentService.CreateKey"), body: "{\"Description\":\"clé\",\"Policy\":\"{}\"}", token: "TOKEN/EXAMPLE+==",
            time: "2026-11-07T23:59:59Z", region: "us-east-1", service: "kms",
            signedHeaders: "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            signature: "9d35f9dad32f61c40c69a81117cf9dfb2fe0fbde0073ff255c53c1878b7de686"),
        Case(
            name: "KMS on a port of its own", endpoint: "http://127.0.0.1:5000", headers: json("TrentService.ListKeys"), body: "{}",
            time: "2026-11-07T00:00:00Z", region: "us-gov-west-1", service: "kms", signedHeaders: "content-type;host;x-amz-date;x-amz-target",
            signature: "816cafa0b7b66cdd5da79a30d9634d39218e115291e6361d6de4a637170a9774"),
        Case(
            name: "STS on a leap day", endpoint: "https://sts.cn-north-1.amazonaws.com.cn",
            headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: "Action=GetCallerIdentity&Version=2011-06-15", time: "2024-02-29T12:00:00Z", region: "cn-north-1", service: "sts",
            signedHeaders: "content-type;host;x-amz-date", signature: "e64e26501ae40908dfdf5ae854a9546c20c44a8a8ecf6fa67021987779215af0"),
        Case(
            name: "CloudTrail at the end of a year", endpoint: "https://cloudtrail.eu-central-1.amazonaws.com",
            headers: json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrail"), body: "{\"Name\":\"org\"}",
            time: "2026-12-31T23:59:59Z", region: "eu-central-1", service: "cloudtrail",
            signedHeaders: "content-type;host;x-amz-date;x-amz-target",
            signature: "ab2df35909b2fbc933d4973287ba18083f0bae77141361218a0ecdb642688a27"),
    ]

    private static func json(_ target: String) -> [HTTPHeader] {
        [HTTPHeader("Content-Type", "application/x-amz-json-1.1"), HTTPHeader("X-Amz-Target", target)]
    }

    @Test(arguments: published + own) func `a request gets exactly the known signature`(_ value: Case) throws {
        let signed = try Self.sign(value)
        let scope = "\(value.time.prefix(10).filter { $0 != "-" })/\(value.region)/\(value.service)/aws4_request"
        #expect(
            signed.headers.first(named: "authorization")
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\(scope), SignedHeaders=\(value.signedHeaders), Signature=\(value.signature)")
        #expect(signed.headers.first(named: "x-amz-security-token") == value.token)
        #expect(signed.headers.first(named: "x-amz-content-sha256") == nil)
        #expect(signed.body == Array(value.body.utf8))
    }

    @Test func `the steps before the signature are the ones AWS prints for get-vanilla`() throws {
        var request = HTTPRequest(.get, try AWSEndpoint(url: "https://example.amazonaws.com"))
        request.headers = [HTTPHeader("X-Amz-Date", "20150830T123600Z")]
        let canonical = CanonicalRequest(request)
        #expect(
            canonical.text == """
                GET
                /

                host:example.amazonaws.com
                x-amz-date:20150830T123600Z

                host;x-amz-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """)
        let scope = SignatureV4.scope(Example.instant, region: "us-east-1", service: "service")
        #expect(
            SignatureV4.stringToSign(canonical, at: Example.instant, scope: scope) == """
                AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/service/aws4_request
                bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63
                """)
    }

    @Test func `the signing key is the one AWS documents`() {
        // "Deriving the signing key", Examples of how to derive a signing key, AWS General Reference.
        let key = SignatureV4.signingKey(
            SecretBytes("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8), at: Instant(secondsSince1970: 1_329_264_000), region: "us-east-1",
            service: "iam")
        #expect(key.withBytes { Hex.encode($0) } == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d")
    }

    @Test func `the user agent is sent and not signed`() throws {
        var value = Self.own[1]
        value.headers.append(HTTPHeader("User-Agent", "countersign"))
        #expect(try Self.sign(value).headers.first(named: "authorization")?.hasSuffix(value.signature) == true)
    }

    @Test(arguments: ["body", "target", "time", "region", "token"]) func `whatever is changed changes the signature`(_ part: String) throws {
        let value = Self.own[1]
        var changed = value
        switch part {
        case "body": changed.body = "{ }"
        case "target": changed.headers[1] = HTTPHeader("X-Amz-Target", "TrentService.ListAliases")
        case "token": changed.token = "t"
        case "time": changed = value.with(time: "2026-11-07T00:00:01Z", region: value.region)
        default: changed = value.with(time: value.time, region: "us-gov-east-1")
        }
        #expect(try Self.sign(changed).headers.first(named: "authorization")?.hasSuffix(value.signature) == false)
    }

    private static func sign(_ value: Case) throws -> HTTPRequest {
        let request = HTTPRequest(
            value.method, try AWSEndpoint(url: value.endpoint), target: value.target, headers: value.headers, body: Array(value.body.utf8))
        return SignatureV4.signed(
            request, with: try Example.credentials(token: value.token), at: try #require(Instant(value.time)), region: value.region,
            service: value.service)
    }
}

extension SignatureV4Tests.Case {
    fileprivate func with(time: String, region: String) -> Self {
        Self(
            name: name, method: method, endpoint: endpoint, target: target, headers: headers, body: body, token: token, time: time, region: region,
            service: service, signedHeaders: signedHeaders, signature: signature)
    }
}

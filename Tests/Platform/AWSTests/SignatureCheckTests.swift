// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Glibc
import StrictFormats
import Testing

@testable import AWS

/// Against a server that checks signatures and IAM actions: moto, where `COUNTERSIGN_MOTO` names the folder of `moto_server`.
@Suite(
    .enabled(if: getenv("COUNTERSIGN_MOTO") != nil, "COUNTERSIGN_MOTO does not name the folder of moto_server"), .timeLimit(.minutes(10)))
struct SignatureCheckTests {
    @Test func `a server that checks signatures takes ours, and none that is wrong`() throws {
        let folder = String(cString: try #require(getenv("COUNTERSIGN_MOTO")))
        let port = ScriptedServer.freePort()
        let server = try ChildProcess(["\(folder)/moto_server", "-H", "127.0.0.1", "-p", "\(port)"])
        defer { server.stop() }
        let endpoint = try AWSEndpoint(url: "http://127.0.0.1:\(port)")
        let credentials = try Self.executor(at: endpoint)
        let client = try Self.client(credentials, endpoint)

        let identity = try client.getCallerIdentity()
        #expect(identity.value.account == "123456789012")
        #expect(identity.value.arn == "arn:aws:iam::123456789012:user/executor")
        #expect(identity.requestID != nil)

        let policy = #"{"Version":"2012-10-17","Statement":[]}"#
        let body = JSONWriter.canonical(
            .object([
                ("Description", "clé"), ("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyUsage", "ENCRYPT_DECRYPT"), ("MultiRegion", false),
                ("Origin", "AWS_KMS"),
                ("Policy", .string(policy)), ("Tags", [["TagKey": "countersign:change", "TagValue": "7"]]),
            ]))
        let created = try #require(client.call(.kms, target: "TrentService.CreateKey", body: body).answer)
        #expect(created.status == 200)
        #expect(created.requestID != nil)
        let key = try KeyMetadata(answer: created.body)
        let reads = KMSReads(client)
        #expect(try reads.describeKey(key.keyID).value.description == "clé")
        #expect(try reads.getKeyPolicy(of: key.keyID).value == policy)
        #expect(try reads.listKeyPolicies(of: key.keyID).value == ["default"])
        #expect(try reads.listResourceTags(of: key.keyID).value == [KeyTag(key: "countersign:change", value: "7")])
        #expect(try reads.listKeys().value.map(\.keyID).contains(key.keyID))
        #expect(try reads.getKeyRotationStatus(of: key.keyID).value.isEnabled == false)
        #expect(try reads.listGrants(of: key.keyID).value == [])
        #expect(try reads.listAliases().value.contains { $0.name == "alias/aws/s3" })
        #expect(try #require(throws: Refusal.self) { try reads.describeKey("00000000-0000-0000-0000-000000000000") }.code == "aws-not-found")

        let wrong = try AWSCredentials(accessKeyID: credentials.accessKeyID, secretKey: SecretBytes("wrong".utf8), source: "a test")
        #expect(try Self.refusal(of: wrong, endpoint) == "aws-signature-refused")
        let unknown = try AWSCredentials(accessKeyID: "AKIAUNKNOWN", secretKey: SecretBytes("wrong".utf8), source: "a test")
        #expect(try Self.refusal(of: unknown, endpoint) == "aws-credentials-refused")
        let denied = client.call(
            .cloudtrail, target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrail", body: Array(#"{"Name":"x"}"#.utf8))
        #expect(denied.answer?.errorType == "AccessDenied")
        // A body that was changed on the way.
        let honest = HTTPRequest(
            .post, endpoint,
            headers: [HTTPHeader("Content-Type", "application/x-amz-json-1.1"), HTTPHeader("X-Amz-Target", "TrentService.ListKeys")],
            body: Array("{}".utf8))
        var forged = SignatureV4.signed(honest, with: credentials, at: Self.now(), region: "us-east-1", service: "kms")
        forged.body = Array(#"{"Limit":1}"#.utf8)
        #expect(CallOutcome(CurlTransport(settings: TransportSettings()).send(forged)).answer?.errorType == "SignatureDoesNotMatch")
    }

    private static func refusal(of credentials: AWSCredentials, _ endpoint: AWSEndpoint) throws -> String {
        let client = try client(credentials, endpoint)
        return try #require(throws: Refusal.self) { try KMSReads(client).listKeys() }.code
    }

    private static func client(_ credentials: AWSCredentials, _ endpoint: AWSEndpoint) throws -> AWSClient {
        AWSClient(
            credentials: credentials, region: "us-east-1",
            endpoints: try ServiceEndpoints(region: "us-east-1", partition: .aws, custom: [.kms: endpoint, .sts: endpoint, .cloudtrail: endpoint]),
            transport: CurlTransport(settings: TransportSettings()), clock: now)
    }

    @Sendable private static func now() -> Instant { Instant(secondsSince1970: time(nil)) }

    /// Makes an IAM user that may use KMS and STS while anything goes, then turns the checks on.
    private static func executor(at endpoint: AWSEndpoint) throws -> AWSCredentials {
        let transport = CurlTransport(settings: TransportSettings())
        try waitUntilUp(endpoint, transport)
        let anybody = try Example.credentials()
        func iam(_ form: String) throws -> AWSAnswer {
            let request = HTTPRequest(
                .post, endpoint, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
                body: Array("Version=2010-05-08&UserName=executor&\(form)".utf8))
            let signed = SignatureV4.signed(request, with: anybody, at: now(), region: "us-east-1", service: "iam")
            let answer = try #require(CallOutcome(transport.send(signed)).answer)
            try #require(answer.isSuccess)
            return answer
        }
        _ = try iam("Action=CreateUser")
        let policy = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:*","sts:*"],"Resource":"*"}]}"#
        let encoded = policy.utf8.map { "%" + Hex.encode([$0]).uppercased() }.joined()
        _ = try iam("Action=PutUserPolicy&PolicyName=p&PolicyDocument=\(encoded)")
        let key = try XMLReader.parse(try iam("Action=CreateAccessKey").body).only("CreateAccessKeyResult").only("AccessKey")
        let reset = transport.send(
            HTTPRequest(.post, endpoint, target: "/moto-api/reset-auth", headers: [HTTPHeader("Content-Type", "text/plain")], body: Array("0".utf8)))
        guard case .answered(let answer) = reset, answer.status == 200 else { throw ChildProcess.Failure(text: "the checks could not be turned on") }
        return try AWSCredentials(
            accessKeyID: key.onlyText("AccessKeyId"), secretKey: SecretBytes(try key.onlyText("SecretAccessKey").utf8), source: "a test")
    }

    private static func waitUntilUp(_ endpoint: AWSEndpoint, _ transport: CurlTransport) throws {
        for _ in 0..<200 {
            if case .answered = transport.send(HTTPRequest(.get, endpoint, target: "/moto-api/data.json")) { return }
            Pace.system.sleep(150)
        }
        throw ChildProcess.Failure(text: "the server did not start")
    }
}

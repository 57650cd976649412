// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import AWS

@Suite struct KMSReadTests {
    private static func reads(_ outcomes: [TransferOutcome], pageLimit: Int = 2_000) throws -> (KMSReads, ScriptedTransport, RecordedPace) {
        let transport = ScriptedTransport(outcomes)
        let pace = RecordedPace()
        return (KMSReads(try Example.client(transport, pace: pace.pace), pageLimit: pageLimit), transport, pace)
    }

    @Test func `DescribeKey gives typed metadata and its evidence`() throws {
        let body = #"""
            {"KeyMetadata":{"AWSAccountId":"123456789012","KeyId":"k","Arn":"arn:aws:kms:us-east-1:123456789012:key/k","CreationDate":1.7308800009E9,
            "Enabled":true,"Description":"","KeyUsage":"ENCRYPT_DECRYPT","KeyState":"Brand-New-State","Origin":"AWS_KMS","KeyManager":"CUSTOMER",
            "CustomerMasterKeySpec":"SYMMETRIC_DEFAULT","KeySpec":"SYMMETRIC_DEFAULT","EncryptionAlgorithms":["SYMMETRIC_DEFAULT"],"SigningAlgorithms":null,
            "MultiRegion":null,"MultiRegionConfiguration":{"MultiRegionKeyType":"PRIMARY"},"PendingDeletionWindowInDays":7,"Novelty":{"a":[1.5]}}}
            """#
        let (reads, transport, _) = try Self.reads([.ok(body)])
        let reading = try reads.describeKey("alias/x")
        let key = reading.value
        #expect(key.keyID == "k")
        #expect(key.arn == "arn:aws:kms:us-east-1:123456789012:key/k")
        #expect(key.creationDate == Instant(secondsSince1970: 1_730_880_000))
        #expect(key.isEnabled == true)
        #expect(key.description == "")
        #expect(key.keyState == "Brand-New-State")
        #expect(key.isMultiRegion == nil)
        #expect(key.multiRegionKeyType == "PRIMARY")
        #expect(key.deletionDate == nil)
        #expect(key.pendingDeletionWindowInDays == 7)
        #expect(key.encryptionAlgorithms == ["SYMMETRIC_DEFAULT"])
        #expect(key.signingAlgorithms == [])
        #expect(reading.requestID == "r-1")
        #expect(reading.date == Instant("1994-11-06T08:49:37Z"))
        #expect(reading.body == Array(body.utf8))
        #expect(transport.bodies == [#"{"KeyId":"alias/x"}"#])
        #expect(try KeyMetadata(answer: Array(body.utf8)) == key)

        let request = transport.requests[0]
        #expect(request.endpoint.text == "https://kms.us-east-1.amazonaws.com")
        #expect(
            request.headers.map(\.name) == ["Content-Type", "X-Amz-Target", "User-Agent", "X-Amz-Date", "Authorization"])
        #expect(request.headers.first(named: "X-Amz-Target") == "TrentService.DescribeKey")
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"KeyMetadata":null}"#, #"{"KeyMetadata":{}}"#, #"{"KeyMetadata":{"KeyId":7}}"#,
        #"{"KeyMetadata":{"KeyId":"k","Enabled":"yes"}}"#,
        #"{"KeyMetadata":{"KeyId":"k","CreationDate":"now"}}"#, #"{"KeyMetadata":{"KeyId":"k","CreationDate":1e300}}"#,
        #"{"KeyMetadata":{"KeyId":"k"},"KeyMetadata":{"KeyId":"l"}}"#, "<html></html>",
        // KELVIN SIGN is equal to K in Swift, and is another name here.
        "{\"\u{212A}eyMetadata\":{\"KeyId\":\"k\"}}",
    ])
    func `an answer that is not what it should be is refused`(_ body: String) throws {
        let (reads, _, _) = try Self.reads([.ok(body)])
        let refusal = try #require(throws: Refusal.self) { try reads.describeKey("k") }
        #expect(refusal.code == "aws-answer-unreadable")
        #expect(refusal.category == .unavailable)
        #expect(refusal.message.hasPrefix("kms:DescribeKey at https://kms.us-east-1.amazonaws.com answered what cannot be read: "))
        #expect(refusal.message.hasSuffix("(request r-1)"))
    }

    @Test func `every page of a list is read`() throws {
        let (reads, transport, _) = try Self.reads([
            .ok(
                #"{"Aliases":[{"AliasName":"alias/a","AliasArn":"arn:a","TargetKeyId":"k","CreationDate":1}],"Truncated":true,"NextMarker":"m1"}"#,
                id: "r-1"),
            .ok(#"{"Aliases":[],"Truncated":true,"NextMarker":"m2"}"#, id: "r-2", date: "Sun, 06 Nov 1994 08:49:38 GMT"),
            .ok(#"{"Aliases":[{"AliasName":"alias/aws/s3"}],"Truncated":false,"NextMarker":null}"#, id: "r-3"),
        ])
        let reading = try reads.listAliases(of: "k")
        #expect(reading.value.map(\.name) == ["alias/a", "alias/aws/s3"])
        #expect(reading.value.map(\.targetKeyID) == ["k", nil])
        #expect(reading.answers.map(\.requestID) == ["r-1", "r-2", "r-3"])
        #expect(reading.date == Instant("1994-11-06T08:49:38Z"))
        #expect(
            transport.bodies == [
                #"{"KeyId":"k","Limit":100}"#, #"{"KeyId":"k","Limit":100,"Marker":"m1"}"#, #"{"KeyId":"k","Limit":100,"Marker":"m2"}"#,
            ])
    }

    @Test(arguments: [
        #"{"Keys":[],"Truncated":true}"#, #"{"Keys":[],"Truncated":true,"NextMarker":""}"#, #"{"Keys":[{}],"Truncated":false}"#,
        #"{"Truncated":false}"#,
    ])
    func `a list that cannot be followed to its end is no list`(_ page: String) throws {
        let (reads, _, _) = try Self.reads([.ok(page)])
        #expect(try #require(throws: Refusal.self) { try reads.listKeys() }.code == "aws-answer-unreadable")
    }

    @Test func `a list has no more pages than allowed, and no page twice`() throws {
        let page = { (marker: String) in TransferOutcome.ok(#"{"Keys":[{"KeyId":"k","KeyArn":"a"}],"Truncated":true,"NextMarker":"\#(marker)"}"#) }
        let (bounded, transport, _) = try Self.reads((1...9).map { page("m\($0)") }, pageLimit: 3)
        #expect(try #require(throws: Refusal.self) { try bounded.listKeys() }.code == "aws-too-many-pages")
        #expect(transport.requests.count == 3)
        let (circular, _, _) = try Self.reads([page("m"), page("m")])
        #expect(try #require(throws: Refusal.self) { try circular.listKeys() }.code == "aws-answer-unreadable")
    }

    @Test func `tags, policies, rotation and grants are read`() throws {
        let (reads, transport, _) = try Self.reads([
            .ok(#"{"Tags":[{"TagKey":"countersign:change","TagValue":"7"}],"Truncated":false}"#),
            .ok(#"{"Policy":"{\"Version\":\"2012-10-17\"}"}"#),
            .ok(#"{"Policy":"{}","PolicyName":"AWS_RAM"}"#),
            .ok(#"{"PolicyNames":["default","AWS_RAM"],"Truncated":false}"#),
            .ok(#"{"KeyRotationEnabled":true}"#),
            .ok(#"{"KeyRotationEnabled":true,"RotationPeriodInDays":180,"NextRotationDate":1730880000.5,"KeyId":"k"}"#),
            .ok(
                #"{"Grants":[{"GrantId":"g","KeyId":"k","GranteePrincipal":"arn:p","Operations":["Decrypt"],"Constraints":{"b":1,"a":{}}}],"Truncated":false}"#
            ),
        ])
        #expect(try reads.listResourceTags(of: "k").value == [KeyTag(key: "countersign:change", value: "7")])
        #expect(try reads.getKeyPolicy(of: "k").value == #"{"Version":"2012-10-17"}"#)
        #expect(try reads.getKeyPolicy(of: "k", .ram).value == "{}")
        #expect(try reads.listKeyPolicies(of: "k").value == ["default", "AWS_RAM"])
        #expect(
            try reads.getKeyRotationStatus(of: "k").value
                == KeyRotation(isEnabled: true, periodInDays: nil, nextRotationDate: nil, onDemandStartDate: nil))
        let rotation = try reads.getKeyRotationStatus(of: "k").value
        #expect(rotation.periodInDays == 180)
        #expect(rotation.nextRotationDate == Instant(secondsSince1970: 1_730_880_000))
        let grant = try reads.listGrants(of: "k").value[0]
        #expect(grant.grantID == "g")
        #expect(grant.granteePrincipal == "arn:p")
        #expect(grant.operations == ["Decrypt"])
        #expect(grant.constraints == #"{"a":{},"b":1}"#)
        #expect(
            transport.bodies == [
                #"{"KeyId":"k","Limit":50}"#, #"{"KeyId":"k","PolicyName":"default"}"#, #"{"KeyId":"k","PolicyName":"AWS_RAM"}"#, #"{"KeyId":"k"}"#,
                #"{"KeyId":"k"}"#, #"{"KeyId":"k"}"#, #"{"KeyId":"k","Limit":100}"#,
            ])
    }

    @Test func `a read is repeated while that can help`() throws {
        let (reads, transport, pace) = try Self.reads([
            .error(400, "ThrottlingException"), .error(500, "KMSInternalException"), .unclear(TransferTrouble(.cut, "cut"), partial: nil),
            .notSent(TransferTrouble(.connect, "refused")), .ok(#"{"KeyRotationEnabled":false}"#),
        ])
        #expect(try !reads.getKeyRotationStatus(of: "k").value.isEnabled)
        #expect(transport.requests.count == 5)
        #expect(pace.waited == [1_000, 500, 1_000, 2_000])
    }

    @Test func `repetition ends`() throws {
        let (reads, transport, pace) = try Self.reads(Array(repeating: .error(400, "ThrottlingException"), count: 99))
        let refusal = try #require(throws: Refusal.self) { try reads.describeKey("k") }
        #expect(refusal.code == "aws-throttled")
        #expect(refusal.category == .tryAgain)
        #expect(transport.requests.count == 6)
        #expect(pace.waited == [1_000, 2_000, 4_000, 8_000, 10_000])
    }

    @Test(arguments: [
        (TransferOutcome.error(400, "AccessDeniedException", "x is not authorized"), "aws-access-denied", Refusal.Category.notPermitted),
        (.error(400, "NotFoundException"), "aws-not-found", .noInput), (.error(400, "ValidationException"), "aws-refused", .badData),
        (.error(400, "UnrecognizedClientException"), "aws-credentials-refused", .notPermitted),
        (.error(400, "ExpiredTokenException"), "aws-credentials-expired", .notPermitted),
        (.answer(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"), "aws-signature-refused", .notPermitted),
        (.answer(404, "<html>not here</html>"), "aws-answer-unreadable", .unavailable), (.answer(302, ""), "aws-answer-unreadable", .unavailable),
        (.answer(500, "<html>"), "aws-server-error", .unavailable), (.notSent(TransferTrouble(.connect, "refused")), "aws-unreachable", .unavailable),
        (.notSent(TransferTrouble(.certificate, "self-signed")), "aws-unreachable", .unavailable),
        (.unclear(TransferTrouble(.timeout, "late"), partial: nil), "aws-no-answer", .unavailable),
    ])
    func `a failure names operation and endpoint and has its class`(_ outcome: TransferOutcome, _ code: String, _ category: Refusal.Category) throws {
        let (reads, _, _) = try Self.reads(Array(repeating: outcome, count: 9))
        let refusal = try #require(throws: Refusal.self) { try reads.getKeyPolicy(of: "k") }
        #expect(refusal.code == code)
        #expect(refusal.category == category)
        #expect(refusal.message.hasPrefix("kms:GetKeyPolicy at https://kms.us-east-1.amazonaws.com"))
    }

    @Test func `what a server says is escaped and cut`() throws {
        let (reads, _, _) = try Self.reads([.error(400, "ValidationException", "\\u001b[2J\\u202e" + String(repeating: "x", count: 9_000))])
        let refusal = try #require(throws: Refusal.self) { try reads.describeKey("k") }
        #expect(
            refusal.message.hasPrefix(
                "kms:DescribeKey at https://kms.us-east-1.amazonaws.com was refused with ValidationException: \\u{1b}[2J\\u{202e}xxx"))
        #expect(refusal.message.hasSuffix("x … (request r-e)"))
        #expect(refusal.message.utf8.count < 700)
    }
}

@Suite struct CallTests {
    private static let identity = """
        <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <GetCallerIdentityResult>
            <Arn>arn:aws:sts::123456789012:assumed-role/exec/s</Arn><UserId>AROA:s</UserId><Account>123456789012</Account>
          </GetCallerIdentityResult>
          <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
        </GetCallerIdentityResponse>
        """

    @Test func `GetCallerIdentity reads its three fields`() throws {
        let transport = ScriptedTransport([.ok(Self.identity)])
        let reading = try Example.client(transport).getCallerIdentity()
        #expect(reading.value.account == "123456789012")
        #expect(reading.value.arn == "arn:aws:sts::123456789012:assumed-role/exec/s")
        #expect(reading.value.userID == "AROA:s")
        #expect(reading.requestID == "r-1")
        #expect(transport.bodies == ["Action=GetCallerIdentity&Version=2011-06-15"])
        #expect(transport.requests[0].endpoint.text == "https://sts.us-east-1.amazonaws.com")
        #expect(transport.requests[0].headers.first(named: "Content-Type") == "application/x-www-form-urlencoded; charset=utf-8")
        #expect(transport.requests[0].headers.first(named: "Authorization")?.contains("/us-east-1/sts/aws4_request") == true)
    }

    @Test(arguments: [
        ("<Account>123456789012</Account>", ""), ("<UserId>AROA:s</UserId>", "<UserId>a</UserId><UserId>b</UserId>"),
        ("<Account>123456789012", "<Account>123456789013"), ("<Account>123456789012", "<Account>12345678901"), ("arn:aws:sts::123456789012:", "x:"),
        ("GetCallerIdentityResponse", "AssumeRoleResponse"),
    ])
    func `an identity that does not fit is refused`(_ part: String, _ replacement: String) throws {
        let transport = ScriptedTransport([.ok(Self.identity.replacing(part, with: replacement))])
        let refusal = try #require(throws: Refusal.self) { try Example.client(transport).getCallerIdentity() }
        #expect(refusal.code == "aws-answer-unreadable")
        #expect(refusal.message.hasPrefix("sts:GetCallerIdentity at https://sts.us-east-1.amazonaws.com"))
    }

    @Test func `a call is sent once, whatever comes back`() throws {
        let transport = ScriptedTransport([.error(500, "KMSInternalException"), .ok("{}")])
        let outcome = try Example.client(transport).call(.kms, target: "TrentService.CreateKey", body: Array("{\"Policy\":\"{}\"}".utf8))
        #expect(transport.requests.count == 1)
        #expect(transport.bodies == [#"{"Policy":"{}"}"#])
        #expect(outcome.answer?.status == 500)
        #expect(!outcome.isSettledFailure)
        #expect(RetryClass.of(outcome, isIdempotent: false) == .never)
    }

    @Test func `CloudTrail is signed for itself and sent to its own endpoint`() throws {
        let transport = ScriptedTransport([.ok("{}")])
        let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.UpdateTrail"
        _ = try Example.client(transport).call(.cloudtrail, target: target, body: Array("{}".utf8))
        #expect(transport.requests[0].endpoint.text == "https://cloudtrail.us-east-1.amazonaws.com")
        #expect(transport.requests[0].headers.first(named: "X-Amz-Target") == target)
        #expect(transport.requests[0].headers.first(named: "Authorization")?.contains("/us-east-1/cloudtrail/aws4_request") == true)
    }
}

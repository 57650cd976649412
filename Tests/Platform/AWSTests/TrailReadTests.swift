// SPDX-License-Identifier: Apache-2.0
// What is read of CloudTrail: the requests to the byte, and the answers.
import StrictFormats
import Testing

@testable import AWS

@Suite struct TrailReadTests {
    static let arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/org-trail"

    private static func reads(_ outcomes: [TransferOutcome]) throws -> (TrailReads, ScriptedTransport) {
        let transport = ScriptedTransport(outcomes)
        return (TrailReads(try Example.client(transport)), transport)
    }

    @Test func `GetTrail asks CloudTrail by its long target, and gives the key`() throws {
        let key = "arn:aws:kms:us-east-1:123456789012:key/k"
        let (reads, transport) = try Self.reads([
            .ok(#"{"Trail":{"Name":"org-trail","TrailARN":"\#(Self.arn)","HomeRegion":"us-east-1","KmsKeyId":"\#(key)","IsOrganizationTrail":true}}"#)
        ])
        let reading = try reads.getTrail(Self.arn)
        #expect(reading.value.arn == Self.arn && reading.value.homeRegion == "us-east-1" && reading.value.kmsKeyID == key)
        #expect(reading.requestID == "r-1")
        #expect(transport.bodies == [#"{"Name":"\#(Self.arn)"}"#])
        #expect(transport.requests[0].endpoint.text == "https://cloudtrail.us-east-1.amazonaws.com")
        #expect(
            transport.requests[0].headers.first(named: "X-Amz-Target")
                == "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrail")
    }

    @Test func `a trail without a key shows none; a delivery error is text or absent`() throws {
        let (reads, transport) = try Self.reads([
            .ok(#"{"Trail":{"TrailARN":"\#(Self.arn)","KmsKeyId":null}}"#), .ok(#"{"IsLogging":true}"#),
            .ok(#"{"LatestDeliveryError":"AccessDenied"}"#),
        ])
        #expect(try reads.getTrail(Self.arn).value.kmsKeyID == nil)
        #expect(try reads.latestDeliveryError(of: Self.arn).value == nil)
        #expect(try reads.latestDeliveryError(of: Self.arn).value == "AccessDenied")
        #expect(transport.bodies.count == 3)
    }

    @Test func `DescribeTrails asks for shadow trails too`() throws {
        let (reads, transport) = try Self.reads([.ok(#"{"trailList":[{"TrailARN":"\#(Self.arn)"},{"TrailARN":"b","HomeRegion":"eu-west-1"}]}"#)])
        #expect(try reads.describeTrails().value.map(\.arn) == [Self.arn, "b"])
        #expect(transport.bodies == [#"{"includeShadowTrails":true}"#])
    }

    @Test(arguments: [
        (TransferOutcome.error(400, "TrailNotFoundException"), "aws-not-found"), (.error(400, "AccessDeniedException"), "aws-access-denied"),
        (.ok("<html>"), "aws-answer-unreadable"), (.ok("{}"), "aws-answer-unreadable"), (.ok(#"{"Trail":{"Name":"x"}}"#), "aws-answer-unreadable"),
    ])
    func `what is no trail is refused with a word of its own`(outcome: TransferOutcome, code: String) throws {
        let (reads, _) = try Self.reads([outcome])
        let refusal = try #require(throws: Refusal.self) { try reads.getTrail(Self.arn) }
        #expect(refusal.code == code)
        #expect(refusal.message.hasPrefix("cloudtrail:GetTrail at https://cloudtrail.us-east-1.amazonaws.com"))
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import AWS

@Suite struct AnswerTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        var header: String?
        let body: String
        let type: String?
        let message: String?
        var testDescription: String { name }
    }

    static let shapes: [Shape] = [
        Shape(name: "KMS", body: #"{"__type":"NotFoundException","message":"no key"}"#, type: "NotFoundException", message: "no key"),
        Shape(
            name: "prefix", body: #"{"__type":"com.amazonaws.kms#AlreadyExistsException","Message":"x"}"#, type: "AlreadyExistsException",
            message: "x"),
        Shape(name: "suffix", body: #"{"__type":"TagException:http://internal.amazon.com/coral/#x"}"#, type: "TagException", message: nil),
        Shape(name: "code", body: #"{"code":"com.amazonaws#Slow:x","message":"m"}"#, type: "Slow", message: "m"),
        Shape(name: "header alone", header: "DisabledException:http://internal.amazon.com/x", body: "", type: "DisabledException", message: nil),
        Shape(name: "header wins", header: "a#First", body: #"{"__type":"Second","message":"m"}"#, type: "First", message: "m"),
        Shape(
            name: "header with a cut body", header: "LimitExceededException", body: #"{"__type":"LimitEx"#, type: "LimitExceededException",
            message: nil),
        Shape(
            name: "STS",
            body: """
                <?xml version="1.0" encoding="UTF-8"?>
                <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code>\
                <Message>it &lt;ended&gt; &#x41;</Message></Error><RequestId>r</RequestId></ErrorResponse>
                """, type: "ExpiredToken", message: "it <ended> A"),
        Shape(
            name: "a list of errors",
            body: "<ErrorResponse>\n <Errors><Error><Code>SignatureDoesNotMatch</Code><Message>m</Message></Error></Errors>\n</ErrorResponse>",
            type: "SignatureDoesNotMatch", message: "m"),
        Shape(name: "a page", body: "<!doctype html><html><Error><Code>X</Code></Error></html>", type: nil, message: nil),
        Shape(name: "XML that is cut", body: "<ErrorResponse><Error><Code>ExpiredToken</Code>", type: nil, message: nil),
        Shape(name: "a name twice", body: #"{"__type":"A","__type":"B"}"#, type: nil, message: nil),
        Shape(name: "a type that is no name", body: #"{"__type":"A B\u001b[2J"}"#, type: nil, message: nil),
        Shape(name: "a type that is no text", body: #"{"__type":7}"#, type: nil, message: nil),
        Shape(name: "null", body: "null", type: nil, message: nil),
        Shape(name: "nothing", body: "", type: nil, message: nil),
    ]

    @Test(arguments: shapes) func `an error is read from wherever the server wrote it`(_ shape: Shape) {
        let headers = shape.header.map { [HTTPHeader("x-amzn-errortype", $0)] } ?? []
        let answer = AWSAnswer(HTTPAnswer(status: 400, headers: headers + [HTTPHeader("Content-Type", "text/html")], body: Array(shape.body.utf8)))
        #expect(answer.errorType == shape.type)
        #expect(answer.errorMessage == shape.message)
    }

    @Test func `a success has no error, whatever its body says`() {
        let answer = AWSAnswer(HTTPAnswer(status: 200, headers: [HTTPHeader("X-Amzn-ErrorType", "X")], body: Array(#"{"__type":"X"}"#.utf8)))
        #expect(answer.errorType == nil)
        #expect(answer.isSuccess)
    }

    @Test(arguments: [
        ("x-amzn-RequestId", "abc-1", "abc-1"), ("X-AMZN-REQUESTID", "abc", "abc"), ("x-amzn-requestid", "a b", nil), ("x-amzn-requestid", "", nil),
        ("x-amz-id-2", "abc", nil),
    ])
    func `the request id is found whatever the header's case, and is one word`(_ name: String, _ value: String, _ expected: String?) {
        #expect(AWSAnswer(HTTPAnswer(status: 200, headers: [HTTPHeader(name, value)])).requestID == expected)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"), ("Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"), ("Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"),
        ("Mon, 06 Nov 1994 08:49:37 GMT", nil), ("Sun, 6 Nov 1994 08:49:37 GMT", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
        ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 06 Nov 1994 08:49:37 UTC", nil), ("Sun, 06 Nov 1994 08:49:37 +0000", nil),
        ("Sun, 06 Nov 1994 24:00:00 GMT", nil), ("Sun, 06 nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 8:49:37 GMT", nil),
        ("Fri, 29 Feb 2023 00:00:00 GMT", nil), ("Sun,  06 Nov 1994 08:49:37 GMT", nil), ("", nil),
    ])
    func `a date is read in its one preferred form`(_ text: String, _ expected: String?) {
        #expect(HTTPDate.instant(text)?.text == expected)
    }

    @Test(arguments: [
        (400, "AlreadyExistsException", "r", true), (403, "SignatureDoesNotMatch", "r", true), (400, "ThrottlingException", "r", true),
        (400, "AlreadyExistsException", "", false), (400, "NeverHeardOfException", "r", false), (400, "KMSInternalException", "r", false),
        (500, "AlreadyExistsException", "r", false), (200, "AlreadyExistsException", "r", false),
    ])
    func `a refusal is definite with a 4xx, a documented error and a request id`(_ status: Int, _ type: String, _ id: String, _ expected: Bool) {
        let headers = [HTTPHeader("X-Amzn-ErrorType", type), HTTPHeader("x-amzn-RequestId", id)]
        let http = HTTPAnswer(status: status, headers: headers)
        #expect(AWSAnswer(http).isDefiniteRefusal == expected)
        #expect(CallOutcome(.unclear(TransferTrouble(.cut, ""), partial: http)).isSettledFailure == expected)
    }

    @Test func `what was not sent is settled`() {
        #expect(CallOutcome(.notSent(TransferTrouble(.resolve, ""))).isSettledFailure)
        #expect(!CallOutcome(.unclear(TransferTrouble(.cut, ""), partial: nil)).isSettledFailure)
    }

    @Test(arguments: [
        "<a>", "<a></b>", "<a/><b/>", "x<a/>", "<a b/>", "<a b=c/>", "<a b='c/>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#+65;</a>",
        "<a>&</a>",
        "<!DOCTYPE a><a/>", "<a><!-- c --></a>", "<a><![CDATA[x]]></a>", "", "<>",
        String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
    ])
    func `XML beyond the little that AWS writes is refused`(_ text: String) {
        #expect(throws: Refusal.self) { try XMLReader.parse(Array(text.utf8)) }
    }

    @Test func `XML that is no UTF-8 is refused`() {
        #expect(throws: Refusal.self) { try XMLReader.parse(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    }
}

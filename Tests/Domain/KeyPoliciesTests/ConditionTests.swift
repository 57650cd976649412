// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KeyPolicies

/// One condition against one value of `k`, by the IAM User Guide's rules.
@Suite struct ConditionTests {
    private func verdict(
        _ condition: String, _ context: [(key: String, value: String)], absent: [String] = [], version: String = "2012-10-17"
    ) throws -> String {
        try word(
            try policy(statement(condition: condition), version: version), "arn:aws:iam::604183725190:user/ann", "kms:Decrypt", context,
            absent: absent)
    }

    @Test(arguments: [
        ("StringEquals", "a", "a", true), ("StringEquals", "a", "A", false), ("StringEquals", "a*", "ab", false),
        ("StringNotEquals", "a", "b", true),
        ("StringEqualsIgnoreCase", "ÄB", "äb", true), ("StringNotEqualsIgnoreCase", "AB", "ab", false),
        ("StringLike", "a*c?", "abbcd", true),
        ("StringLike", "a*c?", "abbc", false), ("StringNotLike", "a*", "b", true),
        ("StringLike", "arn:*:trail/*", "arn:x:evil:y:trail/z", true),
        ("ArnLike", "arn:aws:cloudtrail:*:281474976710:trail/*", trail, true),
        ("ArnLike", "arn:aws:cloudtrail:*:281474976710:trail/*", "arn:aws:cloudtrail:x:1:trail/y:281474976710:trail/z", false),
        ("ArnEquals", "arn:aws:*:*:*:trail/*", trail, true), ("ArnEquals", "arn:aws:*:*:trail/*", trail, false),
        ("ArnNotEquals", "*", "no arn", true),
        ("ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b", false), ("Bool", "true", "True", true),
        ("Bool", "false", "true", false),
        ("NumericEquals", "30", "30.0", true), ("NumericNotEquals", "30", "7", true), ("NumericLessThan", "30", "7", true),
        ("NumericLessThan", "30", "30", false), ("NumericLessThanEquals", "30", "30", true), ("NumericGreaterThan", "9", "10", true),
        ("NumericGreaterThanEquals", "9", "8", false), ("NumericEquals", "nan", "nan", false), ("NumericEquals", "0x10", "16", false),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", true), ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", true),
        ("DateEquals", "2026-01-01T02:00:00+02:00", "2026-01-01", true),
        ("DateGreaterThan", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.25Z", false),
        ("DateGreaterThanEquals", "2026-01-01", "tomorrow", false), ("IpAddress", "10.0.0.0/8", "10.255.0.1", true),
        ("IpAddress", "10.0.0.0/9", "10.128.0.1", false), ("NotIpAddress", "10.0.0.0/8", "11.0.0.1", true),
        ("IpAddress", "2001:db8::/32", "2001:db8:1::5", true),
        ("IpAddress", "::ffff:1.2.3.4", "1.2.3.4", false), ("IpAddress", "0.0.0.0/0", "::1", false),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ("BinaryEquals", "not base64", "not base64", false),
    ])
    func `an operator compares as IAM does`(name: String, wanted: String, found: String, holds: Bool) throws {
        #expect(try verdict(#""\#(name)":{"k":"\#(wanted)"}"#, [("k", found)]) == (holds ? "allowed" : "denied"))
    }

    @Test(arguments: [
        ("StringEquals", "denied"), ("StringNotEquals", "allowed"), ("StringEqualsIfExists", "allowed"),
        ("StringNotLikeIfExists", "allowed"),
        ("ForAllValues:StringEquals", "allowed"), ("ForAnyValue:StringEquals", "denied"), ("ForAnyValue:StringNotEquals", "denied"),
        ("ForAnyValue:StringEqualsIfExists", "unknown"), ("ArnLike", "denied"), ("NotIpAddress", "allowed"), ("NumericLessThan", "denied"),
    ])
    func `a missing key fails positive operators and passes negated ones`(name: String, answer: String) throws {
        #expect(try verdict(#""\#(name)":{"k":"0.0.0.0"}"#, [], absent: ["K"]) == answer)
        #expect(try verdict(#""\#(name)":{"k":"0.0.0.0"}"#, []) == "unknown")
    }

    @Test(arguments: [
        (#""Null":{"k":"true"}"#, "denied", "allowed", "unknown"), (#""Null":{"k":false}"#, "allowed", "denied", "unknown"),
        (#""Null":{"k":["true","false"]}"#, "allowed", "allowed", "allowed"),
    ])
    func `Null asks whether the key is there`(condition: String, present: String, absent: String, open: String) throws {
        #expect(try verdict(condition, [("k", "")]) == present)
        #expect(try verdict(condition, [], absent: ["k"]) == absent)
        #expect(try verdict(condition, []) == open)
    }

    @Test(arguments: [
        ("ForAllValues:StringEquals", ["a", "b"], "allowed"), ("ForAllValues:StringEquals", ["a", "c"], "denied"),
        ("ForAnyValue:StringEquals", ["c", "a"], "allowed"), ("ForAnyValue:StringEquals", ["c", "d"], "denied"),
        ("ForAllValues:StringNotEquals", ["c", "d"], "allowed"), ("ForAllValues:StringNotEquals", ["c", "a"], "denied"),
        ("ForAnyValue:StringNotEquals", ["a", "c"], "allowed"), ("ForAnyValue:StringNotEquals", ["a", "b"], "denied"),
        ("StringEquals", ["a", "b"], "allowed"), ("StringEquals", ["a", "c"], "unknown"), ("StringEquals", ["c", "d"], "denied"),
    ])
    func `a set of values is judged by its quantifier`(name: String, found: [String], answer: String) throws {
        #expect(try verdict(#""\#(name)":{"k":["a","b"]}"#, found.map { (key: "k", value: $0) }) == answer)
    }

    @Test(arguments: [
        (#""StringEquals":{"k":"${aws:username}"}"#, "ann", "allowed"), (#""StringEquals":{"k":"${aws:username}"}"#, "bob", "denied"),
        (#""StringLike":{"k":"${AWS:UserName}-*"}"#, "ann-1", "allowed"), (#""StringLike":{"k":"a${*}"}"#, "a*", "allowed"),
        (#""StringLike":{"k":"a${*}"}"#, "ab", "denied"), (#""StringEquals":{"k":"${aws:SourceArn}"}"#, "x", "denied"),
        (#""StringNotEquals":{"k":"${aws:SourceArn}"}"#, "x", "allowed"),
        (#""StringEquals":{"k":"${aws:SourceArn, 'none'}"}"#, "none", "allowed"),
        (#""StringEquals":{"k":"${aws:PrincipalTag/team}"}"#, "x", "unknown"),
        (#""StringEquals":{"k":"${nothing}"}"#, "${nothing}", "allowed"),
        (#""Bool":{"k":"${aws:username}"}"#, "true", "unknown"), (#""NumericEquals":{"k":"${aws:username}"}"#, "1", "denied"),
    ])
    func `a policy variable stands for the request's value`(condition: String, found: String, answer: String) throws {
        #expect(try verdict(condition, [("k", found)]) == answer)
    }

    @Test func `in version 2008-10-17 a variable stands for itself`() throws {
        #expect(try verdict(#""StringEquals":{"k":"${aws:username}"}"#, [("k", "${aws:username}")], version: "2008-10-17") == "allowed")
    }

    @Test func `an unknown operator is never taken for true or false`() throws {
        #expect(try verdict(#""StringMatches":{"k":"a"}"#, [("k", "a")]) == "unknown")
        #expect(ConditionOperator("NullIfExists") == nil)
        #expect(ConditionOperator("ForAnyValue:Null") == nil)
        #expect(ConditionOperator("IfExists") == nil)
    }

    @Test func `all conditions must hold, one failing is enough to know`() throws {
        #expect(try verdict(#""StringEquals":{"k":"a","m":"b"}"#, [("k", "z")]) == "denied")
        #expect(try verdict(#""StringEquals":{"k":"a","m":"b"}"#, [("k", "a")]) == "unknown")
        #expect(try verdict(#""StringEquals":{"k":"a"},"StringNotEquals":{"K":"b"}"#, [("k", "a")]) == "allowed")
    }
}

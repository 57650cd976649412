// SPDX-License-Identifier: Apache-2.0
// The reader of many entries agrees with the reader of one: on every type, and on every byte of each that is another one.
import Cryptography
import StrictFormats
import Testing

@testable import Ledger

@Suite struct EntryDecoderTests {
    private static let digest = "sha256:" + String(repeating: "0a1b2c3d", count: 8)
    private static let head = #"{"actor":{"keyid":"\#(digest)","owner":"release-engineering","tool":"countersign/1"},"#
    private static let end = #"{"code":"aborted","done":["create-key","tag"],"key":{"arn":"arn:aws:kms:::key/k","id":"k"},"message":"é\n"}"#

    /// What an entry of each type holds in `data`.
    private static let samples: [(type: EntryType, data: String)] = [
        (
            .genesis,
            #"{"envelope":"\#(digest)","format":"countersign/ledger/v1","ledgerKey":"\#(digest)","nonce":"\#(Base64.encode(Array(repeating: 7, count: 32)))","origin":"example.com/log","trust":{"digest":"\#(digest)","version":1}}"#
        ),
        (.trustUpdated, #"{"envelope":"\#(digest)","trust":{"digest":"\#(digest)","version":2}}"#),
        (.bundleReceived, #"{"envelope":"\#(digest)","id":"0192f7a0-5c3e-7abc-8def-0123456789ab"}"#),
        (.approvalReceived, #"{"approver":"alice","decision":"approve","envelope":"\#(digest)","keyid":"\#(digest)","payload":"\#(digest)"}"#),
        (
            .executionAuthorized,
            #"{"approvals":["\#(digest)"],"clock":{"aws":"2026-11-24T12:00:00Z","local":"2026-11-24T12:00:01Z"},"identity":{"account":"604183725190","arn":"arn:aws:sts:::x","userId":"AROA:x"},"owners":["alice","bob"],"review":{"sha256":"\#(digest)","version":1},"trust":{"digest":"\#(digest)","version":1}}"#
        ),
        (.executionRefused, #"{"clockBehind":75,"code":"approvals-missing","message":"1 of 2 \"approvers\""}"#),
        (
            .preconditionChecked,
            #"{"name":"alias-free","observed":{"aliases":[1,true,null,{}]},"requestId":"r","response":"\#(digest)","result":"holds"}"#
        ),
        (.expectationChecked, #"{"grade":"byte-equal","name":"policy","observed":{},"result":"not-shown"}"#),
        (
            .requestIntended,
            #"{"attempt":1,"body":"\#(digest)","endpoint":"https://kms.us-east-1.amazonaws.com","name":"create-key","pin":"\#(digest)","sent":"\#(digest)","service":"kms","target":"TrentService.CreateKey"}"#
        ),
        (.requestSent, #"{"date":"2026-11-24T12:00:00Z","intent":7}"#),
        (
            .requestCompleted,
            #"{"binds":{"keyId":"k"},"date":"2026-11-24T12:00:00Z","intent":7,"requestId":"r","response":"\#(digest)","status":200}"#
        ),
        (.requestFailed, #"{"code":"AccessDeniedException","intent":7,"message":"no","status":400}"#),
        (.requestUnknown, #"{"cause":"timed-out","intent":7}"#),
        (.requestResolved, #"{"binds":{},"evidence":{"keys":0},"intent":7,"outcome":"not-applied"}"#),
        (.executionCompleted, end), (.executionFailed, end), (.executionAbandoned, end),
        (
            .reconciled,
            #"{"explained":4,"missing":0,"report":"\#(digest)","unexplained":0,"window":{"from":"2026-11-24T12:00:00Z","to":"2026-11-25T12:00:00Z"}}"#
        ),
        (
            .planChecked,
            #"{"approvals":["\#(digest)"],"checker":"carol","envelope":"\#(digest)","keyid":"\#(digest)","payload":"\#(digest)","plan":"\#(digest)"}"#
        ),
    ]

    private static func text(_ type: EntryType, _ data: String, bundle: Bool, seq: Int = 4711) -> [UInt8] {
        let member = bundle ? #""bundle":"\#(digest)","# : ""
        return Array(#"\#(head)\#(member)"data":\#(data),"seq":\#(seq),"time":"2026-11-24T12:00:02Z","type":"\#(type.rawValue)"}"#.utf8)
    }

    private static func namesBundle(_ type: EntryType) -> Bool { ![.genesis, .trustUpdated, .reconciled].contains(type) }

    /// One that has read an entry of the same writer.
    private static func primed() throws -> EntryDecoder {
        var decoder = EntryDecoder()
        _ = try decoder.decode(text(.requestSent, #"{"intent":1}"#, bundle: true))
        return decoder
    }

    private static func agree(_ bytes: [UInt8], _ decoder: inout EntryDecoder) -> Bool {
        let one = Result { () throws(Refusal) in try Entry(bytes) }
        let many = Result { () throws(Refusal) in try decoder.decode(bytes) }
        switch (one, many) {
        case (.success(let a), .success(let b)): return a == b && a.bytes == bytes
        case (.failure(let a), .failure(let b)): return a == b
        default: return false
        }
    }

    @Test func `there is a sample of every type`() { #expect(Self.samples.map(\.type) == EntryType.allCases) }

    @Test(arguments: EntryType.allCases) func `every type, and every byte of it changed, left out or doubled`(_ type: EntryType) throws {
        let data = try #require(Self.samples.first { $0.type == type }).data
        let bytes = Self.text(type, data, bundle: Self.namesBundle(type))
        var decoder = try Self.primed()
        #expect(try decoder.decode(bytes).type == type)
        #expect(Self.agree(bytes, &decoder))
        #expect(Self.agree(Self.text(type, data, bundle: !Self.namesBundle(type)), &decoder))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(Self.agree(changed, &decoder), "byte \(index) changed")
            changed = bytes
            changed.remove(at: index)
            #expect(Self.agree(changed, &decoder), "byte \(index) left out")
            changed = bytes
            changed.insert(bytes[index], at: index)
            #expect(Self.agree(changed, &decoder), "byte \(index) doubled")
        }
    }

    @Test(arguments: ["00", "01", "-1", "9007199254740991", "9007199254740992", "99999999999999999999", "1.0", "1e2", "", "0"])
    func `numbers at their bounds`(_ number: String) throws {
        var decoder = try Self.primed()
        let bytes = Array(
            String(decoding: Self.text(.requestSent, #"{"intent":1}"#, bundle: true, seq: 5), as: UTF8.self)
                .replacing(#""seq":5"#, with: #""seq":\#(number)"#).utf8)
        #expect(Self.agree(bytes, &decoder))
    }

    @Test func `another writer is read as it stands, and the first one again`() throws {
        var decoder = try Self.primed()
        let bytes = Self.text(.requestUnknown, #"{"cause":"timed-out","intent":7}"#, bundle: true)
        let other = Array(String(decoding: bytes, as: UTF8.self).replacing("release-engineering", with: "another").utf8)
        #expect(try decoder.decode(other).actor.owner == "another")
        #expect(try decoder.decode(bytes).actor.owner == "release-engineering")
        #expect(try decoder.decode(other) == Entry(other))
        // A member more, where the writer ends.
        #expect(Self.agree(Array(String(decoding: other, as: UTF8.self).replacing(#""tool":"#, with: #""t":1,"tool":"#).utf8), &decoder))
    }

    @Test func `depth counts from the outermost value`() throws {
        var decoder = try Self.primed()
        for depth in 59...64 {
            let nested = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
            #expect(Self.agree(Self.text(.expectationChecked, #"{"name":"n","observed":\#(nested),"result":"holds"}"#, bundle: true), &decoder))
        }
    }
}

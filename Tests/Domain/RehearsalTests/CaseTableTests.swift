// SPDX-License-Identifier: Apache-2.0
// The table of cases that the model, the strict stand-in and moto answer alike (Tests/Support/kms_cases.json; the servers run
// it in test_kms_cases.py).
import Bundles
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Rehearsal

@Suite struct CaseTableTests {
    static let table = Result { () throws in
        try JSONDocument([UInt8](Data(contentsOf: URL(fileURLWithPath: PackageFolder.path + "/Tests/Support/kms_cases.json"))), rules: .general).root
    }

    static let count = (try? table.get()["cases"]?.arrayValue?.count) ?? 0

    @Test func `the table is there`() { #expect(Self.count >= 60) }

    @Test(arguments: 0..<count) func `the model answers each case as AWS does`(row: Int) throws {
        let root = try Self.table.get()
        let cases = try #require(root["cases"]?.arrayValue)
        let name = try #require(cases[row]["name"]?.stringValue)
        var run = CaseRun(texts: try #require(root["texts"]))
        for step in try #require(cases[row]["steps"]?.arrayValue) {
            let parts = try #require(step.arrayValue)
            try run.step(parts, "\(name): \(JSONWriter.canonicalText(step))")
        }
    }
}

/// One case, in a fresh account.
struct CaseRun {
    static let start = Instant(secondsSince1970: 1_800_000_000)
    static let trail = "arn:aws:cloudtrail:us-east-1:123456789012:trail/org-trail"

    let texts: JSONValue
    var model = ModelTests.model()
    var saved: [String: String] = [:]

    init(texts: JSONValue) { self.texts = texts }

    private func filled(_ value: JSONValue) throws -> JSONValue {
        switch value.content {
        case .object(let members): return .object(try members.map { ($0.name, try filled($0.value)) })
        case .array(let elements): return .array(try elements.map(filled))
        case .string(let text) where text.hasPrefix("$"): return .string(try self.text(String(text.dropFirst())))
        default: return value
        }
    }

    private func text(_ name: String) throws -> String {
        if let value = saved[name] { return value }
        let text = try #require(texts[name])
        if let plain = text.stringValue { return plain }
        let (other, spaces) = (try #require(text["text"]?.stringValue), try #require(text["spaces"]?.integerValue))
        return try self.text(other) + String(repeating: " ", count: spaces)
    }

    /// A step's part that is a text.
    private func word(_ value: JSONValue) throws -> String { try #require(value.stringValue) }

    private mutating func save(_ name: String) throws {
        let id = try #require(model.keys.last?.id)
        saved[name] = id
        saved[name + ".arn"] = model.arn(id)
    }

    private mutating func call(_ operation: String, _ body: JSONValue) -> String? {
        let prefix = operation == "UpdateTrail" ? "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." : "TrentService."
        if case .refused(let code, _) = model.apply(prefix + operation, JSONWriter.canonical(body), at: Self.start) { return code }
        return nil
    }

    mutating func step(_ parts: [JSONValue], _ comment: Comment) throws {
        let kind = try #require(parts[0].stringValue)
        switch kind {
        case "Key":
            #expect(call("CreateKey", try filled(.object([("Policy", "$root"), ("Description", "")]))) == nil, comment)
            try save(try word(parts[1]))
        case "Grant":
            let name = try text(word(parts[2]))
            let index = try #require(model.index(name))
            let grant = "0c237476b39f8bc44e45212e08498fbe3151305030726c0590dd8d3e9f3d6a60"
            model.keys[index].grants.write([grant], from: Self.start)
            saved[try word(parts[1])] = grant
        case "Trail": model.trails[Self.trail] = KMSModel.Trail(homeRegion: try word(parts[1]), from: Self.start)
        case "ReadTrail": #expect(model.trails[Self.trail]?.key.latest == (try filled(parts[1])["key"]?.stringValue), comment)
        case "Read":
            let name = try text(word(parts[1]))
            try read(try #require(model.visible(name, Self.start)), try filled(parts[2]), comment)
        default:
            let more = parts.count > 2 ? parts[2] : .object([])
            #expect(call(kind, try filled(parts[1])) == more["error"]?.stringValue, comment)
            if let name = more["save"]?.stringValue { try save(name) }
        }
    }

    private func read(_ key: KMSModel.Key, _ wanted: JSONValue, _ comment: Comment) throws {
        for member in try #require(wanted.objectValue) {
            let value = member.value
            switch member.name {
            case "state": #expect(key.state(at: Self.start) == value.stringValue, comment)
            case "description": #expect(key.description.latest == value.stringValue, comment)
            case "deletionDays": #expect(key.deletion == Self.start + (value.integerValue ?? 0) * 86_400, comment)
            case "rotation": #expect(key.rotation?.days == value.integerValue, comment)
            case "tags":
                let tags = key.tags.latest.map { ($0.key, JSONValue.string($0.value)) }
                #expect(JSONValue.object(tags) == value, comment)
            case "aliases":
                #expect(model.aliases.filter { $0.value.key == key.id }.keys.sorted() == value.arrayValue?.compactMap(\.stringValue), comment)
            case "grants": #expect(key.grants.latest.count == value.integerValue, comment)
            case "policy": #expect(key.policies.last?.text == value.stringValue, comment)
            default: Issue.record("nobody reads \(member.name)")
            }
        }
    }
}

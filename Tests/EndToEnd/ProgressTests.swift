// SPDX-License-Identifier: Apache-2.0
// What `execute` says while it runs, to those who ask for it.

import StrictFormats
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(5))) struct ProgressTests {
    @Test func `with --progress and JSON each event is a line on standard error, the answer one on standard output`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved("events")
        let ended = try ceremony.must(ceremony.execution(of: "events", more: ["--format", "json", "--progress"]))
        var events: [String] = []
        // A warning is a line in words, and stands in the answer too.
        for line in ended.err.split(separator: "\n") where !line.hasPrefix("countersign: warning: ") {
            let event = try JSONDocument(Array(line.utf8), rules: .signed).root
            let name = try #require(event["event"]?.stringValue)
            if name == "waiting" { #expect(event["for"] != nil && event["until"] != nil) }
            let detail = event["operation"]?.stringValue ?? event["expectation"]?.stringValue
            events.append(name + (detail.map { " \($0)" } ?? ""))
        }
        #expect(
            events.filter { $0 != "waiting" } == [
                "identifying", "checking", "sending CreateKey", "sending EnableKeyRotation", "sending CreateAlias", "reading-back key-settings",
                "reading-back key-policy", "reading-back rotation", "reading-back alias",
            ])
        #expect(try JSONDocument(Array(ended.out.utf8), rules: .authored).root["ending"]?.stringValue == "completed")
    }

    @Test func `with --progress alone it is said in words, without it and without a terminal not at all`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved("words")
        let ended = try ceremony.must(ceremony.execution(of: "words", more: ["--progress"]))
        #expect(ended.err.contains("  … asking AWS who we are\n  … checking what must hold before\n  … sending CreateKey\n"))
        try ceremony.approved("silent")
        #expect(!(try ceremony.must(ceremony.execution(of: "silent")).err.contains("…")))
    }
}

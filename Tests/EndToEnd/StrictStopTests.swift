// SPDX-License-Identifier: Apache-2.0
// Stops of docs/operations.md that only a whole machine can bring about.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct StrictStopTests {
    private func code(_ ended: Ended) throws -> String? {
        let last = try #require(ended.err.split(separator: "\n").last)
        return try JSONDocument(Array(last.utf8), rules: .authored).root["error"]?["code"]?.stringValue
    }

    @Test func `a machine whose role changes during an execution is not followed, and the same bundle goes through afterwards`() throws {
        let server = try StrictServer()
        let desk = try StrictDesk(url: server.url, credentials: "/dev/null")
        try desk.approve("own", try desk.createKey("machine"))
        try desk.ceremony.write("config", "[profile machine]\nregion = us-east-1\n")
        try server.control(#"{"roles": ["one", "two"]}"#)
        let machine = [
            "AWS_CONFIG_FILE": desk.ceremony.scratch.file("config"), "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url,
        ]
        let ended = try desk.execute("own", profile: "machine", ["--format", "json"], environment: machine)
        #expect(ended.exit == 78, Comment(rawValue: ended.err))
        #expect(try code(ended) == "credentials-changed")
        #expect(ended.err.contains("the credentials came from role one of this instance, and now come from role two of this instance"))
        #expect(try !desk.ceremony.story().contains { $0.hasPrefix("request-") })
        let again = try desk.execute("own", profile: "machine", environment: machine)
        #expect(again.exit == 0, Comment(rawValue: again.err))
        #expect(try desk.ceremony.findings().verdict == "verified")
    }

    @Test func `a ledger on a network file system is refused, and nothing is written`() throws {
        let server = try StrictServer()
        let desk = try StrictDesk(url: server.url, credentials: server.credentials)
        try desk.approve("own", try desk.createKey("remote"))
        let before = try desk.ceremony.bytes("ledger.sqlite")
        // The system says of every folder that it is NFS (statfs(2), f_type 0x6969).
        let nfs = ["strace", "-f", "-o", "/dev/null", "-e", "trace=statfs", "-e", "inject=statfs:poke_exit=@arg2=6969000000000000"]
        let ended = try desk.execute("own", ["--format", "json"], under: nfs)
        #expect(ended.exit == 78, Comment(rawValue: ended.err))
        #expect(try code(ended) == "ledger-remote")
        #expect(try desk.ceremony.bytes("ledger.sqlite") == before)
        // Under a second name another execution would have a lock and a log of its own.
        let names = (desk.ceremony.scratch.file("ledger.sqlite"), desk.ceremony.scratch.file("second.sqlite"))
        #expect(link(names.0, names.1) == 0)
        let linked = try desk.execute("own", ["--format", "json"])
        #expect(linked.exit == 78, Comment(rawValue: linked.err))
        #expect(try code(linked) == "ledger-linked")
        #expect(try desk.ceremony.bytes("ledger.sqlite") == before)
        #expect(unlink(names.1) == 0)
        #expect(try desk.execute("own").exit == 0)
    }
}

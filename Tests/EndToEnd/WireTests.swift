// SPDX-License-Identifier: Apache-2.0
// The real program over real sockets that speak TLS, or do not: what docs/faults.md says of failures of TLS, of a server that takes
// a request and says nothing past the deadline, and of one that asks for a pause.

import Foundation
import TestSupport
import Testing

/// A key to be made through a proxy that speaks TLS.
private struct Wire {
    let server: StrictServer
    let proxy: FaultProxy
    let desk: StrictDesk

    init() throws {
        server = try StrictServer()
        proxy = try FaultProxy(server.url, tls: true)
        desk = try StrictDesk(url: proxy.url, credentials: server.credentials, authority: proxy.folder.file("authority.pem"))
        try desk.approve("own", try desk.createKey("wire"))
    }

    /// How often the server carried that operation out.
    func count(_ operation: String) throws -> Int { try proxy.carriedOut().filter { $0 == operation }.count }

    /// One key, as approved, and a ledger in which nothing is wrong.
    func expectWhole(_ comment: Comment) throws {
        #expect(try count("CreateKey") == 1, comment)
        let drift = try desk.read(["drift", "ledger.sqlite", "--alias", "wire"])
        #expect(drift.exit == 0, Comment(rawValue: "\(comment): \(drift.err)\(drift.out)"))
        #expect(try desk.ceremony.findings().verdict == "verified", comment)
    }

    /// The attempts at requests, in the ledger's words.
    func attempts() throws -> [String] { try desk.ceremony.story().filter { $0.hasPrefix("request-") && $0 != "request-sent" } }
}

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct WireTests {
    private static let before = ["genesis", "bundle-received", "approval-received", "approval-received"]
    static let handshakes = ["wrong-name", "expired", "stranger", "cut"]
    private static func words(_ fault: String) -> String {
        switch fault {
        case "wrong-name": "no alternative certificate subject name matches target host name '127.0.0.1'"
        case "expired": "certificate has expired"
        case "stranger": "unable to get local issuer certificate"
        default: "(tls: "
        }
    }
    private static func list(_ fault: String, _ count: Int) -> String {
        "[" + [String](repeating: "\"\(fault)\"", count: count).joined(separator: ", ") + "]"
    }

    @Test(arguments: handshakes) func `no TLS from the start: exit 69, nothing is used up, and the same bundle goes through afterwards`(
        _ fault: String
    ) throws {
        let wire = try Wire()
        try wire.proxy.faults("{\"handshakes\": {\"\": \(Self.list(fault, 20))}}")
        let ended = try wire.desk.execute("own")
        #expect(ended.exit == 69, Comment(rawValue: ended.err))
        #expect(ended.err.contains("sts:GetCallerIdentity at \(wire.proxy.url): nothing was sent ("))
        #expect(ended.err.contains(Self.words(fault)), Comment(rawValue: ended.err))
        #expect(try wire.desk.ceremony.story() == Self.before)
        #expect(try wire.proxy.carriedOut() == [])
        let resumed = try wire.desk.resume(["--format", "json"])
        #expect(resumed.exit == 1)
        #expect(resumed.err.contains("\"code\":\"nothing-open\""), Comment(rawValue: resumed.err))
        try wire.proxy.faults("{}")
        #expect(try wire.desk.execute("own").exit == 0)
        try wire.expectWhole("\(fault) from the start")
    }

    /// The request before whose connection TLS fails, and the one that is answered last before it.
    static let sends = [("CreateKey", "ListKeys"), ("EnableKeyRotation", "GetKeyPolicy"), ("CreateAlias", "EnableKeyRotation")]

    @Test(arguments: handshakes, sends) func `TLS fails once before a request: it is sent again, once, and the execution completes`(
        _ fault: String, _ send: (operation: String, after: String)
    ) throws {
        let wire = try Wire()
        try wire.proxy.faults("{\"handshakes\": {\"\(send.after)\": \(Self.list(fault, 1))}}")
        let ended = try wire.desk.execute("own")
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        #expect(try wire.attempts().filter { $0.hasPrefix("request-failed") } == ["request-failed not-sent"])
        #expect(try wire.count(send.operation) == 1)
        try wire.expectWhole("\(fault) before \(send.operation)")
    }

    @Test func `TLS fails three times before CreateKey: exit 69, nothing is used up, execute goes through`() throws {
        let wire = try Wire()
        try wire.proxy.faults("{\"handshakes\": {\"ListKeys\": \(Self.list("expired", 3))}}")
        let ended = try wire.desk.execute("own", ["--format", "json"])
        #expect(ended.exit == 69)
        #expect(ended.err.contains("\"code\":\"not-sent\""), Comment(rawValue: ended.err))
        let attempt = ["request-intended create-key", "request-failed not-sent"]
        #expect(try wire.attempts() == attempt + attempt + attempt)
        #expect(try wire.count("CreateKey") == 0)
        #expect(try wire.desk.execute("own").exit == 0)
        try wire.expectWhole("three times before CreateKey")
    }

    @Test(arguments: sends.dropFirst()) func `TLS fails three times before a later request: exit 75, and resume completes`(
        _ send: (operation: String, after: String)
    ) throws {
        let wire = try Wire()
        try wire.proxy.faults("{\"handshakes\": {\"\(send.after)\": \(Self.list("wrong-name", 3))}}")
        let ended = try wire.desk.execute("own", ["--format", "json"])
        #expect(ended.exit == 75)
        #expect(ended.err.contains("\"code\":\"not-sent\""), Comment(rawValue: ended.err))
        #expect(try wire.attempts().suffix(1) == ["request-failed not-sent"])
        #expect(try wire.count(send.operation) == 0)
        for _ in 0..<2 { #expect(try wire.desk.resume().exit == 0) }
        #expect(try wire.count(send.operation) == 1)
        try wire.expectWhole("three times before \(send.operation)")
    }

    /// What a server is silent about, and what the server does all the same.
    static let silences = [("", "silent")] + ["CreateKey", "EnableKeyRotation", "CreateAlias"].flatMap { [($0, "hold-before"), ($0, "hold-after")] }

    /// All of them side by side: each waits for a minute.
    @Test func `a server that says nothing is waited for a bounded time: unknown if it has the request, and resume converges`() throws {
        let wires = try Self.silences.map { operation, fault in
            let wire = try Wire()
            try wire.proxy.faults(
                fault == "silent" ? "{\"handshakes\": {\"\": \(Self.list(fault, 20))}}" : "{\"\(operation)\": [\"\(fault)\"]}")
            return wire
        }
        let start = Date()
        let endings = try atOnce(wires.map { wire in { try wire.desk.execute("own", seconds: 150, ["--format", "json"]) } })
        #expect(Date().timeIntervalSince(start) < 120)
        for ((wire, ended), (operation, fault)) in zip(zip(wires, endings), Self.silences) {
            if fault == "silent" {
                try expectNothingUsedUp(wire, ended)
            } else {
                try expectConvergence(wire, ended, operation, fault)
            }
        }
    }

    /// No connection came about: nothing was sent.
    private func expectNothingUsedUp(_ wire: Wire, _ ended: Ended) throws {
        #expect(ended.exit == 69, Comment(rawValue: ended.err))
        #expect(ended.err.contains("\"code\":\"aws-unreachable\""), Comment(rawValue: ended.err))
        #expect(ended.err.contains("nothing was sent (timeout: "), Comment(rawValue: ended.err))
        #expect(try wire.desk.ceremony.story() == Self.before)
        try wire.proxy.faults("{}")
        #expect(try wire.desk.execute("own").exit == 0)
        try wire.expectWhole("never shakes hands")
    }

    private func expectConvergence(_ wire: Wire, _ ended: Ended, _ operation: String, _ fault: String) throws {
        let what = Comment(rawValue: "\(fault) at \(operation): \(ended.err)")
        #expect(ended.exit == 75, what)
        #expect(ended.err.contains("\"code\":\"outcome-unknown\""), what)
        #expect(ended.err.contains("timed out"), what)
        #expect(try wire.desk.ceremony.story().last == "request-unknown", what)
        let resumed = try wire.desk.resume(["--wait", "2"])
        if operation == "CreateKey", fault == "hold-before" {
            // No key shows: it is never sent again, and a person ends it.
            #expect(resumed.exit == 75, Comment(rawValue: resumed.err))
            #expect(try wire.count("CreateKey") == 0)
            #expect(try wire.desk.resume(["--abandon"]).exit == 1)
            #expect(try wire.desk.ceremony.story().last == "execution-abandoned abandoned")
            #expect(try wire.desk.ceremony.findings().verdict == "verified")
            return
        }
        #expect(resumed.exit == 0, Comment(rawValue: resumed.err))
        #expect(try wire.desk.resume().exit == 0)
        #expect(try wire.count(operation) == 1, what)
        try wire.expectWhole(what)
    }

    @Test func `AWS asks for a pause: it is kept to the second where it ends in time, and not begun where it does not`() throws {
        let wire = try Wire()
        try wire.proxy.faults("{\"CreateKey\": [\"throttle-3\"], \"ListKeys\": [\"throttle-2\"]}")
        let start = Date()
        #expect(try wire.desk.execute("own").exit == 0)
        #expect(Date().timeIntervalSince(start) >= 5)
        try wire.expectWhole("throttled with a Retry-After")

        try wire.desk.approve("second", try wire.desk.createKey("second"))
        try wire.proxy.faults("{\"CreateKey\": [\"throttle-900\"]}")
        let again = Date()
        let ended = try wire.desk.execute("second", ["--format", "json"])
        #expect(Date().timeIntervalSince(again) < 30)
        #expect(ended.exit == 75)
        #expect(ended.err.contains("\"code\":\"throttled\""), Comment(rawValue: ended.err))
        #expect(ended.err.contains("AWS asks to be left alone for 900 seconds, and "), Comment(rawValue: ended.err))
        #expect(try wire.desk.ceremony.story().last == "request-failed ThrottlingException")
        #expect(try wire.desk.resume().exit == 0)
        #expect(try wire.desk.ceremony.findings().verdict == "verified")
    }
}

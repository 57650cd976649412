// SPDX-License-Identifier: Apache-2.0
// The executor against a server behind TLS whose authority was made on the spot, and against one that it has no reason to trust.

import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct TLSTests {
    static let golden = Golden("tls")

    /// The TLS server has identities of its own.
    private func environment(authority: String? = "authority") throws -> [String: String] {
        let servers = try TestServers.shared()
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": servers.credentials("tls")]
        if let authority { environment["AWS_CA_BUNDLE"] = servers.certificate(authority) }
        return environment
    }

    @Test func `a key is made through TLS with the authority in AWS_CA_BUNDLE`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        let ended = try ceremony.run(ceremony.execution(of: "own", server: "tls"), environment: environment())
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        let endpoints = try ceremony.entries().compactMap(\.data.endpoint)
        #expect(Set(endpoints) == [try TestServers.shared().url("tls")])
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test(arguments: ["stranger", nil]) func `a certificate of another authority is refused, nothing leaves, and nothing is used up`(
        _ authority: String?
    ) throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        let ended = try ceremony.run(ceremony.execution(of: "own", server: "tls"), environment: environment(authority: authority))
        #expect(ended.exit == 69)
        try Self.golden.compare("authority: \(authority ?? "the system's")", ceremony.plain(ended.err))
        #expect(try ceremony.story() == ["genesis", "bundle-received", "approval-received", "approval-received"])
        // The same bundle goes through once the right authority is given.
        let again = try ceremony.run(ceremony.execution(of: "own", server: "tls"), environment: environment())
        #expect(again.exit == 0, Comment(rawValue: again.err))
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `a bundle of authorities that is not there is refused`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        let ended = try ceremony.run(
            ceremony.execution(of: "own", server: "tls"),
            environment: environment().merging(["AWS_CA_BUNDLE": ceremony.scratch.file("nowhere.pem")]) { $1 })
        #expect(ended.exit == 69)
        try Self.golden.compare("authority: a file that is not there", ceremony.plain(ended.err))
    }

    @Test func `a name that the certificate does not carry is refused`() throws {
        let ceremony = try Ceremony()
        let url = try TestServers.shared().url("tls").replacingOccurrences(of: "127.0.0.1", with: "localhost")
        let key = ServerTests.someKey
        let ended = try ceremony.run(
            ["snapshot", key, "--profile", "reader", "--endpoint-url", url, "--out", "out.json"], environment: environment())
        #expect(ended.exit == 69)
        try Self.golden.compare("another name", ceremony.plain(ended.err).replacingOccurrences(of: url, with: "{localhost}"))
        #expect(!FileManager.default.fileExists(atPath: ceremony.scratch.file("out.json")))
    }
}

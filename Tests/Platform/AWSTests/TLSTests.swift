// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import AWS

/// TLS for real, with an authority made on the spot.
@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    private static func send(_ server: TLSServer, authority: String?, host: String = "127.0.0.1") -> TransferOutcome {
        var settings = TransportSettings(environment: authority.map { ["AWS_CA_BUNDLE": $0] } ?? [:])
        settings.connectMilliseconds = 5_000
        settings.totalMilliseconds = 8_000
        return CurlTransport(settings: settings).send(HTTPRequest(.post, AWSEndpoint(scheme: .https, host: host, port: server.port), body: [1]))
    }

    @Test func `a certificate counts only if it is trusted, for this name, and in its time`() throws {
        let certificates = try Certificates()
        let good = try certificates.issue("good", subject: "IP:127.0.0.1,DNS:localhost", days: 1)
        let server = try TLSServer(certificate: good.certificate, key: good.key)
        defer { server.stop() }
        for host in ["127.0.0.1", "localhost"] {
            guard case .answered(let answer) = Self.send(server, authority: certificates.authority, host: host) else {
                Issue.record("a good certificate is trusted for \(host)")
                continue
            }
            #expect(AWSAnswer(answer).requestID == "tls")
        }
        let untrusted = "the server's certificate is not trusted; AWS_CA_BUNDLE names a file of authorities to trust instead of the system's"
        let unread = "the file of authorities cannot be read: AWS_CA_BUNDLE, or ca_bundle of the profile, names it"
        for (authority, hint) in [(certificates.stranger, untrusted), (nil, untrusted), ("/nowhere/ca.pem", unread), (good.key, unread)] {
            let trouble = try #require(Self.send(server, authority: authority).notSentTrouble)
            #expect(trouble.kind == .certificate)
            #expect(trouble.certificateHint == hint, "\(trouble)")
        }
        let modern = try TLSServer(certificate: good.certificate, key: good.key, version: "TLSv1_3")
        defer { modern.stop() }
        guard case .answered = Self.send(modern, authority: certificates.authority) else {
            Issue.record("TLS 1.3 is spoken")
            return
        }
    }

    @Test func `an expired certificate or one for another name is not sent to`() throws {
        let certificates = try Certificates()
        let late =
            "the server's certificate is not of this time: whoever runs the server renews it; or this machine's clock is wrong"
        let other = "the server's certificate is for another name than the address says: check the address"
        for (name, subject, days, hint) in [("expired", "IP:127.0.0.1", -1, late), ("other", "DNS:other.example", 1, other)] {
            let issued = try certificates.issue(name, subject: subject, days: days)
            let server = try TLSServer(certificate: issued.certificate, key: issued.key)
            defer { server.stop() }
            let trouble = try #require(Self.send(server, authority: certificates.authority).notSentTrouble)
            #expect(trouble.kind == .certificate, "\(name)")
            #expect(trouble.certificateHint == hint, "\(trouble)")
        }
    }

    // Two locks hold here: our floor, and the security level of the distribution's OpenSSL. The test sees the door, not which lock.
    @Test func `a server that has only TLS 1.1 is not sent to`() throws {
        let certificates = try Certificates()
        let good = try certificates.issue("good", subject: "IP:127.0.0.1", days: 1)
        let server = try TLSServer(certificate: good.certificate, key: good.key, version: "TLSv1_1")
        defer { server.stop() }
        #expect(try #require(Self.send(server, authority: certificates.authority).notSentTrouble).kind == .tls)
    }

    @Test func `a server that speaks no TLS is not sent to`() throws {
        let server = ScriptedServer([.blurt("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
        defer { server.stop() }
        var settings = TransportSettings()
        settings.connectMilliseconds = 2_000
        let outcome = CurlTransport(settings: settings).send(HTTPRequest(.post, AWSEndpoint(scheme: .https, host: "127.0.0.1", port: server.port)))
        #expect(try #require(outcome.notSentTrouble).kind == .tls)
    }
}

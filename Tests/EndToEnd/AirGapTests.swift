// SPDX-License-Identifier: Apache-2.0
// countersign-airgap opens no socket, links no network library, and works where there is no network at all.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct AirGapTests {
    static let commands: [[String]] = [
        ["review", "bundle.json", "--trust", "trust.json"],
        ["review", "bundle.json", "--trust", "trust.json", "--raw", "--format", "json"],
        ["approve", "bundle.json", "--trust", "trust.json", "--key", "bob", "--expect", "BUNDLE", "--out", "out.json"],
        ["reject", "bundle.json", "--trust", "trust.json", "--key", "bob", "--expect", "BUNDLE", "--reason", "no", "--out", "out.json"],
        ["audit", "verify", "ledger.sqlite", "--genesis", "GENESIS"],
        ["audit", "show", "ledger.sqlite"],
        ["key", "generate", "--out", "new", "--no-passphrase"],
        ["key", "show", "alice.pub"],
        ["trust", "verify", "trust.json"],
        ["trust", "show", "trust.json"],
        ["--help"],
        ["--version"],
    ]

    private func arguments(_ words: [String], _ ceremony: Ceremony) -> [String] {
        words.map { $0 == "BUNDLE" ? ceremony.digest("bundle") : $0 == "GENESIS" ? ceremony.digest("genesis") : $0 }
    }

    @Test(arguments: commands) func `no system call of it is about a network`(_ words: [String]) throws {
        let ceremony = try Ceremony()
        let trace = ceremony.scratch.file("trace")
        let ended = try ceremony.run(arguments(words, ceremony), program: Built.airgap, under: ["strace", "-f", "-e", "trace=network", "-o", trace])
        if ended.err.contains("Operation not permitted") { Issue.record("this machine permits no ptrace: \(ended.err)") }
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        let calls = try ceremony.text("trace").split(separator: "\n").filter { $0.contains("(") }
        #expect(calls == [])
    }

    @Test(arguments: commands) func `it runs in an empty network namespace`(_ words: [String]) throws {
        let ceremony = try Ceremony()
        let ended = try ceremony.run(arguments(words, ceremony), program: Built.airgap, under: ["unshare", "-rn"])
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
    }

    @Test(arguments: ["prepare", "execute", "resume", "snapshot", "ledger"]) func `a word of the other executable is said to be there`(
        _ word: String
    ) throws {
        let ceremony = try Ceremony()
        let ended = try ceremony.run([word, "bundle.json"], program: Built.airgap)
        #expect(ended.exit == 64)
        #expect(
            ended.err == """
                countersign: \(word) is not in countersign-airgap, which neither reaches a network nor writes a ledger
                  hint: on the machine that does: countersign \(word)

                """)
    }

    @Test func `a command of the other executable under a word that both have is said to be there`() throws {
        for line in [["witness", "serve", "--port", "1"], ["help", "witness", "serve"]] {
            let ended = try Program([Built.airgap] + line, in: "/tmp").run()
            #expect(ended.exit == 64)
            #expect(
                ended.err == """
                    countersign: witness serve is not in countersign-airgap, which neither reaches a network nor writes a ledger
                      hint: on the machine that does, countersign has it: witness serve

                    """)
        }
    }

    @Test func `it is linked to no network library and asks for no symbol of a socket`() throws {
        let folder = try TemporaryFolder()
        let libraries = try Program(["ldd", Built.airgap], in: folder.path).run().out
        #expect(libraries.contains("libcrypto.so"))
        for library in ["curl", "libssl.", "nghttp2", "FoundationNetworking", "libFoundation.so"] { #expect(!libraries.contains(library)) }
        let symbols = try Program(["nm", "-D", "--undefined-only", Built.airgap], in: folder.path).run().out
        let names = Set(symbols.split(separator: "\n").compactMap { $0.split(separator: " ").last?.split(separator: "@").first.map(String.init) })
        #expect(names.contains("EVP_PKEY_is_a"), "nm shows nothing")
        let calls = [
            "socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "recvfrom", "recvmsg", "getaddrinfo", "gethostbyname",
            "socketpair",
        ]
        #expect(names.intersection(calls) == [])
        // The other program is the counterexample: the check can fail.
        let networked = try Program(["ldd", Built.countersign], in: folder.path).run().out
        #expect(networked.contains("libcurl"))
    }
}

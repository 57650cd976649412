// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Audit
import Cryptography
import Files
import StrictFormats

/// What an audit is measured against.
struct AnchorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The ledger's genesis digest, from people you trust.", valueName: "sha256:…")) var genesis: String?
    @Option(help: ArgumentHelp("A checkpoint note held elsewhere; may be repeated.", valueName: "note")) var since: [String] = []
    @Flag(help: "What no witness or checkpoint vouches for is an error.") var requireWitness = false

    func read() throws(Refusal) -> AuditAnchors {
        var anchor: Digest?
        if let text = genesis {
            guard let digest = Digest(text: text) else {
                throw Refusal(
                    "digest-malformed", .usage, "--genesis \(SafeText.escaped(text)) is no digest",
                    hint: "a digest is sha256: and 64 hexadecimal digits")
            }
            anchor = digest
        }
        var notes: [(bytes: [UInt8], file: String)] = []
        for note in since { notes.append((try FileReader.read(note), note)) }
        return AuditAnchors(genesis: anchor, since: notes, requireWitness: requireWitness)
    }
}

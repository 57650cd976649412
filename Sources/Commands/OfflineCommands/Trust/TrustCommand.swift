// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import CommandSupport
import Cryptography
import Files
import StrictFormats
import Trust

public struct TrustCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Make, sign, verify, show and pin trust roots.",
        discussion: "Example:\n  countersign trust verify trust.json",
        subcommands: [Create.self, Sign.self, Verify.self, Show.self, PinRoot.self])

    public init() {}

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make an unsigned trust root from a configuration file.",
            discussion: "Example:\n  countersign trust create trust.yaml --out trust.json")

        @Argument(help: ArgumentHelp("The configuration (YAML or JSON).", valueName: "config")) var config: String
        @Option(help: ArgumentHelp("The version before, for version 2 and later; repeat it for the whole chain.", valueName: "file")) var previous:
            [String] = []
        @Option(help: ArgumentHelp("The pins file.", valueName: "file")) var pins: String?
        @Option(help: ArgumentHelp("The time of creation (default: now).", valueName: "time")) var created: String?
        @OptionGroup var output: OutputOptions
        @OptionGroup var format: FormatOptions

        func run() throws {
            try output.check()
            let document = try AuthoredInput.read(config)
            let before = previous.isEmpty ? nil : try PinStore(pins).chain(TrustCommand.envelopes(previous)).newest
            let moment = try TimeOption.parse(created, "--created") ?? SystemClock.now()
            let payload = try document.decode { value throws(Refusal) in
                let made = try TrustConfig(value, previous: before, created: moment) { name throws(Refusal) in
                    try PublicKeyFile.read(RelativePath.resolve(name, beside: config))
                }
                return JSONWriter.canonical(made.json)
            }
            let envelope = Envelope(type: .trustRoot, payload: payload, signatures: [])
            let root: TrustRoot
            do throws(Refusal) {
                root = try envelope.document().decode(TrustRoot.init(json:))
            } catch {
                // Its place is one in the payload: of that, the configuration has the pointer, and neither line nor column.
                var refusal = error
                refusal.place = Place(file: config, pointer: error.place.pointer)
                throw refusal
            }
            try before?.demandSuccessor(root, at: Place(file: config))
            try output.write(envelope.bytes)
            let earlier = previous.map { " --previous \(SafeText.escaped($0))" }.joined()
            try format.answer(
                text: (TrustWords.difference(before, root, digest: envelope.payloadDigest) + [
                    "",
                    "Unsigned. \(root.role(.root).threshold) of \(root.owners(of: .root).joined(separator: ", ")) sign it with: \(ProgramWords.name) trust sign \(SafeText.escaped(output.out))\(earlier) --key KEY",
                ]).joined(separator: "\n"),
                json: .object([("version", .integer(root.version)), ("digest", envelope.payloadDigest.json)]))
        }
    }

    struct Sign: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign", abstract: "Add a signature to a trust root, in place, after showing what it says.",
            discussion: "Example:\n  countersign trust sign trust.json --key alice")

        @Argument(help: ArgumentHelp("The trust root.", valueName: "file")) var file: String
        @Option(
            help: ArgumentHelp(
                "The version before, for version 2 and later: what changes is shown. Repeat it for the whole chain.", valueName: "file"))
        var previous: [String] = []
        @Option(help: ArgumentHelp("The pins file.", valueName: "file")) var pins: String?
        @OptionGroup var key: KeyOptions
        @OptionGroup var format: FormatOptions

        func run() throws {
            let envelope = try Envelope(try FileReader.read(file), expecting: .trustRoot, file: file)
            let root = try envelope.decodePayload(TrustRoot.init(json:))
            let before = try before(root)
            if !format.isJSON { try Console.out(TrustWords.difference(before, root, digest: envelope.payloadDigest).joined(separator: "\n")) }
            let private_ = try key.load()
            try demandRootKey(private_.publicKey.id, of: [root] + (before.map { [$0.root] } ?? []))
            let signature = EnvelopeSignature(keyID: private_.publicKey.id, signature: try private_.sign(envelope.message))
            let signatures = envelope.signatures.filter { $0.keyID != signature.keyID } + [signature]
            let signed = Envelope(type: .trustRoot, payload: envelope.payload, signatures: signatures)
            try FileWriter.rewrite(signed.bytes, to: file)
            let verdict = root.verdict(on: signed, as: .root)
            try format.answer(
                text: "\nSigned by \(root.key(signature.keyID)?.owner ?? before?.root.key(signature.keyID)?.owner ?? "?"). \(verdict.summary)",
                json: .object([
                    ("digest", signed.payloadDigest.json), ("owners", .strings(verdict.owners)), ("threshold", .integer(verdict.threshold)),
                ]))
        }

        /// The version that this one follows: nobody signs a change that is shown against another one, or against none.
        private func before(_ root: TrustRoot) throws(Refusal) -> VerifiedTrustRoot? {
            guard !previous.isEmpty else {
                guard root.version > 1 else { return nil }
                throw Refusal(
                    "trust-previous", .usage, "this is version \(root.version), and without the version before nobody sees what it changes",
                    at: Place(file: file), hint: "give version \(root.version - 1), verified: trust sign FILE --previous OLD --key KEYFILE")
            }
            let before = try PinStore(pins).chain(TrustCommand.envelopes(previous)).newest
            try before.demandSuccessor(root, at: Place(file: file))
            return before
        }

        private func demandRootKey(_ id: Digest, of versions: [TrustRoot]) throws(Refusal) {
            guard !versions.contains(where: { $0.holds(id, .root) }) else { return }
            let stands = versions.contains { $0.key(id) != nil } ? "is not in the root role" : "stands in no role"
            let owners = versions.flatMap { $0.owners(of: .root) }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            throw Refusal(
                "trust-signer", .notPermitted,
                "the key \(id) \(stands) of \(versions.count == 1 ? "this version" : "either version"): its signature would count for nothing",
                at: Place(file: file), hint: "those who may sign: \(owners.map(SafeText.escaped).joined(separator: ", "))")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Verify a trust root: its form, its signatures, and its link to the version before.",
            discussion: "Example:\n  countersign trust verify trust.json")

        @Argument(help: ArgumentHelp("The trust root.", valueName: "file")) var file: String
        @Option(help: ArgumentHelp("Versions before it; repeat for the whole chain.", valueName: "file")) var previous: [String] = []
        @Option(help: ArgumentHelp("The pins file.", valueName: "file")) var pins: String?
        @OptionGroup var format: FormatOptions

        func run() throws {
            let chain = try PinStore(pins).chain(TrustCommand.envelopes(previous + [file]))
            let newest = chain.newest
            let now = SystemClock.now()
            let over = newest.root.whyNotInForce(at: now).map { ["  NOT IN FORCE: \($0); this machine's clock says \(now)"] } ?? []
            try format.answer(
                text: (["verified: version \(newest.root.version) of \(newest.root.origin)", "  \(newest.reference.digest)"]
                    + over + newest.notes.map { "  note: \($0)" }).joined(separator: "\n"),
                json: TrustWords.json(newest, at: now))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show what a trust root says. Checks its form, not its signatures.",
            discussion: "Example:\n  countersign trust show trust.json")

        @Argument(help: ArgumentHelp("The trust root.", valueName: "file")) var file: String
        @OptionGroup var format: FormatOptions

        func run() throws {
            let envelope = try Envelope(try FileReader.read(file), expecting: .trustRoot, file: file)
            let root = try envelope.decodePayload(TrustRoot.init(json:))
            let verdict = root.verdict(on: envelope, as: .root)
            try format.answer(
                text: (TrustWords.lines(root, digest: envelope.payloadDigest) + ["  signatures: \(verdict.summary)"]).joined(separator: "\n"),
                json: .object([
                    ("digest", envelope.payloadDigest.json), ("root", root.json), ("owners", .strings(verdict.owners)),
                    ("threshold", .integer(verdict.threshold)),
                ]))
        }
    }

    struct PinRoot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pin", abstract: "Remember on this machine which trust root is the right one.",
            discussion:
                "The digest comes from people you trust, by voice.\nExample:\n  countersign trust pin trust.json --digest \"$(cat digest.txt)\"")

        @Argument(help: ArgumentHelp("The trust root.", valueName: "file")) var file: String
        @Option(help: ArgumentHelp("Its digest, as it was read to you.", valueName: "sha256:…")) var digest: String
        @Option(help: ArgumentHelp("Versions before it; repeat for the whole chain.", valueName: "file")) var previous: [String] = []
        @Option(help: ArgumentHelp("The pins file.", valueName: "file")) var pins: String?
        @OptionGroup var format: FormatOptions

        func run() throws {
            guard let expected = Digest(text: digest) else {
                throw Refusal(
                    "digest-malformed", .usage, "\"\(SafeText.escaped(digest))\" is no digest", hint: "a digest is sha256: and 64 hexadecimal digits")
            }
            let envelope = try Envelope(try FileReader.read(file), expecting: .trustRoot, file: file)
            guard envelope.payloadDigest == expected else {
                throw Refusal(
                    "trust-digest", .notPermitted, "this trust root's digest is \(envelope.payloadDigest), not \(expected)", at: Place(file: file),
                    hint: "do not use it before you know why")
            }
            let store = PinStore(pins)
            var all = try pins == nil || FileReader.exists(store.path) ? store.load() : Pins()
            let root = try envelope.decodePayload(TrustRoot.init(json:))
            let before = all[root.origin]
            // What was said by voice is trusted by its digest; its own threshold must still have signed it.
            let chain = try TrustChain(files: TrustCommand.envelopes(previous + [file])) { origin in
                previous.isEmpty ? TrustReference(version: root.version, digest: expected) : all[origin]
            }
            if let before, before.version > chain.newest.root.version {
                throw Refusal(
                    "trust-older-than-pin", .notPermitted, "this machine already trusts version \(before.version) of \(root.origin)",
                    at: Place(file: file), hint: "use the newest trust root; a pin never goes back")
            }
            if let before, before.version == root.version, before.digest != expected {
                throw Refusal(
                    "trust-contradicts-pin", .notPermitted,
                    "this machine already trusts another version \(before.version) of \(root.origin): \(before.digest)", at: Place(file: file),
                    hint: "find out which one is right before you change \(store.path) by hand")
            }
            all[root.origin] = chain.newest.reference
            if pins == nil { Environment.makeFolder(Environment.home) }
            try FileWriter.rewrite(all.bytes, to: store.path, mode: 0o600)
            try format.answer(
                text: "pinned: \(root.origin) version \(root.version)\n  \(expected)\n  in \(SafeText.escaped(store.path))",
                json: .object([("origin", .string(root.origin)), ("version", .integer(root.version)), ("digest", expected.json)]))
        }
    }

    static func envelopes(_ files: [String]) throws(Refusal) -> [Envelope] {
        var envelopes: [Envelope] = []
        for file in files { envelopes.append(try Envelope(try FileReader.read(file), expecting: .trustRoot, file: file)) }
        return envelopes
    }
}

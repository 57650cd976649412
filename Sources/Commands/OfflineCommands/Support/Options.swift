// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import CommandSupport
public import Cryptography
import Files
public import StrictFormats
import Threads
public import Trust

/// `--format text|json`.
public struct FormatOptions: ParsableArguments {
    public enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "How to answer: text for people, json for programs.")
    public var format: Format = .text

    public init() {}

    public var isJSON: Bool { format == .json }

    /// Prints one or the other.
    public func answer(text: @autoclosure () -> String, json: @autoclosure () -> JSONValue) throws(Refusal) {
        try Console.out(isJSON ? ScreenJSON.line(json()) : text())
    }
}

/// `--key FILE` and how to open it.
public struct KeyOptions: ParsableArguments {
    @Option(name: .customLong("key"), help: ArgumentHelp("The private key file.", valueName: "file"))
    public var key: String

    @Option(help: ArgumentHelp("A file that holds the key's passphrase in its first line.", valueName: "file"))
    public var passphraseFile: String?

    public init() {}

    public func load() throws(Refusal) -> PrivateKey {
        try KeyFile.read(key) { path throws(Refusal) in try Passphrase.existing(for: path, file: passphraseFile) }
    }
}

/// `--now TIME`.
public struct ClockOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The time to go by, where this machine's clock is wrong (YYYY-MM-DDThh:mm:ssZ).", valueName: "time"))
    public var now: String?

    public init() {}

    public func moment() throws(Refusal) -> Instant { try TimeOption.parse(now, "--now") ?? SystemClock.now() }
}

/// A time given on the command line.
public enum TimeOption {
    public static func parse(_ text: String?, _ option: String) throws(Refusal) -> Instant? {
        guard let text else { return nil }
        guard let instant = Instant(text) else {
            throw Refusal(
                "time-malformed", .usage, "\(option) \(SafeText.escaped(text)) is no time",
                hint: "times are YYYY-MM-DDThh:mm:ssZ, for example 2026-11-24T12:00:00Z")
        }
        return instant
    }
}

/// `--out FILE [--force]`.
public struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
    public var out: String

    @Flag(help: "Overwrite the file if it is there.")
    public var force = false

    public init() {}

    /// Refuses early what writing would refuse at the end.
    public func check() throws(Refusal) { try FileWriter.checkAbsent(out, replace: force) }

    public func write(_ bytes: [UInt8]) throws(Refusal) { try FileWriter.write(bytes, to: out, replace: force) }
}

/// `--trust FILE…` and `--pins FILE`: what this machine believes.
public struct TrustOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("A trust root; repeat it for each version of the chain, in any order.", valueName: "file"))
    public var trust: [String] = []

    @Option(help: ArgumentHelp("The pins file (default: pins.json in $COUNTERSIGN_HOME).", valueName: "file"))
    public var pins: String?

    public init() {}

    /// The verified chain. Without a pin, a warning names the digest to compare.
    public func chain() throws(Refusal) -> TrustChain { try verified().told() }

    /// The same on a thread of its own: the signatures are verified while its owner reads what they are to vouch for.
    func alongside() -> Alongside<Result<KnownChain, Refusal>> { Alongside { [self] in Result { () throws(Refusal) in try verified() } } }

    private func verified() throws(Refusal) -> KnownChain {
        guard !trust.isEmpty else { throw Refusal("trust-missing", .usage, "no trust root was given", hint: "--trust FILE") }
        var envelopes: [Envelope] = []
        for file in trust { envelopes.append(try Envelope(try FileReader.read(file), expecting: .trustRoot, file: file)) }
        return try PinStore(pins).known(envelopes)
    }
}

/// A verified chain, and whether this machine has a pin for it.
struct KnownChain: Sendable {
    let chain: TrustChain
    let isPinned: Bool

    /// Warns of a missing pin, with the digest to compare.
    func told() -> TrustChain {
        if isPinned { return chain }
        let (reference, words) = (chain.first.reference, chain.first.reference.digest.fingerprint)
        Console.note(
            "countersign: warning: this machine has no pin for \(chain.origin); compare the digest of version \(reference.version) with people you trust:\n  \(reference.digest)\n  \(words.prefix(8).joined(separator: " "))\n  \(words.dropFirst(8).joined(separator: " "))\n  then: \(ProgramWords.name) trust pin \(SafeText.escaped(chain.first.envelope.file ?? "FILE")) --digest \(reference.digest)"
        )
        return chain
    }
}

/// `pins.json` of this machine.
public struct PinStore {
    public let path: String
    private let isExplicit: Bool

    public init(_ path: String?) {
        self.path = path ?? Environment.home + "/pins.json"
        isExplicit = path != nil
    }

    public func load() throws(Refusal) -> Pins {
        do throws(Refusal) {
            return try Pins(try FileReader.read(path), file: path)
        } catch  where error.code == "file-missing" && !isExplicit {
            return Pins()
        }
    }

    public func chain(_ envelopes: [Envelope]) throws(Refusal) -> TrustChain { try known(envelopes).told() }

    func known(_ envelopes: [Envelope]) throws(Refusal) -> KnownChain {
        let pins = try load()
        let chain = try TrustChain(files: envelopes) { pins[$0] }
        return KnownChain(chain: chain, isPinned: pins[chain.origin] != nil)
    }
}

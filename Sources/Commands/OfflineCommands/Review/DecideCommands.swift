// SPDX-License-Identifier: Apache-2.0

import Approve
public import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import StrictFormats
import Trust

/// What `approve` and `reject` share.
struct DecisionOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle")) var file: String
    @OptionGroup var trust: TrustOptions
    @OptionGroup var key: KeyOptions
    @Option(help: ArgumentHelp("The bundle's digest as you reviewed it: confirms where there is no terminal.", valueName: "sha256:…")) var expect:
        String?
    @OptionGroup var clock: ClockOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var format: FormatOptions

    /// Takes the last words of a plain command line.
    static func plain(_ arguments: inout PlainArguments) -> Self? {
        guard let key = KeyOptions.plain(&arguments), let output = OutputOptions.plain(&arguments), let format = FormatOptions.plain(&arguments)
        else { return nil }
        var options = Self()
        (options.key, options.output, options.format) = (key, output, format)
        options.trust = .plain(&arguments)
        options.expect = arguments.value("--expect")
        options.clock = .plain(&arguments)
        guard let file = arguments.only() else { return nil }
        options.file = file
        return options
    }

    /// Shows the review, has it confirmed, signs, writes.
    func decide(_ decision: Decision, reason: String, expires: Instant?) throws {
        try output.check()
        let expected = try expect.map { text throws(Refusal) in
            guard let digest = Digest(text: text) else {
                throw Refusal(
                    "digest-malformed", .usage, "--expect \(SafeText.escaped(text)) is no digest",
                    hint: "a digest is sha256: and 64 hexadecimal digits")
            }
            return digest
        }
        let bundle = try BundleFile.verified(file, trust)
        let now = try clock.moment()
        let step = try ApproveStep(bundle)
        if let expected, expected != bundle.digest {
            throw Refusal(
                "bundle-digest", .notPermitted, "this bundle's digest is \(bundle.digest), not \(expected)", at: Place(file: file),
                hint: "this is not the bundle that you reviewed")
        }
        if decision == .approve { try bundle.checkWindow(at: now) }
        if let expires { try check(expires, bundle, now) }
        if !format.isJSON { try Console.out(step.review.text) }
        if expected == nil { try confirm(bundle, decision) }
        let private_ = try key.load()
        let (owner, envelope): (String, Envelope)
        do throws(Refusal) {
            owner = try step.approver(holding: private_.publicKey)
            envelope = try step.decide(decision, reason: reason, with: private_, now: now, expires: expires)
        } catch {
            throw error.inFile(key.key)
        }
        try output.write(envelope.bytes)
        try format.answer(
            text:
                "\(decision == .approve ? "APPROVED" : "REJECTED") by \(owner) at \(now): \(bundle.digest)\n  written to \(SafeText.escaped(output.out))",
            json: .object([
                ("decision", .string(decision.rawValue)), ("approver", .string(owner)), ("bundle", bundle.digest.json),
                ("review", step.review.reference.json),
                ("approval", envelope.payloadDigest.json),
            ]))
    }

    /// An approval of its own end lies between now and the bundle's.
    private func check(_ expires: Instant, _ bundle: VerifiedBundle, _ now: Instant) throws(Refusal) {
        guard now < expires else {
            throw Refusal(
                "approval-window", .usage, "--expires \(expires) is over already: it is \(now)",
                hint: "leave --expires out, and the approval ends with its bundle")
        }
        guard expires <= bundle.payload.expires else {
            throw Refusal(
                "approval-window", .usage, "--expires \(expires) is later than the end of the bundle, \(bundle.payload.expires)",
                at: Place(file: file),
                hint: "leave --expires out, and the approval ends with its bundle")
        }
    }

    private func confirm(_ bundle: VerifiedBundle, _ decision: Decision) throws(Refusal) {
        let typed = try Prompt.line(
            "To \(decision.rawValue), type the first two words of the fingerprint:",
            instead: "where there is no terminal, confirm with --expect \(bundle.digest) after reviewing it")
        let words = typed.split(whereSeparator: { $0 == " " || $0 == "-" }).joined(separator: " ")
        guard words == bundle.digest.confirmation else {
            throw Refusal(
                "not-confirmed", .answerIsNo, "these are not the first two words of the fingerprint; nothing was signed",
                hint: "they stand at the end of the review, under FINGERPRINT; compare them with what the preparer reads out")
        }
    }
}

public struct ApproveCommand: PlainCommand {
    public static let configuration = CommandConfiguration(
        commandName: "approve", _superCommandName: CommandRunner.fast, abstract: "Review a bundle and sign an approval of it.",
        discussion: "Example:\n  countersign approve bundle.json --trust trust.json \\\n    --key alice --out bundle.alice.json")

    @OptionGroup var options: DecisionOptions
    @Option(help: ArgumentHelp("A remark that is kept with the approval.", valueName: "text")) var reason: String = ""
    @Option(help: ArgumentHelp("When the approval ends (default: with the bundle).", valueName: "time")) var expires: String?

    public init() {}

    public static func plain(_ arguments: inout PlainArguments) -> Self? {
        var command = Self()
        (command.reason, command.expires) = (arguments.value("--reason") ?? "", arguments.value("--expires"))
        guard let options = DecisionOptions.plain(&arguments) else { return nil }
        command.options = options
        return command
    }

    public func run() throws { try options.decide(.approve, reason: reason, expires: TimeOption.parse(expires, "--expires")) }
}

public struct RejectCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "reject", _superCommandName: CommandRunner.fast, abstract: "Sign a reject of a bundle: it can then never be executed.",
        discussion:
            "Example:\n  countersign reject bundle.json --trust trust.json \\\n    --key alice --reason 'wrong account' --out reject.json")

    @OptionGroup var options: DecisionOptions
    @Option(help: ArgumentHelp("Why.", valueName: "text")) var reason: String

    public init() {}

    public func validate() throws {
        if reason.isEmpty { throw ValidationError("a reject states its reason: --reason TEXT") }
    }

    public func run() throws { try options.decide(.reject, reason: reason, expires: nil) }
}

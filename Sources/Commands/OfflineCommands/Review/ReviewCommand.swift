// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import Files
import StrictFormats
import Threads
import Trust

public struct ReviewCommand: PlainCommand {
    public static let configuration = CommandConfiguration(
        commandName: "review", _superCommandName: CommandRunner.fast, abstract: "Show exactly what a bundle will do.",
        discussion: "Checks everything but the clock.\nExample:\n  countersign review bundle.json --trust trust.json")

    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle")) var file: String
    @OptionGroup var trust: TrustOptions
    @Flag(help: "Add the exact bytes of every request and policy.") var raw = false
    @OptionGroup var format: FormatOptions

    public init() {}

    public static func plain(_ arguments: inout PlainArguments) -> Self? {
        guard let format = FormatOptions.plain(&arguments) else { return nil }
        var command = Self()
        command.format = format
        command.trust = .plain(&arguments)
        command.raw = arguments.flag("--raw")
        guard let file = arguments.only() else { return nil }
        command.file = file
        return command
    }

    public func run() throws {
        let bundle = try BundleFile.verified(file, trust)
        let rehearsing = Alongside { RehearsalWords(bundle.payload) }
        let review = try Review(of: bundle)
        let rehearsal = rehearsing.value()
        // Beside the text, not in it: standard output has exactly what an approval names.
        if !format.isJSON { Console.note("countersign: \(rehearsal.text)") }
        let isInForce = InForce.warn(of: bundle.newest.root, at: SystemClock.now(), "nobody can approve or execute this bundle under it")
        try format.answer(
            text: review.text + (raw ? "\n" + Self.rawText(bundle) : ""),
            json: .object([
                ("review", review.reference.json), ("bundle", bundle.digest.json), ("text", .string(review.text)), ("rehearsal", rehearsal.json),
                ("inForce", .bool(isInForce)),
                (
                    "requests",
                    raw ? .array(bundle.payload.derivation.requests.map { .object([("name", .string($0.name)), ("body", .string($0.body))]) }) : nil
                ),
            ]))
    }

    /// Not part of the signed text: the bytes themselves, escaped so that none of them can act on a terminal.
    static func rawText(_ bundle: VerifiedBundle) -> String {
        var lines = ["EXACT BYTES", String(repeating: "=", count: 78)]
        for request in bundle.payload.derivation.requests {
            lines += ["", "\(request.operation): \(request.target), \(request.body.utf8.count) bytes, \(request.pin)", visible(request.body)]
        }
        if let base = bundle.payload.base { lines += ["", "base policy, \(base.document.utf8.count) bytes, \(base.digest)", visible(base.document)] }
        return lines.joined(separator: "\n")
    }

    /// The text as it is; only what could act on a terminal is shown by number.
    private static func visible(_ text: String) -> String {
        String(
            text.unicodeScalars.reduce(into: "") { result, scalar in
                if SafeText.isRefused(scalar) {
                    result += "<U+\(String(scalar.value, radix: 16, uppercase: true))>"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            })
    }
}

/// A bundle file, verified against the trust roots given.
enum BundleFile {
    static func verified(_ file: String, _ trust: TrustOptions) throws(Refusal) -> VerifiedBundle {
        // Nothing of the bundle is believed, or told, before the chain stands.
        let chain = trust.alongside()
        let bundle = try UnverifiedBundle(try FileReader.read(file), file: file).decodedAhead()
        return try VerifiedBundle.verify(bundle, in: try chain.value().get().told())
    }
}

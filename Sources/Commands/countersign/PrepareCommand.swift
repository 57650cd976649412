// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import Files
import OfflineCommands
import Prepare
import StrictFormats
import Trust

struct PrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Make a signed bundle from a change file. Needs no AWS credentials.",
        discussion: "Example:\n  countersign prepare change.yaml --trust trust.json \\\n    --checkpoint ledger.note --key dana --out bundle.json")

    @Argument(help: ArgumentHelp("The change file (YAML or JSON).", valueName: "change")) var change: String
    @OptionGroup var trust: TrustOptions
    @Option(help: ArgumentHelp("A checkpoint of the ledger that will execute it.", valueName: "note")) var checkpoint: String
    @OptionGroup var key: KeyOptions
    @Option(help: ArgumentHelp("The bundle's id, for a reproducible output (default: random).", valueName: "uuid")) var id: String?
    @Option(help: ArgumentHelp("The time of creation (default: now).", valueName: "time")) var created: String?
    @Option(help: ArgumentHelp("The folder with the policy templates.", valueName: "folder")) var policies: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var format: FormatOptions

    private var inverseFiles: (change: String, policy: String, base: String) {
        let stem = output.out.hasSuffix(".json") ? String(output.out.dropLast(5)) : output.out
        return (stem + ".inverse.yaml", stem + ".inverse.policy.json", stem + ".inverse.base.json")
    }

    func run() throws {
        try output.check()
        if let id, !Names.isUUID(id) {
            throw Refusal("id-malformed", .usage, "--id \(SafeText.escaped(id)) is no lower-case UUID", hint: "leave --id out, and a new one is made")
        }
        let now = SystemClock.now()
        let document = try AuthoredInput.read(change)
        let chain = try trust.chain()
        let step = PrepareStep(
            chain: chain, checkpoint: (try FileReader.read(checkpoint), checkpoint),
            readFile: { name throws(Refusal) in try FileReader.read(RelativePath.resolve(name, beside: change)) },
            findTemplate: { name throws(Refusal) in try TemplateFinder.find(name, folder: policies) })
        let private_ = try key.load()
        let prepared = try step.prepare(
            document, key: private_, id: id ?? SecureRandom.uuid(), created: try TimeOption.parse(created, "--created") ?? now)
        try writeInverse(prepared)
        try output.write(prepared.bundle.envelope.bytes)
        InForce.warn(of: chain.newest.root, at: now, "nobody can approve or execute this bundle under it")
        for note in prepared.notes { Console.note("countersign: note: \(note)") }
        let digest = prepared.bundle.digest
        try format.answer(
            text: """
                prepared: \(SafeText.quoted(prepared.bundle.payload.title)) (\(prepared.bundle.payload.change.kind.rawValue))
                  \(digest)
                  \(digest.fingerprint.prefix(8).joined(separator: " "))
                  \(digest.fingerprint.dropFirst(8).joined(separator: " "))
                  rehearsed: \(Self.rehearsed(prepared.bundle.payload))
                  written to \(SafeText.escaped(output.out))\(prepared.inverse == nil ? "" : "; its inverse to \(SafeText.escaped(inverseFiles.change))")
                """,
            json: .object([
                ("bundle", digest.json), ("id", .string(prepared.bundle.payload.id)), ("fingerprint", .strings(digest.fingerprint)),
                ("notes", .strings(prepared.notes)), ("rehearsed", .strings(prepared.bundle.payload.derivation.requests.map(\.operation))),
            ]))
    }

    /// What the model of KMS took; what it refuses is not prepared.
    private static func rehearsed(_ payload: BundlePayload) -> String {
        let operations = payload.derivation.requests.map(\.operation)
        return operations.isEmpty ? "nothing is to be sent" : "a model of KMS takes \(operations.joined(separator: ", "))"
    }

    private func writeInverse(_ prepared: PrepareStep.Prepared) throws(Refusal) {
        guard let inverse = prepared.inverse else { return }
        let files = inverseFiles
        func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
        let documents = [(files.policy, inverse.policy), (files.base, inverse.base)].compactMap { file, text in text.map { (file, $0) } }
        for file in [files.change] + documents.map(\.0) { try FileWriter.checkAbsent(file, replace: output.force) }
        for (file, text) in documents { try FileWriter.write(Array(text.utf8), to: file, replace: output.force) }
        try FileWriter.write(
            Array(inverse.changeFile(policyFile: name(files.policy), baseFile: name(files.base)).utf8), to: files.change, replace: output.force)
    }
}

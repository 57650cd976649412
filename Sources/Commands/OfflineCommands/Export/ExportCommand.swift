// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Bundles
import Cryptography
import Export
import Files
import StrictFormats

public struct ExportCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write an approved change for the tools that a team applies changes with.",
        discussion: "Example:\n  countersign export terraform bundle.json --trust trust.json \\\n    --out cloudtrail-key",
        subcommands: [ExportTerraformCommand.self, ExportCloudFormationCommand.self, ExportGuardrailsCommand.self])

    public init() {}
}

/// What the exports of a bundle share.
struct ExportOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle")) var file: String
    @OptionGroup var trust: TrustOptions
    @Option(help: ArgumentHelp("The folder to write, which is made where it is not there.", valueName: "folder")) var out: String
    @Flag(help: "Overwrite files of the same names.") var force = false
    @OptionGroup var format: FormatOptions

    func export(_ kind: String, _ make: (VerifiedBundle) throws(Refusal) -> [ExportedFile]) throws(Refusal) {
        let bundle = try BundleFile.verified(file, trust)
        let files = try make(bundle)
        try FolderWriter.write(files.map { ($0.name, $0.bytes) }, to: out, replace: force)
        try format.answer(
            text: """
                Exported \(bundle.digest)
                  as \(kind) to \(SafeText.escaped(out)): \(files.map(\.name).joined(separator: ", "))
                  README.md there says how to use it
                """,
            json: .object([
                ("bundle", bundle.digest.json), ("folder", .string(out)), ("files", .strings(files.map(\.name))),
            ]))
    }
}

struct ExportTerraformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "terraform", abstract: "A Terraform module of a bundle's change, its policy byte for byte.",
        discussion: "Example:\n  countersign export terraform bundle.json --trust trust.json \\\n    --out cloudtrail-key")

    @OptionGroup var options: ExportOptions

    func run() throws { try options.export("Terraform", TerraformExport.files) }
}

struct ExportCloudFormationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloudformation", abstract: "A CloudFormation template of a bundle's new key.",
        discussion: "Example:\n  countersign export cloudformation bundle.json --trust trust.json \\\n    --out cloudtrail-key-stack")

    @OptionGroup var options: ExportOptions

    func run() throws { try options.export("CloudFormation", CloudFormationExport.files) }
}

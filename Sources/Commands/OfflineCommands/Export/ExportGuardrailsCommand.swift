// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Export
import Files
import StrictFormats
import Trust

struct ExportGuardrailsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guardrails", abstract: "Policies that leave the executor as the only one who changes the key.",
        discussion: """
            Example:
              countersign export guardrails --trust trust.json \\
                --key-arn \\
              arn:aws:kms:us-east-1:123456789012:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10 \\
                --executor arn:aws:iam::123456789012:role/cloudtrail-key-executor \\
                --break-glass arn:aws:iam::123456789012:role/break-glass \\
                --out guardrails
            """)

    @OptionGroup var trust: TrustOptions
    @Option(help: ArgumentHelp("The key.", valueName: "arn")) var keyArn: String
    @Option(help: ArgumentHelp("The key's alias.", valueName: "alias")) var alias = "alias/cloudtrail-org-key"
    @Option(help: ArgumentHelp("The role that submits approved changes.", valueName: "arn")) var executor: String
    @Option(help: ArgumentHelp("The role for what no bundle can do any more.", valueName: "arn")) var breakGlass: String?
    @Option(help: ArgumentHelp("The trail that the key encrypts.", valueName: "arn")) var trail: String?
    @Option(help: ArgumentHelp("Who may become the executor; repeat it for each.", valueName: "arn")) var trusted: [String] = []
    @Option(help: ArgumentHelp("The folder to write, which is made where it is not there.", valueName: "folder")) var out: String
    @Flag(help: "Overwrite files of the same names.") var force = false
    @OptionGroup var format: FormatOptions

    func run() throws {
        let guarded = try GuardedKey(
            key: keyArn, alias: alias, executor: executor, breakGlass: breakGlass, trail: trail, trusted: trusted,
            limits: try trust.chain().newest.root.limits)
        let (files, proof) = try GuardrailsExport.files(guarded)
        try FolderWriter.write(files.map { ($0.name, $0.bytes) }, to: out, replace: force)
        try format.answer(
            text: """
                Exported guardrails of \(SafeText.escaped(keyArn))
                  to \(SafeText.escaped(out)): \(files.map(\.name).joined(separator: ", "))
                  proven: with the service control policy, nobody but \(breakGlass == nil ? "the executor" : "the two roles") can do any of \(proof.closed.count) changes of the key;
                  without it, somebody can do each
                  README.md there says what each file stops, and what it cannot
                """,
            json: .object([("folder", .string(out)), ("files", .strings(files.map(\.name))), ("closed", .strings(proof.closed))]))
    }
}

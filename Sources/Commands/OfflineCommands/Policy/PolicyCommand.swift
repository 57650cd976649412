// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import CommandSupport
import Cryptography
import Files
import KeyPolicies
import StrictFormats
import Trust

public struct PolicyCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Render, check and explain key policies.",
        discussion: "Example:\n  countersign policy explain my-policy.json --key-account 604183725190",
        subcommands: [Render.self, LintCommand.self, ExplainCommand.self, CanCommand.self, DiffCommand.self, ProvePolicyCommand.self])

    public init() {}

    struct Render: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "render", abstract: "Fill a policy template in.",
            discussion:
                "Example:\n  countersign policy render org-cloudtrail-key --parameters \\\n    policies/org-cloudtrail-key/examples/organization.parameters.json"
        )

        @Argument(help: ArgumentHelp("The template's name.", valueName: "template")) var template: String
        @Option(help: ArgumentHelp("Its parameters (YAML or JSON).", valueName: "file")) var parameters: String
        @Option(help: ArgumentHelp("Only this part of it: administration or usage.", valueName: "part")) var part: String?
        @Option(help: ArgumentHelp("The folder with the templates.", valueName: "folder")) var policies: String?

        func run() throws {
            let found = try TemplateFinder.find(template, folder: policies)
            let document = try AuthoredInput.read(parameters)
            let rendered = try document.decode { root throws(Refusal) in try found.render(part: part, values: root) }
            Console.note("template \(template), pinned as \(Digest(of: found.canonical))")
            try Console.out(rendered.text)
        }
    }
}

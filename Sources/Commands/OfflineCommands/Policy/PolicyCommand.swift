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
        subcommands: [Render.self, Lint.self, Explain.self, CanCommand.self, DiffCommand.self, ProvePolicyCommand.self])

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

    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lint", abstract: "Check a key policy. Exit 1 if anything critical or high is found.",
            discussion: "Example:\n  countersign policy lint my-policy.json --key-account 604183725190")

        @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
        @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
        @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
        @Option(help: ArgumentHelp("The management account, which owns the organization's trail.", valueName: "id")) var trailAccount: String?
        @Option(help: ArgumentHelp("The executor's ARN.", valueName: "arn")) var executor: String?
        @Option(help: ArgumentHelp("An account that may stand in the policy; may be repeated.", valueName: "id")) var trustedAccount: [String] = []
        @OptionGroup var format: FormatOptions

        func run() throws {
            let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
            guard
                let account = keyAccount ?? keyArn.flatMap({ $0.split(separator: ":").dropFirst(4).first.map(String.init) })
                    ?? PolicyContext.likelyKeyAccount(of: document)
            else {
                throw Refusal(
                    "key-account", .usage, "this policy does not show which account the key belongs to", at: Place(file: file),
                    hint: "--key-account ID")
            }
            let context = PolicyContext(
                keyAccount: account, executorARN: executor, keyARN: keyArn, managementAccount: trailAccount,
                trustedAccounts: trustedAccount.isEmpty ? nil : trustedAccount + [trailAccount].compactMap { $0 })
            let findings = PolicyChecks.run(document, in: context)
            try format.answer(
                text: findings.isEmpty
                    ? "nothing found"
                    : findings.map {
                        "\(SafeText.escaped(file))\($0.line.map { ":\($0)" } ?? "") \($0.rule) \($0.severity.word) \($0.pointer)\n    \($0.message)\n    fix: \($0.fix)"
                    }.joined(separator: "\n"),
                json: .object([
                    (
                        "findings",
                        .array(
                            findings.map {
                                .object([
                                    ("rule", .string($0.rule)), ("severity", .string($0.severity.word)), ("pointer", .string($0.pointer)),
                                    ("line", $0.line.map { .integer($0) }), ("message", .string($0.message)), ("fix", .string($0.fix)),
                                ])
                            })
                    )
                ]))
            if findings.contains(where: { $0.severity >= .high }) { throw ExitStatus.answerIsNo.code }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Say in plain language what a key policy allows and forbids.",
            discussion: "Example:\n  countersign policy explain my-policy.json --key-account 604183725190")

        @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
        @Option(help: ArgumentHelp("The key's account.", valueName: "id")) var keyAccount: String?

        func run() throws {
            let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
            let account = keyAccount ?? PolicyContext.likelyKeyAccount(of: document) ?? ""
            try Console.out(TextBlock.wrap(lines: PolicyWords.lines(document, AccountNames(keyAccount: account)), width: 78).joined(separator: "\n"))
        }
    }
}

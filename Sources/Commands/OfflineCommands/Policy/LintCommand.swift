// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CommandSupport
import Files
import KeyPolicies
import StrictFormats

struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check a key policy. Exit 1 if anything critical or high is found.",
        discussion: "Example:\n  countersign policy lint my-policy.json --key-account 604183725190")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

    @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
    @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
    @Option(help: ArgumentHelp("The management account, which owns the organization's trail.", valueName: "id")) var trailAccount: String?
    @Option(help: ArgumentHelp("The executor's ARN.", valueName: "arn")) var executor: String?
    @Option(help: ArgumentHelp("An account that may stand in the policy; may be repeated.", valueName: "id")) var trustedAccount: [String] = []
    @Option(help: "How to answer: text for people, json for programs, sarif for code scanners.") var format: Format = .text
    @Option(help: ArgumentHelp("Where docs/key-policies.md is published: rules in SARIF then point there.", valueName: "url")) var helpUri: String?

    func run() throws {
        let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
        let key = try ProofAnswers.key(account: keyAccount, arn: keyArn, [document], file: file)
        let context = PolicyContext(
            keyAccount: key.account, executorARN: executor, keyARN: keyArn, managementAccount: trailAccount,
            trustedAccounts: trustedAccount.isEmpty ? nil : trustedAccount + [trailAccount].compactMap(\.self))
        let findings = PolicyChecks.run(document, in: context)
        switch format {
        case .text: try Console.out(findings.isEmpty ? "nothing found" : findings.map(words).joined(separator: "\n"))
        case .json: try Console.out(ScreenJSON.line(.object([("findings", .array(findings.map(Self.json)))])))
        case .sarif: try Console.out(ScreenJSON.line(SARIFReport(findings, file: file, helpURI: helpUri).json))
        }
        if findings.contains(where: { $0.severity >= .high }) { throw ExitStatus.answerIsNo.code }
    }

    private func words(_ finding: PolicyFinding) -> String {
        let line = finding.line.map { ":\($0)" } ?? ""
        return
            "\(SafeText.escaped(file))\(line) \(finding.rule) \(finding.severity.word) \(finding.pointer)\n    \(finding.message)\n    fix: \(finding.fix)"
    }

    private static func json(_ finding: PolicyFinding) -> JSONValue {
        .object([
            ("rule", .string(finding.rule)), ("severity", .string(finding.severity.word)), ("pointer", .string(finding.pointer)),
            ("line", finding.line.map { .integer($0) }), ("message", .string(finding.message)), ("fix", .string(finding.fix)),
        ])
    }
}

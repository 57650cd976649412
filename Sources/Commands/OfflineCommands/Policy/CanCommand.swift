// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Files
import KeyPolicies
import StrictFormats

struct CanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "can", abstract: "Ask a key policy: may this principal do that?",
        discussion: """
            Answers denied, delegated (IAM of that account must allow it too), allowed, or unknown (it depends on a key that was not given).
            Example:
              countersign policy can my-policy.json \\
                --principal cloudtrail.amazonaws.com --action kms:DescribeKey --context \\
                aws:SourceArn=arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail
            """)

    @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("A role, user or session ARN, an account's root ARN, or a service's name.", valueName: "principal")) var principal:
        String
    @Option(help: ArgumentHelp("The action, such as kms:Decrypt.", valueName: "action")) var action: String
    @Option(help: ArgumentHelp("A condition key and its value; a key repeated is a set.", valueName: "key=value")) var context: [String] = []
    @Option(help: ArgumentHelp("A condition key that the request does not have.", valueName: "key")) var absent: [String] = []
    @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
    @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
    @Flag(help: "Say of each statement whether it applies, and why not.") var trace = false
    @OptionGroup var format: FormatOptions

    func run() throws {
        let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
        let key = try ProofAnswers.key(account: keyAccount, arn: keyArn, [document], file: file)
        let pairs = try context.map { text throws(Refusal) in
            guard let cut = text.firstIndex(of: "=") else {
                throw Refusal("context-malformed", .usage, "--context \(SafeText.escaped(text)) has no '='", hint: "--context KEY=VALUE")
            }
            return (key: String(text[..<cut]), value: String(text[text.index(after: cut)...]))
        }
        for name in pairs.map(\.key) + absent { try RequestContext.checkName(name) }
        let request = try AccessRequest(
            principal: try RequestPrincipal(principal), action: action, context: RequestContext(pairs, absent: absent),
            key: key)
        let answer = PolicyEvaluator.answer(document, request)
        try format.answer(text: words(answer, document, request), json: json(answer))
    }

    private func words(_ answer: Answer, _ document: PolicyDocument, _ request: AccessRequest) -> String {
        var lines = ["\(answer.verdict.word): \(answer.reason.rawValue)"]
        for statement in answer.statements { lines.append("  decided by \(Self.name(statement))") }
        if !answer.missing.isEmpty { lines.append("  it depends on: \(answer.missing.map(SafeText.escaped).joined(separator: ", "))") }
        if trace {
            for step in PolicyEvaluator.trace(document, request) {
                let state = step.applies.map { $0 ? "applies" : "does not apply" } ?? "may apply"
                lines.append("  \(Self.name(step.statement)): \(state)" + (step.failed.map { ", its \($0) does not match" } ?? ""))
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func name(_ statement: DecidingStatement) -> String {
        "\(statement.pointer)\(statement.sid.map { " \"\(SafeText.escaped($0))\"" } ?? "") (\(statement.effect.rawValue))"
    }

    private func json(_ answer: Answer) -> JSONValue {
        .object([
            ("answer", .string(answer.verdict.word)),
            (
                "statements",
                .array(
                    answer.statements.map {
                        .object([("pointer", .string($0.pointer)), ("sid", $0.sid.map { .string($0) }), ("effect", .string($0.effect.rawValue))])
                    })
            ), ("missing", .strings(answer.missing)), ("reason", .string(answer.reason.rawValue)),
        ])
    }
}

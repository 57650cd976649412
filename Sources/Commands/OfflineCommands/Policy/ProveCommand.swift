// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Files
import KeyPolicies
import StrictFormats

struct ProvePolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Prove assertions about a key policy. Exit 1 if one is violated or undecided.",
        discussion: """
            An assertion says what must never or must always be answered, for every caller and context that it does not bind.
            A template carries its own: --template NAME --parameters FILE.
            Example:
              countersign policy prove my-policy.json --assertions assertions.yaml \\
                --key-account 604183725190
            """)

    @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("Assertions (YAML or JSON).", valueName: "file")) var assertions: String?
    @Option(help: ArgumentHelp("The template whose assertions are meant.", valueName: "template")) var template: String?
    @Option(help: ArgumentHelp("The template's parameters (YAML or JSON).", valueName: "file")) var parameters: String?
    @Option(help: ArgumentHelp("The folder with the templates.", valueName: "folder")) var policies: String?
    @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
    @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
    @OptionGroup var format: FormatOptions

    func run() throws {
        let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
        let claims = try claims()
        let key = try ProofAnswers.key(account: keyAccount, arn: keyArn, [document], file: file)
        let verdicts = PolicyClaim.check(document, claims, key: key).map(\.verdict)
        try format.answer(
            text: verdicts.flatMap(Self.words).joined(separator: "\n"),
            json: .object([
                ("assertions", .array(verdicts.map(Self.json))), ("complete", .bool(verdicts.allSatisfy { $0.gaps.isEmpty })),
            ]))
        if !verdicts.allSatisfy({ $0.outcome == .holds }) { throw ExitStatus.answerIsNo.code }
    }

    private func claims() throws(Refusal) -> [PolicyClaim] {
        let hint = "--assertions FILE, or --template NAME --parameters FILE"
        if assertions == nil, template == nil { throw Refusal("assertions-missing", .usage, "it is not said what is to be proven", hint: hint) }
        if (template == nil) != (parameters == nil) {
            throw Refusal("assertions-missing", .usage, "a template and its parameters go together", hint: hint)
        }
        var claims: [PolicyClaim] = []
        if let template, let parameters {
            let found = try TemplateFinder.find(template, folder: policies)
            claims = try AuthoredInput.read(parameters).decode { root throws(Refusal) in try found.claims(values: root) }
            if claims.isEmpty {
                throw Refusal(
                    "assertions-missing", .badData, "the template \(template) has no assertions", hint: "give some with --assertions FILE")
            }
        }
        if let assertions { claims += try AuthoredInput.read(assertions).decode { root throws(Refusal) in try PolicyClaim.list(root) } }
        return claims
    }

    private static func words(_ verdict: AssertionVerdict) -> [String] {
        let head = "\(verdict.outcome.rawValue): \(SafeText.escaped(verdict.assertion.name))" + (verdict.outcome == .holds ? ", proven" : "")
        return [head] + ProofAnswers.lines(verdict.witnesses, isComparison: false) + ProofAnswers.lines(verdict.gaps)
    }

    private static func json(_ verdict: AssertionVerdict) -> JSONValue {
        .object([
            ("name", .string(verdict.assertion.name)), ("expect", .string(verdict.assertion.expectation.rawValue)),
            ("at", .string(verdict.assertion.level.rawValue)), ("verdict", .string(verdict.outcome.rawValue)),
            ("witnesses", .array(verdict.witnesses.map(answer))), ("undecided", .array(verdict.gaps.map(ProofAnswers.json))),
        ])
    }

    /// A witness of one policy has one answer.
    private static func answer(_ witness: ProofWitness) -> JSONValue {
        guard case .object(let members) = ProofAnswers.json(witness).content else { return JSONValue(.null) }
        return JSONValue(.object(members.filter { $0.name != "before" && $0.name != "after" } + [JSONMember("answer", .string(witness.after.word))]))
    }
}

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
            Example:
              countersign policy prove my-policy.json --assertions assertions.yaml \\
                --key-account 604183725190
            """)

    @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("The assertions (YAML or JSON).", valueName: "file")) var assertions: String
    @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
    @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
    @OptionGroup var format: FormatOptions

    func run() throws {
        let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
        let authored = try AuthoredInput.read(assertions)
        let list = try authored.decode { root throws(Refusal) in try PolicyAssertion.list(root) }
        let key = try ProofAnswers.key(account: keyAccount, arn: keyArn, [document], file: file)
        let verdicts = PolicyProver.check(document, list, key: key)
        try format.answer(
            text: verdicts.flatMap(Self.words).joined(separator: "\n"),
            json: .object([
                ("assertions", .array(verdicts.map(Self.json))), ("complete", .bool(verdicts.allSatisfy { $0.gaps.isEmpty })),
            ]))
        if !verdicts.allSatisfy({ $0.outcome == .holds }) { throw ExitStatus.answerIsNo.code }
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

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CommandSupport
import Files
import KeyPolicies
import StrictFormats

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say in plain language what a key policy allows and forbids, and who may do what.",
        discussion: "Example:\n  countersign policy explain my-policy.json --key-account 604183725190")

    @Argument(help: ArgumentHelp("The policy (JSON).", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
    @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
    @OptionGroup var format: FormatOptions

    func run() throws {
        let document = try PolicyDocument(bytes: try FileReader.read(file), file: file)
        let isKnown = ProofAnswers.known(account: keyAccount, arn: keyArn, [document]) != nil
        let key = isKnown ? try ProofAnswers.key(account: keyAccount, arn: keyArn, [document], file: file) : nil
        let words = TextBlock.wrap(lines: PolicyWords.lines(document, AccountNames(keyAccount: key?.account ?? "")), width: 78)
        guard let key else {
            try format.answer(
                text: (words + ["", "Who may do what is not shown: the policy does not say which account the key belongs to (--key-account ID)."])
                    .joined(separator: "\n"),
                json: .object([("statements", .strings(words)), ("complete", .bool(false))]))
            return
        }
        let table = RightsTable(document, key: key)
        try format.answer(
            text: (words + ["", "Who may do what, by this policy:"] + RightsText.lines(table)).joined(separator: "\n"),
            json: .object([
                ("statements", .strings(words)), ("rights", .array(table.rows.map(RightsText.json))), ("complete", .bool(table.complete)),
                ("undecided", .array(table.gaps.map(ProofAnswers.json))),
            ]))
    }
}

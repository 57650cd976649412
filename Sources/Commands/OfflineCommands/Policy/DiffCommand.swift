// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Files
import KeyPolicies
import StrictFormats

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Prove what a new key policy permits that the old one did not. Exit 1 if anything is newly allowed.",
        discussion: """
            Compares the answers to every request that there can be, not the texts. What cannot be decided is named, and exits 1 too.
            Example:
              countersign policy diff old.json new.json --key-account 604183725190
            """)

    @Argument(help: ArgumentHelp("The policy as it is (JSON).", valueName: "old")) var old: String
    @Argument(help: ArgumentHelp("The policy as it would be (JSON).", valueName: "new")) var new: String
    @Option(help: ArgumentHelp("The key's account (default: the one that the policy gives control to).", valueName: "id")) var keyAccount: String?
    @Option(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var keyArn: String?
    @OptionGroup var format: FormatOptions

    func run() throws {
        let before = try PolicyDocument(bytes: try FileReader.read(old), file: old)
        let after = try PolicyDocument(bytes: try FileReader.read(new), file: new)
        let key = try ProofAnswers.key(account: keyAccount, arn: keyArn, [after, before], file: new)
        let proof = PolicyProver.difference(before, after, key: key)
        try format.answer(
            text: Self.words(proof).joined(separator: "\n"),
            json: .object([
                ("newlyAllowed", .array(proof.newlyAllowed.map(ProofAnswers.json))),
                ("noLongerAllowed", .array(proof.noLongerAllowed.map(ProofAnswers.json))), ("complete", .bool(proof.complete)),
                ("undecided", .array(proof.gaps.map(ProofAnswers.json))),
            ]))
        if !proof.newlyAllowed.isEmpty || !proof.complete { throw ExitStatus.answerIsNo.code }
    }

    private static func words(_ proof: PolicyProof) -> [String] {
        if proof.isSame { return ["the same permissions, proven"] }
        var lines: [String] = []
        func part(_ title: String, _ body: [String], none: String) { lines += body.isEmpty ? [none] : [title] + body }
        part(
            "Newly allowed:", ProofAnswers.lines(proof.newlyAllowed),
            none: proof.complete ? "Nothing is newly allowed, proven." : "Nothing newly allowed was found.")
        part(
            "No longer allowed:", ProofAnswers.lines(proof.noLongerAllowed),
            none: proof.complete ? "Everything that was allowed still is, proven." : "Nothing that was allowed was found to be lost.")
        if !proof.complete { lines += ["NOT DECIDED, so take it for a difference:"] + ProofAnswers.lines(proof.gaps) }
        return lines
    }
}

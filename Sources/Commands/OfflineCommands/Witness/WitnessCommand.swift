// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import CommandSupport
import Cryptography
import Files
import Ledger
public import StrictFormats
public import Witness

public struct WitnessCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Be a witness of ledgers: cosign what continues all that was cosigned before.",
        discussion: "Example:\n  countersign witness vkey w1.pub --name witness.example.com/w1",
        subcommands: [WitnessCosignCommand.self, WitnessKeyCommand.self])

    public init() {}
}

public struct WitnessCosignCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Check a ledger's request, remember its checkpoint, and print the cosignature.",
        discussion:
            "Exit 1: it does not continue what this witness cosigned last. Exit 77: not a ledger of --log-key.\nExample:\n  countersign witness cosign request.txt --key w1 \\\n    --name witness.example.com/w1 --state w1-state --log-key log.vkey > w1.txt"
    )

    @Argument(help: ArgumentHelp("The request, as ledger witness-request wrote it.", valueName: "request")) var request: String
    @OptionGroup var options: WitnessOptions
    @OptionGroup var format: FormatOptions

    public init() {}

    public func run() throws {
        let body = try FileReader.read(request)
        let witness = try options.witness()
        if let memory = options.newMemory(witness) { Console.note(memory) }
        switch try witness.answer(body, file: request, now: SystemClock.now()) {
        case .cosigned(let cosignature):
            try format.answer(
                text: String(cosignature.line.line.dropLast()),
                json: .object([("line", .string(cosignature.line.line)), ("time", .string(cosignature.time.text))]))
        case .refused(_, let refusal): throw refusal
        case .fork(let fork, let evidence, _):
            try format.answer(
                text: SignedNote.sideBySide(fork.first, fork.second, titles: ("cosigned before", "asked for now")),
                json: .object([
                    ("fork", true), ("evidence", .string(evidence)),
                    ("notes", .strings([fork.first, fork.second].map { String(decoding: $0.bytes, as: UTF8.self) })),
                ]))
            throw ForkWords.refusal(fork, evidence: evidence)
        }
    }
}

public struct WitnessKeyCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "vkey", abstract: "Print a witness's verifier key, for those who check cosignatures.",
        discussion: "Example:\n  countersign witness vkey w1.pub --name witness.example.com/w1 > w1.vkey")

    @Argument(help: ArgumentHelp("The witness's public key file.", valueName: "key")) var key: String
    @Option(help: ArgumentHelp("The witness's name in notes.", valueName: "name")) var name: String

    public init() {}

    public func run() throws {
        let key = try PublicKeyFile.read(self.key)
        try WitnessStep.check(name: name, key: key)
        try Console.out(NoteVerifier(name: name, key: key, kind: .cosignature).text)
    }
}

/// Who a witness is, what it remembers, and whom it listens to.
public struct WitnessOptions: ParsableArguments {
    @OptionGroup var key: KeyOptions
    @Option(help: ArgumentHelp("The witness's name in notes, as the trust root has it.", valueName: "name")) var name: String
    @Option(help: ArgumentHelp("The folder in which this witness remembers; made if it is not there.", valueName: "folder")) var state: String
    @Option(help: ArgumentHelp("A log's verifier key, or a file of its keys, one a line; repeat it for each log.", valueName: "vkey")) var logKey:
        [String]

    public init() {}

    public func witness() throws(Refusal) -> WitnessStep {
        let logs = try VerifierKey.readAll(logKey)
        return try WitnessStep(key: try key.load(), name: name, folder: state, logs: logs)
    }

    /// What is said where the witness begins without a memory; nil where it has one.
    public func newMemory(_ witness: WitnessStep) -> String? {
        guard witness.beginsAnew else { return nil }
        return
            "countersign: \(SafeText.escaped(state)) was made: this witness knows no log's past. If it knew one, stop it and bring that folder back"
    }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Cryptography
import Files
import Ledger
import OfflineCommands
import StrictFormats
import Trust

struct WitnessRequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness-request", abstract: "Write what a witness is asked: the newest checkpoint, and that it continues an older one.",
        discussion:
            "The body of C2SP tlog-witness add-checkpoint; it is a consistency proof too.\nExample:\n  countersign ledger witness-request ledger.sqlite --old 0 --out request.txt"
    )

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("The size of the last checkpoint that the witness cosigned; 0 for none.", valueName: "size")) var old: Int
    @OptionGroup var output: OutputOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        try output.check()
        let (request, checkpoint) = try LedgerReader.steady(file) { reader throws(Refusal) in try question(reader) }
        try output.write(request.bytes)
        try format.answer(
            text: "written: \(SafeText.escaped(output.out)): from size \(old) to size \(checkpoint.size)",
            json: .object([("old", .integer(old)), ("size", .integer(checkpoint.size)), ("root", checkpoint.root.json)]))
    }

    private func question(_ reader: LedgerReader) throws(Refusal) -> (WitnessRequest, Checkpoint) {
        guard let bytes = try reader.latestCheckpoint() else {
            throw Refusal(
                "ledger-damaged", .badData, "this ledger has no checkpoint", at: Place(file: file), hint: "check it with: countersign audit verify")
        }
        let note = try SignedNote(bytes, file: file)
        let checkpoint = try Checkpoint(text: note.text, file: file)
        guard (0...checkpoint.size).contains(old) else {
            throw Refusal(
                "old-size", .answerIsNo, "the ledger has \(checkpoint.size) entries: no witness cosigned \(old) of them", at: Place(file: file),
                hint: "if a witness did, this is an old copy of the ledger: find the newest file")
        }
        let proof = try reader.consistency(from: old, to: checkpoint.size)
        // A proof from tampered tiles would make an honest witness refuse an honest ledger.
        guard MerkleProof.isConsistent(from: old, root: try reader.root(of: old), to: checkpoint.size, root: checkpoint.root, proof: proof) else {
            throw Refusal(
                "ledger-damaged", .badData, "the entries do not lead to the newest checkpoint", at: Place(file: file), hint: "run audit verify")
        }
        return (try WitnessRequest(old: old, proof: proof, note: note), checkpoint)
    }
}

struct CosignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Take witnesses' cosignatures into a ledger.",
        discussion: "Example:\n  countersign ledger cosign ledger.sqlite w1.txt w2.txt --key ledger-key")

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Argument(help: ArgumentHelp("What a witness answered, or a cosigned note.", valueName: "file")) var files: [String]
    @OptionGroup var key: KeyOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        var inputs: [(bytes: [UInt8], name: String)] = []
        for name in files { inputs.append((try FileReader.read(name), name)) }
        let store = try LedgerStore(file, key: try key.load(), tool: Release.tool, now: SystemClock.now())
        var taken: [LedgerStore.Cosigned] = []
        do throws(Refusal) {
            for input in inputs { taken += try store.cosign(input.bytes, file: input.name) }
        } catch {
            try store.close()
            throw error
        }
        try store.close()
        try format.answer(text: CosignedWords.text(taken), json: CosignedWords.json(taken))
    }
}

// SPDX-License-Identifier: Apache-2.0

import AWS
import ArgumentParser
import CommandSupport
import Cryptography
import Files
import Foundation
import Ledger
import OfflineCommands
import StrictFormats
import Trust

/// `ledger witness`: asks witnesses over HTTP and takes in what they answer.
struct LedgerWitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Ask witnesses over HTTP to cosign the newest checkpoint, and take in what they answer.",
        discussion:
            "Exit 0: all answered. What one cosigned is kept even if another did not.\nExit 1: one refused; where what it cosigned before contradicts this ledger, both\nnotes are shown, and kept with --evidence.\nExample:\n  countersign ledger witness ledger.sqlite --url https://witness.example.com \\\n    --key ledger-key"
    )

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("A witness's submission prefix (C2SP tlog-witness); repeat it for each.", valueName: "url")) var url: [String]
    @Option(help: ArgumentHelp("Where to keep two checkpoints that contradict each other.", valueName: "file")) var evidence: String?
    @OptionGroup var key: KeyOptions
    @OptionGroup var format: FormatOptions

    func validate() throws { if url.isEmpty { throw ValidationError("Missing expected argument '--url <url>'") } }

    func run() throws {
        var urls: [WitnessURL] = []
        for text in url { urls.append(try WitnessURL(text)) }
        if let evidence { try FileWriter.checkAbsent(evidence, replace: false) }
        let loaded = try key.load()
        let environment = ProcessInfo.processInfo.environment
        var settings = TransportSettings(environment: environment)
        settings.answerLimit = 64 << 10
        // The ledger is not held while the network is waited for.
        let store = try LedgerStore(file, key: loaded, tool: Release.tool, now: SystemClock.now())
        let witnesses = Witnesses(of: store.history.chain.newest.root)
        try store.close()
        let transport = CurlTransport(settings: settings)
        let holding = WitnessHolding(ledger: file, transport: transport)
        let asking = AskingWitness(ledger: file, witnesses: witnesses, transport: transport)
        var answers: [(bytes: [UInt8], url: String)] = []
        var trouble: Refusal?
        var contradictions: [WitnessHolding.Contradiction] = []
        for url in urls {
            do throws(Refusal) {
                answers.append((try asking.ask(url).flatMap { Array($0.line.utf8) }, url.text))
            } catch {
                if let trouble { Console.note("countersign: \(Explanation.text(trouble))") }
                trouble = error
                guard error.code == "witness-refused", let found = try holding.contradiction(url) else { continue }
                // One file for the first of them; the others are on the screen.
                if let evidence, contradictions.isEmpty { try FileWriter.write(found.bytes, to: evidence) }
                trouble = found.refusal(evidence: contradictions.isEmpty ? evidence : nil)
                contradictions.append(found)
            }
        }
        try answer(try take(answers, loaded), contradictions)
        if let trouble { throw trouble }
    }

    private func answer(_ taken: [LedgerStore.Cosigned], _ contradictions: [WitnessHolding.Contradiction]) throws(Refusal) {
        guard !taken.isEmpty || !contradictions.isEmpty else { return }
        try format.answer(
            text: ([CosignedWords.text(taken)] + contradictions.map(\.text)).filter { !$0.isEmpty }.joined(separator: "\n"),
            json: CosignedWords.json(taken, contradictions: contradictions.isEmpty ? nil : .array(contradictions.map(\.json))))
    }

    private func take(_ answers: [(bytes: [UInt8], url: String)], _ key: PrivateKey) throws(Refusal) -> [LedgerStore.Cosigned] {
        guard !answers.isEmpty else { return [] }
        let store = try LedgerStore(file, key: key, tool: Release.tool, now: SystemClock.now())
        var taken: [LedgerStore.Cosigned] = []
        do throws(Refusal) {
            for answer in answers { taken += try store.cosign(answer.bytes, file: answer.url) }
        } catch {
            try store.close()
            throw error
        }
        try store.close()
        return taken
    }
}

/// What was taken in.
enum CosignedWords {
    static func text(_ taken: [LedgerStore.Cosigned]) -> String {
        taken.map { "\($0.isNew ? "cosigned" : "known already"): size \($0.size) by \(SafeText.escaped($0.name))" }.joined(separator: "\n")
    }

    static func json(_ taken: [LedgerStore.Cosigned], contradictions: JSONValue? = nil) -> JSONValue {
        .object([
            ("cosigned", .array(taken.map { .object([("size", .integer($0.size)), ("name", .string($0.name)), ("new", .bool($0.isNew))]) })),
            ("contradictions", contradictions),
        ])
    }
}

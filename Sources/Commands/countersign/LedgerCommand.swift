// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Audit
import Bundles
import CommandSupport
import Cryptography
import Execute
import Files
import Ledger
import OfflineCommands
import StrictFormats
import Trust

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Make a ledger, take things into it, and give out its state.",
        discussion: "Example:\n  countersign ledger show ledger.sqlite",
        subcommands: [
            Create.self, Show.self, CheckpointNote.self, Record.self, LedgerKeyCommand.self, WitnessRequestCommand.self, CosignCommand.self,
            LedgerWitnessCommand.self, BackupCommand.self, CompactCommand.self, MigrateCommand.self, EntryLinesCommand.self, PublishCommand.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a ledger. Its genesis digest is what auditors anchor to.",
            discussion: "Example:\n  countersign ledger create ledger.sqlite --trust trust.json --key ledger-key")

        @Argument(help: ArgumentHelp("The file to make.", valueName: "ledger")) var file: String
        @OptionGroup var trust: TrustOptions
        @OptionGroup var key: KeyOptions
        @Option(help: ArgumentHelp("The ledger's origin (default: the trust root's + /ledger).", valueName: "origin")) var origin: String?
        @OptionGroup var format: FormatOptions

        func run() throws {
            try FileWriter.checkAbsent(file, database: UInt32(Schema.applicationID))
            let chain = try trust.chain()
            let genesis = try LedgerStore.create(
                file, root: chain.newest, key: try key.load(), origin: origin, nonce: SecureRandom.bytes(32), tool: Release.tool,
                now: SystemClock.now())
            try format.answer(
                text:
                    "created: \(SafeText.escaped(file))\n  genesis \(genesis)\n  \(genesis.fingerprint.prefix(8).joined(separator: " "))\n  \(genesis.fingerprint.dropFirst(8).joined(separator: " "))",
                json: .object([("genesis", genesis.json)]))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "List the entries of a ledger.", discussion: "Example:\n  countersign ledger show ledger.sqlite")

        @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
        @OptionGroup var format: FormatOptions

        func run() throws {
            let (rows, values) = try LedgerReader.steady(file) { reader throws(Refusal) in
                var rows: [[String]] = []
                var values: [JSONValue] = []
                try reader.forEachEntry { seq, bytes throws(Refusal) in
                    let entry = try Entry(bytes)
                    rows.append(["\(seq)", entry.time.text, entry.type.rawValue, entry.bundle.map { String($0.hex.prefix(12)) } ?? ""])
                    values.append(try JSONDocument(bytes, rules: .signed).root)
                }
                return (rows, values)
            }
            try format.answer(text: TextBlock.table(rows).joined(separator: "\n"), json: .object([("entries", .array(values))]))
        }
    }

    struct CheckpointNote: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint", abstract: "Print the newest checkpoint: the signed state of the ledger.",
            discussion:
                "Keep a copy elsewhere: it proves later that nothing before it was changed. Stored cosignatures stand in it too.\nExample:\n  countersign ledger checkpoint ledger.sqlite > ledger.note"
        )

        @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
        @Option(help: ArgumentHelp("The checkpoint of this size instead of the newest.", valueName: "size")) var size: Int?

        func run() throws {
            guard let note = try LedgerReader.steady(file, { reader throws(Refusal) in try reader.cosignedNote(size) }) else {
                if let size {
                    throw Refusal(
                        "checkpoint-unknown", .answerIsNo, "this ledger has no checkpoint of size \(size)", at: Place(file: file),
                        hint: "each append writes one; without --size the newest is printed")
                }
                throw Refusal(
                    "ledger-damaged", .badData, "this ledger has no checkpoint", at: Place(file: file),
                    hint: "check it with: countersign audit verify")
            }
            try Console.out(bytes: note.bytes)
        }
    }

    struct Record: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "record", abstract: "Take trust roots, bundles, approvals, rejects and checked plans into a ledger.",
            discussion: "Example:\n  countersign ledger record ledger.sqlite reject.json --key ledger-key")

        @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
        @Argument(help: ArgumentHelp("What to take in; bundles before their approvals.", valueName: "file")) var files: [String]
        @OptionGroup var key: KeyOptions
        @OptionGroup var format: FormatOptions

        func run() throws {
            var inputs: [InputFile] = []
            for name in files { inputs.append(InputFile(bytes: try FileReader.read(name), name: name)) }
            let store = try LedgerStore(file, key: try key.load(), tool: Release.tool, now: SystemClock.now())
            let before = store.size
            for input in inputs { try take(input, store) }
            let after = store.size
            let newest = store.history.chain.newest.root
            try store.close()
            let isInForce = InForce.warn(of: newest, at: SystemClock.now(), "nothing in this ledger can be approved or executed under it")
            try format.answer(
                text: "recorded: \(after - before) new \(after - before == 1 ? "entry" : "entries"); the ledger has \(after)",
                json: .object([("added", .integer(after - before)), ("size", .integer(after)), ("inForce", .bool(isInForce))]))
        }

        private func take(_ input: InputFile, _ store: LedgerStore) throws(Refusal) {
            let receiving = Receiving(store)
            var subject: Digest?
            do throws(Refusal) {
                let envelope = try Envelope(input.bytes, file: input.name)
                switch envelope.type {
                case .trustRoot: try receiving.trustRoot(envelope, now: SystemClock.now())
                case .bundle:
                    subject = envelope.payloadDigest
                    try receiving.bundle(UnverifiedBundle(envelope), now: SystemClock.now())
                case .approval where try PlanCheckedStatement.stands(in: envelope):
                    let statement = try envelope.decodePayload(PlanCheckedStatement.init(json:))
                    subject = statement.bundle
                    try receiving.planCheck(envelope, for: try receiving.stored(statement.bundle), now: SystemClock.now())
                case .approval:
                    let statement = try envelope.decodePayload(ApprovalStatement.init(json:))
                    subject = statement.bundle
                    try receiving.approval(envelope, for: try receiving.stored(statement.bundle), now: SystemClock.now())
                }
            } catch {
                // What is refused leaves a trace too.
                if [.notPermitted, .badData].contains(error.category) { try receiving.refuse(error, bundle: subject, now: SystemClock.now()) }
                try store.close()
                throw error
            }
        }
    }
}

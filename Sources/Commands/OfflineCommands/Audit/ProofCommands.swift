// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Cryptography
import Files
import Ledger
import Publish
import StrictFormats

struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Prove that one entry, or a change's whole story, stands in a ledger.",
        discussion:
            "For somebody who has nothing else of it. --entry writes the proof (C2SP\ntlog-proof) and the entry's bytes beside it; --bundle writes a folder with a\nproof for each entry of the story, and what they name.\nExample:\n  countersign audit prove ledger.sqlite --entry 1 --out entry-1.tlog-proof"
    )

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("The entry's number.", valueName: "n")) var entry: Int?
    @Option(help: ArgumentHelp("The bundle's digest or id, for its whole story.", valueName: "bundle")) var bundle: String?
    @Option(help: ArgumentHelp("Lead to the checkpoint of this size instead of the newest: one that witnesses cosigned, say.", valueName: "size"))
    var size: Int?
    @OptionGroup var output: OutputOptions
    @OptionGroup var format: FormatOptions

    func validate() throws {
        if (entry == nil) == (bundle == nil) { throw ValidationError("give either --entry or --bundle") }
    }

    func run() throws {
        if let bundle { return try story(of: bundle) }
        try prove(entry ?? 0)
    }

    private func story(of bundle: String) throws {
        let story = try LedgerReader.audited(file) { reader throws(Refusal) in try StoryProof(reader, of: bundle, at: size) }
        try FolderWriter.write(story.files.map { ($0.name, $0.bytes) }, to: output.out, replace: output.force)
        try format.answer(
            text:
                "proved: \(story.entries.count) entries of \(story.size), the story of \(story.bundle)\n  \(story.files.count) files written to \(SafeText.escaped(output.out)); README.txt says how they are checked"
                + (story.later > 0
                    ? "\n  THE STORY IS CUT: the ledger has \(story.later) more \(story.later == 1 ? "entry" : "entries") about it after these \(story.size); leave --size out for all"
                    : ""),
            json: .object([
                ("bundle", story.bundle.json), ("entries", .array(story.entries.map { .integer($0) })), ("size", .integer(story.size)),
                ("files", .strings(story.files.map(\.name))), ("later", .integer(story.later)),
            ]))
    }

    private func prove(_ entry: Int) throws {
        let entryFile = (output.out.hasSuffix(".tlog-proof") ? String(output.out.dropLast(11)) : output.out) + ".json"
        try output.check()
        try FileWriter.checkAbsent(entryFile, replace: output.force)
        let proven = try LedgerReader.audited(file) { reader throws(Refusal) in try reader.proof(of: entry, at: size) }
        try output.write(proven.proof.bytes)
        try FileWriter.write(proven.bytes, to: entryFile, replace: output.force)
        let whole = proven.checkpoint.size
        try format.answer(
            text:
                "proved: entry \(entry) of \(whole)\n  leaf \(proven.leaf)\n  written to \(SafeText.escaped(output.out)), the entry to \(SafeText.escaped(entryFile))",
            json: .object([("entry", .integer(entry)), ("size", .integer(whole)), ("leaf", proven.leaf.json)]))
    }
}

struct CheckProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-proof", abstract: "Check a proof that an entry, or a change's story, stands in a ledger.",
        discussion:
            "Needs nothing but these files. A folder is one that prove --bundle wrote.\nExample:\n  countersign audit check-proof entry-1.tlog-proof --log-key log.vkey \\\n    --entry-file entry-1.json"
    )

    @Argument(help: ArgumentHelp("The proof, or the folder of a story.", valueName: "proof")) var file: String
    @Option(
        help: ArgumentHelp("The ledger's verifier key (C2SP signed-note), or a file of them; repeat it for each that it has had.", valueName: "vkey"))
    var logKey: [String]
    @Option(help: ArgumentHelp("A witness's verifier key, or a file that holds it; it must have cosigned. Repeat it.", valueName: "vkey"))
    var witnessKey: [String] = []
    @Option(help: ArgumentHelp("How many of the witnesses given must have cosigned (default: all).", valueName: "n")) var quorum: Int?
    @Option(help: ArgumentHelp("The entry's bytes.", valueName: "file")) var entryFile: String?
    @Option(help: ArgumentHelp("The entry's leaf hash instead of its bytes.", valueName: "sha256:…")) var leaf: String?
    @OptionGroup var format: FormatOptions

    func validate() throws {
        if entryFile != nil, leaf != nil { throw ValidationError("give either --entry-file or --leaf") }
        if let quorum, witnessKey.isEmpty || !(1...witnessKey.count).contains(quorum) {
            throw ValidationError("--quorum takes 1 to the number of --witness-key")
        }
    }

    func run() throws {
        let logs = try VerifierKey.readAll(logKey)
        var witnesses: [NoteVerifier] = []
        for key in witnessKey { witnesses.append(try VerifierKey.read(key, kind: .cosignature)) }
        if entryFile == nil, leaf == nil, FolderReader.isFolder(file) { return try story(by: logs, witnesses) }
        let proof = try TlogProof(FileReader.read(file), file: file)
        guard entryFile != nil || leaf != nil else {
            throw Refusal("usage", .usage, "a proof does not hold the entry that it is about", hint: "give the entry with --entry-file or --leaf")
        }
        let hash: Digest
        if let leaf {
            guard let digest = Digest(text: leaf) else {
                throw Refusal(
                    "digest-malformed", .usage, "--leaf \(SafeText.escaped(leaf)) is no digest", hint: "a digest is sha256: and 64 hexadecimal digits"
                )
            }
            hash = digest
        } else {
            hash = MerkleHash.leaf(try FileReader.read(entryFile ?? ""))
        }
        let checkpoint: Checkpoint
        do throws(Refusal) { checkpoint = try proof.check(leaf: hash, by: logs) } catch { throw error.inFile(file) }
        let cosigned = try CosignedBy.check(
            proof.note, by: witnesses, quorum: quorum, file: file, again: "countersign audit prove LEDGER --entry \(proof.index)")
        try format.answer(
            text: "proved: entry \(proof.index) stands in \(checkpoint.origin) of \(checkpoint.size) entries\n  root \(checkpoint.root)"
                + cosigned.map { "\n  cosigned \($0.time) by \(SafeText.escaped($0.line.name))" }.joined(),
            json: .object([
                ("entry", .integer(proof.index)), ("origin", .string(checkpoint.origin)), ("size", .integer(checkpoint.size)),
                ("root", checkpoint.root.json),
                (
                    "cosigned",
                    .array(cosigned.map { .object([("name", .string($0.line.name)), ("time", .string($0.time.text))]) })
                ),
            ]))
    }

    private func story(by logs: [NoteVerifier], _ witnesses: [NoteVerifier]) throws {
        let story = try StoryCheck(FolderReader(file), by: logs)
        let cosigned = try CosignedBy.check(
            story.note, by: witnesses, quorum: quorum, file: file, again: "countersign audit prove LEDGER --bundle \(story.bundle)")
        try format.answer(
            text:
                "proved: \(story.entries.count) entries of \(story.checkpoint.size) of \(story.checkpoint.origin), the story of \(story.bundle)\n  and the \(story.artifacts) artifacts that they name\n  root \(story.checkpoint.root)"
                + cosigned.map { "\n  cosigned \($0.time) by \(SafeText.escaped($0.line.name))" }.joined()
                + "\n  not proven: that no other entry is about it\(unproven(story.readme))",
            json: .object([
                ("bundle", story.bundle.json), ("entries", .array(story.entries.map { .integer($0) })), ("origin", .string(story.checkpoint.origin)),
                ("size", .integer(story.checkpoint.size)), ("root", story.checkpoint.root.json), ("artifacts", .integer(story.artifacts)),
                ("readme", .string(story.readme.rawValue)),
                (
                    "cosigned",
                    .array(cosigned.map { .object([("name", .string($0.line.name)), ("time", .string($0.time.text))]) })
                ),
            ]))
    }

    private func unproven(_ readme: StoryCheck.Readme) -> String {
        switch readme {
        case .ours: ", and what README.txt says"
        case .other: ", and what README.txt says: it is not the page that prove --bundle writes"
        case .missing: ""
        }
    }
}

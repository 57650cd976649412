// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Audit
import CommandSupport
import Cryptography
import Files
import Ledger
import StrictFormats

/// - `Places`: where a published log may be read from.
public struct AuditCommand<Places: PublishedPlaces>: ParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "audit", abstract: "Verify a ledger, read its story, and prove single entries.",
            discussion: "Example:\n  countersign audit verify ledger.sqlite --genesis \"$(cat genesis.txt)\"",
            subcommands: [
                Verify.self, Show.self, ProveCommand.self, CheckProofCommand.self, ConsistencyCommand.self, RebuildCommand<Places>.self,
                CheckSnapshotCommand.self,
            ])
    }

    public init() {}

    struct Verify: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "verify", abstract: "Re-derive everything that a ledger claims, from its file or its published log alone.",
                discussion:
                    "Exit 0: verified. Exit 1: failed, or not anchored.\nExample:\n  countersign audit verify ledger.sqlite --genesis \"$(cat genesis.txt)\""
            )
        }

        @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String?
        @Option(help: ArgumentHelp("A published log instead of a ledger: \(Places.kinds).", valueName: "place")) var from: String?
        @OptionGroup var places: Places
        @OptionGroup var anchors: AnchorOptions
        @Option(
            help: ArgumentHelp(
                "Keeps here how far the audit came; the next one verifies no signature of the same bytes again. Guard it as a key.",
                valueName: "file")) var position: String?
        @Option(help: ArgumentHelp("Where to keep two checkpoints that contradict each other.", valueName: "file")) var evidence: String?
        @OptionGroup var format: FormatOptions

        func validate() throws {
            if (file == nil) == (from == nil) { throw ValidationError("give either a ledger or --from PLACE") }
        }

        func run() throws {
            if let evidence { try FileWriter.checkAbsent(evidence) }
            let anchors = try anchors.read()
            let line = ProgressLine()
            defer { line.end() }
            let audited = { (done: Int) -> Void in line.show("\(done) entries audited") }
            let keeping = try position.map { name throws(Refusal) in try PositionFile(name) }
            let verdict =
                if let from {
                    try PublishedAudit.verify(
                        places.source(from), anchors, keeping: keeping, fetched: { line.show("\($0) of \($1) entries read") }, progress: audited)
                } else {
                    try LedgerReader.audited(file ?? "") { reader throws(Refusal) in
                        if let keeping {
                            try LedgerAudit.verify(reader, anchors, keeping: keeping, progress: audited)
                        } else {
                            try LedgerAudit(reader).verify(anchors, progress: audited)
                        }
                    }
                }
            line.end()
            try format.answer(text: VerdictWords.text(verdict, of: from == nil ? "the file" : "the published log"), json: verdict.json)
            if let evidence, let fork = verdict.forks.first {
                try FileWriter.write(fork.bytes, to: evidence)
                Console.note("countersign: both signed checkpoints are kept in \(SafeText.escaped(evidence))")
            }
            if verdict.answer != .verified { throw ExitStatus.answerIsNo.code }
        }
    }

    struct Show: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "show", abstract: "Tell the story of the bundles in a ledger. Shows what is recorded; verify says whether it holds.",
                discussion: "Example:\n  countersign audit show ledger.sqlite")
        }

        @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
        @Option(help: ArgumentHelp("Only this bundle, by digest or by id.", valueName: "bundle")) var bundle: String?
        @OptionGroup var format: FormatOptions

        func run() throws {
            let story = try LedgerReader.audited(file) { reader throws(Refusal) in try Story(reader, only: bundle) }
            try format.answer(text: story.text, json: story.json)
        }
    }
}

/// The verdict as a person reads it.
enum VerdictWords {
    /// - Parameter whole: what a finding is about that is about no entry.
    static func text(_ verdict: AuditVerdict, of whole: String = "the file") -> String {
        var lines: [String]
        switch verdict.answer {
        case .verified: lines = ["VERIFIED: everything that this ledger claims was derived again and holds."]
        case .failed where verdict.lacksWitnessesAlone:
            lines = [
                "NOT WITNESSED: nothing in this ledger is wrong, but nobody outside of it vouches for all of it, which --require-witness demands.",
                "  Give a checkpoint that witnesses cosigned or that was held elsewhere (--since).",
            ]
        case .failed: lines = ["FAILED: this ledger is not what it claims to be."]
        case .unanchored:
            lines = [
                "INTERNALLY CONSISTENT, NOT ANCHORED: nothing in it contradicts itself, but a whole other ledger could look like this.",
                "  Give the genesis digest (--genesis) or a checkpoint held elsewhere (--since).",
            ]
        }
        var rows = [
            ["  entries", "\(verdict.size)"], ["  bundles", "\(verdict.bundles)"], ["  root", verdict.root.text],
            ["  genesis", verdict.genesis?.text ?? "none"],
            ["  vouched for", verdict.witnessed == 0 ? "by nobody outside of this ledger" : EntryWords.span(0, verdict.witnessed - 1)],
        ]
        if verdict.resumedFrom > 0 {
            rows.append(["  verified before", "signatures and reviews of \(EntryWords.span(0, verdict.resumedFrom - 1)), of the same bytes"])
        }
        lines += TextBlock.table(rows)
        if !verdict.findings.isEmpty {
            lines += ["", "Findings:"]
            for finding in verdict.findings {
                let place = finding.entry.map { "entry \($0)" } ?? whole
                lines += TextBlock.wrap(
                    "\(finding.severity.rawValue): \(place): \(finding.message) [\(finding.code)]", width: 96, indent: "  ", hanging: "      ")
            }
        }
        for fork in verdict.forks {
            lines += ["", "The ledger's key signed two states of its first \(fork.size) entries:"]
            lines.append(SignedNote.sideBySide(fork.first, fork.second, titles: ("held elsewhere", "in this ledger")))
        }
        return lines.joined(separator: "\n")
    }
}

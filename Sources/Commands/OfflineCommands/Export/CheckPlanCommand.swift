// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Bundles
import CheckPlan
import CommandSupport
import Cryptography
import Files
import StrictFormats
import Trust

public struct CheckPlanCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "check-plan", abstract: "Hold a plan against an approved bundle. Exit 1 if it is not exactly that.",
        discussion: """
            The plan is what terraform show -json says of a saved plan, or what
            aws cloudformation describe-change-set --include-property-values says.
            With --key and --out a yes is signed, for the ledger to record.
            Example:
              countersign check-plan plan.json --bundle bundle.json --trust trust.json \\
                --approval alice.json --approval bob.json \\
                --key dana --out plan-checked.json
            """)

    @Argument(help: ArgumentHelp("What Terraform says of a saved plan, or CloudFormation of a change set (JSON).", valueName: "plan")) var file:
        String
    @Option(help: ArgumentHelp("The bundle.", valueName: "file")) var bundle: String
    @Option(help: ArgumentHelp("An approval of the bundle; repeat it for each.", valueName: "file")) var approval: [String] = []
    @Option(help: ArgumentHelp("The template of the change set, where something refers to the new key (JSON).", valueName: "file")) var template:
        String?
    @OptionGroup var trust: TrustOptions
    @Option(help: ArgumentHelp("Sign the answer with this key, where it is yes.", valueName: "file")) var key: String?
    @Option(help: ArgumentHelp("A file that holds the key's passphrase in its first line.", valueName: "file")) var passphraseFile: String?
    @Option(help: ArgumentHelp("Where the signed record goes: what ledger record takes in.", valueName: "file")) var out: String?
    @Flag(help: "Overwrite the file if it is there.") var force = false
    @OptionGroup var clock: ClockOptions
    @OptionGroup var format: FormatOptions

    public init() {}

    public func validate() throws {
        guard (key == nil) == (out == nil) else { throw ValidationError("--key and --out go together: who signs the record, and where it goes") }
    }

    public func run() throws {
        if let out { try FileWriter.checkAbsent(out, replace: force) }
        let verified = try BundleFile.verified(bundle, trust)
        var approvals: [VerifiedApproval] = []
        for file in approval {
            approvals.append(try VerifiedApproval.verify(try Envelope(try FileReader.read(file), expecting: .approval, file: file), for: verified))
        }
        let now = try clock.moment()
        let approved = try ApprovedBundle.count(approvals, for: verified, at: now)
        let bytes = try FileReader.read(file, limit: JSONRules.general.maximumBytes)
        let document = try JSONDocument(bytes, rules: .general, file: file)
        let isChangeSet = ChangeSet.looksLike(document)
        guard isChangeSet || template == nil else {
            throw Refusal(
                "template-unused", .usage, "--template belongs to a change set, and \(SafeText.escaped(file)) is none", hint: "leave --template out")
        }
        let check =
            isChangeSet
            ? try PlanCheck(try ChangeSet(document), template: try templateDocument(), against: approved)
            : try PlanCheck(try TerraformPlan(document), against: approved)
        let record = try sign(check, Digest(of: bytes), approved, now)
        try format.answer(
            text: (Self.words(check, approved, isChangeSet) + (record == nil ? [] : ["Signed record: \(SafeText.escaped(out ?? ""))"])).joined(
                separator: "\n"),
            json: .object([
                ("verdict", .string(check.isExactlyApproved ? "approved" : "differs")), ("bundle", verified.digest.json),
                ("plan", Digest(of: bytes).json), ("owners", .strings(approved.owners)),
                ("matched", .array(check.matched.map { .object([("what", .string($0.what)), ("address", .string($0.address))]) })),
                ("findings", .array(check.findings.map(\.json))), ("notes", .strings(check.notes)),
                ("record", record?.payloadDigest.json),
            ]))
        if !check.isExactlyApproved { throw ExitStatus.answerIsNo.code }
    }

    private func templateDocument() throws(Refusal) -> JSONDocument? {
        guard let template else { return nil }
        return try JSONDocument(try FileReader.read(template, limit: JSONRules.general.maximumBytes), rules: .general, file: template)
    }

    /// The signed record, written; nil where none was asked for, or the answer is no.
    private func sign(_ check: PlanCheck, _ plan: Digest, _ approved: ApprovedBundle, _ now: Instant) throws(Refusal) -> Envelope? {
        guard check.isExactlyApproved, let key, let out else { return nil }
        let private_ = try KeyFile.read(key) { path throws(Refusal) in try Passphrase.existing(for: path, file: passphraseFile) }
        let record: Envelope
        do throws(Refusal) {
            record = try PlanRecord.sign(check, of: plan, against: approved, with: private_, tool: Release.tool, now: now)
        } catch {
            throw error.inFile(key)
        }
        try FileWriter.write(record.bytes, to: out, replace: force)
        return record
    }

    private static func words(_ check: PlanCheck, _ approved: ApprovedBundle, _ isChangeSet: Bool) -> [String] {
        var lines = check.matched.map { "  \(SafeText.escaped($0.address)): \(SafeText.escaped($0.what))" }
        if check.isExactlyApproved {
            lines.insert("The \(isChangeSet ? "change set" : "plan") is exactly what \(approved.owners.joined(separator: " and ")) approved:", at: 0)
            let next =
                isChangeSet
                ? "Execute this change set, and no other: aws cloudformation execute-change-set"
                : "Apply this plan, and no other: terraform apply PLAN"
            return lines + check.notes.map { "  note: \($0)" } + [next]
        }
        if !lines.isEmpty { lines.insert("As approved:", at: 0) }
        return ["NOT WHAT WAS APPROVED"]
            + check.findings.map { finding in
                let place = [finding.address, finding.attribute ?? ""].filter { !$0.isEmpty }.map(SafeText.escaped).joined(separator: ", ")
                return "  \(finding.kind.rawValue): \(place.isEmpty ? "" : "\(place): ")\(finding.message)"
            } + lines + [isChangeSet ? "Do not execute this change set." : "Do not apply this plan."]
    }
}

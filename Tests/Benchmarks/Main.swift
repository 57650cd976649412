// SPDX-License-Identifier: Apache-2.0
// Measures Countersign against its peers in one run. `run.sh` builds it, prepares what it needs, and calls it.

import Bundles
import Cryptography
import Files
import Glibc

@main
enum Main {
    static let usage = """
        usage: Benchmarks measure FOLDER AIRGAP [BUILD-SECONDS]   all measures, as a table; results.md and results.json in FOLDER
               Benchmarks policies FOLDER AIRGAP                  the measures of key policies alone
               Benchmarks large FOLDER AIRGAP                     those of large ledgers alone
        It calls itself for what is measured in a process of its own:
               Benchmarks scan LEDGER                             reads every entry and does nothing with it
               Benchmarks digest FOLDER                           the bundle's digest
               Benchmarks append FOLDER ROUNDS                    append, bare insert, signature: medians in seconds
               Benchmarks executor FOLDER ROUNDS                  what an execution adds to a request: median in seconds
               Benchmarks ledger FOLDER NAME ENTRIES BATCH        makes a ledger of refusals
               Benchmarks stories FOLDER NAME COUNT               makes a ledger of executed bundles
        """

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.map { Int($0) ?? 0 }
        switch (arguments.first, arguments.count) {
        case ("measure", 3...): try measure(arguments[1], arguments[2], arguments.count > 3 ? Double(arguments[3]) : nil)
        case ("large", 3): print(Table(rows: try large(arguments[1], arguments[2], CommandLine.arguments[0]).rows(rounds: 5).rows).markdown)
        case ("policies", 3): print(Table(rows: try policies(arguments[1], arguments[2]).rows(rounds: 31)).markdown)
        case ("scan", 2): print(BareScan.run(arguments[1]))
        case ("append", 3): print(try AppendMeasure(Ceremony(arguments[1]), rounds: numbers[2]).line)
        case ("executor", 3): print(try ExecutorMeasure(Ceremony(arguments[1]), rounds: numbers[2]).line)
        case ("digest", 2): print(try Ceremony(arguments[1]).bundle.digest)
        case ("ledger", 5): print(try LedgerMaker(ceremony: Ceremony(arguments[1])).plain(arguments[2], entries: numbers[3], batch: numbers[4]).line)
        case ("stories", 4): print(try LedgerMaker(ceremony: Ceremony(arguments[1])).stories(arguments[2], count: numbers[3]).line)
        default:
            print(usage)
            exit(64)
        }
    }

    /// COUNTERSIGN_LARGEST names the size of the largest ledger (10,000,000 needs 12 GB of disk and a minute or two).
    private static func large(_ folder: String, _ airgap: String, _ own: String) -> LargeVerifyMeasure {
        LargeVerifyMeasure(
            folder: folder, airgap: airgap, own: own, python: getenv("COUNTERSIGN_PYTHON").map { String(cString: $0) } ?? ".venv/bin/python",
            go: "\(folder)/tlog_root", largest: getenv("COUNTERSIGN_LARGEST").flatMap { Int(String(cString: $0)) } ?? 1_000_000)
    }

    private static func policies(_ folder: String, _ airgap: String) -> PolicyMeasure {
        PolicyMeasure(
            folder: folder, airgap: airgap, python: getenv("COUNTERSIGN_PYTHON").map { String(cString: $0) } ?? ".venv/bin/python",
            example: "policies/org-cloudtrail-key/examples/organization.policy.json")
    }

    private static func measure(_ folder: String, _ airgap: String, _ buildSeconds: Double?) throws {
        let own = CommandLine.arguments[0]
        let digest = String(try ChildRun.output(of: [own, "digest", folder]).prefix { $0 != "\n" })
        var table = Table()
        table.rows += try ApprovalMeasure(folder: folder, airgap: airgap, digest: digest).rows(rounds: 50)
        table.rows += try AppendMeasure(line: ChildRun.output(of: [own, "append", folder, "2000"])).rows
        let python = getenv("COUNTERSIGN_PYTHON").map { String(cString: $0) } ?? ".venv/bin/python"
        table.rows += try ExecutorMeasure(line: ChildRun.output(of: [own, "executor", folder, "100"]), python: python).rows
        table.rows += try VerifyMeasure(folder: folder, airgap: airgap, own: own).rows(rounds: 15)
        let large = try large(folder, airgap, own).rows(rounds: 5)
        table.rows += large.rows
        try FileWriter.write(Array(Growth.json(large.points).utf8), to: "\(folder)/growth.json", replace: true)
        table.rows += try policies(folder, airgap).rows(rounds: 31)
        table.rows += try ReleaseMeasure(airgap: airgap, folder: folder, buildSeconds: buildSeconds).rows()
        table.notes = [
            "Figures are ratios of medians; both sides ran in turn on the same machine, so load from outside meets them alike.",
            "Processes are timed from spawn to exit, start-up included, output thrown away. `bundle.json` is a create-key bundle with the main policy template.",
            "An append is timed whole, and the Ed25519 signature of its checkpoint, timed alone on the same text, is taken off. The bare insert is one prepared statement that commits by itself.",
            "The ledger of 100,000 entries holds one executed bundle, then refused executions: entries whose checking needs no signature. Checkpoints, one in 1,000 entries, are verified.",
            "Key policies are measured in this process, but for whole processes; the prover shows every kind of difference with a witness, z3 answers yes or no twice.",
            "Peak memory is the kernel's ru_maxrss of the whole process, code pages included.",
        ]
        try FileWriter.write(Array((table.markdown + "\n").utf8), to: "\(folder)/results.md", replace: true)
        try FileWriter.write(Array(table.json.utf8), to: "\(folder)/results.json", replace: true)
        print(table.markdown)
        exit(table.rows.allSatisfy(\.isReached) ? 0 : 1)
    }
}

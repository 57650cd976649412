// SPDX-License-Identifier: Apache-2.0
// Measures Countersign against its peers in one run. `run.sh` builds it, prepares what it needs, and calls it.

import Files
import Glibc

@main
enum Main {
    static let usage = """
        usage: Benchmarks measure FOLDER AIRGAP [BUILD-SECONDS]   all measures, as a table; results.md and results.json in FOLDER
               Benchmarks scan LEDGER                             reads every entry and does nothing with it
               Benchmarks ledger FOLDER NAME ENTRIES BATCH        makes a ledger to look at
        """

    static func main() throws {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "measure" where arguments.count >= 4: try measure(arguments[2], arguments[3], arguments.count > 4 ? Double(arguments[4]) : nil)
        case "scan" where arguments.count == 3: print(BareScan.run(arguments[2]))
        case "ledger" where arguments.count == 6:
            guard let entries = Int(arguments[4]), let batch = Int(arguments[5]) else { fallthrough }
            let made = try LedgerMaker(ceremony: Ceremony(arguments[2])).plain(arguments[3], entries: entries, batch: batch)
            print("\(made.path) \(made.genesis) \(made.note)")
        default:
            print(usage)
            exit(64)
        }
    }

    private static func measure(_ folder: String, _ airgap: String, _ buildSeconds: Double?) throws {
        let ceremony = try Ceremony(folder)
        var table = Table()
        table.rows += try ApprovalMeasure(ceremony: ceremony, airgap: airgap).rows(rounds: 40)
        table.rows += try AppendMeasure(ceremony: ceremony).rows(rounds: 2_000)
        table.rows += try VerifyMeasure(ceremony: ceremony, airgap: airgap, own: CommandLine.arguments[0]).rows(rounds: 15)
        table.rows += try ReleaseMeasure(airgap: airgap, folder: folder, buildSeconds: buildSeconds).rows()
        table.notes = [
            "Figures are ratios of medians; both sides ran in turn on the same machine, so load from outside meets them alike.",
            "Processes are timed from spawn to exit, start-up included, output thrown away. `bundle.json` is a create-key bundle with the main policy template.",
            "An append is timed whole, and the Ed25519 signature of its checkpoint, timed alone on the same text, is taken off. The bare insert is one prepared statement that commits by itself.",
            "The ledger of 100,000 entries holds one executed bundle, then refused executions: entries whose checking needs no signature. Checkpoints, one in 1,000 entries, are verified.",
            "Peak memory is the kernel's ru_maxrss of the whole process, code pages included.",
        ]
        try FileWriter.write(Array((table.markdown + "\n").utf8), to: "\(folder)/results.md", replace: true)
        try FileWriter.write(Array(table.json.utf8), to: "\(folder)/results.json", replace: true)
        print(table.markdown)
        exit(table.rows.allSatisfy(\.isReached) ? 0 : 1)
    }
}

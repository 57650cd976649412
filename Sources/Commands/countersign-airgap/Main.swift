// SPDX-License-Identifier: Apache-2.0
// Only what an air-gapped machine needs. Links no network library and opens no socket.

import ArgumentParser
import Cryptography
import OfflineCommands

struct CountersignAirgap: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersign-airgap",
        abstract: "Review and approve changes of an organization's CloudTrail key, on a machine without a network.",
        discussion: "Example:\n  countersign-airgap review bundle.json --trust trust.json",
        version: Release.version,
        subcommands: [
            KeyCommand.self, TrustCommand.self, PolicyCommand.self, ReviewCommand.self, ApproveCommand.self, RejectCommand.self,
            AuditCommand<FolderPlaces>.self,
            WitnessCommand.self,
        ])
}

@main
enum Main {
    /// The commands of the other executable.
    static let online: Set<String> = [
        "prepare", "execute", "resume", "snapshot", "drift", "ledger", "identity", "export", "check-plan", "witness serve",
    ]

    static func main() {
        OpenSSLStart.withoutNameTables()
        CommandRunner.run(
            CountersignAirgap.self, elsewhere: online,
            // It reads JSON alone, and a line of its help has 80 columns.
            inHelp: [
                ("trust.yaml", "people.json"), ("assertions.yaml", "assertions.json"), ("YAML or JSON", "JSON"),
                ("--entry 1 --out", "--entry 1 \\\n    --out"),
            ])
    }
}

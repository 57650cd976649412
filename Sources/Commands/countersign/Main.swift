// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OfflineCommands
import StrictFormats
import YAMLInput

struct Countersign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersign",
        abstract: "Changes of the key that encrypts an organization's CloudTrail: prepared, approved by two, executed once, provable for ever.",
        discussion: "Example:\n  countersign review bundle.json --trust trust.json",
        version: Release.version,
        subcommands: [
            KeyCommand.self, TrustCommand.self, PolicyCommand.self, PrepareCommand.self, ReviewCommand.self, ApproveCommand.self, RejectCommand.self,
            ExecuteCommand.self, ResumeCommand.self, SnapshotCommand.self, DriftCommand.self, IdentityCommand.self, LedgerCommand.self,
            AuditCommand<NetworkPlaces>.self, OnlineWitnessCommand.self,
            ExportCommand.self,
            CheckPlanCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        AuthoredInput.use(YAMLOrJSON())
        CommandRunner.run(Countersign.self)
    }
}

/// Change files and configurations may be YAML here.
struct YAMLOrJSON: AuthoredReader {
    func read(_ bytes: [UInt8], file: String) throws(Refusal) -> JSONDocument { try YAMLReader.read(bytes, file: file) }
}

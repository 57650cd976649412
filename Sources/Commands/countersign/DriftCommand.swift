// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Drift
import Execute
import Files
import Ledger
import OfflineCommands
import StrictFormats

struct DriftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Hold live keys against what a ledger says was approved. Changes nothing. Exit 1 if any differs.",
        discussion: """
            Believes the ledger; audit verify is what proves it.
            Example:
              countersign drift ledger.sqlite --profile reader
            """)

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var ledger: String
    @Option(help: ArgumentHelp("Only this key, by its id or ARN.", valueName: "key")) var keyId: String?
    @Option(help: ArgumentHelp("Only the key that was approved for this alias.", valueName: "name")) var alias: String?
    @Option(help: ArgumentHelp("Write a change file that brings the first difference back.", valueName: "file")) var writeChange: String?
    @Flag(help: "Overwrite the change file if it is there.") var force = false
    @OptionGroup var aws: AWSOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        if let writeChange { try FileWriter.checkAbsent(writeChange, replace: force) }
        let keys = try LedgerReader.steady(ledger) { reader throws(Refusal) in try ApprovedKeys.read(reader) }.filter(isWanted)
        guard !keys.isEmpty else {
            throw Refusal(
                "key-unknown", .noInput,
                keyId == nil && alias == nil ? "no bundle of this ledger took effect on a key yet" : "this ledger knows no such key",
                at: Place(file: ledger))
        }
        var services: [String: AWSKeyService] = [:]
        func service(_ region: String, _ partition: String) throws(Refusal) -> AWSKeyService {
            if let made = services[region] { return made }
            let made = try aws.service(region: region, partition: partition)
            services[region] = made
            return made
        }
        var results: [DriftComparison] = []
        for key in keys {
            var trails: [(arn: String, key: String?)] = []
            for trail in key.trails {
                let fields = trail.arn.split(separator: ":", omittingEmptySubsequences: false)
                guard fields.count > 3 else { continue }
                guard let found = try service(String(fields[3]), key.partition).trail(trail.arn).value else { continue }
                trails.append((trail.arn, found.key))
            }
            results.append(DriftComparison(key, try service(key.region, key.partition).liveKey(key.arn, trails: trails)))
        }
        let written = try writeChange.map { file throws(Refusal) in try write(results, to: file) } ?? []
        let isSame = results.allSatisfy(\.isSame)
        try format.answer(
            text: Self.text(results, written),
            json: .object([("same", .bool(isSame)), ("keys", .array(results.map(\.json))), ("written", .strings(written))]))
        if !isSame { throw ExitStatus.answerIsNo.code }
    }

    private func isWanted(_ key: ApprovedKey) -> Bool {
        if let keyId, !keyId.hasSameBytes(as: key.arn), !keyId.hasSameBytes(as: key.id) { return false }
        guard let alias else { return true }
        let name = alias.hasPrefix("alias/") ? alias : "alias/" + alias
        return key.aliases.contains { $0.name.hasSameBytes(as: name) }
    }

    /// The change file for the first difference that a bundle can bring back, and the policies that it names. The files written.
    private func write(_ results: [DriftComparison], to file: String) throws(Refusal) -> [String] {
        let stem = file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
        let name = stem.split(separator: "/").last.map(String.init) ?? stem
        let folder = String(stem.dropLast(name.count))
        for finding in results.flatMap(\.findings) where finding.result == .differs {
            guard let change = ReturningChange(finding, stem: name) else { continue }
            let all = change.files.map { (folder + $0.name, $0.text) } + [(file, change.text)]
            for (path, _) in all { try FileWriter.checkAbsent(path, replace: force) }
            for (path, text) in all { try FileWriter.write(Array(text.utf8), to: path, replace: force) }
            return all.map(\.0)
        }
        return []
    }

    private static func text(_ results: [DriftComparison], _ written: [String]) -> String {
        var lines: [String] = []
        for result in results {
            lines.append("\(result.isSame ? "same" : "DIFFERS"): \(SafeText.escaped(result.key))")
            for finding in result.findings {
                let mark = finding.result == .differs ? "DIFFERS" : finding.result == .same ? "same" : "not shown"
                let head = "  \(mark.padding(to: 10))\(finding.facet.padding(to: 13))"
                for (index, words) in finding.words.enumerated() {
                    lines.append((index == 0 ? head : String(repeating: " ", count: head.count)) + words)
                }
            }
        }
        if !written.isEmpty { lines.append("written: \(written.map { SafeText.escaped($0) }.joined(separator: ", "))") }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}

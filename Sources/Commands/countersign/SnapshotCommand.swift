// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import Execute
import OfflineCommands
import StrictFormats
import Trust

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Read a live key's policy and state into a file, to base a change on. Changes nothing.",
        discussion:
            "Example:\n  countersign snapshot --profile reader --out snapshot.json \\\n    arn:aws:kms:us-east-1:604183725190:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )

    @Argument(help: ArgumentHelp("The key's ARN.", valueName: "arn")) var key: String
    @Flag(help: "Read all of its state: settings, aliases, grants, tags, rotation, the policy of AWS RAM, and who reads.") var full = false
    @Option(help: ArgumentHelp("A trail whose key is read too; the file then holds all of the state.", valueName: "arn")) var trail: String?
    @Option(name: .customLong("key"), help: ArgumentHelp("A private key to sign the file with; it then holds all of the state.", valueName: "file"))
    var signingKey: String?
    @Option(help: ArgumentHelp("A file that holds the key's passphrase in its first line.", valueName: "file")) var passphraseFile: String?
    @OptionGroup var aws: AWSOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        try output.check()
        let parts = key.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, KMSNames.keyID(ofARN: key, partition: parts[1], region: parts[3], account: parts[4]) != nil, Names.isAccount(parts[4])
        else {
            throw Refusal("key-arn", .usage, "\"\(SafeText.escaped(key))\" is no KMS key ARN", hint: "arn:aws:kms:us-east-1:604183725190:key/…")
        }
        let signer = try signingKey.map { file throws(Refusal) in
            try KeyFile.read(file) { path throws(Refusal) in try Passphrase.existing(for: path, file: passphraseFile) }
        }
        let service = try aws.service(region: parts[3], partition: parts[1])
        guard let settings = try service.settings(of: key).value, let policy = try service.policy(of: key, named: "default").value else {
            throw Refusal("key-missing", .answerIsNo, "there is no such key: \(key)")
        }
        let names = try service.policyNames(of: key)
        let wantsAll = full || signer != nil || trail != nil
        let details =
            wantsAll ? try service.snapshotDetails(of: key, settings, isShared: names.contains("AWS_RAM"), trail: trail) : nil
        let snapshot = Snapshot(
            key: key, taken: SystemClock.now(), policy: BasePolicy(document: policy), policyNames: names, state: settings.state,
            description: settings.description, details: details)
        try output.write(try signer.map { signer throws(Refusal) in try SignedSnapshot.bytes(snapshot, signedBy: signer) } ?? snapshot.bytes)
        try format.answer(
            text:
                "read: \(key)\n  state \(SafeText.escaped(settings.state)), policy \(snapshot.policy.digest)\n  written to \(SafeText.escaped(output.out))",
            json: .object([("key", .string(key)), ("policy", snapshot.policy.digest.json)]))
    }
}

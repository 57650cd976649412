// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import Files
import StrictFormats
import Trust

struct CheckSnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-snapshot", abstract: "Check whose signature a snapshot of a live key carries, and show what it says.",
        discussion: """
            What it says was true is the signer's word: no signature of AWS stands behind it.
            Example:
              countersign audit check-snapshot signed.json --trust trust.json
            """)

    @Argument(help: ArgumentHelp("The snapshot, signed by snapshot --key.", valueName: "snapshot")) var file: String
    @OptionGroup var trust: TrustOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        let root = try trust.chain().newest.root
        let bytes = try FileReader.read(file)
        let (snapshot, signer) = try signed(bytes, under: root)
        let roles = RoleName.allCases.filter { root.holds(signer.id, $0) }.map(\.rawValue)
        var lines = [
            "signed: the snapshot of \(SafeText.escaped(snapshot.key))",
            "  by \(SafeText.escaped(signer.owner)) (\(roles.joined(separator: ", "))), key \(signer.id), under trust root version \(root.version)",
            "  taken \(snapshot.taken)" + (snapshot.details.map { ", read by \(SafeText.escaped($0.readBy))" } ?? ""),
            "  state \(SafeText.escaped(snapshot.state)), policy \(snapshot.policy.digest)",
        ]
        if let trail = snapshot.details?.trail {
            lines.append("  trail \(SafeText.escaped(trail.arn)) " + (trail.key.map { "names the key \(SafeText.escaped($0))" } ?? "names no key"))
        }
        try format.answer(
            text: lines.joined(separator: "\n"),
            json: .object([
                ("key", .string(snapshot.key)), ("taken", .string(snapshot.taken.text)), ("policy", snapshot.policy.digest.json),
                ("signer", .object([("owner", .string(signer.owner)), ("keyid", signer.id.json), ("roles", .strings(roles))])),
                ("trust", .object([("version", .integer(root.version))])),
            ]))
    }

    /// The snapshot, and the key of the root that signed it.
    private func signed(_ bytes: [UInt8], under root: TrustRoot) throws(Refusal) -> (Snapshot, TrustedKey) {
        let place = Place(file: file)
        guard try JSONDocument(bytes, rules: .authored, file: file).root["payloadType"] != nil else {
            throw Refusal(
                "snapshot-unsigned", .notPermitted, "this file carries no signature", at: place, hint: "countersign snapshot --key FILE signs one")
        }
        for key in root.keys {
            do throws(Refusal) {
                return (try SignedSnapshot.verify(bytes, by: key.key, file: file), key)
            } catch  where error.code == "signature-invalid" {
                continue
            }
        }
        throw Refusal(
            "snapshot-signer-unknown", .notPermitted, "no key of trust root version \(root.version) signed this snapshot", at: place,
            hint: "give the trust root that names its signer, or take a snapshot anew")
    }
}

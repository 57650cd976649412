// SPDX-License-Identifier: Apache-2.0
// Files that are wrong, missing, empty, too large, binary, directories or unreadable, in every place that reads one.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BadFileTests {
    static let golden = Golden("bad-files")

    /// The places that read a file: the rest of the command line around it.
    static let places: [(name: String, arguments: @Sendable (String) -> [String])] = [
        ("bundle", { ["review", $0, "--trust", "trust.json"] }),
        ("trust root", { ["review", "bundle.json", "--trust", $0] }),
        ("approval", { ["execute", "bundle.json", "--approval", $0, "--ledger", "ledger.sqlite", "--key", "ledger-key"] }),
        ("key", { ["approve", "bundle.json", "--trust", "trust.json", "--key", $0, "--expect", "BUNDLE", "--out", "out.json"] }),
        ("public key", { ["key", "show", $0] }),
        ("change file", { ["prepare", $0, "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", "dana", "--out", "out.json"] }),
        ("checkpoint", { ["prepare", "bundle.yaml", "--trust", "trust.json", "--checkpoint", $0, "--key", "dana", "--out", "out.json"] }),
        ("trust configuration", { ["trust", "create", $0, "--out", "out.json"] }),
        ("ledger", { ["audit", "verify", $0] }),
        ("ledger to write", { ["ledger", "record", $0, "bundle.json", "--key", "ledger-key"] }),
        ("pins", { ["review", "bundle.json", "--trust", "trust.json", "--pins", $0] }),
        ("passphrase file", { ["key", "generate", "--out", "out", "--passphrase-file", $0] }),
        ("policy", { ["policy", "lint", $0] }),
        ("since note", { ["audit", "verify", "ledger.sqlite", "--since", $0] }),
    ]

    /// What is wrong with the file, how it is made, and the exit code in each place of the list above.
    static let flaws: [(name: String, file: String, make: @Sendable (Ceremony) throws -> Void)] = [
        ("missing", "missing.bin", { _ in }),
        ("empty", "empty.bin", { try $0.write("empty.bin", "") }),
        (
            "a directory", "folder.bin",
            { try FileManager.default.createDirectory(atPath: $0.scratch.file("folder.bin"), withIntermediateDirectories: true) }
        ),
        ("binary", "binary.bin", { try $0.scratch.write("binary.bin", (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }) }),
        ("wrong", "wrong.bin", { try $0.write("wrong.bin", "{\"hello\":\"world\"}\n") }),
        ("oversized", "large.bin", { try $0.scratch.write("large.bin", Array(repeating: UInt8(ascii: " "), count: (4 << 20) + 1)) }),
        ("unreadable", "closed.bin", { try $0.scratch.write("closed.bin", Array(repeating: UInt8(ascii: "{"), count: 4096), mode: 0) }),
    ]

    static let exits: [String: [Int32]] = [
        "missing": [66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66],
        "empty": [65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65],
        "a directory": [66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66],
        "binary": [65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 0, 65, 65],
        "wrong": [65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 0, 65, 65],
        "oversized": [65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65],
        "unreadable": [66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66],
    ]

    static let cases: [BadInput] = flaws.flatMap { flaw in
        places.enumerated().compactMap { index, place in
            let exit = exits[flaw.name]![index]
            // A passphrase may be any bytes.
            if exit == 0 { return nil }
            let input = BadInput("\(flaw.name): \(place.name)", exit) { ceremony in
                try flaw.make(ceremony)
                return place.arguments(flaw.file).map { $0 == "BUNDLE" ? ceremony.digest("bundle") : $0 }
            }
            // The administrator may read everything, unless that right is given away.
            return flaw.name == "unreadable" && getuid() == 0 ? input.under(Self.withoutOverride) : input
        }
    }

    static let withoutOverride = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]

    @Test(arguments: cases) func `a bad file is refused in words, with its name and a hint`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }
}

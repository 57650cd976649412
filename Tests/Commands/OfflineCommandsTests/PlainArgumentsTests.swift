// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import OfflineCommands

/// The plain reading of a command line is ArgumentParser's, or none.
struct PlainArgumentsTests {
    struct Root: ParsableCommand {
        static let configuration = CommandConfiguration(subcommands: [ReviewCommand.self, ApproveCommand.self])
    }

    struct Other: ParsableCommand {
        static let configuration = CommandConfiguration(subcommands: [ReviewCommand.self])
    }

    /// All that a command was told.
    static func told(_ command: any ParsableCommand) -> [String]? {
        if let command = command as? ReviewCommand {
            return ["review", command.file] + command.trust.trust + ["\(command.trust.pins as Any)", "\(command.raw)", "\(command.format.format)"]
        }
        guard let command = command as? ApproveCommand else { return nil }
        let options = command.options
        return ["approve", options.file] + options.trust.trust + [
            "\(options.trust.pins as Any)", options.key.key, "\(options.key.passphraseFile as Any)", "\(options.expect as Any)",
            "\(options.clock.now as Any)", options.output.out, "\(options.output.force)", "\(options.format.format)", command.reason,
            "\(command.expires as Any)",
        ]
    }

    @Test(arguments: [
        "review b", "review b --trust t --pins p --raw --format json", "review --trust t --trust u b --trust v", "review --format text b",
        "review --raw b", "review help", "approve b --key k --out o",
        "approve --trust t --pins p --key k --passphrase-file f --expect e --now n --out o --force --format json --reason r --expires x b",
        "approve --reason b b --key --out --out o", "approve b --out o --key k --reason ü",
    ])
    func `a plain command line is read as ArgumentParser reads it`(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let theirs = try? Root.parseAsRoot(words)
        let ours = CommandRunner.plain(words, under: Root.self)
        // The one line here that neither reads.
        #expect((ours == nil) == line.contains("--key --out"))
        #expect(ours.flatMap(Self.told) == theirs.flatMap(Self.told))
    }

    @Test(arguments: [
        "review", "review b c", "review b --help", "review -h", "review b --trust", "review b --trust=t", "review -- b", "review b --tru t",
        "review b --raw --raw", "review b --format xml", "review b --pins p --pins q", "review b --pins --raw", "review --pins -p b", "review -",
        "approve b --key k", "approve b --out o", "approve --key k --out o", "approve b --key k --out o --no-such", "reject b --key k --out o",
        "help review", "---completion review", "",
    ])
    func `what is not plain is left to ArgumentParser`(line: String) {
        #expect(CommandRunner.plain(line.split(separator: " ").map(String.init), under: Root.self) == nil)
    }

    @Test func `an empty word is not plain`() {
        #expect(CommandRunner.plain(["review", "b", "--pins", ""], under: Root.self) == nil)
        #expect(CommandRunner.plain(["review", ""], under: Root.self) == nil)
    }

    @Test func `a program reads plainly what it has`() {
        #expect(CommandRunner.plain(["approve", "b", "--key", "k", "--out", "o"], under: Other.self) == nil)
        #expect(CommandRunner.plain(["review", "b"], under: Other.self) != nil)
    }

    /// Every list of up to four words of these: where the plain reading takes it, ArgumentParser takes it for the same.
    @Test func `no short command line is read otherwise`() throws {
        let words = ["b", "--trust", "--pins", "--raw", "--format", "json", "-", "--", "--raw=1", "help"]
        var lines: [[String]] = [[]]
        var taken = 0
        for _ in 1...4 {
            lines = lines.flatMap { line in words.map { line + [$0] } }
            for line in lines {
                guard let ours = CommandRunner.plain(["review"] + line, under: Root.self) else { continue }
                taken += 1
                let theirs = try Root.parseAsRoot(["review"] + line)
                #expect(Self.told(ours) == Self.told(theirs), "\(line)")
            }
        }
        #expect(taken > 50)
    }
}

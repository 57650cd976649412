// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What this program is called. Hints and examples are written for `countersign`; another program that has the same command says its own name there,
/// so that what it prints can be pasted.
public enum ProgramWords {
    private struct Words {
        var name = "countersign"
        var commands: Set<String> = []
        var others: [(from: String, to: String)] = []
    }

    private static let words = Mutex(Words())

    /// Said once, at the start of the program.
    /// - Parameters:
    ///   - commands: the first words of its commands.
    ///   - others: what else stands otherwise in its help.
    public static func use(_ name: String, commands: Set<String>, others: [(from: String, to: String)] = []) {
        words.withLock { $0 = Words(name: name, commands: commands, others: others) }
    }

    /// The name of the program.
    public static var name: String { words.withLock { $0.name } }

    /// A help text as this program says it.
    public static func inHelp(_ text: String) -> String {
        let others = words.withLock { $0.others }
        return others.reduce(inHint(text)) { $0.replacing($1.from, with: $1.to) }
    }

    /// A hint as this program says it: `countersign COMMAND` where the command is its own.
    public static func inHint(_ text: String) -> String {
        let own = words.withLock { $0 }
        guard own.name != "countersign" else { return text }
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: "countersign ") {
            result += rest[..<found.lowerBound]
            let word = rest[found.upperBound...].prefix { $0.isLetter || $0 == "-" }
            result += own.commands.contains(String(word)) ? own.name + " " : "countersign "
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}

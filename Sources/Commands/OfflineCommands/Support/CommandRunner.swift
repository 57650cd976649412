// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import CommandSupport
import Files
import Glibc
import StrictFormats
import Threads

/// Runs a command line to its exit code: refusals in words or JSON, usage errors as 64.
public enum CommandRunner {
    /// - Parameters:
    ///   - elsewhere: commands of the other executable, `countersign`: said so, instead of that there are none.
    ///   - others: what stands otherwise in the help of this program than in that of `countersign`.
    public static func run(
        _ root: any ParsableCommand.Type, elsewhere: Set<String> = [], inHelp others: [(from: String, to: String)] = []
    ) -> Never {
        ProgramWords.use(root._commandName, commands: Set(root.configuration.subcommands.map { $0._commandName }), others: others)
        // A reader that went away is an error of writing, not a reason to die silently.
        signal(SIGPIPE, SIG_IGN)
        InputFiles.remember()
        Unfinished.watch()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try demandCommand(arguments, under: root, elsewhere)
            var command = try plain(arguments, under: root) ?? named(arguments, under: root) ?? root.parseAsRoot(arguments)
            try command.run()
            end(ExitStatus.done.rawValue)
        } catch let refusal as Refusal {
            explain(refusal, arguments)
            end(ExitStatus(refusal.category).rawValue)
        } catch let code as ExitCode {
            end(code.rawValue)
        } catch {
            if let refusal = negative(arguments), !root.exitCode(for: error).isSuccess {
                explain(refusal, arguments)
                end(ExitStatus.usage.rawValue)
            }
            let code = root.exitCode(for: error)
            let message = ProgramWords.inHelp(root.fullMessage(for: error))
            if code.isSuccess {
                do throws(Refusal) {
                    try Console.out(message)
                } catch {
                    explain(error, arguments)
                    end(ExitStatus(error.category).rawValue)
                }
                end(ExitStatus.done.rawValue)
            }
            if wantsJSON(arguments) {
                explain(Refusal("usage", .usage, ProgramWords.inHelp(root.message(for: error))), arguments)
            } else {
                Console.note(message)
            }
            end(ExitStatus.usage.rawValue)
        }
    }

    /// Ends the process without taking down what other threads may still be using: a refusal can come while the chain of trust is being verified beside
    /// it, and OpenSSL's own end at exit(3) would pull its tables from under that thread.
    private static func end(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }

    /// A command line that its command can read itself; nil for any other.
    static func plain(_ arguments: [String], under root: any ParsableCommand.Type) -> (any PlainCommand)? {
        let commands: [any PlainCommand.Type] = [ReviewCommand.self, ApproveCommand.self]
        guard let word = arguments.first, let type = commands.first(where: { word.hasSameBytes(as: $0._commandName) }),
            root.configuration.subcommands.contains(where: { $0 == type })
        else { return nil }
        Heap.beBrief()
        var words = PlainArguments(arguments.dropFirst())
        return type.plain(&words)
    }

    /// The command that the leading words name, parsed alone: half the start-up time of a walk from the root. `nil` where the words name none, ask
    /// for help or break its rules: then the walk from the root finds the same, and words the answer.
    private static func named(_ arguments: [String], under root: any ParsableCommand.Type) -> (any ParsableCommand)? {
        let (path, rest) = walk(arguments[...], from: root)
        let type = path[path.count - 1]
        guard type.configuration.subcommands.isEmpty, let command = try? type.parseAsRoot(Array(rest)), Swift.type(of: command) == type else {
            return nil
        }
        return command
    }

    /// The leading words are commands, or what follows would be taken for an unknown option of the command before.
    /// - Throws: `command-elsewhere`, `command-unknown` (usage), with the command that is meant, or those that there are.
    private static func demandCommand(
        _ arguments: [String], under root: any ParsableCommand.Type, _ elsewhere: Set<String>
    ) throws(Refusal) {
        let (path, rest) = walk(arguments.first == "help" ? arguments.dropFirst() : arguments[...], from: root)
        let known = path[path.count - 1].configuration.subcommands.map { $0._commandName }
        guard let word = rest.first, !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
        let names = path.map { $0._commandName }
        let line = (names.dropFirst() + [word]).joined(separator: " ")
        if elsewhere.contains(line) {
            // Not as it is typed where this program has the first word too: it would be taken for this program's.
            throw Refusal(
                "command-elsewhere", .usage, "\(line) is not in \(root._commandName), which neither reaches a network nor writes a ledger",
                hint: path.count == 1 ? "on the machine that does: countersign \(line)" : "on the machine that does, countersign has it: \(line)")
        }
        let before = names.joined(separator: " ")
        throw Refusal(
            "command-unknown", .usage, "there is no command \"\(SafeText.escaped(word))\" in \(before)",
            hint: Suggestion.nearest(to: word, among: known).map { "did you mean: \(before) \($0)?" } ?? "there are: \(known.joined(separator: ", "))"
        )
    }

    /// The commands that the leading words name, from the root on, and the words behind them.
    private static func walk(
        _ words: ArraySlice<String>, from root: any ParsableCommand.Type
    ) -> (path: [any ParsableCommand.Type], rest: ArraySlice<String>) {
        var path = [root]
        var rest = words
        while let word = rest.first, let next = path[path.count - 1].configuration.subcommands.first(where: { $0._commandName == word }) {
            path.append(next)
            rest.removeFirst()
        }
        return (path, rest)
    }

    /// What a command says of itself so that, parsed alone, it does not first look whether a completion script is asked for: a third of the time that
    /// parsing takes. A walk from the root looks, and finds it.
    static let fast = "countersign"

    /// An option that was given a negative number: the parser takes it for another option, and calls the value missing. No option here takes one.
    private static func negative(_ arguments: [String]) -> Refusal? {
        let isNegative = { (word: String) in word.count > 1 && word.hasPrefix("-") && word.dropFirst().allSatisfy(\.isWholeNumber) }
        for (option, value) in zip(arguments, arguments.dropFirst()) where option.hasPrefix("--") && isNegative(value) {
            return Refusal("usage", .usage, "\(SafeText.escaped(option)) takes no negative number: \(SafeText.escaped(value))")
        }
        return nil
    }

    private static func explain(_ told: Refusal, _ arguments: [String]) {
        var refusal = told
        // Only what sends can be resumed.
        if refusal.code == "ledger-io", !["execute", "resume"].contains(arguments.first) {
            refusal.hint = "free space or mend the disk, then run the same command again"
        }
        Console.note(wantsJSON(arguments) ? ScreenJSON.line(Explanation.json(refusal)) : "countersign: " + Explanation.text(refusal))
    }

    private static func wantsJSON(_ arguments: [String]) -> Bool {
        zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" } || arguments.contains("--format=json")
    }
}

extension ExitStatus {
    /// For commands whose answer is no without an error to tell.
    public var code: ExitCode { ExitCode(rawValue) }
}

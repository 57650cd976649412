// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Questions to a person at a terminal.
public enum Prompt {
    /// A line as typed, without its line feed.
    /// - Throws: `no-terminal` (usage) where nobody can be asked.
    public static func line(_ question: String, instead: String) throws(Refusal) -> String {
        guard Console.canAsk else { throw noTerminal(question, instead) }
        try ask(question)
        return String(decoding: readLine(), as: UTF8.self)
    }

    /// A line that is not shown while it is typed. The bytes are the caller's to wipe.
    public static func hidden(_ question: String, instead: String) throws(Refusal) -> [UInt8] {
        guard Console.canAsk else { throw noTerminal(question, instead) }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw noTerminal(question, instead) }
        var quiet = settings
        quiet.c_lflag &= ~tcflag_t(ECHO)
        quiet.c_lflag |= tcflag_t(ECHONL)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0 else { throw noTerminal(question, instead) }
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        try ask(question)
        return readLine()
    }

    private static func noTerminal(_ question: String, _ instead: String) -> Refusal {
        Refusal("no-terminal", .usage, "\"\(question)\" cannot be asked: standard input is no terminal", hint: instead)
    }

    private static func ask(_ question: String) throws(Refusal) {
        let bytes = Array((question + " ").utf8)
        guard Glibc.write(STDERR_FILENO, bytes, bytes.count) == bytes.count else {
            throw Refusal("output-failed", .inputOutput, "the terminal could not be written to")
        }
    }

    private static func readLine() -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) == 1, byte != 0x0A, line.count < 4096 { line.append(byte) }
        return line
    }
}

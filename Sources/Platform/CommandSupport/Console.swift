// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Standard output and error. Writing goes through write(2): nothing is buffered when the process ends.
public enum Console {
    public static func out(_ text: String) throws(Refusal) { try write(text + "\n", to: STDOUT_FILENO) }

    /// Bytes as they are.
    public static func out(bytes: [UInt8]) throws(Refusal) { try write(bytes, to: STDOUT_FILENO) }

    /// To standard error; a closed standard error stops nothing.
    public static func note(_ text: String) {
        do { try write(text + "\n", to: STDERR_FILENO) } catch {}
    }

    /// To standard error, without the end of a line.
    static func noteWithoutEnd(_ text: String) {
        do { try write(Array(text.utf8), to: STDERR_FILENO) } catch {}
    }

    public static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    public static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Nothing asks a question when standard input is no terminal.
    public static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) throws(Refusal) { try write(Array(text.utf8), to: descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Refusal) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Refusal("output-failed", .inputOutput, "writing to the standard output failed: \(String(cString: strerror(errno)))")
            }
            written += count
        }
    }
}

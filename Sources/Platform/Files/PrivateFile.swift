// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Files that hold a secret: owned by who runs the program, and closed to everybody else.
public enum PrivateFile {
    /// Reads a secret file of at most 64 KiB.
    /// - Throws: `key-file-exposed` (not permitted) when group or others have any right to it.
    public static func read(_ path: String) throws(Refusal) -> [UInt8] {
        let descriptor = try FileReader.openForReading(path)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileReader.openFailure(path, errno) }
        if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
            throw Refusal(
                "key-file-exposed", .notPermitted,
                "other users can reach this private file (mode \(String(status.st_mode & 0o777, radix: 8)))",
                at: Place(file: path), hint: "chmod 600 \(SafeText.escaped(path))")
        }
        return try FileReader.readAll(descriptor, status: status, path: path, limit: 65_536)
    }
}

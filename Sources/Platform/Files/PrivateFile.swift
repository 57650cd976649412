// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Files that hold a secret: closed to everybody but their owner.
public enum PrivateFile {
    /// Reads a secret file of at most 64 KiB.
    /// - Parameter isOwn: it must belong to who reads it: whoever owns a file can change it, and root reads what others wrote.
    /// - Throws: `key-file-exposed` (not permitted) when group or others have any right to it, or it is another's.
    public static func read(_ path: String, isOwn: Bool = false) throws(Refusal) -> [UInt8] {
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
        guard !isOwn || status.st_uid == geteuid() else {
            throw Refusal(
                "key-file-exposed", .notPermitted, "this private file belongs to another user (\(status.st_uid)), who can change it",
                at: Place(file: path), hint: "give one of your own")
        }
        return try readWiping(descriptor, status, path)
    }

    public static let limit = 65_536

    /// Reads into one buffer that is wiped afterwards: no copy of the secret is left behind but the one that is given.
    private static func readWiping(_ descriptor: Int32, _ status: stat, _ path: String) throws(Refusal) -> [UInt8] {
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Refusal("file-is-directory", .noInput, "this is a directory, not a file", at: Place(file: path), hint: "give the file itself")
        }
        let size = limit + 1
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 1)
        defer {
            explicit_bzero(buffer, size)
            buffer.deallocate()
        }
        var filled = 0
        while filled < size {
            let count = Glibc.read(descriptor, buffer + filled, size - filled)
            if count < 0 {
                if errno == EINTR { continue }
                throw Refusal(
                    "file-io", .inputOutput, "reading failed: \(SystemError.text(errno))", at: Place(file: path),
                    hint: "check the disk, and read the file in another way")
            }
            if count == 0 { break }
            filled += count
        }
        guard filled <= limit else {
            throw Refusal(
                "file-too-large", .badData, "this file is larger than the \(limit) bytes allowed here", at: Place(file: path),
                hint: "check that this is the right file")
        }
        return Array(UnsafeRawBufferPointer(start: buffer, count: filled))
    }
}

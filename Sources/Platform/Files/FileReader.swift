// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Reads whole files, bounded, with an error that names the file.
public enum FileReader {
    /// What a person hands in: envelopes, change files, notes.
    public static let inputLimit = 4 << 20

    /// The bytes of a regular file (or of a pipe, where `-` or /dev/stdin is meant by its path).
    /// - Throws: `file-missing`, `file-is-directory`, `file-unreadable`, `file-too-large`, `file-io`.
    public static func read(_ path: String, limit: Int = inputLimit) throws(Refusal) -> [UInt8] {
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw inputOutput(path, errno) }
        return try readAll(descriptor, status: status, path: path, limit: limit)
    }

    /// Lends the bytes of a file of any size piece by piece, 64 KiB at most at once.
    /// - Throws: `file-missing`, `file-unreadable`, `file-io`, and what the body throws.
    public static func stream(_ path: String, _ body: (UnsafeRawBufferPointer) throws(Refusal) -> Void) throws(Refusal) {
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        try readPieces(descriptor, path: path, body)
    }

    /// The bytes of a regular file of a folder that somebody else filled: a pipe or a device there could keep its reader for ever.
    /// - Throws: `file-not-regular` (bad data), and what `read` throws.
    public static func readRegular(_ path: String, limit: Int) throws(Refusal) -> [UInt8] {
        guard !path.utf8.contains(0) else { throw openFailure(path, ENOENT) }
        // Opening a pipe waits for its writer unless told not to; of a regular file this changes nothing (open(2)).
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            // A socket, a device without its hardware, a link that leads to itself.
            throw [ENXIO, ENODEV, ELOOP].contains(code) ? notRegular(path) : openFailure(path, code)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw inputOutput(path, errno) }
        guard [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else { throw notRegular(path) }
        InputFiles.note(descriptor)
        return try readAll(descriptor, status: status, path: path, limit: limit)
    }

    /// The last bytes of a regular file, or all of it where it is shorter.
    /// - Throws: `file-missing`, `file-unreadable`, `file-io`.
    public static func tail(_ path: String, count: Int) throws(Refusal) -> [UInt8] {
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw inputOutput(path, errno) }
        var bytes = [UInt8](repeating: 0, count: min(count, Int(status.st_size)))
        guard pread(descriptor, &bytes, bytes.count, status.st_size - bytes.count) == bytes.count else { throw inputOutput(path, EIO) }
        return bytes
    }

    static func openForReading(_ path: String) throws(Refusal) -> Int32 {
        // C would take a name with a NUL for the shorter one before it.
        guard !path.utf8.contains(0) else { throw openFailure(path, ENOENT) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw openFailure(path, errno) }
        InputFiles.note(descriptor)
        return descriptor
    }

    static func readAll(_ descriptor: Int32, status: stat, path: String, limit: Int) throws(Refusal) -> [UInt8] {
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Refusal("file-is-directory", .noInput, "this is a directory, not a file", at: Place(file: path), hint: "give the file itself")
        }
        guard status.st_size <= limit else { throw tooLarge(path, limit) }
        var bytes: [UInt8] = []
        try readPieces(descriptor, path: path) { piece throws(Refusal) in
            bytes.append(contentsOf: piece)
            guard bytes.count <= limit else { throw tooLarge(path, limit) }
        }
        return bytes
    }

    private static func readPieces(_ descriptor: Int32, path: String, _ body: (UnsafeRawBufferPointer) throws(Refusal) -> Void) throws(Refusal) {
        let size = 65_536
        let piece = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = Glibc.read(descriptor, piece, size)
            if count < 0 {
                if errno == EINTR { continue }
                throw inputOutput(path, errno)
            }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(start: piece, count: count))
        }
    }

    static func openFailure(_ path: String, _ code: Int32) -> Refusal {
        switch code {
        case ENOENT, ENOTDIR:
            Refusal(
                "file-missing", .noInput, "no such file", at: Place(file: path), hint: "check the name; file names are relative to the current folder"
            )
        case EACCES, EPERM:
            Refusal(
                "file-unreadable", .noInput, "this file may not be read (\(SystemError.text(code)))", at: Place(file: path),
                hint: "check its owner and mode: ls -l")
        default: inputOutput(path, code)
        }
    }

    private static func notRegular(_ path: String) -> Refusal {
        Refusal(
            "file-not-regular", .badData, "this is no regular file: a pipe, a device, a socket or a link that leads nowhere", at: Place(file: path),
            hint: "whoever made this folder put something else where a file belongs: ask for it again")
    }

    private static func tooLarge(_ path: String, _ limit: Int) -> Refusal {
        Refusal(
            "file-too-large", .badData, "this file is larger than the \(limit) bytes allowed here", at: Place(file: path),
            hint: "check that this is the right file")
    }

    private static func inputOutput(_ path: String, _ code: Int32) -> Refusal {
        Refusal(
            "file-io", .inputOutput, "reading failed: \(SystemError.text(code))", at: Place(file: path),
            hint: "check the disk, and read the file in another way")
    }
}

/// The system's own words for an error number.
public enum SystemError {
    public static func text(_ code: Int32) -> String {
        guard let message = strerror(code) else { return "error \(code)" }
        return String(cString: message)
    }
}

extension FileReader {
    /// Whether anything stands under that name.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// Writes a large file piece by piece: under a temporary name beside the target, synced, and moved into place at its end.
/// What is not finished leaves nothing under the real name.
public final class FileStream {
    private let path: String
    private let temporary: String
    private let replace: Bool
    private var descriptor: Int32
    private var unfinished: Unfinished?
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    /// - Parameter replace: whether an existing file may be replaced (`--force`).
    /// - Throws: `output-exists`, `output-is-directory`, `output-failed`.
    public init(_ path: String, replace: Bool) throws(Refusal) {
        try FileWriter.checkAbsent(path, replace: replace)
        self.path = path
        self.replace = replace
        if FileWriter.isStream(path) {
            temporary = ""
            descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        } else {
            temporary = FileWriter.temporaryName(for: path)
            unlink(temporary)
            unfinished = Unfinished([temporary])
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        }
        guard descriptor >= 0 else { throw FileWriter.failure(path, errno) }
        buffer.reserveCapacity(Self.bufferSize + 65_536)
    }

    public func write(_ bytes: some Sequence<UInt8>) throws(Refusal) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private func flush() throws(Refusal) {
        try FileWriter.writeAll(descriptor, buffer, path: path)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes the rest, syncs, and gives the file its name.
    public func finish() throws(Refusal) {
        try flush()
        guard !temporary.isEmpty else { return }
        guard fsync(descriptor) == 0 else { throw FileWriter.failure(path, errno) }
        close(descriptor)
        descriptor = -1
        try FileWriter.move(temporary, to: path, replace: replace)
        unfinished?.end()
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !temporary.isEmpty { unlink(temporary) }
    }
}

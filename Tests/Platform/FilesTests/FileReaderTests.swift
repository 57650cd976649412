// SPDX-License-Identifier: Apache-2.0

import Foundation
import StrictFormats
import Testing

@testable import Files

@Suite struct FileReaderTests {
    private func refusal(_ path: String, limit: Int = FileReader.inputLimit) throws -> Refusal {
        let refusal = try #require(throws: Refusal.self) { try FileReader.read(path, limit: limit) }
        #expect(refusal.place.file == path)
        return refusal
    }

    @Test(arguments: ["", "a", String(repeating: "0123456789", count: 20_000)]) func `a file is read whole`(text: String) throws {
        let folder = try TemporaryFolder()
        #expect(try FileReader.read(try folder.file("f", text)) == Array(text.utf8))
    }

    @Test func `a file that is not there is no input, with a hint`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("f", "x")
        for path in ["\(folder.path)/g", "\(file)/g", ""] {
            let refusal = try refusal(path)
            #expect(refusal.code == "file-missing" && refusal.category == .noInput && refusal.hint != nil)
        }
    }

    @Test func `a directory is no file`() throws {
        let refusal = try refusal(try TemporaryFolder().path)
        #expect(refusal.code == "file-missing" || refusal.code == "file-is-directory")
        let folder = try TemporaryFolder()
        #expect(try self.refusal(folder.path).code == "file-is-directory")
        #expect(try self.refusal(folder.path).category == .noInput)
    }

    @Test func `a file may have as many bytes as the limit says, and not one more`() throws {
        let folder = try TemporaryFolder()
        #expect(try FileReader.read(try folder.file("f", "12345"), limit: 5).count == 5)
        let refusal = try refusal(try folder.file("f", "123456"), limit: 5)
        #expect(refusal.code == "file-too-large" && refusal.category == .badData)
        #expect(refusal.message == "this file is larger than the 5 bytes allowed here")
    }

    @Test func `what does not say how long it is stops at the limit`() throws {
        #expect(try refusal("/dev/zero", limit: 1_000_000).code == "file-too-large")
        #expect(try FileReader.read("/dev/null").isEmpty)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func `a file that may not be read is no input`() throws {
        let folder = try TemporaryFolder()
        let refusal = try refusal(try folder.file("f", "x", mode: 0o000))
        #expect(refusal.code == "file-unreadable" && refusal.category == .noInput)
    }

    @Test func `a right that is missing and a disk that fails are told apart`() throws {
        #expect(FileReader.openFailure("f", EACCES).code == "file-unreadable")
        #expect(FileReader.openFailure("f", EACCES).message == "this file may not be read (Permission denied)")
        #expect(FileReader.openFailure("f", EIO).category == .inputOutput)
        // The first page of memory is never mapped: reading it is an error that comes after opening.
        let refusal = try refusal("/proc/self/mem")
        #expect(refusal.code == "file-io" && refusal.category == .inputOutput)
    }

    @Test func `a name with a NUL in it is not another, shorter name`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("policy.json", "x", mode: 0o600)
        #expect(try refusal(file + "\u{0}.txt").code == "file-missing")
        #expect(try #require(throws: Refusal.self) { try PrivateFile.read(file + "\u{0}.txt") }.code == "file-missing")
    }

    /// What waits for ever where it is opened or read, and what does not say where it ends.
    @Test(.timeLimit(.minutes(10))) func `in a folder that somebody else filled only regular files are read, and nothing is waited for`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("f", "x")
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        #expect(socket("\(folder.path)/socket"))
        for (name, target) in [
            ("link", "f"), ("zero", "/dev/zero"), ("loop", "loop"), ("gone", "none"), ("to-pipe", "pipe"), ("terminal", "/dev/ptmx"),
        ] { try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(name)", withDestinationPath: target) }
        let reader = try FolderReader(folder.path)
        for name in ["pipe", "socket", "zero", "loop", "to-pipe", "terminal"] {
            let refusal = #expect(throws: Refusal.self, "\(name)") { try reader.read(name) }
            #expect(refusal?.code == "file-not-regular" && refusal?.category == .badData, "\(name)")
            #expect(refusal?.place.file == "\(folder.path)/\(name)")
            let published = try PublishingFolder(folder.path)
            #expect(throws: Refusal.self, "\(name)") { try published.read(name) }
        }
        #expect(try reader.read("link") == Array("x".utf8))
        #expect(try reader.read("gone") == nil)
        // What a person names himself may be a pipe.
        let pipe = "\(folder.path)/pipe"
        let writer = Thread {
            guard let handle = FileHandle(forWritingAtPath: pipe) else { return }
            handle.write(Data("piped".utf8))
            try? handle.close()
        }
        writer.start()
        #expect(try FileReader.read("\(folder.path)/pipe") == Array("piped".utf8))
        #expect(try FileReader.read(file) == Array("x".utf8))
    }

    /// A socket under a name.
    private func socket(_ path: String) -> Bool {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 }
        }
    }
}

@Suite struct PrivateFileTests {
    @Test(arguments: [0o600, 0o400]) func `a file that only its owner can reach is read`(mode: Int) throws {
        let folder = try TemporaryFolder()
        #expect(try PrivateFile.read(try folder.file("k", "secret", mode: mode)) == Array("secret".utf8))
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o610, 0o601, 0o620, 0o602, 0o666, 0o777]) func `a file that others can reach is not permitted`(mode: Int)
        throws
    {
        let folder = try TemporaryFolder()
        let file = try folder.file("k", "secret", mode: mode)
        let refusal = try #require(throws: Refusal.self) { try PrivateFile.read(file) }
        #expect(refusal.code == "key-file-exposed" && refusal.category == .notPermitted && refusal.place.file == file)
        #expect(refusal.message == "other users can reach this private file (mode \(String(mode, radix: 8)))")
        #expect(refusal.hint == "chmod 600 \(SafeText.escaped(file))")
    }

    @Test func `a link is judged by what it leads to`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/l", withDestinationPath: try folder.file("k", "secret", mode: 0o644))
        #expect(try #require(throws: Refusal.self) { try PrivateFile.read("\(folder.path)/l") }.code == "key-file-exposed")
    }

    @Test func `a private file is at most 64 KiB, is there, and is a file`() throws {
        let folder = try TemporaryFolder()
        let large = try folder.file("k", String(repeating: "x", count: 65_537), mode: 0o600)
        #expect(try #require(throws: Refusal.self) { try PrivateFile.read(large) }.code == "file-too-large")
        #expect(try #require(throws: Refusal.self) { try PrivateFile.read("\(folder.path)/none") }.code == "file-missing")
        #expect(try #require(throws: Refusal.self) { try PrivateFile.read(folder.path) }.code == "file-is-directory")
    }
}

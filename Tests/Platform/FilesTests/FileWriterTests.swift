// SPDX-License-Identifier: Apache-2.0

import Foundation
import StrictFormats
import Testing

@testable import Files

@Suite struct FileWriterTests {
    private func refusal(_ path: String, replace: Bool = false) throws -> Refusal {
        let refusal = try #require(throws: Refusal.self) { try FileWriter.write(Array("new".utf8), to: path, replace: replace) }
        #expect(refusal.place.file == path)
        return refusal
    }

    @Test(arguments: [0o644, 0o600, 0o666, 0o400]) func `a file is written whole, with its mode, and nothing is left beside it`(mode: Int) throws {
        let folder = try TemporaryFolder()
        try FileWriter.write(Array("new".utf8), to: "\(folder.path)/f", mode: UInt32(mode))
        #expect(folder.text("f") == "new")
        #expect(try folder.mode("f") == mode)
        #expect(try folder.names() == ["f"])
    }

    @Test func `an existing file is kept`() throws {
        let folder = try TemporaryFolder()
        // Where a command has no --force, the hint speaks of none.
        let bare = try #require(throws: Refusal.self) { try FileWriter.write([], to: try folder.file("f", "old")) }
        #expect(bare.code == "output-exists" && bare.hint == "choose another name")
        let refusal = try refusal("\(folder.path)/f")
        #expect(refusal.code == "output-exists" && refusal.category == .cannotCreate && refusal.hint == "choose another name, or say --force")
        #expect(folder.text("f") == "old")
        #expect(try folder.names() == ["f"])
    }

    @Test func `an existing file is replaced where that is asked for`() throws {
        let folder = try TemporaryFolder()
        try FileWriter.write(Array("new".utf8), to: try folder.file("f", "a longer old text", mode: 0o600), replace: true)
        #expect(folder.text("f") == "new")
        #expect(try folder.mode("f") == 0o644)
        #expect(try folder.names() == ["f"])
    }

    @Test func `a directory is never replaced`() throws {
        let folder = try TemporaryFolder()
        for replace in [false, true] {
            let refusal = try refusal(folder.path, replace: replace)
            #expect(refusal.code == "output-is-directory" && refusal.category == .cannotCreate)
        }
    }

    @Test func `a folder that is not there cannot hold the file`() throws {
        let folder = try TemporaryFolder()
        let refusal = try refusal("\(folder.path)/none/f")
        #expect(refusal.code == "output-failed" && refusal.category == .cannotCreate)
        #expect(refusal.message == "the folder \(folder.path)/none is not there")
    }

    @Test func `a link is not followed`() throws {
        let folder = try TemporaryFolder()
        let target = try folder.file("target", "old")
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/l", withDestinationPath: target)
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/dangling", withDestinationPath: "\(folder.path)/none")
        #expect(try refusal("\(folder.path)/l").code == "output-exists")
        #expect(try refusal("\(folder.path)/dangling").code == "output-exists")
        #expect(try refusal("\(folder.path)/l", replace: true).code == "output-is-link")
        #expect(try refusal("\(folder.path)/dangling", replace: true).code == "output-is-link")
        #expect(folder.text("target") == "old" && folder.text("none") == nil)
        #expect(try folder.names() == ["dangling", "l", "target"])
    }

    @Test func `what a killed process left behind does not stand in the way`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file(".f.\(getpid()).tmp", "half")
        try FileWriter.write(Array("new".utf8), to: "\(folder.path)/f")
        #expect(try folder.names() == ["f"])
        #expect(folder.text("f") == "new")
    }

    @Test(.timeLimit(.minutes(10))) func `a reader sees the old file or the new one, never a part`() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/f"
        let texts = ["a", "b"].map { [UInt8](repeating: $0.utf8.first ?? 0, count: 200_000) }
        try FileWriter.write(texts[0], to: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...100 { try FileWriter.write(texts[round % 2], to: path, replace: true) }
            }
            group.addTask {
                for _ in 1...200 {
                    let seen = try FileReader.read(path)
                    #expect(texts.contains(seen))
                }
            }
            try await group.waitForAll()
        }
        #expect(try folder.names() == ["f"])
    }

    @Test func `a full disk is an I/O error`() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let refusal = try #require(throws: Refusal.self) { try FileWriter.writeAll(descriptor, [1], path: "f") }
        #expect(refusal.code == "output-failed" && refusal.category == .inputOutput)
        #expect(refusal.message == "this file could not be written: No space left on device")
    }

    @Test func `a device that is full is an I/O error, too`() throws {
        // Never with `replace` here: a writer that is wrong would destroy the machine's own device.
        let refusal = try refusal("/dev/full")
        #expect(refusal.code == "output-failed" && refusal.category == .inputOutput)
    }

    @Test(.timeLimit(.minutes(10)), arguments: [false, true]) func `a pipe is written to, never replaced, by a link to it too`(replace: Bool) throws {
        let folder = try TemporaryFolder()
        let pipe = "\(folder.path)/p"
        try #require(mkfifo(pipe, 0o600) == 0)
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/l", withDestinationPath: pipe)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        for path in [pipe, "\(folder.path)/l"] {
            try FileWriter.write(Array("new".utf8), to: path, replace: replace)
            var received = [UInt8](repeating: 0, count: 10)
            #expect(read(reader, &received, 10) == 3 && Array(received.prefix(3)) == Array("new".utf8))
        }
        var status = stat()
        #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(try folder.names() == ["l", "p"])
    }

    @Test func `a socket is neither written to nor replaced`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/s"
        #expect(mknod(path, S_IFSOCK | 0o600, 0) == 0)
        for replace in [false, true] {
            let refusal = try refusal(path, replace: replace)
            #expect(refusal.code == "output-not-a-file" && refusal.category == .cannotCreate)
        }
        #expect(try folder.names() == ["s"])
    }

    @Test func `a name with a NUL in it is not another, shorter name`() throws {
        let folder = try TemporaryFolder()
        #expect(try refusal("\(folder.path)/f\u{0}.txt").code == "output-failed")
        #expect(try folder.names().isEmpty)
    }
}

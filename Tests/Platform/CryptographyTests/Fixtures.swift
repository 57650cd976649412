// SPDX-License-Identifier: Apache-2.0
// The public test keys beside the project, a folder for a test, and the openssl command as a second opinion.

import Foundation
import StrictFormats
import Testing

@testable import Cryptography

enum Reference {
    static let folder: String = {
        let given = ProcessInfo.processInfo.environment["COUNTERSIGN_VECTORS"] ?? ""
        if !given.isEmpty { return given + "/reference" }
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
        return root.appending(path: "../shared/vectors/reference").standardized.path()
    }()

    static let present: Bool = {
        let found = FileManager.default.fileExists(atPath: folder + "/expected.json")
        if !found { print("The reference files are not in \(folder): what needs them is skipped.") }
        return found
    }()

    static let absence: Comment = "the reference files are not in ../shared/vectors/reference"
    static let keys = ["alice", "bob", "bob-2", "carol", "dana", "exec"]

    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(path)"))) }
    static func json(_ path: String) throws -> JSONValue { try JSONDocument(try bytes(path), rules: .general, file: path).root }
    static func publicKey(_ name: String) throws -> PublicKey { try PublicKey(pem: String(decoding: try bytes("keys/\(name).pub"), as: UTF8.self)) }
}

final class KeyFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "countersign-keys-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }
    func mode(_ name: String) throws -> Int? { try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int }
}

enum OpenSSLCommand {
    static let path = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let absence: Comment = "there is no openssl command"

    /// What the command writes; its exit code must be 0.
    static func run(_ arguments: String..., passphrase: String = "") throws -> [UInt8] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = arguments
        process.environment = ["TEST_PASSPHRASE": passphrase]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
        return bytes
    }
}

/// The passphrase is not asked for: a test that is asked has failed.
func neverAsked(_ path: String) throws(Refusal) -> SecretBytes {
    Issue.record("a passphrase was asked for \(path)")
    return SecretBytes([])
}

func isRefused(_ code: String, _ category: Refusal.Category, _ body: () throws -> Void) throws -> Refusal {
    let refusal = try #require(throws: Refusal.self) { try body() }
    #expect(refusal.code == code && refusal.category == category)
    return refusal
}

// SPDX-License-Identifier: Apache-2.0
// Where the public test data stands, and a folder that goes away after a test.

import Foundation

/// The public vectors beside the project, where they are.
public enum SharedVectors {
    /// `COUNTERSIGN_VECTORS`, or `../shared/vectors` from the package's root; nil, said once, where there is none.
    public static let folder: String? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path =
            ProcessInfo.processInfo.environment["COUNTERSIGN_VECTORS"]
            ?? root.deletingLastPathComponent().appendingPathComponent("shared/vectors").path
        if FileManager.default.fileExists(atPath: path) { return path }
        print("the shared vectors are not at \(path): tests that need them do not run")
        return nil
    }()

    public static var areHere: Bool { folder != nil }

    public static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    public static func path(_ name: String) -> String { (folder ?? "/nonexistent") + "/" + name }

    public static func json(_ name: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(try bytes(name))) }
}

/// The package's own folder.
public enum PackageFolder {
    public static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}

/// A temporary folder that is removed when the value goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        path = NSTemporaryDirectory() + "countersign-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// A folder by name, for those that last as long as the process; it is made if it is not there.
    init(at path: String) {
        self.path = path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    public func file(_ name: String) -> String { path + "/" + name }

    @discardableResult
    public func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> String {
        let file = file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

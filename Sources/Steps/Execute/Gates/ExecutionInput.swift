// SPDX-License-Identifier: Apache-2.0

/// A file that was handed in: its bytes, not yet believed, and its name for errors.
public struct InputFile: Sendable {
    public let bytes: [UInt8]
    public let name: String

    public init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }
}

/// What `execute` is given.
public struct ExecutionInput: Sendable {
    public let bundle: InputFile
    public let approvals: [InputFile]
    /// Newer trust roots, recorded first.
    public let trust: [InputFile]
    /// A checkpoint held elsewhere that the ledger must be consistent with.
    public let since: InputFile?

    public init(bundle: InputFile, approvals: [InputFile], trust: [InputFile] = [], since: InputFile? = nil) {
        self.bundle = bundle
        self.approvals = approvals
        self.trust = trust
        self.since = since
    }
}

/// How an execution ended, for words and exit code.
public struct ExecutionReport: Sendable {
    public enum Ending: Sendable { case completed, failed, abandoned }
    public let ending: Ending
    public let bundle: String
    public let key: String?
    public let done: [String]
    /// Warnings, such as values that the server does not show.
    public let warnings: [String]
    public let size: Int
    public let message: String?
}

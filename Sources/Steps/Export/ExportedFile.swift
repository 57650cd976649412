// SPDX-License-Identifier: Apache-2.0

/// A file of an export: its name in the folder and its bytes.
public struct ExportedFile: Sendable {
    public let name: String
    public let bytes: [UInt8]

    public init(_ name: String, _ text: String) {
        self.name = name
        bytes = Array(text.utf8)
    }
}

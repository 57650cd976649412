// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// An entry to be: everything but its number and its time, with the artifacts that it names.
public struct Draft: Sendable {
    public let bundle: Digest?
    public let data: EntryData
    /// Bodies that the data names by digest.
    public let artifacts: [[UInt8]]

    public init(_ data: EntryData, bundle: Digest? = nil, artifacts: [[UInt8]] = []) {
        self.data = data
        self.bundle = bundle
        self.artifacts = artifacts
    }
}

// SPDX-License-Identifier: Apache-2.0

import CLibCrypto

/// Bytes that are wiped (OPENSSL_cleanse(3)) when nothing holds them any more. They print as nothing.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    // Written once in init and never changed: sharing it between threads is safe.
    private let storage: UnsafeMutableBufferPointer<UInt8>

    public init(_ bytes: some Collection<UInt8>) {
        storage = .allocate(capacity: max(1, bytes.count))
        storage.initialize(repeating: 0)
        for (index, byte) in bytes.enumerated() { storage[index] = byte }
        count = bytes.count
    }

    /// Takes the bytes over and wipes the array they came in.
    public convenience init(consuming bytes: inout [UInt8]) {
        self.init(bytes)
        Self.wipe(&bytes)
    }

    public let count: Int
    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }

    public func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
        try body(UnsafeBufferPointer(rebasing: storage[0..<count]))
    }

    public static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        bytes = []
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }
}

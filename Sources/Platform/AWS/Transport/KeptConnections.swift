// SPDX-License-Identifier: Apache-2.0

import CCurl
import Synchronization

/// libcurl's handles that are at rest, each with the connections that it holds open. One handle serves one request at a time.
final class KeptConnections: Sendable {
    /// A handle at rest belongs to whoever takes it.
    private struct Kept: @unchecked Sendable { let raw: UnsafeMutableRawPointer }

    private let kept = Mutex<[Kept]>([])

    func take() -> UnsafeMutableRawPointer? { kept.withLock { $0.popLast() }?.raw }

    func keep(_ raw: UnsafeMutableRawPointer) {
        let handle = Kept(raw: raw)
        kept.withLock { $0.append(handle) }
    }

    deinit {
        for handle in kept.withLock({ $0 }) { curl_easy_cleanup(handle.raw) }
    }
}

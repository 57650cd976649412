// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Threads

/// Gives names to a store, several at once where it can take them: a network's delays then overlap.
///
/// What is under way is bounded: `connections` files at most stand in memory. What becomes of them is taken in the order in which they were
/// given, so the first one that fails is what is said, whichever failed first. The very first is given alone: what a place refuses as a whole
/// is refused once, and nothing stands there.
final class GivingNames {
    private let store: any PublicationStore
    private var isFirst = true
    private var underWay: [Alongside<Result<Bool, Refusal>>] = []
    /// Files that got their name.
    private(set) var count = 0

    init(_ store: any PublicationStore) { self.store = store }

    // Nothing of it goes on once it is let go of: who was refused may begin again.
    deinit { for one in underWay { _ = one.value() } }

    /// Gives a name for ever, now or before `finish` returns.
    /// - Throws: what became of this one, or of one before it.
    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) {
        guard let atOnce = store.atOnce else {
            if try store.put(name, bytes) { count += 1 }
            return
        }
        try begin(atOnce.connections) { () throws(Refusal) in try atOnce.put(name, bytes) }
    }

    /// Gives bytes a name in place of those that stand there, now or before `finish` returns.
    func renew(_ name: String, _ bytes: [UInt8], _ check: @escaping @Sendable (_ known: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
        guard let atOnce = store.atOnce else {
            if try store.renew(name, bytes, check) { count += 1 }
            return
        }
        try begin(atOnce.connections) { () throws(Refusal) in try atOnce.renew(name, bytes, check) }
    }

    /// Waits until all that were given stand there.
    /// - Throws: what became of the first that could not be given.
    func finish() throws(Refusal) { while !underWay.isEmpty { try takeOldest() } }

    private func begin(_ connections: Int, _ work: @escaping @Sendable () throws(Refusal) -> Bool) throws(Refusal) {
        while underWay.count >= connections { try takeOldest() }
        underWay.append(
            Alongside {
                do throws(Refusal) { return .success(try work()) } catch { return .failure(error) }
            })
        if isFirst { try takeOldest() }
        isFirst = false
    }

    private func takeOldest() throws(Refusal) {
        if try underWay.removeFirst().value().get() { count += 1 }
    }
}

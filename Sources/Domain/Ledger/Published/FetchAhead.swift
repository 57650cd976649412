// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Threads

/// Reads a source in an order that is known before, a few names ahead: a network's delays then overlap.
///
/// What is under way is bounded: `connections` files at most stand in memory.
final class FetchAhead {
    let source: any PublishedSource
    private var plan: AnyIterator<(name: String, limit: Int)>?
    private var underWay: [(name: String, read: Alongside<Result<[UInt8]?, Refusal>>)] = []

    init(_ source: any PublishedSource) { self.source = source }

    /// These names will be asked for next, in this order; some of them may not be.
    func expect(_ names: some Sequence<(name: String, limit: Int)>) {
        guard source.connections > 1 else { return }
        underWay = []
        plan = AnyIterator(names.makeIterator())
        fill()
    }

    func read(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? {
        guard let place = underWay.firstIndex(where: { $0.name == name }) else { return try source.read(name, limit: limit) }
        let read = underWay[place].read
        // What stood before it is not asked for any more.
        underWay.removeFirst(place + 1)
        fill()
        return try read.value().get()
    }

    private func fill() {
        while underWay.count < source.connections, let (name, limit) = plan?.next() {
            let source = source
            underWay.append(
                (
                    name,
                    Alongside {
                        do throws(Refusal) { return .success(try source.read(name, limit: limit)) } catch { return .failure(error) }
                    }
                ))
        }
    }
}

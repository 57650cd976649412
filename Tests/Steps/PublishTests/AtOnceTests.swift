// SPDX-License-Identifier: Apache-2.0
// Publishing to a store that takes several names at once: as much as it takes, in the order that matters, and nothing swallowed.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

@Suite(.timeLimit(.minutes(10))) struct AtOnceTests {
    /// Names and bytes in memory, and what was done with them.
    final class Memory: PublicationStore, PublicationAtOnce {
        struct Inside {
            var files: [String: [UInt8]] = [:]
            var (running, most): (Int, Int) = (0, 0)
            /// Names that were given, each thread's in its order.
            var begun: [String] = []
            /// What was under way when the checkpoint or the list of cosigned sizes was written.
            var besideLast: [Int] = []
        }
        let inside = Guarded(Inside())
        /// Said of a name before it is given; nil where it is given.
        let trouble: @Sendable (_ name: String, _ begun: Int) -> (refusal: Refusal, milliseconds: UInt32)?

        init(
            _ files: [String: [UInt8]] = [:],
            _ trouble: @escaping @Sendable (String, Int) -> (refusal: Refusal, milliseconds: UInt32)? = { _, _ in nil }
        ) {
            self.trouble = trouble
            inside.withLock { $0.files = files }
        }

        var path: String { "memory" }
        var connections: Int { 6 }
        var atOnce: (any PublicationAtOnce)? { self }
        var files: [String: [UInt8]] { inside.withLock { $0.files } }

        private func working<Value>(_ name: String, _ work: (inout Inside) throws(Refusal) -> Value) throws(Refusal) -> Value {
            let begun = inside.withLock { inside in
                inside.running += 1
                inside.most = max(inside.most, inside.running)
                inside.begun.append(name)
                return inside.begun.count
            }
            let trouble = trouble(name, begun)
            usleep((trouble?.milliseconds ?? 3) * 1000)
            let outcome = inside.withLock { inside -> Result<Value, Refusal> in
                inside.running -= 1
                if let trouble { return .failure(trouble.refusal) }
                do throws(Refusal) { return .success(try work(&inside)) } catch { return .failure(error) }
            }
            return try outcome.get()
        }

        func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
            try working(name) { inside throws(Refusal) in
                guard let known = inside.files[name] else {
                    inside.files[name] = bytes
                    return true
                }
                guard known == bytes else { throw Refusal("published-differs", .cannotCreate, name) }
                return false
            }
        }

        func renew(_ name: String, _ bytes: [UInt8], _ check: (_ known: [UInt8]) throws(Refusal) -> Void) throws(Refusal) -> Bool {
            try working(name) { inside throws(Refusal) in
                guard inside.files[name] != bytes else { return false }
                try check(inside.files[name] ?? [])
                inside.files[name] = bytes
                return true
            }
        }

        func read(_ name: String) throws(Refusal) -> [UInt8]? { files[name] }

        func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal) {
            inside.withLock {
                $0.besideLast.append($0.running)
                $0.files[name] = bytes
            }
        }

        func forget(_ names: [String]) {}
        func sync() {}
    }

    private static func grown(to size: Int) throws -> Shelf {
        let shelf = try Shelf()
        try shelf.grow(to: size)
        let store = try shelf.open()
        for number in 0..<4 {
            let artifact = Array("an envelope, \(number)".utf8)
            let received = EntryData.bundleReceived(id: "0192f7a0-5c3e-7abc-8def-01234567890\(number)", envelope: Digest(of: artifact))
            // The same artifact is named twice, and given once.
            try store.append(
                (0..<2).map { _ in Draft(received, bundle: Digest(of: artifact), artifacts: [artifact]) }, now: Shelf.start)
        }
        try store.close()
        var sizes: [Int] = []
        try LedgerReader(shelf.path).forEachCheckpoint { size, _ in sizes.append(size) }
        for size in sizes.prefix(9) { try shelf.cosign(size, "w1") }
        return shelf
    }

    @Test func `six names are given at once, the list and the checkpoint alone and last, and all is as in a folder`() throws {
        let shelf = try Self.grown(to: 300)
        let store = Memory()
        var progress: [Int] = []
        let done = try PublishStep.run(shelf.path, to: store) { size, all in if all == 308 { progress.append(size) } }
        #expect(done.size == 308 && done.before == nil && done.files == store.files.count)
        _ = try PublishTests.publish(shelf)
        // Where nothing was superseded before, nothing was there to be taken away.
        let folder = try PublishTests.files(shelf.folder.file("out"))
        #expect(store.files == folder)
        #expect(store.inside.withLock { $0.most } == 6)
        #expect(store.inside.withLock { $0.besideLast } == [0, 0])
        let begun = store.inside.withLock { $0.begun }
        #expect(Set(begun).count == begun.count && begun.count == folder.count - 2)
        #expect(Set(begun.suffix(9)) == Set((1...9).map { TileName.cosignatures(size: $0).text }))
        #expect(progress == [0])
        // Nothing is new; compared, all of it is given again, six at once too.
        let again = Memory(folder)
        #expect(try PublishStep.run(shelf.path, to: again).files == 0)
        let compared = Memory(folder)
        #expect(try PublishStep.run(shelf.path, to: compared, comparesAll: true).files == 0)
        #expect(Set(compared.inside.withLock { $0.begun }) == Set(begun) && compared.inside.withLock { $0.most } == 6)
        #expect(compared.inside.withLock { $0.besideLast } == [])
    }

    @Test func `the first that cannot be given is what is said, whichever failed first, and nothing goes on after it`() throws {
        let shelf = try Self.grown(to: 20)
        let order: [String]
        do {
            let told = try PublishTests.Told(shelf.folder.file("out"))
            _ = try PublishStep.run(shelf.path, to: told)
            order = told.puts
        }
        #expect(order.count == 24 * 3 + 5)
        for _ in 0..<5 {
            let store = Memory([:]) { name, _ in
                if name == order[12] { return (Refusal("slow", .unavailable, name), 60) }
                return [13, 14, 16].contains(order.firstIndex(of: name) ?? 0) ? (Refusal("quick", .unavailable, name), 1) : nil
            }
            #expect(code { _ = try PublishStep.run(shelf.path, to: store) } == "slow")
            #expect(store.inside.withLock { $0.running } == 0)
            // The one that failed was begun, and five beside it at most.
            #expect((13...18).contains(store.inside.withLock { $0.begun.count }))
            #expect(store.files["checkpoint"] == nil && store.files["cosigned"] == nil)
        }
    }

    @Test func `a place that takes nothing is asked once`() throws {
        let shelf = try Self.grown(to: 20)
        let store = Memory([:]) { name, _ in (Refusal("closed", .notPermitted, name), 20) }
        #expect(code { _ = try PublishStep.run(shelf.path, to: store) } == "closed")
        #expect(store.inside.withLock { $0.begun.count } == 1)
    }

    @Test func `a run that was stopped at any file is gone on with`() throws {
        let shelf = try Self.grown(to: 5)
        let whole = Memory()
        _ = try PublishStep.run(shelf.path, to: whole)
        let count = whole.inside.withLock { $0.begun.count }
        // Three files for each of nine checkpoints, the trust root and four artifacts, nine files of cosignatures.
        #expect(count == 9 * 3 + 5 + 9)
        for stop in 1...count {
            let store = Memory([:]) { _, begun in begun >= stop ? (Refusal("stopped", .unavailable, ""), 1) : nil }
            #expect(code { _ = try PublishStep.run(shelf.path, to: store) } == "stopped")
            #expect(store.files["checkpoint"] == nil)
            let left = store.files
            #expect(left.count == stop - 1 && left.allSatisfy { whole.files[$0.key] == $0.value })
            let next = Memory(left)
            #expect(try PublishStep.run(shelf.path, to: next).files == whole.files.count - left.count)
            #expect(next.files == whole.files)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Pieces of work come back in the order in which they were given, whoever did them.
import Glibc
import Synchronization
import Testing

@testable import Threads

@Suite struct CrewTests {
    private static let me: @Sendable () -> UInt = { UInt(pthread_self()) }

    @Test(arguments: [0, 1, 3, 16]) func `results come in the order of the pieces`(helpers: Int) {
        let crew = Crew<Int>(helpers: helpers)
        var taken: [Int] = []
        for number in 0..<500 {
            crew.submit {
                // Some take longer than those after them.
                if number % 7 == 0 { usleep(300) }
                return number
            }
            if crew.count == 20 { taken.append(crew.oldest()) }
        }
        #expect(crew.count == 19)
        while crew.count > 0 { taken.append(crew.oldest()) }
        #expect(taken == Array(0..<500))
    }

    @Test func `without helpers the owner does it all, and each piece once`() {
        let crew = Crew<UInt>(helpers: 0)
        for _ in 0..<10 { crew.submit(Self.me) }
        var threads: Set<UInt> = []
        while crew.count > 0 { threads.insert(crew.oldest()) }
        #expect(threads == [Self.me()])
    }

    @Test func `helpers begin before anybody asks`() {
        let crew = Crew<UInt>(helpers: 2)
        for _ in 0..<40 {
            crew.submit {
                usleep(1000)
                return Self.me()
            }
        }
        usleep(200_000)
        var threads: Set<UInt> = []
        while crew.count > 0 { threads.insert(crew.oldest()) }
        #expect(!threads.contains(Self.me()))
        #expect((1...2).contains(threads.count))
    }

    @Test(arguments: [0, 1, 3]) func `what is lent comes back to a thread that made it, and is let go of there`(helpers: Int) {
        final class Made: Sendable {
            let maker = CrewTests.me()
            let freed: @Sendable (UInt, UInt) -> Void
            init(_ freed: @escaping @Sendable (UInt, UInt) -> Void) { self.freed = freed }
            deinit { freed(maker, CrewTests.me()) }
        }
        let gone = Mutex<[(maker: UInt, freer: UInt)]>([])
        let owner = Self.me()
        do {
            let crew = Crew<Made?>(helpers: helpers)
            for _ in 0..<60 {
                crew.submit {
                    usleep(200)
                    return Made { maker, freer in gone.withLock { $0.append((maker, freer)) } }
                }
            }
            for number in 0..<60 {
                crew.withOldest { made in #expect(made != nil, "piece \(number)") }
                usleep(300)
            }
            // What a helper made lies there until a helper has work again.
            for _ in 0..<(helpers * 4) {
                crew.submit {
                    usleep(3000)
                    return nil
                }
            }
            while crew.count > 0 { crew.withOldest { #expect($0 == nil) } }
        }
        for _ in 0..<400 where gone.withLock({ $0.count }) < 60 { usleep(5000) }
        let seen = gone.withLock { $0 }
        #expect(seen.count == 60)
        let ownersOwn = seen.filter { $0.maker == owner }
        #expect(ownersOwn.allSatisfy { $0.freer == owner })
        if helpers == 0 { #expect(ownersOwn.count == 60) }
        // The last ones may still lie there when the crew is let go of, which frees them wherever it ends.
        let helpersOwn = seen.filter { $0.maker != owner }
        #expect(helpersOwn.count { $0.freer == owner } <= 1 + helpers)
    }

    @Test func `a piece that is lent to a body that throws is let go of all the same`() {
        struct Stop: Error {}
        let crew = Crew<Int>(helpers: 1)
        for number in 0..<3 { crew.submit { number } }
        #expect(throws: Stop.self) { try crew.withOldest { _ throws(Stop) in throw Stop() } }
        #expect(crew.count == 2)
        #expect(crew.oldest() == 1)
    }

    @Test func `a crew that is let go of with work under way lets go of it too`() {
        final class Counted: Sendable {}
        weak var left: Counted?
        do {
            let crew = Crew<Int>(helpers: 2)
            let counted = Counted()
            left = counted
            for number in 0..<50 {
                crew.submit {
                    usleep(200)
                    return withExtendedLifetime(counted) { number }
                }
            }
            #expect(crew.oldest() == 0)
        }
        for _ in 0..<400 where left != nil { usleep(5000) }
        #expect(left == nil)
    }
}

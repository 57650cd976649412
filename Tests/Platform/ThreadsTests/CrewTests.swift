// SPDX-License-Identifier: Apache-2.0
// Pieces of work come back in the order in which they were given, whoever did them.
import Glibc
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

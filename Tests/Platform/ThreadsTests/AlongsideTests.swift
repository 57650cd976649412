// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Testing
import Threads

struct AlongsideTests {
    @Test func `the owner goes on meanwhile`() {
        // Each waits for the other: on one thread this would never end.
        let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let work = Alongside {
            first.signal()
            return second.wait(timeout: .now() + 60) == .success
        }
        #expect(first.wait(timeout: .now() + 60) == .success)
        second.signal()
        #expect(work.value())
    }

    @Test func `a value is handed out as often as it is asked`() {
        let works = (0..<100).map { number in Alongside { number * number } }
        #expect(works.map { $0.value() } == (0..<100).map { $0 * $0 })
        #expect(works[7].value() == 49)
    }
}

// SPDX-License-Identifier: Apache-2.0

import CHeap

/// The allocator's pace.
public enum Heap {
    /// For a run of milliseconds: two arenas, taken from the kernel in a few large steps. Each arena more has pages to bring into memory; with one alone
    /// two threads wait for each other forty times in an approval, a twenty-fifth of its time. To be called before there are threads (mallopt(3)).
    /// It only ever changes speed.
    public static func beBrief() {
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_TOP_PAD, 1 << 20)
    }

    /// Where one thread makes values and another lets go of them, memory would be given back to the kernel and asked for again with every batch.
    /// From here on each arena grows and shrinks in large steps instead (mallopt(3)). It only ever changes speed.
    public static func growInLargeSteps() {
        mallopt(M_TOP_PAD, 4 << 20)
        mallopt(M_TRIM_THRESHOLD, 64 << 20)
        mallopt(M_MMAP_THRESHOLD, 16 << 20)
    }
}

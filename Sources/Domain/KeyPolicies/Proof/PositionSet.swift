// SPDX-License-Identifier: Apache-2.0

/// Positions in the tokens of an automaton's patterns, a bit each. The first 256 need no allocation: that is a few ARNs, as most keys have.
struct PositionSet: Hashable {
    private var near: SIMD4<UInt64> = .zero
    private var far: [UInt64]

    /// The empty set of positions that have so many words of bits.
    init(words: Int) { far = words > 4 ? Array(repeating: 0, count: words - 4) : [] }

    func word(_ index: Int) -> UInt64 { index < 4 ? near[index] : far[index - 4] }

    var isEmpty: Bool { near == .zero && far.allSatisfy { $0 == 0 } }

    func contains(_ position: Int) -> Bool { word(position / 64) & 1 << UInt64(position % 64) != 0 }

    mutating func insert(_ position: Int) { change(position / 64) { $0 | 1 << UInt64(position % 64) } }

    mutating func remove(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        for word in range.lowerBound / 64...(range.upperBound - 1) / 64 {
            var mask = UInt64.max
            if word == range.lowerBound / 64 { mask &= UInt64.max << UInt64(range.lowerBound % 64) }
            if word == range.upperBound / 64 { mask &= (1 << UInt64(range.upperBound % 64)) - 1 }
            change(word) { $0 & ~mask }
        }
    }

    func union(_ other: PositionSet) -> PositionSet {
        var union = self
        union.near |= other.near
        for (index, word) in other.far.enumerated() { union.far[index] |= word }
        return union
    }

    private mutating func change(_ word: Int, _ made: (UInt64) -> UInt64) {
        if word < 4 { near[word] = made(near[word]) } else { far[word - 4] = made(far[word - 4]) }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Several patterns and a set of literal texts, read side by side: a state is all that they can still tell of a text's rest.
///
/// The subset construction, with one shortcut that loses nothing: once a pattern stands at a `*`, its earlier positions
/// are dropped, for what they could still match the `*` matches as well.
struct PatternAutomaton {
    struct State: Hashable {
        fileprivate var bits: PositionSet
        /// In the tree of literals; −1 where no literal can match any more.
        fileprivate(set) var node: Int
    }

    private var tokens: [ValuePattern.Token?] = []
    private var starts: [Int] = []
    private var patternOf: [Int] = []
    private let words: Int
    private var children: [[Unicode.Scalar: Int]] = [[:]]
    private var endsAt: [Bool] = [false]
    /// What the patterns tell apart; a literal's characters are added at its own node.
    private let scalars: Set<Unicode.Scalar>

    init(_ patterns: [ValuePattern], literals: [String] = []) {
        for (index, pattern) in patterns.enumerated() {
            starts.append(tokens.count)
            tokens += pattern.tokens.map { $0 } + [nil]
            patternOf += Array(repeating: index, count: pattern.tokens.count + 1)
        }
        words = (tokens.count + 63) / 64
        scalars = patterns.reduce(into: []) { $0.formUnion($1.scalars) }
        for literal in literals {
            var node = 0
            for scalar in literal.unicodeScalars {
                if let next = children[node][scalar] {
                    node = next
                } else {
                    children.append([:])
                    endsAt.append(false)
                    children[node][scalar] = children.count - 1
                    node = children.count - 1
                }
            }
            endsAt[node] = true
        }
    }

    /// Before the first character; only of the patterns that `includes` names, where it is given.
    func start(_ includes: ((Int) -> Bool)? = nil) -> State {
        var state = State(bits: PositionSet(words: words), node: 0)
        for (index, start) in starts.enumerated() where includes?(index) ?? true { insert(start, &state.bits) }
        return state
    }

    /// Two states of different patterns in one.
    func merged(_ a: State, _ b: State) -> State {
        State(bits: a.bits.union(b.bits), node: a.node)
    }

    /// The literals begin here.
    func atRoot(_ state: State) -> State { State(bits: state.bits, node: 0) }

    func isAlive(_ state: State) -> Bool { !state.bits.isEmpty }

    /// Whether the text so far is one of the literals.
    func isLiteral(_ state: State) -> Bool { state.node >= 0 && endsAt[state.node] }

    /// The patterns that match the text so far.
    func accepted(_ state: State) -> [Int] {
        starts.indices.filter { index in
            let end = (index + 1 < starts.count ? starts[index + 1] : tokens.count) - 1
            return state.bits.contains(end)
        }
    }

    func step(_ state: State, _ scalar: Unicode.Scalar) -> State {
        var next = State(bits: PositionSet(words: words), node: state.node < 0 ? -1 : children[state.node][scalar] ?? -1)
        for word in 0..<words {
            var rest = state.bits.word(word)
            while rest != 0 {
                let position = word * 64 + rest.trailingZeroBitCount
                rest &= rest - 1
                switch tokens[position] {
                case .scalar(let wanted): if wanted == scalar { insert(position + 1, &next.bits) }
                case .folded(let wanted):
                    if scalar == wanted || scalar.properties.lowercaseMapping.unicodeScalars.elementsEqual([wanted]) {
                        insert(position + 1, &next.bits)
                    }
                case .one(let colons): if colons || scalar != ":" { insert(position + 1, &next.bits) }
                case .many(let colons): if colons || scalar != ":" { insert(position, &next.bits) }
                case nil: break
                }
            }
        }
        return next
    }

    func run(_ state: State, _ text: String) -> State { text.unicodeScalars.reduce(state) { step($0, $1) } }

    /// Sets a position and what it reaches without a character; drops what a `*` makes superfluous.
    private func insert(_ position: Int, _ bits: inout PositionSet) {
        var position = position
        while case .many = tokens[position] {
            bits.remove(starts[patternOf[position]]..<position)
            bits.insert(position)
            position += 1
        }
        bits.insert(position)
    }

    /// Every state that a text can lead to, with a shortest text for each; nil where a bound is passed.
    ///
    /// - Parameters:
    ///   - fresh: a character that no pattern and no literal has; it stands for all such.
    ///   - allowed: the characters that a text may have.
    ///   - more: characters that are told apart although no pattern names them.
    ///   - length: exactly so many characters.
    func reachable(
        from start: State, fresh: Unicode.Scalar, only allowed: ((Unicode.Scalar) -> Bool)? = nil, tell more: String = "", length: Int? = nil,
        _ budget: inout ProofBudget
    ) -> [(state: State, text: String)]? {
        let common = ([fresh] + scalars.union(more.unicodeScalars).subtracting([fresh]).sorted()).filter { allowed?($0) ?? true }
        let commonSet = Set(common)
        var layer: [(state: State, text: String)] = [(start, "")]
        var seen: Set<State> = [start]
        var all = layer
        var depth = 0
        while !layer.isEmpty, length != depth {
            depth += 1
            if length != nil { seen = [] }
            var next: [(state: State, text: String)] = []
            for (state, text) in layer {
                let own = state.node < 0 ? [] : children[state.node].keys.filter { !commonSet.contains($0) && allowed?($0) ?? true }.sorted()
                for scalar in common + own {
                    guard budget.spend(1 + words / 4) else { return nil }
                    let after = step(state, scalar)
                    guard seen.insert(after).inserted else { continue }
                    guard seen.count <= ProofBudget.states, seen.count * max(1, words) <= ProofBudget.words else { return nil }
                    var longer = text
                    longer.unicodeScalars.append(scalar)
                    next.append((after, longer))
                }
            }
            layer = next
            if length == nil { all += next } else { all = next }
        }
        return all
    }

    /// A character that occurs nowhere, one that reads well where there is one.
    static func fresh(_ patterns: [ValuePattern], _ literals: [String]) -> Unicode.Scalar {
        var used = patterns.reduce(into: Set<Unicode.Scalar>()) { $0.formUnion($1.scalars) }
        for literal in literals { used.formUnion(literal.unicodeScalars) }
        let nice = "xyzqwvjkubhgfmpcdlnotrsiea0123456789".unicodeScalars
        if let scalar = nice.first(where: { !used.contains($0) }) { return scalar }
        return (0x400...0x2FFF).lazy.compactMap { Unicode.Scalar($0) }.first { !used.contains($0) } ?? "x"
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Values of one condition key that stand for all its values, as far as a set of conditions can tell them apart.
enum ContextCandidates {
    /// A family of comparisons whose classes are found together.
    private enum Family: Hashable { case text, number, date, address }

    struct Found {
        var values: [String]
        /// Whether every class is met: not where comparisons of different families meet on one key.
        var isComplete: Bool
    }

    /// - Parameters:
    ///   - conditions: that test the key.
    ///   - ties: patterns that the value is compared with by a policy variable.
    static func values(_ conditions: [ProofCondition], ties: [ValuePattern], in request: AccessRequest?, _ budget: inout ProofBudget) -> Found? {
        var families: Set<Family> = ties.isEmpty ? [] : [.text]
        for condition in conditions {
            switch condition.condition?.test?.comparison {
            case .numeric: families.insert(.number)
            case .date: families.insert(.date)
            case .ipAddress: families.insert(.address)
            case .null, nil: break
            default: families.insert(.text)
            }
        }
        var values: [String] = []
        if families.contains(.text) {
            let patterns = conditions.flatMap { $0.patterns(in: request) } + ties
            guard let texts = texts(patterns, &budget) else { return nil }
            values += texts
        }
        for condition in conditions {
            guard let test = condition.condition?.test else { continue }
            let texts = condition.condition?.values.map(\.text) ?? []
            switch test.comparison {
            case .numeric: values += numbers(texts)
            case .date: values += dates(texts)
            case .ipAddress: values += addresses(texts)
            default: break
            }
        }
        if families.contains(.number) { values += numberGaps(values) }
        if values.isEmpty || !families.contains(.text) { values.append("example") }
        var seen: Set<Exact> = []
        let distinct = values.filter { seen.insert(Exact($0)).inserted }
        guard distinct.count <= ProofBudget.values, budget.spend(distinct.count) else { return nil }
        return Found(values: distinct, isComplete: families.count < 2)
    }

    private static func texts(_ patterns: [ValuePattern], _ budget: inout ProofBudget) -> [String]? {
        var literals: [String] = []
        var others: [ValuePattern] = []
        for pattern in patterns {
            if let text = pattern.literal { literals.append(text) } else if !others.contains(pattern) { others.append(pattern) }
        }
        // What a person would put in for a wildcard reads better than the shortest text.
        let nice = others.filter { $0.tokens.count < 200 }.map(\.example)
        return ValueClasses.texts(others, literals: literals, nice: nice + ["example", "another", "x"], &budget)
    }

    /// The bounds, and what lies beyond and between.
    private static func numbers(_ texts: [String]) -> [String] {
        texts.flatMap { text -> [String] in
            guard let number = ValueComparison.decimal(text) else { return [] }
            return [text]
                + (number.isFinite
                    ? [word(number - 1 < number ? number - 1 : number.nextDown), word(number + 1 > number ? number + 1 : number.nextUp)] : [])
        } + ["-1e999", "1e999"]
    }

    private static func numberGaps(_ texts: [String]) -> [String] {
        let bounds = Set(texts.compactMap { ValueComparison.decimal($0) }).sorted()
        return zip(bounds, bounds.dropFirst()).flatMap { low, high -> [String] in
            if !low.isFinite || !high.isFinite { return [] }
            let middle = low / 2 + high / 2
            return [low.nextUp, middle].filter { $0 > low && $0 < high }.map(word)
        }
    }

    private static func word(_ number: Double) -> String {
        number == number.rounded() && number.magnitude < 1e15 ? "\(Int(number))" : "\(number)"
    }

    /// Each moment, and the nanoseconds around it: between two moments there is one of these or nothing.
    private static func dates(_ texts: [String]) -> [String] {
        texts.flatMap { text -> [String] in
            guard let moment = Moment(text) else { return [] }
            let before = moment.nanoseconds == 0 ? (moment.seconds - 1, 999_999_999) : (moment.seconds, moment.nanoseconds - 1)
            let after = moment.nanoseconds == 999_999_999 ? (moment.seconds + 1, 0) : (moment.seconds, moment.nanoseconds + 1)
            let day = [moment.seconds - 86_400, moment.seconds + 86_400].map { Instant(secondsSince1970: $0).text }
            return day + [text]
                + [before, after].map { seconds, nanoseconds in
                    let digits = String(1_000_000_000 + nanoseconds).dropFirst()
                    return Instant(secondsSince1970: seconds).text.replacing("Z", with: "") + ".\(digits)Z"
                } + ["\(moment.seconds - 1)", "\(moment.seconds + 1)"]
        }
    }

    /// The first address of each range and the first behind it: every stretch between bounds begins with one of these.
    private static func addresses(_ texts: [String]) -> [String] {
        texts.flatMap { text -> [String] in
            guard let range = AddressRange(text) else { return [] }
            var first = range.bytes
            var last = range.bytes
            for bit in range.prefix..<max(range.prefix, first.count * 8) {
                first[bit / 8] &= ~(UInt8(0x80) >> UInt8(bit % 8))
                last[bit / 8] |= UInt8(0x80) >> UInt8(bit % 8)
            }
            var next = last
            for index in next.indices.reversed() {
                next[index] = next[index] &+ 1
                if next[index] != 0 { break }
            }
            return [first, last, next].map(address)
        } + ["0.0.0.0", "::", "198.51.100.7", "2001:db8::7"]
    }

    private static func address(_ bytes: [UInt8]) -> String {
        if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}

extension ValuePattern {
    /// A text that it matches and that reads well.
    var example: String {
        var text = String.UnicodeScalarView()
        for token in tokens {
            switch token {
            case .scalar(let scalar), .folded(let scalar): text.append(scalar)
            case .one: text.append("x")
            case .many: text += "example".unicodeScalars
            }
        }
        return String(text)
    }
}

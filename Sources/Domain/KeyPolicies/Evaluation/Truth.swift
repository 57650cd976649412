// SPDX-License-Identifier: Apache-2.0

/// Yes, no, or it depends on what the request does not say.
enum Truth: Hashable, Sendable {
    case yes
    case no
    /// The names of what is missing, as the policy spells them, each once.
    case unknown([String])

    init(_ flag: Bool) { self = flag ? .yes : .no }

    static func && (left: Truth, right: @autoclosure () -> Truth) -> Truth {
        if left == .no { return .no }
        let right = right()
        switch (left, right) {
        case (_, .no): return .no
        case (.yes, _): return right
        case (_, .yes): return left
        case (.unknown(let a), .unknown(let b)): return .unknown(merged(a, b))
        default: return .no
        }
    }

    static func || (left: Truth, right: @autoclosure () -> Truth) -> Truth { !(!left && !right()) }

    static prefix func ! (truth: Truth) -> Truth {
        switch truth {
        case .yes: .no
        case .no: .yes
        case .unknown: truth
        }
    }

    var missing: [String] { if case .unknown(let names) = self { names } else { [] } }

    /// Keys that differ in case only once.
    static func distinct(_ names: [String]) -> [String] {
        var seen: Set<Exact> = []
        return names.filter { seen.insert(Exact($0.asciiLowercased)).inserted }
    }

    private static func merged(_ a: [String], _ b: [String]) -> [String] { a.isEmpty ? b : b.isEmpty ? a : distinct(a + b) }
}

extension Sequence {
    /// Whether it holds for all of them.
    func all(_ test: (Element) -> Truth) -> Truth { reduce(Truth.yes) { $0 && test($1) } }
    /// Whether it holds for any of them.
    func any(_ test: (Element) -> Truth) -> Truth { reduce(Truth.no) { $0 || test($1) } }
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// One line of the answer: what was measured, against what, and what it had to reach.
struct Row {
    enum Bound {
        case atMost(Double), atLeast(Double), none
    }

    let measure: String
    let ours: String
    let peer: String
    /// What the bound is about: a ratio, or a plain figure where there is no peer.
    let figure: Double
    let unit: String
    let bound: Bound

    var isReached: Bool {
        switch bound {
        case .atMost(let limit): figure <= limit
        case .atLeast(let limit): figure >= limit
        case .none: true
        }
    }

    private var target: String {
        switch bound {
        case .atMost(let limit): "≤ \(Self.number(limit))\(unit)"
        case .atLeast(let limit): "≥ \(Self.number(limit))\(unit)"
        case .none: "–"
        }
    }

    private var verdict: String {
        if case .none = bound { return "" }
        return isReached ? "yes" : "**no**"
    }

    var markdown: String { "| \(measure) | \(ours) | \(peer) | \(Self.number(figure))\(unit) | \(target) | \(verdict) |" }

    var json: JSONValue {
        .object([
            ("measure", .string(measure)), ("ours", .string(ours)), ("peer", .string(peer)), ("figure", .string(Self.number(figure) + unit)),
            ("target", .string(target)), ("reached", .bool(isReached)),
        ])
    }

    /// Two decimals below ten, one below a hundred, none above.
    static func number(_ value: Double) -> String {
        let factor: Double = value < 10 ? 100 : value < 100 ? 10 : 1
        let rounded = (value * factor).rounded() / factor
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    static func milliseconds(_ seconds: Double) -> String { number(seconds * 1e3) + " ms" }
    static func microseconds(_ seconds: Double) -> String { number(seconds * 1e6) + " µs" }
}

/// All lines, as Markdown and as JSON, with what must be known to read them.
struct Table {
    var rows: [Row] = []
    var notes: [String] = []

    var markdown: String {
        let head = ["| measure | ours | measured against | figure | target | reached |", "|---|---|---|---|---|---|"]
        return (head + rows.map(\.markdown) + [""] + notes.map { "- \($0)" }).joined(separator: "\n")
    }

    var json: String {
        JSONWriter.pretty(.object([("rows", .array(rows.map(\.json))), ("notes", .strings(notes))])) + "\n"
    }
}

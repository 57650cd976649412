// SPDX-License-Identifier: Apache-2.0
// The table of rights of review version 2. Fixed for ever, like ReviewV2.

import KeyPolicies
import StrictFormats

/// Who may do what, before and after: for each holder a line of its own, under it what it may.
struct RightsWords {
    let before: RightsTable?
    let after: RightsTable
    /// What accounts are stated to be.
    let names: [String: String]

    private static let titles: [(right: KeyRight, title: String)] = [
        (.administer, "manage"), (.changePolicy, "policy"), (.encrypt, "encrypt"), (.decrypt, "decrypt"), (.delegate, "grants"),
        (.destroy, "destroy"),
    ]
    private static let legend = [
        "manage   settings, names, tags, rotation   policy   change this policy",
        "encrypt  make new encrypted data           decrypt  read what is encrypted",
        "grants   hand out rights beside it         destroy  disable or delete it",
        "yes  this policy is enough                 IAM  if that account's IAM agrees",
        "no   never, whatever IAM says              *    only under conditions",
        "+ more than before   - less than before   +- the same in other cases",
    ]

    var lines: [String] {
        let head = line("", Self.titles.map(\.title))
        let rows = after.rows.enumerated().flatMap { index, row in
            block(row, before.flatMap { $0.rows.indices.contains(index) ? $0.rows[index] : nil })
        }
        let shown = before == nil ? Self.legend.dropLast() : Self.legend[...]
        return shown.map { "  \($0)" } + ["", head] + rows
    }

    private func block(_ row: RightsTable.Row, _ old: RightsTable.Row?) -> [String] {
        let name = TextBlock.wrap(ReviewText.spaced(SafeText.escaped(who(row.who))), width: ReviewV1.width, indent: "  ", hanging: "      ")
        let now = Self.titles.map { Self.word(row[$0.right]) }
        guard let old else { return name + [line("may", now)] }
        let then = Self.titles.map { Self.word(old[$0.right]) }
        let marks = Self.titles.map { Self.mark(old[$0.right], row[$0.right]) }
        if marks.allSatisfy(\.isEmpty), then == now { return name + [line("as before", now)] }
        return name + [line("before", then), line("after", zip(marks, now).map { $0 + $1 })]
    }

    private func line(_ label: String, _ cells: [String]) -> String {
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
        var line = padded("    \(label)", 16) + cells.map { padded($0, 10) }.joined()
        while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
        return line
    }

    private static func word(_ cell: RightsCell) -> String {
        guard cell.isDecided else { return "unknown" }
        let condition = cell.isConditional ? "*" : ""
        switch cell.highest {
        case .denied: return "no"
        case .delegated: return "IAM" + condition
        case .allowed: return "yes" + condition
        }
    }

    /// Whether the row gains or loses; both where only the conditions or the actions differ.
    private static func mark(_ old: RightsCell, _ new: RightsCell) -> String {
        if old == new { return "" }
        let order: [PolicyAssertion.Level] = [.denied, .delegated, .allowed]
        let was = order.firstIndex(of: old.highest) ?? 0
        let now = order.firstIndex(of: new.highest) ?? 0
        return now > was ? "+" : now < was ? "-" : "+-"
    }

    private func who(_ holder: RightsHolder) -> String {
        func account(_ id: String) -> String { "account \(id)" + (names[id].map { " (\($0))" } ?? "") }
        switch holder {
        case .named(let principal):
            if case .service(let name) = principal {
                return name == "cloudtrail.amazonaws.com" ? "CloudTrail itself (\(name))" : "the AWS service \(name)"
            }
            return principal.text + (principal.account.flatMap { names[$0] }.map { " (\($0))" } ?? "")
        case .rootUser(let id): return "the root user of \(account(id))"
        case .rest(let id): return "anyone else of \(account(id))"
        case .anyoneElse: return "anyone else: every other account and AWS service"
        }
    }
}

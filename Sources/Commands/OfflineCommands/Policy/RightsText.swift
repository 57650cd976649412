// SPDX-License-Identifier: Apache-2.0
import KeyPolicies
import StrictFormats

/// A table of rights on the screen and as JSON.
enum RightsText {
    /// A line with the headings and one for each row; below them what the signs mean, and what was not decided.
    static func lines(_ table: RightsTable) -> [String] {
        let heads = KeyRight.allCases.map(\.rawValue)
        var notes: [[String]] = []
        let body = table.rows.map { row in
            row.cells.map { cell -> String in
                guard cell.isConditional, cell.isDecided else { return cell.isDecided ? word(cell.highest) : "not decided" }
                let note = cell.conditionKeys.map(SafeText.escaped)
                let at = notes.firstIndex { $0.elementsEqual(note) { $0.hasSameBytes(as: $1) } } ?? notes.count
                if at == notes.count { notes.append(note) }
                return "\(word(cell.highest)) (\(at + 1))"
            }
        }
        let widths = heads.indices.map { column in max(heads[column].count, body.map { $0[column].count }.max() ?? 0) }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (cell, width) in zip(cells, widths) { text += cell + String(repeating: " ", count: width - cell.count + 2) }
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
        var result = ["    " + line(heads)]
        for (row, cells) in zip(table.rows, body) { result += ["  " + SafeText.escaped(row.who.words), "    " + line(cells)] }
        result += ["  allowed: the key policy is enough. by IAM: IAM of the caller's account must allow it too. never: nothing but a grant can."]
        for (at, note) in notes.enumerated() {
            result.append("  (\(at + 1)) for some of its requests only" + (note.isEmpty ? "" : "; it depends on \(note.joined(separator: ", "))"))
        }
        if !table.complete { result += ["  NOT DECIDED:"] + ProofAnswers.lines(table.gaps) }
        return result
    }

    static func word(_ level: PolicyAssertion.Level) -> String {
        switch level {
        case .denied: "never"
        case .delegated: "by IAM"
        case .allowed: "allowed"
        }
    }

    static func json(_ row: RightsTable.Row) -> JSONValue {
        .object([
            ("who", .string(row.who.words)),
            (
                "rights",
                .object(
                    zip(KeyRight.allCases, row.cells).map { right, cell in
                        (
                            right.rawValue,
                            .object([
                                ("answer", .string(cell.highest.rawValue)), ("conditional", .bool(cell.isConditional)),
                                ("conditionKeys", .strings(cell.conditionKeys)), ("actions", .strings(cell.actions)),
                                ("decided", .bool(cell.isDecided)),
                            ])
                        )
                    })
            ),
        ])
    }
}

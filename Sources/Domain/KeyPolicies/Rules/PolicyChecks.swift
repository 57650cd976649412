// SPDX-License-Identifier: Apache-2.0

/// All rules over one document.
public enum PolicyChecks {
    /// Every rule, by number.
    public static let rules: [PolicyRule] = [
        .kp001, .kp002, .kp003, .kp004, .kp005, .kp006, .kp007, .kp008, .kp009, .kp010, .kp011, .kp013, .kp014, .kp015, .kp016, .kp017,
        .kp018, .kp019, .kp020, .kp021, .kp022, .kp023, .kp024, .kp025, .kp026, .kp027, .kp028, .kp029, .kp030, .kp031, .kp032, .kp033,
        .kp042, .kp043, .kp044, .kp046, .kp047, .kp049,
    ]

    /// The findings, the heaviest first, then in the order of the document.
    public static func run(_ document: PolicyDocument, in context: PolicyContext) -> [PolicyFinding] {
        let findings = rules.flatMap { $0.findings(document, context) }
        return findings.enumerated().sorted { left, right in
            if left.element.severity != right.element.severity { return left.element.severity > right.element.severity }
            let (a, b) = (left.element.line ?? 0, right.element.line ?? 0)
            return a == b ? left.offset < right.offset : a < b
        }.map(\.element)
    }

    /// The rule of that id.
    public static func rule(_ id: String) -> PolicyRule? { rules.first { $0.id == id } }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import StrictFormats

/// The checks without which CloudTrail would not work, or the owners would lock themselves out.
///
/// *Critical* is refused; *high* needs a waiver that stands in the payload, where the approvers see it.
enum PolicyReview {
    /// - Returns: findings that a person should see and that stop nothing.
    /// - Throws: `policy-refused`, `policy-needs-waiver`, `waiver-unused` (bad data), naming every statement at once.
    static func check(_ document: PolicyDocument, in context: PolicyContext, waivers: [Waiver], place: Place) throws(Refusal) -> [PolicyFinding] {
        let findings = PolicyChecks.run(document, in: context)
        let critical = findings.filter { $0.severity == .critical }
        guard critical.isEmpty else {
            throw Refusal(
                "policy-refused", .badData, "this policy would do harm, or would not work", at: place, details: critical.map(line),
                hint: critical.first?.fix)
        }
        let high = findings.filter { $0.severity == .high }
        let open = high.filter { finding in !waivers.contains { covers($0, finding) } }
        guard open.isEmpty else {
            throw Refusal(
                "policy-needs-waiver", .badData, "this policy has findings of high severity that nobody has accepted", at: place,
                details: open.map(line),
                hint: "mend it, or accept each in the change file: waivers: [{ rule: \(open[0].rule), pointer: \"\(open[0].pointer)\", reason: … }]")
        }
        for waiver in waivers where !high.contains(where: { covers(waiver, $0) }) {
            throw Refusal(
                "waiver-unused", .badData, "the waiver of \(SafeText.escaped(waiver.rule)) at \(SafeText.escaped(waiver.pointer)) matches no finding",
                at: place, hint: "take it out of the change file")
        }
        return findings.filter { $0.severity < .high }
    }

    private static func covers(_ waiver: Waiver, _ finding: PolicyFinding) -> Bool {
        waiver.rule.hasSameBytes(as: finding.rule) && waiver.pointer.hasSameBytes(as: finding.pointer)
    }

    static func line(_ finding: PolicyFinding) -> String {
        "\(finding.rule) \(finding.severity.word), \(finding.pointer.isEmpty ? "the whole document" : finding.pointer)\(finding.line.map { " (line \($0))" } ?? ""): \(finding.message)"
    }
}

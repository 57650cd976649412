// SPDX-License-Identifier: Apache-2.0

/// How much a finding weighs: *critical* is refused, *high* needs a waiver that the approvers see.
public enum Severity: Int, Sendable, Comparable, CaseIterable {
    case low, medium, high, critical

    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

    /// As it is written: `critical`.
    public var word: String {
        switch self {
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .critical: "critical"
        }
    }
}

/// One thing that is wrong with a policy, and where.
public struct PolicyFinding: Sendable, Hashable {
    /// `KP021`.
    public let rule: String
    public let severity: Severity
    /// RFC 6901, into the document.
    public let pointer: String
    public let line: Int?
    public let message: String
    /// What to do about it.
    public let fix: String
}

/// A rule: what it looks for and why. Each has a file of its own.
public struct PolicyRule: Sendable {
    /// `KP021`.
    public let id: String
    /// The weight of its findings, where a finding says nothing else.
    public let severity: Severity
    /// Why it matters, in one sentence.
    public let reason: String
    /// Where AWS says so.
    public let source: String
    /// What to do.
    public let fix: String
    let check: @Sendable (PolicyDocument, PolicyContext) -> [Hit]

    /// A place where the rule is broken.
    struct Hit {
        let place: PolicyString
        let message: String
        var severity: Severity?

        init(_ place: PolicyString, _ message: String, _ severity: Severity? = nil) {
            self.place = place
            self.message = message
            self.severity = severity
        }
    }

    func findings(_ document: PolicyDocument, _ context: PolicyContext) -> [PolicyFinding] {
        check(document, context).map { hit in
            PolicyFinding(
                rule: id, severity: hit.severity ?? severity, pointer: hit.place.pointer, line: hit.place.line, message: hit.message,
                fix: fix)
        }
    }
}

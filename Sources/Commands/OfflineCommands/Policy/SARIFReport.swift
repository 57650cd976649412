// SPDX-License-Identifier: Apache-2.0
import KeyPolicies
import StrictFormats

/// Findings as code scanners read them (OASIS SARIF 2.1.0): every rule with its reason and fix, each finding with file and line.
struct SARIFReport {
    private let findings: [PolicyFinding]
    private let file: String
    private let helpURI: String?

    /// - Parameters:
    ///   - file: as it was named on the command line.
    ///   - helpURI: where the rules' documentation is published; nil leaves `helpUri` out, which must be absolute (§3.49.12).
    init(_ findings: [PolicyFinding], file: String, helpURI: String?) { (self.findings, self.file, self.helpURI) = (findings, file, helpURI) }

    var json: JSONValue {
        let driver = JSONValue.object([
            ("name", .string("countersign")), ("version", .string(Release.version)), ("semanticVersion", .string(Release.version)),
            ("rules", .array(PolicyChecks.rules.map(rule))),
        ])
        let run = JSONValue.object([
            ("tool", .object([("driver", driver)])), ("columnKind", .string("unicodeCodePoints")), ("results", .array(findings.map(result))),
        ])
        return .object([
            ("$schema", .string("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")),
            ("version", .string("2.1.0")), ("runs", .array([run])),
        ])
    }

    /// §3.49, reportingDescriptor.
    private func rule(_ rule: PolicyRule) -> JSONValue {
        let more = "Source: \(rule.source). Fix: \(rule.fix)."
        return .object([
            ("id", .string(rule.id)), ("shortDescription", Self.text(rule.reason)), ("fullDescription", Self.text("\(rule.reason). \(more)")),
            ("help", Self.text("\(more) See docs/key-policies.md, \(rule.id).")),
            ("helpUri", helpURI.map { .string("\($0)#\(rule.id.lowercased())") }),
            ("defaultConfiguration", .object([("level", .string(Self.level(rule.severity)))])),
            ("properties", .object([("severity", .string(rule.severity.word)), ("tags", .strings(["security", "aws-kms"]))])),
        ])
    }

    /// §3.27, result. Lines are from 1, as ours; a finding about the whole document stands at its first line.
    private func result(_ finding: PolicyFinding) -> JSONValue {
        let location = JSONValue.object([
            (
                "physicalLocation",
                .object([
                    ("artifactLocation", .object([("uri", .string(Self.uri(file)))])),
                    ("region", .object([("startLine", .integer(finding.line ?? 1))])),
                ])
            ), ("logicalLocations", .array([.object([("fullyQualifiedName", .string(finding.pointer)), ("kind", .string("value"))])])),
        ])
        return .object([
            ("ruleId", .string(finding.rule)), ("ruleIndex", .integer(PolicyChecks.rules.firstIndex { $0.id.hasSameBytes(as: finding.rule) } ?? -1)),
            ("level", .string(Self.level(finding.severity))), ("message", Self.text("\(finding.message). Fix: \(finding.fix)")),
            ("locations", .array([location])), ("properties", .object([("severity", .string(finding.severity.word))])),
        ])
    }

    private static func text(_ text: String) -> JSONValue { .object([("text", .string(text))]) }

    /// §3.27.10: what is refused or needs a waiver is an error.
    static func level(_ severity: Severity) -> String {
        switch severity {
        case .critical, .high: "error"
        case .medium: "warning"
        case .low: "note"
        }
    }

    /// A path as a URI reference (RFC 3986 §4.2): what may not stand in one is percent-encoded; an absolute path gets its scheme.
    static func uri(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let encoded = path.utf8.map { byte in
            plain.contains(byte) ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
        return path.utf8.first == UInt8(ascii: "/") ? "file://\(encoded)" : encoded
    }
}

// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats
import Trust

/// A trust root in words, and what differs from the version before.
enum TrustWords {
    /// - Parameter isDifference: each line stands alone, and names the part that it belongs to. A key stands in several roles: one that takes another
    ///   would seem to stay.
    static func lines(_ root: TrustRoot, digest: Digest, isDifference: Bool = false) -> [String] {
        func inside(_ part: String, _ words: String) -> String { isDifference ? "  \(part): \(words)" : "    \(words)" }
        var lines = [
            "Trust root of \(root.origin), version \(root.version)", "  digest   \(digest)",
            "           \(digest.fingerprint.prefix(8).joined(separator: " "))",
            "           \(digest.fingerprint.dropFirst(8).joined(separator: " "))", "  in force \(root.created) to \(root.expires)",
        ]
        if let previous = root.previous { lines.append("  follows  \(previous)") }
        for name in RoleName.allCases {
            let role = root.role(name)
            lines.append("  \(name.rawValue): \(role.threshold) of \(root.owners(of: name).count)" + (role.keys.isEmpty ? " (nobody)" : ""))
            for id in role.keys { if let key = root.key(id) { lines.append(inside(name.rawValue, self.key(key))) } }
        }
        return lines + ["  limits:"] + limits(root.limits).map { inside("limits", $0) }
    }

    private static func key(_ key: TrustedKey) -> String {
        "\(key.owner)  \(key.key.type.rawValue)  \(key.id)" + (key.name.map { "  as \(SafeText.escaped($0))" } ?? "")
            + (key.comment.map { "  \(comment($0))" } ?? "")
    }

    /// In quotes, and no longer than a line: it must not pass for lines of this page.
    private static func comment(_ text: String) -> String {
        text.count <= 60 ? SafeText.quoted(text) : SafeText.quoted(String(text.prefix(60))) + "… (\(text.utf8.count) bytes)"
    }

    private static func limits(_ limits: Limits) -> [String] {
        [
            "partition   \(limits.partition)", "accounts    \(limits.accounts.joined(separator: ", "))",
            "Regions     \(limits.regions.joined(separator: ", "))", "operations  \(limits.operations.joined(separator: ", "))",
            "endpoints   \(limits.endpoints.isEmpty ? "AWS's own only" : "AWS's own, and \(limits.endpoints.joined(separator: ", "))")",
            "validity    at most \(Span.words(limits.maxValiditySeconds))",
            "the ledger key's owner \(limits.executorMayApprove ? "MAY" : "may not") approve",
        ] + (limits.witnessBeforeSend ? ["no request leaves before a quorum of witnesses has cosigned its intent"] : [])
    }

    /// What a new version changes, line by line; for version 1, everything.
    static func difference(_ before: VerifiedTrustRoot?, _ new: TrustRoot, digest: Digest) -> [String] {
        guard let before else { return lines(new, digest: digest) }
        let old = lines(before.root, digest: before.reference.digest, isDifference: true)
        let new = (version: new.version, lines: lines(new, digest: digest, isDifference: true))
        return ["What version \(new.version) changes against version \(before.root.version):"]
            + old.filter { !new.lines.contains($0) }.map { "- " + $0 } + new.lines.filter { !old.contains($0) }.map { "+ " + $0 }
    }

    static func json(_ root: VerifiedTrustRoot, at now: Instant) -> JSONValue {
        .object([
            ("origin", .string(root.root.origin)), ("version", .integer(root.root.version)), ("digest", root.reference.digest.json),
            ("fingerprint", .strings(root.reference.digest.fingerprint)), ("created", .string(root.root.created.text)),
            ("expires", .string(root.root.expires.text)), ("inForce", .bool(root.root.isInForce(at: now))), ("notes", .strings(root.notes)),
        ])
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp004 = PolicyRule(
        id: "KP004", severity: .high,
        reason: "without version 2012-10-17 policy variables are not replaced and stand for themselves",
        source: "IAM User Guide, Version; Access Analyzer, missing version",
        fix: "write \"Version\": \"2012-10-17\""
    ) { document, _ in
        guard let version = document.version else { return [Hit(document.whole, "the policy has no Version, which means 2008-10-17")] }
        return version.text.hasSameBytes(as: "2012-10-17") ? [] : [Hit(version, "the policy has the version \(version.text)")]
    }
}

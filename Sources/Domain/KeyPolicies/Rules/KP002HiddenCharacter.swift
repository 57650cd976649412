// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp002 = PolicyRule(
        id: "KP002", severity: .critical,
        reason: "a character that cannot be seen lets two different policies look alike",
        source: "formats.md §9; KMS API, Policy",
        fix: "write the value with plain characters"
    ) { document, _ in
        document.strings.filter { !SafeText.isClean($0.text) }.map {
            Hit($0, "\(Quoted.text($0.text)) holds a character that cannot be seen")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import _StringProcessing

/// The patterns of `parameters.json`: Swift's regular expressions over Unicode scalars, the whole text matched.
enum TemplatePattern {
    /// False, too, for a pattern that is none.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        guard let expression = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        let match = try? expression.wholeMatch(in: text)
        return match != nil
    }
}

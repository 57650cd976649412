// SPDX-License-Identifier: Apache-2.0
// Questions about a text's bytes. Swift's own cut between characters, and a mark that combines with what stands before it
// makes another character of it: "alias/" followed by U+0301 has seven scalars and six characters.

extension String {
    /// What follows the prefix; nil where the text does not begin with these bytes.
    func bytes(after prefix: String) -> Substring.UTF8View? {
        utf8.starts(with: prefix.utf8) ? self[utf8.index(utf8.startIndex, offsetBy: prefix.utf8.count)...].utf8 : nil
    }

    /// Where these bytes stand in the text.
    func places(of part: String) -> [Range<String.Index>] {
        let wanted = Array(part.utf8)
        var found: [Range<String.Index>] = []
        var start = utf8.startIndex
        while let end = utf8.index(start, offsetBy: wanted.count, limitedBy: utf8.endIndex) {
            if utf8[start..<end].elementsEqual(wanted) {
                found.append(start..<end)
                start = end
            } else {
                utf8.formIndex(after: &start)
            }
        }
        return found
    }

    func hasBytes(_ part: String) -> Bool { !places(of: part).isEmpty }
}

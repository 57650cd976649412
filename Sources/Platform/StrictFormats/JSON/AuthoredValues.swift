// SPDX-License-Identifier: Apache-2.0
// Files that people write may be YAML, where every scalar is read as text, or JSON of the same shape.

extension JSONValue {
    /// A whole number, written as a number or as its digits.
    public func authoredInteger(in range: ClosedRange<Int>) throws(Refusal) -> Int {
        if case .integer = content { return try integer(in: range) }
        let text = try self.text()
        guard let number = Int(text), "\(number)" == text else { throw invalid("\"\(SafeText.escaped(text))\" is no whole number") }
        guard range.contains(number) else { throw invalid("\(number) is not between \(range.lowerBound) and \(range.upperBound)") }
        return number
    }

    /// `true` or `false`, written bare or as text.
    public func authoredBoolean() throws(Refusal) -> Bool {
        if case .bool(let value) = content { return value }
        switch try text() {
        case "true": return true
        case "false": return false
        case let other: throw invalid("\"\(SafeText.escaped(other))\" is neither true nor false")
        }
    }
}

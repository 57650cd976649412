// SPDX-License-Identifier: Apache-2.0

/// Number to text as ECMAScript does (ECMA-262 Number::toString, required by RFC 8785 §3.2.2.3).
enum ECMAScriptNumber {
    static func text(of number: Double) -> String {
        if number == 0 { return "0" }
        let sign = number < 0 ? "-" : ""
        let (digits, exponent) = shortestDigits(of: number.magnitude)
        // `exponent` is n of the specification: value = 0.digits × 10^n.
        let count = digits.count
        switch exponent {
        case count...21 where count <= 21:
            return sign + digits + String(repeating: "0", count: exponent - count)
        case 1...21:
            return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
        case -5...0:
            return sign + "0." + String(repeating: "0", count: -exponent) + digits
        default:
            let power = exponent - 1
            let mantissa = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst(1)
            return "\(sign)\(mantissa)e\(power < 0 ? "-" : "+")\(power.magnitude)"
        }
    }

    /// Swift prints the shortest digits that round-trip, as ECMAScript asks; only the layout differs.
    private static func shortestDigits(of number: Double) -> (String, Int) {
        let text = number.description
        let parts = text.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let whole = mantissa[0] == "0" ? "" : String(mantissa[0])
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        var exponent = whole.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        var digits = whole + fraction
        while digits.first == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.last == "0" { digits.removeLast() }
        return (digits, exponent)
    }
}

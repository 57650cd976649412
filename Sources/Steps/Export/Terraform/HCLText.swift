// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// Text of the HashiCorp Configuration Language.
enum HCLText {
    /// A quoted template that stands for exactly this text.
    /// Source: HCL Native Syntax Specification, "Quoted Templates": `\`, `"`, and the two introducers are escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        var scalars = text.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\\", "\"": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "$" where scalars.first == "{": result += "$$"
            case "%" where scalars.first == "{": result += "%%"
            default:
                if SafeText.isRefused(scalar) {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    result +=
                        (scalar.value > 0xFFFF ? "\\U" : "\\u") + String(repeating: "0", count: (scalar.value > 0xFFFF ? 8 : 4) - digits.count)
                        + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

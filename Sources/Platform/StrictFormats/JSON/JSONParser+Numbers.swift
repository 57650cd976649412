// SPDX-License-Identifier: Apache-2.0

extension JSONParser {
    mutating func number() throws(Refusal) -> JSONValue.Content {
        let start = index
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        let digitsStart = index
        var magnitude: Int64 = 0
        var overflow = false
        while index < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[index] {
            let (product, over1) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, over2) = product.addingReportingOverflow(Int64(bytes[index] - UInt8(ascii: "0")))
            overflow = overflow || over1 || over2
            magnitude = sum
            index += 1
        }
        guard index > digitsStart else { throw refusal("bad-number", "a digit is expected", at: index) }
        guard index == digitsStart + 1 || bytes[digitsStart] != UInt8(ascii: "0") else {
            throw refusal("bad-number", "a number does not begin with 0", at: start)
        }
        let isWhole = !(index < bytes.count && [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[index]))
        if isWhole {
            if !overflow, magnitude <= Int64(JSONValue.largestInteger), !(negative && magnitude == 0) {
                return .integer(negative ? -magnitude : magnitude)
            }
            if rules.integersOnly {
                throw refusal("number-range", "only whole numbers from −(2^53−1) to 2^53−1 are allowed, and no −0", at: start)
            }
        } else {
            try fraction()
            if rules.integersOnly { throw refusal("not-an-integer", "only whole numbers are allowed", at: start) }
        }
        guard let double = Double(String(decoding: bytes[start..<index], as: UTF8.self)), double.isFinite else {
            throw refusal("number-range", "this number is out of range", at: start)
        }
        return .double(double)
    }

    private mutating func fraction() throws(Refusal) {
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Refusal) {
        let start = index
        while index < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[index] { index += 1 }
        guard index > start else { throw refusal("bad-number", "a digit is expected", at: index) }
    }
}

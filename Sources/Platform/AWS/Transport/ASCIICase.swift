// SPDX-License-Identifier: Apache-2.0

extension String {
    /// A to Z in lower case, all else as it stands: host names, header fields and settings know no other case.
    var asciiLowercased: String {
        String(decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

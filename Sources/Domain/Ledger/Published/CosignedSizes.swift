// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The file `cosigned`: the log's origin, then each size whose checkpoint a witness cosigned, smallest first, a line each.
///
/// A web server tells only who knows a name whether something stands under it: this says for which names to ask.
public enum CosignedSizes {
    public static let file = "cosigned"

    public static func bytes(origin: String, sizes: [Int]) -> [UInt8] {
        Array((origin + "\n").utf8) + sizes.sorted().flatMap { Array("\($0)\n".utf8) }
    }

    /// Nil for what is not written in its one form, or is that of another log.
    public static func read(_ bytes: [UInt8], origin: String) -> [Int]? {
        let head = Array((origin + "\n").utf8)
        guard bytes.starts(with: head), bytes.last == 0x0A else { return nil }
        var sizes: [Int] = []
        var start = head.count
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            let line = bytes[start..<end]
            guard let size = Int(String(decoding: line, as: UTF8.self)), size > sizes.last ?? 0, size <= JSONValue.largestInteger,
                "\(size)".utf8.elementsEqual(line)
            else {
                return nil
            }
            sizes.append(size)
            start = end + 1
        }
        return sizes
    }
}

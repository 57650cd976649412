// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// How `audit verify` grows with the ledger, for `plot.py`.
enum Growth {
    static func json(_ points: [LargeVerifyMeasure.Point]) -> String {
        JSONWriter.canonicalText(
            .array(
                points.map { point in
                    .object([
                        ("entries", .integer(point.entries)), ("microseconds", .integer(Int(point.seconds * 1e6))),
                        ("peerMicroseconds", .integer(Int(point.peer * 1e6))), ("peakKiB", .integer(Int(point.peakMiB * 1024))),
                    ])
                }))
    }
}

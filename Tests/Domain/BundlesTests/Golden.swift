// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Files under `Golden`, beside this one.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    /// Where a text that differs is put, to be compared by hand.
    static func keep(_ text: String, _ name: String) throws {
        let place = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(name)
        try text.write(to: place, atomically: true, encoding: .utf8)
        print("\(name) differs: the new text is \(place.path)")
    }

    static func text(_ name: String) throws -> String { try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) }
}

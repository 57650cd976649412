// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ledger

/// Names of a published log's files come from somebody else's folder.
@Suite struct TileNameTests {
    @Test(arguments: [
        "tile/0/x-99/x-99/x-99/x-99/x-99/x-99/x-99/x-99/000", "tile/entries/x+01/000", "checkpoints/-01",
        "cosignatures/x-99/x-99/x-99/x-99/x-99/x-99/x-99/999",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999", "tile/64/000", "tile/-1/000", "tile/0/000.p/+5", "tile/0/000.p/256", "tile/0/x000/000",
        "tile/0/\u{661}\u{662}\u{663}",
    ]) func `what is no name is none, whatever its numbers`(_ name: String) { #expect(TileName(name) == nil) }

    @Test(arguments: [
        ("tile/0/x001/x234/067", TileName.tile(level: 0, index: 1_234_067, width: 256)), ("tile/entries/000.p/7", .entries(index: 0, width: 7)),
        ("cosignatures/x001/000", .cosignatures(size: 1000)),
    ]) func `a name reads back`(_ text: String, _ name: TileName) {
        #expect(TileName(text) == name)
        #expect(name.text == text)
    }
}

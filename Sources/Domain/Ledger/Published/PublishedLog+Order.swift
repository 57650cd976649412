// SPDX-License-Identifier: Apache-2.0

extension PublishedLog {
    /// How many bundles hold the entries before the checkpoint.
    var bundleCount: Int { (checkpoint.size + TileRows.width - 1) / TileRows.width }

    /// How many of the entries before the checkpoint stand in a bundle.
    func width(ofBundle index: Int) -> Int { min(TileRows.width, checkpoint.size - index * TileRows.width) }

    /// The files that `readEntries` asks for, in its order: each bundle, then the tiles that it closes; the partial tiles last.
    var entryFiles: some Sequence<(name: String, limit: Int)> {
        let size = checkpoint.size
        return (0...bundleCount).lazy.flatMap { index -> [(name: String, limit: Int)] in
            var names: [(name: String, limit: Int)] = []
            func tile(_ level: Int, _ index: Int, _ width: Int) {
                names.append((TileName.tile(level: level, index: index, width: width).text, PublishedLimit.tile))
            }
            if index * TileRows.width < size {
                let width = min(TileRows.width, size - index * TileRows.width)
                names.append((TileName.entries(index: index, width: width).text, PublishedLimit.bundle))
                var (level, count) = (0, (index + 1) * TileRows.width)
                while width == TileRows.width, count % TileRows.width == 0 {
                    count /= TileRows.width
                    tile(level, count - 1, TileRows.width)
                    level += 1
                }
            } else {
                for level in 0..<8 {
                    let hashes = size >> (8 * level)
                    if hashes % TileRows.width > 0 { tile(level, hashes / TileRows.width, hashes % TileRows.width) }
                }
            }
            return names
        }
    }

    /// The files that `readCheckpoints` asks for.
    var checkpointFiles: some Sequence<(name: String, limit: Int)> {
        let size = checkpoint.size
        return (0..<bundleCount).lazy.map { index in
            let width = min(TileRows.width, size - index * TileRows.width)
            return (TileName.checkpoints(index: index, width: width).text, PublishedLimit.bundle)
        }
    }
}

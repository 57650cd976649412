// SPDX-License-Identifier: Apache-2.0

/// The names of a published log's files (C2SP tlog-tiles), and those that stand beside them (docs/formats/published-log.md).
public enum TileName: Sendable, Hashable {
    /// Hashes of a level: `tile/<L>/<N>[.p/<W>]`.
    case tile(level: Int, index: Int, width: Int)
    /// The entries: `tile/entries/<N>[.p/<W>]`.
    case entries(index: Int, width: Int)
    /// The checkpoints whose sizes end in the span of an entry bundle: `checkpoints/<N>[.p/<W>]`.
    case checkpoints(index: Int, width: Int)
    /// The cosignatures of the checkpoint of a size: `cosignatures/<SIZE>`, written like an index.
    case cosignatures(size: Int)

    /// The name, from the folder of the log.
    public var text: String {
        switch self {
        case .tile(let level, let index, let width): "tile/\(level)/\(Self.path(index))\(Self.suffix(width))"
        case .entries(let index, let width): "tile/entries/\(Self.path(index))\(Self.suffix(width))"
        case .checkpoints(let index, let width): "checkpoints/\(Self.path(index))\(Self.suffix(width))"
        case .cosignatures(let size): "cosignatures/\(Self.path(size))"
        }
    }

    /// Reads a name back; nil where it is none in its one form.
    public init?(_ text: String) {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2 else { return nil }
        let head = parts.removeFirst()
        var level = 0
        let isEntries = head == "tile" && parts[0] == "entries"
        if head == "tile" {
            let name = parts.removeFirst()
            if !isEntries {
                guard let number = Int(name), (0...63).contains(number), "\(number)" == name else { return nil }
                level = number
            }
        } else if head != "checkpoints", head != "cosignatures" {
            return nil
        }
        var width = TileRows.width
        if parts.count >= 2, parts[parts.count - 2].hasSuffix(".p") {
            guard let number = Int(parts.removeLast()), (1..<TileRows.width).contains(number) else { return nil }
            width = number
            parts[parts.count - 1].removeLast(2)
        }
        var index = 0
        for (place, part) in parts.enumerated() {
            let digits = place == parts.count - 1 ? Substring(part) : part.dropFirst()
            // Three digits and no sign: a folder is somebody else's, and names in it may be anything.
            guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), index <= 1 << 52 else {
                return nil
            }
            index = index * 1000 + number
        }
        switch head {
        case "tile" where isEntries: self = .entries(index: index, width: width)
        case "tile": self = .tile(level: level, index: index, width: width)
        case "checkpoints": self = .checkpoints(index: index, width: width)
        default: self = .cosignatures(size: index)
        }
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// Zero-padded elements of three digits, all but the last with an `x` before it: 1234067 is `x001/x234/067`.
    static func path(_ index: Int) -> String {
        var rest = index / 1000
        var path = padded(index % 1000)
        while rest > 0 {
            path = "x\(padded(rest % 1000))/\(path)"
            rest /= 1000
        }
        return path
    }

    private static func padded(_ number: Int) -> String { String(repeating: "0", count: number < 10 ? 2 : number < 100 ? 1 : 0) + "\(number)" }

    private static func suffix(_ width: Int) -> String { width == TileRows.width ? "" : ".p/\(width)" }

    /// Whether what gets this name keeps it for ever: full tiles and bundles, and artifacts. Parts go once the full file is there, and the
    /// other files are replaced.
    public static func isForEver(_ name: String) -> Bool {
        switch TileName(name) {
        case .tile(_, _, let width), .entries(_, let width), .checkpoints(_, let width): width == TileRows.width
        case .cosignatures: false
        case nil: name.hasPrefix("artifact/")
        }
    }

    /// The name of an artifact's file.
    public static func artifact(_ hex: String) -> String { "artifact/\(hex)" }
    /// The name of the newest checkpoint's file.
    public static let checkpoint = "checkpoint"
}

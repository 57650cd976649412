// SPDX-License-Identifier: Apache-2.0

public import Files
public import StrictFormats

/// Where a published log stands: a place that gives the bytes of a name, or says that nothing stands there.
public protocol PublishedSource: Sendable {
    /// For messages.
    var path: String { get }
    /// How many names may be asked for at once; 1 where that gains nothing.
    var connections: Int { get }
    /// Every name that is there; nil where only who knows a name can ask for it.
    func listing() throws(Refusal) -> [String]?
    /// The bytes under a name; nil where there are none. Names come from the program alone.
    /// - Throws: a refusal of bad data where more than `limit` bytes stand there; of another kind where the place cannot say.
    func read(_ name: String, limit: Int) throws(Refusal) -> [UInt8]?
}

extension FolderReader: PublishedSource {
    public var connections: Int { 1 }
    public func listing() throws(Refusal) -> [String]? { try names() }
}

/// The most bytes that a published file may have. A reader asks for no more, whatever stands there.
public enum PublishedLimit {
    /// 256 hashes.
    public static let tile = TileRows.width * 32
    /// 256 parts of the longest length that a bundle can hold.
    public static let bundle = TileRows.width * (EntryBundle.longest + 2)
    /// The lines of the witnesses of one size.
    public static let cosignatures = 1 << 20
    /// What the program records is a file of at most 4 MiB or an answer of at most 8 MiB.
    public static let artifact = 16 << 20
    /// The sizes that witnesses cosigned: some two million of them.
    public static let cosigned = 16 << 20
    /// No log has more entries: a checkpoint that says so is not read further.
    static let entries = 1 << 40
    /// After so many files that are missing or not what they should be, no more is asked for.
    static let broken = 64
    /// So many findings of a kind are listed; the others are counted.
    static let findings = 64
}

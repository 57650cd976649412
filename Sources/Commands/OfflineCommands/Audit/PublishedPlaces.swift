// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Files
public import Ledger
public import StrictFormats

/// Where `--from` may lead, with the options that say how to get there.
///
/// The offline commands know folders. A program that reaches a network brings its own places.
public protocol PublishedPlaces: ParsableArguments {
    /// The kinds of places, for the help.
    static var kinds: String { get }
    /// - Parameter place: as the person gave it.
    func source(_ place: String) throws(Refusal) -> any PublishedSource
}

/// Folders alone.
public struct FolderPlaces: PublishedPlaces {
    public static let kinds = "a folder"

    public init() {}

    /// - Throws: `place-elsewhere` (usage) for an address, `folder-missing`.
    public func source(_ place: String) throws(Refusal) -> any PublishedSource {
        guard !["https://", "http://", "s3://"].contains(where: { place.hasPrefix($0) }) else {
            throw Refusal(
                "place-elsewhere", .usage, "this program reaches no network: \(SafeText.escaped(place)) cannot be read here",
                hint: "give a folder that holds a copy; on a machine with a network, countersign reads it: audit verify --from ADDRESS")
        }
        try Self.refuseAddress(place, kinds: Self.kinds)
        guard !FileReader.exists(place) || FolderReader.isFolder(place) else {
            throw Refusal(
                "folder-missing", .noInput, "this is a file, not a folder", at: Place(file: place),
                hint: "give the folder; a ledger's own file is given without --from")
        }
        return try FolderReader(place)
    }

    /// Whether a place begins with a scheme (RFC 3986 §3.1) and two slashes, or with one that is known and too few of them.
    private static func isAddress(_ place: String) -> Bool {
        if ["s3:", "http:", "https:"].contains(where: { place.lowercased().hasPrefix($0) }) { return true }
        guard let end = place.firstRange(of: "://") else { return false }
        let scheme = place[..<end.lowerBound]
        return scheme.first?.isLetter == true && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    /// Refuses what looks like an address and is none of the kinds that are known: no folder is meant by it.
    /// - Throws: `place-unknown` (usage).
    public static func refuseAddress(_ place: String, kinds: String) throws(Refusal) {
        guard isAddress(place) else { return }
        throw Refusal(
            "place-unknown", .usage, "\(SafeText.escaped(place)) is no place that is known here",
            hint: "give \(kinds), in small letters; a folder of that name: ./\(SafeText.escaped(place))")
    }
}

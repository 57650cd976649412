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
                hint: "give a folder that holds a copy, or on a machine with a network: countersign audit verify --from ADDRESS")
        }
        return try FolderReader(place)
    }
}

// SPDX-License-Identifier: Apache-2.0

public import Files
public import StrictFormats

/// Where a log is published: names that are given once, and a few that are replaced.
public protocol PublicationStore {
    /// For messages.
    var path: String { get }
    /// The bytes under a name; nil where there is none.
    func read(_ name: String) throws(Refusal) -> [UInt8]?
    /// Gives a name for ever: false where it stands there with the same bytes.
    /// - Throws: `published-differs` where other bytes stand there.
    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool
    /// Gives bytes a name that others may have had before, in one step.
    func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal)
    /// Takes away what the specification allows to go; a store may keep it.
    func forget(_ names: [String]) throws(Refusal)
    /// Makes all names that were given durable.
    func sync() throws(Refusal)
}

extension PublishingFolder: PublicationStore {
    /// The files, and the folder that held them once it is empty.
    public func forget(_ names: [String]) throws(Refusal) {
        for name in names { try remove(name) }
        if let slash = names.first?.lastIndex(of: "/") { removeFolder(String(names[0][..<slash])) }
    }
}

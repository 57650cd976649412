// SPDX-License-Identifier: Apache-2.0

public import Files
public import StrictFormats

/// Where a log is published: names that are given once, and a few that are replaced.
public protocol PublicationStore {
    /// The same place for names that may be given at once; nil where that gains nothing.
    var atOnce: (any PublicationAtOnce)? { get }
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

/// A place for names that depend on no other: several threads may give them at once.
public protocol PublicationAtOnce: Sendable {
    /// How many may be under way.
    var connections: Int { get }
    /// As in `PublicationStore`.
    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool
    /// Gives bytes a name in place of those that stand there, where there are others: false where the same do.
    /// - Parameter check: given what stands there, nothing where none does; throws where it must stay.
    func renew(_ name: String, _ bytes: [UInt8], _ check: (_ known: [UInt8]) throws(Refusal) -> Void) throws(Refusal) -> Bool
}

extension PublicationStore {
    public var atOnce: (any PublicationAtOnce)? { nil }

    /// As in `PublicationAtOnce`.
    func renew(_ name: String, _ bytes: [UInt8], _ check: (_ known: [UInt8]) throws(Refusal) -> Void) throws(Refusal) -> Bool {
        let known = try read(name) ?? []
        guard known != bytes else { return false }
        try check(known)
        try replace(name, bytes)
        return true
    }
}

extension PublishingFolder: PublicationStore {
    /// The files, and the folder that held them once it is empty.
    public func forget(_ names: [String]) throws(Refusal) {
        for name in names { try remove(name) }
        if let slash = names.first?.lastIndex(of: "/") { removeFolder(String(names[0][..<slash])) }
    }
}

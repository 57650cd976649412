// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats

/// Decodes a ledger's entries one after the other, as `Entry` does, in a third of the time: neighbours have one writer, whose member is compared
/// instead of read, and the others stand where RFC 8785 puts them. What is not so is read by `Entry`, which also says what is wrong.
public struct EntryDecoder {
    /// The writer of the entry before, and the bytes that an entry of the same one begins with.
    private var last: (actor: Actor, head: [UInt8])?

    private static let types = EntryType.allCases.map { (type: $0, name: Array($0.rawValue.utf8)) }

    public init() {}

    /// - Throws: what `Entry` says of these bytes.
    public mutating func decode(_ bytes: [UInt8]) throws(Refusal) -> Entry {
        if let last, let entry = bytes.withUnsafeBufferPointer({ Self.next($0, last.actor, last.head) }) { return entry }
        return try first(bytes)
    }

    mutating func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Entry {
        if let last, let entry = Self.next(bytes, last.actor, last.head) { return entry }
        return try first(Array(bytes))
    }

    /// An entry that is not like the one before.
    private mutating func first(_ bytes: [UInt8]) throws(Refusal) -> Entry {
        let entry = try Entry(bytes)
        last = (entry.actor, EntryForm.head(entry.actor) + [UInt8(ascii: ",")])
        return entry
    }

    /// Nil where anything at all is not as expected.
    private static func next(_ bytes: UnsafeBufferPointer<UInt8>, _ actor: Actor, _ head: [UInt8]) -> Entry? {
        let rules = JSONRules.signed
        guard bytes.count <= rules.maximumBytes else { return nil }
        var cursor = CanonicalCursor(bytes)
        guard cursor.skip(head) else { return nil }
        var bundle: Digest?
        if cursor.skip("\"bundle\":\"") {
            guard let text = cursor.take(Digest.textLength), let digest = Digest(textBytes: text), cursor.skip("\",") else { return nil }
            bundle = digest
        }
        guard cursor.skip("\"data\":"), let value = cursor.value(depth: 2, rules: rules),
            cursor.skip(",\"seq\":"), let seq = cursor.number(),
            cursor.skip(",\"time\":\""), let text = cursor.take(20), let time = Instant(bytes: text),
            cursor.skip("\",\"type\":\""), let name = cursor.takeAll(but: 2), let type = Self.type(name),
            cursor.skip("\"}"), type.fault(whereBundleIs: bundle != nil) == nil,
            let (data, clockBehind) = try? Entry.data(value, of: type)
        else { return nil }
        return Entry(seq: seq, time: time, actor: actor, bundle: bundle, data: data, clockBehind: clockBehind)
    }

    private static func type(_ name: UnsafeBufferPointer<UInt8>) -> EntryType? {
        var cursor = CanonicalCursor(name)
        return types.first { $0.name.count == name.count && cursor.skip($0.name) }?.type
    }
}

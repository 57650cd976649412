// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What a machine already trusts: for each origin, a version and its digest (`pins.json`, formats.md §3).
public struct Pins: Sendable {
    private var entries: [(origin: String, reference: TrustReference)]

    public init() { entries = [] }

    public init(_ bytes: [UInt8], file: String? = nil) throws(Refusal) {
        let document = try JSONDocument(bytes, rules: .authored, file: file)
        entries = try document.decode { root throws(Refusal) in
            try root.dictionary { member throws(Refusal) in
                guard Names.isOrigin(member.name) else {
                    throw Refusal("pins-origin", .badData, "\"\(SafeText.escaped(member.name))\" is no origin", at: Place(offset: member.offset))
                }
                return (member.name, try TrustReference(json: member.value))
            }
        }
    }

    public subscript(origin: String) -> TrustReference? {
        get { entries.first { $0.origin == origin }?.reference }
        set {
            entries.removeAll { $0.origin == origin }
            if let newValue { entries.append((origin, newValue)) }
        }
    }

    public var bytes: [UInt8] {
        JSONWriter.canonical(.object(entries.map { ($0.origin, $0.reference.json) })) + [0x0A]
    }
}

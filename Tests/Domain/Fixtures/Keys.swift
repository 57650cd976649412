// SPDX-License-Identifier: Apache-2.0
// Fresh keys, trust roots, bundles and approvals for the tests of the domain and the steps; nothing here is read from a file.

public import Cryptography
public import StrictFormats
public import Trust

/// People and their keys, made anew in each run.
public enum Keys {
    public static let alice = made(.ed25519)
    public static let bob = made(.ed25519)
    public static let carol = made(.ecdsaP256)
    /// Prepares.
    public static let dana = made(.ed25519)
    /// May prepare too.
    public static let erin = made(.ecdsaP256)
    /// The ledger's.
    public static let exec = made(.ed25519)
    /// Another ledger key.
    public static let exec2 = made(.ed25519)
    /// In no trust root.
    public static let stranger = made(.ed25519)

    private static func made(_ type: KeyType) -> PrivateKey {
        do { return try PrivateKey.generate(type) } catch { fatalError("no key: \(error)") }
    }
}

extension PrivateKey {
    public var id: Digest { publicKey.id }
}

/// Signs a payload as it stands, right or wrong.
public func sealed(_ type: PayloadType, _ payload: [UInt8], by keys: [PrivateKey]) throws -> Envelope {
    let message = PreAuthEncoding.message(type: type.rawValue, payload: payload)
    return Envelope(type: type, payload: payload, signatures: try keys.map { EnvelopeSignature(keyID: $0.id, signature: try $0.sign(message)) })
}

public func sealed(_ type: PayloadType, _ json: JSONValue, by keys: PrivateKey...) throws -> Envelope {
    try sealed(type, JSONWriter.canonical(json), by: keys)
}

extension JSONValue {
    /// A copy with another value at an RFC 6901 pointer; nil takes the member or element out, a new member name puts one in.
    public func with(_ pointer: String, _ value: JSONValue?) -> JSONValue {
        with(pointer.split(separator: "/", omittingEmptySubsequences: true).map { Self.unescaped($0) }[...], value) ?? .object([])
    }

    private static func unescaped(_ part: Substring) -> String { String(part).replacing("~1", with: "/").replacing("~0", with: "~") }

    private func with(_ path: ArraySlice<String>, _ value: JSONValue?) -> JSONValue? {
        guard let name = path.first else { return value }
        let rest = path.dropFirst()
        switch content {
        case .object(var members):
            let index = members.firstIndex { $0.name.hasSameBytes(as: name) }
            guard let changed = (index.map { members[$0].value } ?? JSONValue(.null)).with(rest, value) else {
                if let index { members.remove(at: index) }
                return JSONValue(.object(members))
            }
            if let index { members[index].value = changed } else { members.append(JSONMember(name, changed)) }
            return JSONValue(.object(members))
        case .array(var elements):
            guard let index = Int(name) else { fatalError("\(name) is no index") }
            let changed = (index < elements.count ? elements[index] : JSONValue(.null)).with(rest, value)
            if index == elements.count {
                elements.append(changed ?? JSONValue(.null))
            } else if let changed {
                elements[index] = changed
            } else {
                elements.remove(at: index)
            }
            return JSONValue(.array(elements))
        default: fatalError("nothing stands at \(name)")
        }
    }

    public func with(_ edits: [(String, JSONValue?)]) -> JSONValue { edits.reduce(self) { $0.with($1.0, $1.1) } }

    /// The value at a pointer.
    public func at(_ pointer: String) -> JSONValue? {
        pointer.split(separator: "/", omittingEmptySubsequences: true).reduce(Optional(self)) { value, part in
            if let list = value?.arrayValue { return Int(part).flatMap { $0 < list.count ? list[$0] : nil } }
            return value?[Self.unescaped(part)]
        }
    }

    /// Every value that is neither object nor array, and every list, with its pointer.
    public func leaves(_ pointer: String = "") -> [(pointer: String, value: JSONValue)] {
        switch content {
        case .object(let members):
            return members.flatMap { $0.value.leaves(pointer + "/" + $0.name.replacing("~", with: "~0").replacing("/", with: "~1")) }
        case .array(let elements):
            return [(pointer, self)] + elements.enumerated().flatMap { $1.leaves("\(pointer)/\($0)") }
        default: return [(pointer, self)]
        }
    }
}

public func date(_ text: String) -> Instant {
    guard let instant = Instant(text) else { fatalError("\(text) is no time") }
    return instant
}

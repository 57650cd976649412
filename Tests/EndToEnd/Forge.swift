// SPDX-License-Identifier: Apache-2.0
// Documents that no program of ours would write: edited payloads, signed all the same by whoever's key is at hand.

import Cryptography
import Foundation
import StrictFormats
import TestSupport
import Trust

@testable import Bundles

/// Changes a payload.
typealias Edit = (inout JSONValue) throws -> Void

extension Ceremony {
    func privateKey(_ person: String) throws -> PrivateKey {
        try KeyFile.read(scratch.file(person)) { path throws(Refusal) in throw Refusal("passphrase", .usage, path) }
    }

    /// Reads `FROM`, edits its payload, has it signed by `people`, and writes `TO`.
    func forge(_ from: String, into to: String, by people: String..., edit: Edit = { _ in }) throws {
        let original = try Envelope(try bytes(from))
        var payload = try JSONDocument(original.payload, rules: .signed).root
        try edit(&payload)
        try forge(payload: JSONWriter.canonical(payload), of: original.type, into: to, by: people)
    }

    /// Signs exactly these bytes.
    func forge(payload: [UInt8], of type: PayloadType, into to: String, by people: [String]) throws {
        let signatures = try people.map { person in
            let key = try privateKey(person)
            return EnvelopeSignature(keyID: key.publicKey.id, signature: try key.sign(PreAuthEncoding.message(type: type.rawValue, payload: payload)))
        }
        let envelope = Envelope(type: type, payload: payload, signatures: signatures)
        remember(to, digest: envelope.payloadDigest.text)
        try scratch.write(to, envelope.bytes)
    }

    /// Edits the envelope's own JSON; nothing is signed again.
    func tamper(_ from: String, into to: String, edit: Edit) throws {
        var envelope = try JSONDocument(try bytes(from), rules: .authored).root
        try edit(&envelope)
        try scratch.write(to, JSONWriter.canonical(envelope))
    }

    /// The base64 of a person's public key, as a trust root holds it.
    func publicKey(_ person: String) throws -> String { Base64.encode(try privateKey(person).publicKey.der) }

    /// A time of a bundle's payload, some seconds on.
    func moment(_ member: String, of bundle: String = "bundle.json", plus seconds: Int) throws -> String {
        let payload = try Envelope(try bytes(bundle)).document().root
        return (Instant(payload[member]?.stringValue ?? "")! + seconds).text
    }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
}

extension JSONValue {
    /// Sets, or takes out, the value at a path of member names and indexes.
    mutating func set(_ path: String..., to value: JSONValue?) { set(path[...], to: value) }

    private mutating func set(_ path: ArraySlice<String>, to value: JSONValue?) {
        guard let name = path.first else { return }
        let rest = path.dropFirst()
        switch content {
        case .array(var elements):
            let index = Int(name)!
            if rest.isEmpty {
                if let value {
                    elements.indices.contains(index) ? elements[index] = value : elements.append(value)
                } else {
                    elements.remove(at: index)
                }
            } else {
                elements[index].set(rest, to: value)
            }
            content = .array(elements)
        case .object(var members):
            let at = members.firstIndex { $0.name == name }
            if rest.isEmpty {
                members.removeAll { $0.name == name }
                if let value { members.append(JSONMember(name, value)) }
            } else {
                members[at!].value.set(rest, to: value)
            }
            content = .object(members)
        default: preconditionFailure("there is nothing at \(name)")
        }
    }

    /// The string at a path, changed by one bit of its last character but `back`.
    mutating func flip(_ path: String..., back: Int = 10) {
        var found: JSONValue? = self
        for name in path { found = found?.arrayValue.map { $0[Int(name)!] } ?? found?[name] }
        guard let text = found?.stringValue else { preconditionFailure("no string at \(path)") }
        var bytes = Array(text.utf8)
        let at = bytes.count - back
        // Another letter of the same alphabet: hexadecimal digits and base64 stay what they are.
        bytes[at] = bytes[at] == UInt8(ascii: "a") ? UInt8(ascii: "b") : UInt8(ascii: "a")
        set(path[...], to: .string(String(decoding: bytes, as: UTF8.self)))
    }
}

/// Writes requests and expectations anew, so that they follow from an edited change.
func rederive(_ payload: inout JSONValue) throws {
    let target = try Target(json: payload["target"]!)
    let change = try Change(json: payload["change"]!, target: target)
    if let policy = payload["policy"]?["document"]?.stringValue { payload.set("policy", "digest", to: .string(Digest(of: Array(policy.utf8)).text)) }
    let derived = Derivation(id: payload["id"]!.stringValue!, target: target, change: change, policy: payload["policy"]?["document"]?.stringValue)
    payload.set("requests", to: .array(derived.requests.map(PlannedRequest.json)))
    payload.set("expectations", to: .array(derived.expectations.map(\.json)))
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Testing

@testable import Cryptography

@Suite struct SignatureTests {
    private let message = Array("the message".utf8)

    @Test(arguments: KeyType.allCases) func `a signature is valid for its key and its message alone`(type: KeyType) throws {
        let key = try PrivateKey.generate(type)
        let other = try PrivateKey.generate(type)
        for message in [[], [0], message, [UInt8](repeating: 7, count: 100_000)] {
            let signature = try key.sign(message)
            #expect(key.publicKey.isValid(signature: signature, for: message))
            #expect(!key.publicKey.isValid(signature: signature, for: message + [0]))
            #expect(!other.publicKey.isValid(signature: signature, for: message))
        }
    }

    @Test(arguments: KeyType.allCases) func `one signer signs one message after another`(type: KeyType) throws {
        let key = try PrivateKey.generate(type)
        let signer = try Signer(key)
        for message in [[], message, [UInt8](repeating: 7, count: 100_000), message, []] {
            let signature = try signer.sign(message)
            #expect(key.publicKey.isValid(signature: signature, for: message))
            // Ed25519 is deterministic (RFC 8032): a context that is used again gives what a new one gives.
            if type == .ed25519 { #expect(try signature == key.sign(message)) }
        }
    }

    @Test(arguments: KeyType.allCases) func `no bit of a signature can change`(type: KeyType) throws {
        let key = try PrivateKey.generate(type)
        let signature = try key.sign(message)
        for bit in 0..<signature.count * 8 {
            var other = signature
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.publicKey.isValid(signature: other, for: message), "bit \(bit)")
        }
    }

    @Test(arguments: KeyType.allCases) func `a signature of another length is refused`(type: KeyType) throws {
        let key = try PrivateKey.generate(type)
        let signature = try key.sign(message)
        for other in [[], [0x30], Array(signature.dropLast()), signature + [0], [0] + signature, signature + signature] {
            #expect(!key.publicKey.isValid(signature: other, for: message))
        }
        #expect(type != .ed25519 || signature.count == 64)
    }

    @Test func `an Ed25519 signature with a scalar beyond the order is refused`() throws {
        // RFC 8032 §5.1.7: S is below L. S + L would be the same scalar in another spelling.
        let order: [UInt8] = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0x10,
        ]
        let key = try PrivateKey.generate(.ed25519)
        var signature = try key.sign(message)
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 0xFF)
            carry = sum >> 8
        }
        #expect(!key.publicKey.isValid(signature: signature, for: message))
    }

    @Test func `an ECDSA signature has one DER spelling`() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        for _ in 0..<20 {
            let (r, s) = try parts(try key.sign(message))
            #expect(key.publicKey.isValid(signature: sequence(integer(r) + integer(s)), for: message))
            let spellings: [[UInt8]] = [
                sequence(padded(r) + integer(s)),  // a zero too many
                sequence(integer(r) + padded(s)),
                sequence(integer(r) + integer(s) + [0x05, 0x00]),  // something after s
                sequence(integer(r) + integer(s)) + [0x00],
                sequence(integer(r)), sequence(integer(r) + integer(s) + integer(s)),
                [0x30, 0x81, UInt8((integer(r) + integer(s)).count)] + integer(r) + integer(s),  // a length of two bytes
                [0x30, 0x80] + integer(r) + integer(s) + [0x00, 0x00],  // a length that is not given
                [0x31] + sequence(integer(r) + integer(s)).dropFirst(),  // a set
                fixed(r) + fixed(s),  // IEEE P1363
            ]
            for spelling in spellings { #expect(!key.publicKey.isValid(signature: spelling, for: message), "\(spelling)") }
        }
    }

    @Test func `r and s are in range`() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let (r, s) = try parts(try key.sign(message))
        let order = try #require(Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))
        for (r, s) in [([0], s), (r, [0]), ([0], [0]), (order, s), (r, order), (sum(r, order), s), (r, sum(s, order)), ([0xFF], s)]
            as [([UInt8], [UInt8])]
        {
            #expect(!key.publicKey.isValid(signature: sequence(rawInteger(r) + rawInteger(s)), for: message))
            #expect(!key.publicKey.isValid(signature: sequence(integer(r) + integer(s)), for: message))
        }
    }

    @Test(
        .enabled(if: Reference.present, Reference.absence),
        arguments: ["trust-v1.json", "trust-v2.json", "create-key.bundle.json", "put-key-policy.bob.approve.json"])
    func `the signatures of another implementation are valid`(name: String) throws {
        let envelope = try Reference.json(name)
        let type = try #require(envelope["payloadType"]?.stringValue)
        let payload = try #require(Base64.decode(envelope["payload"]?.stringValue ?? ""))
        let signed = Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
        let keys = try Reference.keys.map { try Reference.publicKey($0) }
        for entry in try #require(envelope["signatures"]?.arrayValue) {
            let key = try #require(keys.first { $0.id.text == entry["keyid"]?.stringValue })
            let signature = try #require(Base64.decode(entry["sig"]?.stringValue ?? ""))
            #expect(key.isValid(signature: signature, for: signed))
            #expect(!key.isValid(signature: signature, for: payload))
        }
    }

    // A small DER writer

    private func parts(_ signature: [UInt8]) throws -> ([UInt8], [UInt8]) {
        let length = Int(signature[3])
        return (Array(signature[4..<4 + length].drop { $0 == 0 }), Array(signature[(6 + length)...].drop { $0 == 0 }))
    }

    private func rawInteger(_ bytes: [UInt8]) -> [UInt8] { [0x02, UInt8(bytes.count)] + bytes }
    private func integer(_ bytes: [UInt8]) -> [UInt8] { rawInteger((bytes.first ?? 0) >= 0x80 ? [0] + bytes : bytes) }
    private func padded(_ bytes: [UInt8]) -> [UInt8] { rawInteger([0] + integer(bytes).dropFirst(2)) }
    private func sequence(_ content: [UInt8]) -> [UInt8] { [0x30, UInt8(content.count)] + content }
    private func fixed(_ bytes: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 32 - bytes.count) + bytes }

    private func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var carry = 0
        for (a, b) in zip(fixed(left).reversed(), fixed(right).reversed()) {
            let sum = Int(a) + Int(b) + carry
            result.insert(UInt8(sum & 0xFF), at: 0)
            carry = sum >> 8
        }
        return carry > 0 ? [1] + result : result
    }
}

// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

extension TrustRoot {
    /// The rules that tie members together (formats.md §3).
    func checkMeaning(at value: JSONValue) throws(Refusal) {
        func refused(_ code: String, _ message: String, _ member: String, hint: String? = nil) -> Refusal {
            value[member]?.invalid(message, code: code, hint: hint) ?? value.invalid(message, code: code, hint: hint)
        }
        guard (version == 1) == (previous == nil) else {
            throw refused(
                "trust-previous",
                version == 1 ? "version 1 has no previous version" : "version \(version) must name the digest of version \(version - 1)", "previous")
        }
        guard created < expires else { throw refused("trust-window", "it expires before it is created", "expires") }
        try checkKeysAreDistinct(refused)
        for (name, role) in RoleName.allCases.map({ ($0, self.role($0)) }) {
            for id in role.keys where key(id) == nil {
                throw refused("trust-role-key", "role \(name.rawValue) names the key \(id), which is not among the keys", "roles")
            }
            try checkThreshold(name, role, refused)
        }
        for key in keys {
            let held = RoleName.allCases.filter { holds(key.id, $0) }
            guard !held.isEmpty else { throw refused("trust-key-unused", "the key \(key.id) of \(key.owner) is in no role", "keys") }
            let machine = held.filter { $0 == .ledger || $0 == .witness }
            guard machine.isEmpty || held.count == 1 else {
                throw refused("trust-key-roles", "the \(machine[0].rawValue) key \(key.id) holds another role too", "roles")
            }
            guard machine.isEmpty || key.key.type == .ed25519 else {
                throw refused("trust-key-type", "the \(machine[0].rawValue) key \(key.id) must be ed25519", "keys")
            }
        }
        try checkWitnesses(refused)
    }

    private typealias Refuser = (_ code: String, _ message: String, _ member: String, _ hint: String?) -> Refusal

    private func checkKeysAreDistinct(_ refused: Refuser) throws(Refusal) {
        var seen: Set<[UInt8]> = []
        for key in keys where !seen.insert([UInt8(key.key.type == .ed25519 ? 0 : 1)] + key.key.rawBytes).inserted {
            throw refused("trust-key-twice", "the key \(key.id) stands twice", "keys", nil)
        }
    }

    private func checkThreshold(_ name: RoleName, _ role: Role, _ refused: Refuser) throws(Refusal) {
        let allowed: ClosedRange<Int> =
            switch name {
            case .root, .approver: 2...1000
            case .preparer, .ledger: 1...1
            case .witness: 0...1000
            }
        guard allowed.contains(role.threshold) else {
            let wanted = allowed.lowerBound == allowed.upperBound ? "exactly \(allowed.lowerBound)" : "at least \(allowed.lowerBound)"
            throw refused("trust-threshold", "the threshold of role \(name.rawValue) is \(role.threshold); it must be \(wanted)", "roles", nil)
        }
        let owners = owners(of: name).count
        guard role.threshold <= owners else {
            throw refused(
                "trust-threshold", "role \(name.rawValue) asks for \(role.threshold) owners but lists \(owners)", "roles",
                "thresholds count people, not keys")
        }
    }

    /// A witness is known by a note name of its own; counting on witnesses before a send needs a quorum (formats.md §3).
    private func checkWitnesses(_ refused: Refuser) throws(Refusal) {
        var names: [String] = []
        for id in role(.witness).keys {
            guard let key = key(id) else { continue }
            guard let name = key.name, Names.isNoteName(name), name.utf8.count <= 255 else {
                throw refused(
                    "trust-witness-name", "the witness key \(id) of \(key.owner) has no note name", "keys",
                    "give it a name of 1 to 255 bytes without spaces and plus signs, such as witness.example.com/w1")
            }
            // A cosignature is kept under its size and its witness's name: two of one name would hide each other.
            guard !names.contains(where: { $0.hasSameBytes(as: name) }) else {
                throw refused(
                    "trust-witness-name", "two witness keys are called \(SafeText.escaped(name))", "keys", "each witness key has a name of its own")
            }
            names.append(name)
        }
        guard !limits.witnessBeforeSend || role(.witness).threshold >= 1 else {
            throw refused(
                "trust-witnesses", "witnessBeforeSend counts on witnesses, but the witness role asks for none", "limits",
                "set the threshold of the witness role to 1 or more")
        }
    }
}

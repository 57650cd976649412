// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// The names a key's policies can have. A key that is shared through AWS RAM has a second policy beside the default one.
public enum KeyPolicyName: String, Sendable, Hashable, CaseIterable {
    case `default`
    case ram = "AWS_RAM"
}

extension KMSReads {
    /// The policy's text as it stands. The name is always sent: not every server has a default for it.
    public func getKeyPolicy(of key: String, _ name: KeyPolicyName = .default) throws(Refusal) -> Reading<String> {
        try one("GetKeyPolicy", [("KeyId", .string(key)), ("PolicyName", .string(name.rawValue))]) { fields throws(Refusal) in
            try fields.text("Policy")
        }
    }

    /// Names stay open text: a third kind must be seen, not lost.
    public func listKeyPolicies(of key: String) throws(Refusal) -> Reading<[String]> {
        try pages("ListKeyPolicies", [("KeyId", .string(key))]) { fields throws(Refusal) in
            try fields.required("PolicyNames") { value throws(Refusal) in try value.array { element throws(Refusal) in try element.text() } }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What accounts are called in words.
public struct AccountNames: Sendable {
    public let keyAccount: String
    private let names: [String: String]

    /// - Parameter names: by account id, e.g. "the management account".
    public init(keyAccount: String, names: [String: String] = [:]) {
        self.keyAccount = keyAccount
        self.names = names.merging([keyAccount: "the key's own account"]) { given, own in "\(own), \(given)" }
    }

    /// `account 281474976710 (the management account)`.
    func account(_ id: String) -> String { "account \(Quoted.word(id))" + note(id) }

    /// ` (the management account)`, or nothing.
    func note(_ id: String) -> String { names[id].map { " (\($0))" } ?? "" }
}

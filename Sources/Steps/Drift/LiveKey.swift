// SPDX-License-Identifier: Apache-2.0

public import Bundles

/// A key as it was read, for comparing.
public struct LiveKey: Sendable {
    public struct Grant: Sendable {
        public let id: String
        /// Who may use the key by it, and for what: words for people.
        public let words: String

        public init(id: String, words: String) {
            self.id = id
            self.words = words
        }
    }

    public let state: String
    public let description: String
    public let policy: String
    /// The names of all policies; one more than `default` is a policy of AWS RAM.
    public let policyNames: [String]
    public let grants: [Grant]
    /// Every alias of the account in the Region, with the key id that it leads to.
    public let aliases: [(name: String, keyID: String)]
    public let rotates: Bool
    /// A server may leave the period out.
    public let rotationDays: Int?
    public let tags: [Tag]
    /// Those of the trails that were asked about that are there, with the key that each names.
    public let trails: [(arn: String, key: String?)]

    public init(
        state: String, description: String, policy: String, policyNames: [String], grants: [Grant], aliases: [(name: String, keyID: String)],
        rotates: Bool, rotationDays: Int?, tags: [Tag], trails: [(arn: String, key: String?)]
    ) {
        self.state = state
        self.description = description
        self.policy = policy
        self.policyNames = policyNames
        self.grants = grants
        self.aliases = aliases
        self.rotates = rotates
        self.rotationDays = rotationDays
        self.tags = tags
        self.trails = trails
    }
}

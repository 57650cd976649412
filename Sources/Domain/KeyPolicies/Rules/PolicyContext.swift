// SPDX-License-Identifier: Apache-2.0

/// What the checks know about the world the policy is for. What is nil is not known, and then not asked.
public struct PolicyContext: Sendable {
    public var partition: String
    public var keyAccount: String
    public var region: String?
    /// Who will submit later changes.
    public var executorARN: String?
    public var keyARN: String?
    /// The trail that writes under the key.
    public var trailARN: String?
    /// The organization's management account: it owns the organization's trail.
    public var managementAccount: String?
    /// Accounts that may stand in the policy beside the key's and the management account.
    public var trustedAccounts: [String]?
    /// Whether a CloudTrail Lake event data store uses the key too.
    public var eventDataStore: Bool

    public init(
        partition: String = "aws", keyAccount: String, region: String? = nil, executorARN: String? = nil, keyARN: String? = nil,
        trailARN: String? = nil, managementAccount: String? = nil, trustedAccounts: [String]? = nil, eventDataStore: Bool = false
    ) {
        self.partition = partition
        self.keyAccount = keyAccount
        self.region = region
        self.executorARN = executorARN
        self.keyARN = keyARN
        self.trailARN = trailARN
        self.managementAccount = managementAccount
        self.trustedAccounts = trustedAccounts
        self.eventDataStore = eventDataStore
    }

    var key: KeyIdentity { KeyIdentity(account: keyAccount, arn: keyARN) }
    var rootUser: RequestPrincipal { .root(partition: partition, account: keyAccount) }

    func request(_ principal: RequestPrincipal, _ action: String, _ context: RequestContext = RequestContext()) -> AccessRequest {
        AccessRequest(principal: principal, known: action, context: context, key: key)
    }

    /// The account that a policy most likely belongs to, where nobody says: the first account principal that may change the policy.
    public static func likelyKeyAccount(of document: PolicyDocument) -> String? {
        for statement in document.statements where statement.effect == .allow && !statement.principals.isNegated {
            guard statement.covers(action: "PutKeyPolicy") else { continue }
            for entry in statement.principals.entries { if case .account(let id, _) = entry.pattern { return id } }
        }
        return nil
    }
}

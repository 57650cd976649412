// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// One entry of ListGrants: a permission beside the key policy.
public struct KeyGrant: Sendable, Hashable {
    public let grantID: String
    public let keyID: String?
    public let name: String?
    public let granteePrincipal: String?
    public let granteeServicePrincipal: String?
    public let retiringPrincipal: String?
    public let retiringServicePrincipal: String?
    public let issuingAccount: String?
    public let operations: [String]
    public let creationDate: Instant?
    /// RFC 8785 text of the constraints, where there are any.
    public let constraints: String?
}

extension KMSReads {
    public func listGrants(of key: String) throws(Refusal) -> Reading<[KeyGrant]> {
        try all("ListGrants", [("KeyId", .string(key)), ("Limit", 100)], list: "Grants") { fields throws(Refusal) in
            KeyGrant(
                grantID: try fields.text("GrantId"), keyID: try fields.optionalText("KeyId"), name: try fields.optionalText("Name"),
                granteePrincipal: try fields.optionalText("GranteePrincipal"),
                granteeServicePrincipal: try fields.optionalText("GranteeServicePrincipal"),
                retiringPrincipal: try fields.optionalText("RetiringPrincipal"),
                retiringServicePrincipal: try fields.optionalText("RetiringServicePrincipal"),
                issuingAccount: try fields.optionalText("IssuingAccount"), operations: try fields.texts("Operations"),
                creationDate: try fields.optionalInstant("CreationDate"),
                constraints: try fields.optional("Constraints") { value throws(Refusal) in JSONWriter.canonicalText(value) })
        }
    }
}

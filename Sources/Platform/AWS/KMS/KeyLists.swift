// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// One entry of ListAliases. An alias of AWS's own may point to no key yet.
public struct KeyAlias: Sendable, Hashable {
    public let name: String
    public let arn: String?
    public let targetKeyID: String?
    public let creationDate: Instant?
    public let lastUpdatedDate: Instant?
}

/// One entry of ListKeys.
public struct ListedKey: Sendable, Hashable {
    public let keyID: String
    public let arn: String?
}

/// One entry of ListResourceTags.
public struct KeyTag: Sendable, Hashable {
    public let key: String
    public let value: String
}

extension KMSReads {
    /// Aliases of one key, or of the account and region.
    /// - Parameter key: a key id or a key ARN.
    public func listAliases(of key: String? = nil) throws(Refusal) -> Reading<[KeyAlias]> {
        try all("ListAliases", [("KeyId", key.map { .string($0) }), ("Limit", 100)], list: "Aliases") { fields throws(Refusal) in
            KeyAlias(
                name: try fields.text("AliasName"), arn: try fields.optionalText("AliasArn"), targetKeyID: try fields.optionalText("TargetKeyId"),
                creationDate: try fields.optionalInstant("CreationDate"), lastUpdatedDate: try fields.optionalInstant("LastUpdatedDate"))
        }
    }

    public func listKeys() throws(Refusal) -> Reading<[ListedKey]> {
        try all("ListKeys", [("Limit", 1_000)], list: "Keys") { fields throws(Refusal) in
            ListedKey(keyID: try fields.text("KeyId"), arn: try fields.optionalText("KeyArn"))
        }
    }

    public func listResourceTags(of key: String) throws(Refusal) -> Reading<[KeyTag]> {
        try all("ListResourceTags", [("KeyId", .string(key)), ("Limit", 50)], list: "Tags") { fields throws(Refusal) in
            KeyTag(key: try fields.text("TagKey"), value: try fields.text("TagValue"))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What DescribeKey says of a key. Words that AWS may extend stay text; nil is "not shown".
public struct KeyMetadata: Sendable, Hashable {
    public let keyID: String
    public let arn: String?
    public let accountID: String?
    /// Rounded down to whole seconds.
    public let creationDate: Instant?
    public let isEnabled: Bool?
    public let description: String?
    public let keyUsage: String?
    public let keyState: String?
    public let keySpec: String?
    public let origin: String?
    public let keyManager: String?
    public let isMultiRegion: Bool?
    /// `PRIMARY` or `REPLICA`.
    public let multiRegionKeyType: String?
    public let deletionDate: Instant?
    public let pendingDeletionWindowInDays: Int?
    public let validTo: Instant?
    public let expirationModel: String?
    public let customKeyStoreID: String?
    public let cloudHSMClusterID: String?
    public let xksKeyID: String?
    public let currentKeyMaterialID: String?
    public let encryptionAlgorithms: [String]
    public let signingAlgorithms: [String]
    public let macAlgorithms: [String]
    public let keyAgreementAlgorithms: [String]

    init(_ fields: AnswerFields) throws(Refusal) {
        keyID = try fields.text("KeyId")
        arn = try fields.optionalText("Arn")
        accountID = try fields.optionalText("AWSAccountId")
        creationDate = try fields.optionalInstant("CreationDate")
        isEnabled = try fields.optionalFlag("Enabled")
        description = try fields.optionalText("Description")
        keyUsage = try fields.optionalText("KeyUsage")
        keyState = try fields.optionalText("KeyState")
        keySpec = try fields.optionalText("KeySpec")
        origin = try fields.optionalText("Origin")
        keyManager = try fields.optionalText("KeyManager")
        isMultiRegion = try fields.optionalFlag("MultiRegion")
        multiRegionKeyType =
            try fields.optional("MultiRegionConfiguration") { value throws(Refusal) in
                try AnswerFields(value).optionalText("MultiRegionKeyType")
            } ?? nil
        deletionDate = try fields.optionalInstant("DeletionDate")
        pendingDeletionWindowInDays = try fields.optionalInteger("PendingDeletionWindowInDays")
        validTo = try fields.optionalInstant("ValidTo")
        expirationModel = try fields.optionalText("ExpirationModel")
        customKeyStoreID = try fields.optionalText("CustomKeyStoreId")
        cloudHSMClusterID = try fields.optionalText("CloudHsmClusterId")
        xksKeyID = try fields.optional("XksKeyConfiguration") { value throws(Refusal) in try AnswerFields(value).optionalText("Id") } ?? nil
        currentKeyMaterialID = try fields.optionalText("CurrentKeyMaterialId")
        encryptionAlgorithms = try fields.texts("EncryptionAlgorithms")
        signingAlgorithms = try fields.texts("SigningAlgorithms")
        macAlgorithms = try fields.texts("MacAlgorithms")
        keyAgreementAlgorithms = try fields.texts("KeyAgreementAlgorithms")
    }

    /// Reads the body of an answer to CreateKey or DescribeKey.
    public init(answer body: [UInt8]) throws(Refusal) {
        self = try JSONDocument(body, rules: .general).decode { root throws(Refusal) in try Self.member(of: AnswerFields(root)) }
    }

    static func member(of fields: AnswerFields) throws(Refusal) -> KeyMetadata {
        try fields.required("KeyMetadata") { value throws(Refusal) in try KeyMetadata(AnswerFields(value)) }
    }
}

extension KMSReads {
    /// - Parameter key: a key id, a key ARN, an alias name or an alias ARN.
    public func describeKey(_ key: String) throws(Refusal) -> Reading<KeyMetadata> {
        try one("DescribeKey", [("KeyId", .string(key))]) { fields throws(Refusal) in try KeyMetadata.member(of: fields) }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The names of errors that AWS documents: only these settle that a change did not happen (design §4).
enum KnownErrors {
    /// Errors of a client, by service and in common. Those of the server are not here: they leave the outcome open.
    static func refuses(_ name: String) -> Bool { common.contains(name) || kms.contains(name) || cloudTrail.contains(name) }

    /// "Common Errors" of the KMS, STS and CloudTrail API references, in their JSON and query spellings.
    private static let common: Set<String> = [
        "AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
        "IncompleteSignatureException", "InvalidAction", "InvalidClientTokenId", "InvalidParameterCombination", "InvalidParameterValue",
        "InvalidQueryParameter", "InvalidSignatureException", "MalformedQueryString", "MissingAction", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "MissingParameter", "NotAuthorized", "OptInRequired", "RequestExpired", "SerializationException",
        "SignatureDoesNotMatch", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
        "RequestLimitExceeded", "UnknownOperationException", "UnrecognizedClientException", "ValidationError", "ValidationException",
    ]

    /// "Errors" of each action, KMS API Reference.
    private static let kms: Set<String> = [
        "AlreadyExistsException", "CloudHsmClusterInUseException", "CloudHsmClusterInvalidConfigurationException",
        "CloudHsmClusterNotActiveException", "CloudHsmClusterNotFoundException", "CloudHsmClusterNotRelatedException", "ConflictException",
        "CustomKeyStoreHasCMKsException", "CustomKeyStoreInvalidStateException", "CustomKeyStoreNameInUseException",
        "CustomKeyStoreNotFoundException", "DisabledException", "DryRunOperationException", "IncorrectKeyException",
        "InvalidAliasNameException", "InvalidArnException", "InvalidGrantIdException", "InvalidGrantTokenException",
        "InvalidKeyUsageException", "InvalidMarkerException", "KMSInvalidStateException", "LimitExceededException",
        "MalformedPolicyDocumentException", "NotFoundException", "TagException", "UnsupportedOperationException",
        "XksKeyAlreadyInUseException", "XksKeyInvalidConfigurationException", "XksKeyNotFoundException",
    ]

    /// "Errors" of UpdateTrail, GetTrail and GetTrailStatus, CloudTrail API Reference.
    private static let cloudTrail: Set<String> = [
        "CloudTrailARNInvalidException", "CloudTrailAccessNotEnabledException", "CloudTrailInvalidClientTokenIdException",
        "CloudWatchLogsDeliveryUnavailableException", "InsufficientDependencyServiceAccessPermissionException",
        "InsufficientEncryptionPolicyException", "InsufficientS3BucketPolicyException", "InsufficientSnsTopicPolicyException",
        "InvalidCloudWatchLogsLogGroupArnException", "InvalidCloudWatchLogsRoleArnException", "InvalidEventSelectorsException",
        "InvalidHomeRegionException", "InvalidKmsKeyIdException", "InvalidParameterCombinationException", "InvalidParameterException",
        "InvalidS3BucketNameException", "InvalidS3PrefixException", "InvalidSnsTopicNameException", "InvalidTrailNameException",
        "KmsException", "KmsKeyDisabledException", "KmsKeyNotFoundException", "NoManagementAccountSLRExistsException",
        "NotOrganizationMasterAccountException", "OperationNotPermittedException", "OrganizationNotInAllFeaturesModeException",
        "OrganizationsNotInUseException", "S3BucketDoesNotExistException", "TrailNotFoundException", "TrailNotProvidedException",
    ]
}

extension AWSAnswer {
    /// Whether this settles that the request was refused and nothing happened: a 4xx with a documented error and a
    /// request id, be its body cut or not (formats.md §9).
    public var isDefiniteRefusal: Bool {
        guard (400...499).contains(status), requestID != nil, let errorType else { return false }
        return KnownErrors.refuses(errorType)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The ways to credentials. The raw values are botocore's names of its providers, so that both can be compared.
public enum CredentialsMethod: String, Sendable, Hashable, CaseIterable {
    case environment = "env"
    case assumeRole = "assume-role"
    case webIdentity = "assume-role-with-web-identity"
    case identityCenter = "sso"
    case sharedCredentialsFile = "shared-credentials-file"
    case process = "custom-process"
    case configFile = "config-file"
    case container = "container-role"
    case instance = "iam-role"
}

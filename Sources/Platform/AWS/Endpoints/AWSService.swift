// SPDX-License-Identifier: Apache-2.0

/// The services that are spoken to. The raw value is the host's first label and the name in a signature's scope.
public enum AWSService: String, Sendable, Hashable, CaseIterable {
    case kms
    case sts
    case cloudtrail
}

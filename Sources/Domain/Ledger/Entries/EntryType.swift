// SPDX-License-Identifier: Apache-2.0

/// The types of entries (formats.md §6).
public enum EntryType: String, Sendable, CaseIterable {
    case genesis
    case trustUpdated = "trust-updated"
    case bundleReceived = "bundle-received"
    case approvalReceived = "approval-received"
    case executionAuthorized = "execution-authorized"
    case executionRefused = "execution-refused"
    case preconditionChecked = "precondition-checked"
    case expectationChecked = "expectation-checked"
    case requestIntended = "request-intended"
    case requestSent = "request-sent"
    case requestCompleted = "request-completed"
    case requestFailed = "request-failed"
    case requestUnknown = "request-unknown"
    case requestResolved = "request-resolved"
    case executionCompleted = "execution-completed"
    case executionFailed = "execution-failed"
    case executionAbandoned = "execution-abandoned"
    case reconciled
    /// A plan of infrastructure code that is what was approved (decision record 0016; formats.md does not have it).
    case planChecked = "plan-checked"

    enum BundleRule { case required, optional, absent }

    var bundleRule: BundleRule {
        switch self {
        case .genesis, .trustUpdated, .reconciled: .absent
        case .executionRefused: .optional
        default: .required
        }
    }
}

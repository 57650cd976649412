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

    private enum BundleRule { case required, optional, absent }

    private var bundleRule: BundleRule {
        switch self {
        case .genesis, .trustUpdated, .reconciled: .absent
        case .executionRefused: .optional
        default: .required
        }
    }

    /// What is wrong where an entry of this type names a bundle, or names none; nil where that is as it should be.
    func fault(whereBundleIs isThere: Bool) -> String? {
        switch bundleRule {
        case .required where !isThere: "a \(rawValue) entry names its bundle"
        case .absent where isThere: "a \(rawValue) entry names no bundle"
        default: nil
        }
    }
}

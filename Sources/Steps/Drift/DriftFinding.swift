// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import StrictFormats

/// One setting of a key, held against what was approved.
public struct DriftFinding: Sendable {
    public enum Result: String, Sendable {
        case same
        case differs
        /// The server does not say.
        case notShown = "not-shown"
    }

    /// What would bring it back: the members of a change file beside title, ticket and target.
    public struct Remedy: Sendable {
        public let members: [(String, JSONValue?)]
        /// The policy to put, and the one that is there: files beside the change file.
        public let policy: (wanted: String, live: String)?
        /// The bundle that approved it last, for its ticket and target.
        public let bundle: BundlePayload?
    }

    /// `policy`, `ram-policy`, `grants`, `alias`, `rotation`, `tags`, `state`, `description`, `trail`, `key`.
    public let facet: String
    public let result: Result
    /// In words; untrusted text in them is escaped.
    public let words: [String]
    /// The id of the bundle that approved it last.
    public let bundle: BundlePayload?
    public let remedy: Remedy?

    init(
        _ facet: String, _ result: Result, _ words: [String], bundle: BundlePayload?, remedy: [(String, JSONValue?)]? = nil,
        policy: (wanted: String, live: String)? = nil
    ) {
        self.facet = facet
        self.result = result
        self.words = words
        self.bundle = bundle
        self.remedy = remedy.map { Remedy(members: $0, policy: policy, bundle: bundle) }
    }

    public var json: JSONValue {
        .object([
            ("facet", .string(facet)), ("result", .string(result.rawValue)), ("words", .strings(words)), ("bundle", bundle.map { .string($0.id) }),
        ])
    }
}

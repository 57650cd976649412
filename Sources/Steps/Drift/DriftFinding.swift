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
        /// Policies that the change file names, each in a file beside it.
        public let policies: [NamedPolicy]
        /// The bundle that approved it last, for its ticket and target.
        public let bundle: BundlePayload?
    }

    /// A policy for a change file: the member that names its file, and the document.
    public struct NamedPolicy: Sendable {
        public let member: String
        public let document: String
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
        policies: [NamedPolicy] = []
    ) {
        self.facet = facet
        self.result = result
        self.words = words
        self.bundle = bundle
        self.remedy = remedy.map { Remedy(members: $0, policies: policies, bundle: bundle) }
    }

    public var json: JSONValue {
        .object([
            ("facet", .string(facet)), ("result", .string(result.rawValue)), ("words", .strings(words)), ("bundle", bundle.map { .string($0.id) }),
        ])
    }
}

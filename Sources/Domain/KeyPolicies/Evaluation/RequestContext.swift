// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// What a request says about one condition key.
public enum ContextValue: Sendable, Hashable {
    /// The request does not have the key. (A key without a value is not an empty string.)
    case absent
    case one(String)
    /// Several values; never empty.
    case several([String])
}

/// The condition keys of a request. A key that is neither given nor absent is unspecified.
public struct RequestContext: Sendable {
    private var values: [String: ContextValue] = [:]

    /// - Parameters:
    ///   - pairs: keys and values; a key that is repeated has a set of values.
    ///   - absent: keys that the request does not have.
    public init(_ pairs: [(key: String, value: String)] = [], absent: [String] = []) {
        for key in absent { values[key.asciiLowercased] = .absent }
        for (key, value) in pairs {
            let name = key.asciiLowercased
            switch values[name] {
            case .one(let first): values[name] = .several([first, value])
            case .several(let list): values[name] = .several(list + [value])
            case .absent, nil: values[name] = .one(value)
            }
        }
    }

    /// Keys are compared without regard to case (IAM User Guide, "Condition": "Condition key names are not case-sensitive").
    public subscript(key: String) -> ContextValue? {
        get { values[key.asciiLowercased] }
        set { values[key.asciiLowercased] = newValue == .several([]) ? .absent : newValue }
    }

    subscript(lowercased key: String) -> ContextValue? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// The keys that are known, in lower case, sorted.
    public var keys: [String] { values.keys.sorted() }

    /// Refuses a condition key that no request to KMS has: an answer to a misspelled question would mislead.
    /// - Throws: `context-key-unknown`.
    public static func checkName(_ key: String) throws(Refusal) {
        guard let hit = ConditionKeys.hit(PolicyString(key, pointer: "")) else { return }
        throw Refusal("context-key-unknown", .usage, hit.message, hint: "write a key with its prefix, such as aws:SourceArn or kms:ViaService")
    }
}

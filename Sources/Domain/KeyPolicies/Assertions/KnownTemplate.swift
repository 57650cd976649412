// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// The assertions of a template that this release knows, compiled in: a machine without the templates proves them too.
///
/// A template that changes becomes another known template beside the first, which stays: bundles that pin the first are
/// reviewed, executed and audited under its assertions for ever.
struct KnownTemplate: Sendable {
    let name: String
    /// `sha256:` and the digest that a bundle pins.
    let digest: String
    /// What each parameter must be; in a bundle all of them stand.
    let parameters: [String: Shape]
    /// The text of `assertions.json`.
    let assertions: String

    enum Shape: Sendable, Equatable {
        case text, list, boolean
        /// One of these words.
        case words([String])
    }

    static let all = [orgCloudTrailKey1, accountCloudTrailKey1]

    static func named(_ name: String, digest: String) -> KnownTemplate? {
        all.first { $0.name.hasSameBytes(as: name) && $0.digest.hasSameBytes(as: digest) }
    }

    /// The assertions for a bundle's parameters.
    /// - Throws: `template-parameters` for a parameter that is missing or of another shape: it would leave assertions out without
    ///   a word; what `PolicyClaim.list` throws for values that make no assertion.
    func claims(parameters values: [String: TemplateValue]) throws(Refusal) -> [PolicyClaim] {
        for (parameter, shape) in parameters.sorted(by: { $0.key < $1.key }) where !shape.fits(values[parameter]) {
            throw Refusal("template-parameters", .badData, "the bundle's parameter \(parameter) is missing, or not what the template asks for")
        }
        let document = try JSONDocument(Array(assertions.utf8), rules: .authored, file: "\(name)/assertions.json")
        return try TemplateClaims.fill(document.root, values, file: "\(name)/assertions.json")
    }
}

extension KnownTemplate.Shape {
    func fits(_ value: TemplateValue?) -> Bool {
        switch (self, value) {
        case (.text, .text), (.list, .list), (.boolean, .boolean): true
        case (.words(let words), .text(let text)): words.contains { $0.hasSameBytes(as: text) }
        default: false
        }
    }
}

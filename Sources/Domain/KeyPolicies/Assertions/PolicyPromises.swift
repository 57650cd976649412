// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// What must be true of a bundle's policy: a pure function of what the bundle says, on every machine the same.
///
/// A policy from a template that this release knows promises what the template's assertions say, filled in with the bundle's
/// parameters; the target's account, partition and executor win over them. Any other policy promises that nobody is locked out.
public struct PolicyPromises: Sendable {
    /// Who stands for the policy.
    public enum Voucher: Sendable, Hashable {
        /// A template that this release knows.
        case template(String)
        /// A template of another content than the ones that this release knows.
        case unknownTemplate(String)
        case nobody
    }

    public let voucher: Voucher
    public let claims: [PolicyClaim]
    /// Why the template's assertions cannot be filled in; then nothing is proven, and the policy is refused.
    public let problem: String?

    /// - Parameters:
    ///   - template: name and digest (`sha256:…`) as the bundle pins them.
    ///   - parameters: as they stand in the bundle: an object.
    ///   - executor: the ARN of who submits.
    public init(
        template: (name: String, digest: String)?, parameters: JSONValue?, partition: String, account: String, executor: String
    ) {
        guard let template, let known = KnownTemplate.named(template.name, digest: template.digest) else {
            voucher = template.map { .unknownTemplate($0.name) } ?? .nobody
            (claims, problem) = Self.filled { () throws(Refusal) in
                try StandingClaims.claims(partition: partition, account: account, executor: executor)
            }
            return
        }
        voucher = .template(template.name)
        (claims, problem) = Self.filled { () throws(Refusal) in
            var values: [String: TemplateValue] = [:]
            for member in parameters?.objectValue ?? [] { values[member.name] = try TemplateValue(json: member) }
            values["partition"] = .text(partition)
            values["keyAccount"] = .text(account)
            values["executorRole"] = .text(executor)
            return try known.claims(parameters: values)
        }
    }

    private static func filled(_ make: () throws(Refusal) -> [PolicyClaim]) -> (claims: [PolicyClaim], problem: String?) {
        do throws(Refusal) { return (try make(), nil) } catch { return ([], error.message) }
    }
}

extension TemplateValue {
    /// A parameter as it stands in a bundle.
    fileprivate init(json member: JSONMember) throws(Refusal) {
        switch member.value.content {
        case .string(let text): self = .text(text)
        case .bool(let flag): self = .boolean(flag)
        case .array: self = .list(try member.value.array { element throws(Refusal) in try element.text() })
        default: throw member.value.mismatch("a text, a list of texts, or true or false")
        }
    }
}

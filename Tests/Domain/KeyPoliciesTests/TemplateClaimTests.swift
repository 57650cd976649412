// SPDX-License-Identifier: Apache-2.0
// The assertions that a template carries: they hold for every example, and each of them catches the policy that breaks it.
import Cryptography
import StrictFormats
import Testing

@testable import KeyPolicies

/// An example of a template and what the checks know when its policy is prepared.
struct TemplateExample: CustomTestStringConvertible {
    let template: String
    let name: String

    static let all =
        ["organization", "analyst", "everything", "named-readers", "hardened", "bucket-keys", "event-data-store", "china"].map {
            TemplateExample(template: "org-cloudtrail-key", name: $0)
        }
        + ["account", "hardened", "govcloud"].map { TemplateExample(template: "account-cloudtrail-key", name: $0) }

    var testDescription: String { "\(template)/\(name)" }

    func values() throws -> JSONValue {
        try JSONDocument(try file("\(template)/examples/\(name).parameters.json"), rules: .authored).root
    }

    func document() throws -> PolicyDocument { try PolicyDocument(bytes: try file("\(template)/examples/\(name).policy.json"), file: name) }

    func context() throws -> PolicyContext {
        let values = try values()
        let owner = values["managementAccount"]?.stringValue ?? keyAccount
        return PolicyContext(
            partition: values["partition"]?.stringValue ?? "aws", keyAccount: keyAccount, region: values["homeRegion"]?.stringValue,
            executorARN: values["executorRole"]?.stringValue, managementAccount: owner,
            trustedAccounts: [logArchive] + (values["trustedAccounts"]?.arrayValue ?? []).compactMap(\.stringValue),
            eventDataStore: values["eventDataStore"]?.boolValue ?? false)
    }
}

/// The names of the claims that a policy breaks, or that stay undecided.
func broken(_ document: PolicyDocument, _ claims: [PolicyClaim]) -> [String] {
    PolicyClaim.check(document, claims, key: KeyIdentity(account: keyAccount)).filter { !$0.holds }.map(\.claim.name)
}

@Suite struct TemplateClaimTests {
    @Test(arguments: TemplateExample.all) func `an example renders byte for byte, passes the checks, and keeps all that it claims`(
        example: TemplateExample
    ) throws {
        let template = try template(example.template)
        let rendered = try template.render(values: try example.values())
        #expect(rendered.text == (try example.document()).text)
        #expect(rules(try example.document(), try example.context(), from: .high) == [])
        let claims = try template.claims(values: try example.values())
        #expect(claims.count >= 12)
        #expect(broken(try example.document(), claims) == [])
    }

    @Test(arguments: ["org-cloudtrail-key", "account-cloudtrail-key"]) func `each variant of a template is rendered by some example`(name: String)
        throws
    {
        let examples = try TemplateExample.all.filter { $0.template == name }.map { try $0.values() }
        for parameter in try template(name).parameters where parameter.fallback != nil {
            let given = examples.compactMap { $0[parameter.name] }
            #expect(given.contains { $0 != parameter.fallback }, "\(parameter.name) is never anything but its default")
            #expect(given.count < examples.count || given.contains { $0 == parameter.fallback }, "\(parameter.name) is never its default")
        }
    }

    @Test func `both templates have the same administration`() throws {
        func text(_ name: String) throws -> String {
            String(decoding: try file("\(name)/administration.json"), as: UTF8.self).split(separator: "\(name)-administration").joined(
                separator: "NAME")
        }
        #expect(try text("org-cloudtrail-key") == (try text("account-cloudtrail-key")))
    }

    @Test(arguments: ["org-cloudtrail-key", "account-cloudtrail-key"]) func `the assertions compiled in are those of the template, byte for byte`(
        name: String
    ) throws {
        let template = try template(name)
        let known = try #require(KnownTemplate.named(name, digest: Digest(of: template.canonical).text))
        #expect(known.assertions == String(decoding: try file("\(name)/assertions.json"), as: UTF8.self))
        #expect(known.parameters.keys.sorted() == template.parameters.map(\.name).sorted())
        for parameter in template.parameters {
            switch (known.parameters[parameter.name], parameter.kind) {
            case (.words(let words), .text): #expect(parameter.pattern == words.joined(separator: "|"))
            case (.text, .text), (.list, .list), (.boolean, .boolean): break
            case (let shape, let kind): Issue.record("\(parameter.name) is \(kind), compiled in as \(String(describing: shape))")
            }
        }
    }
}

@Suite struct PolicyPromiseTests {
    static func promises(_ example: TemplateExample, edit: (JSONValue) -> JSONValue = { $0 }) throws -> PolicyPromises {
        let template = try template(example.template)
        let rendered = try template.render(values: try example.values())
        return PolicyPromises(
            template: (example.template, Digest(of: template.canonical).text), parameters: edit(rendered.parameters),
            partition: try example.context().partition, account: keyAccount, executor: try example.context().executorARN ?? "")
    }

    @Test(arguments: TemplateExample.all) func `a bundle's parameters make the same claims as the template`(example: TemplateExample) throws {
        let promises = try Self.promises(example)
        #expect(promises.voucher == .template(example.template) && promises.problem == nil)
        let claims = try template(example.template).claims(values: try example.values())
        #expect(promises.claims.map(\.name) == claims.map(\.name))
        #expect(broken(try example.document(), promises.claims) == [])
    }

    @Test func `a parameter that is missing or of another shape leaves no assertion out`() throws {
        let example = TemplateExample.all[0]
        for name in try template(example.template).parameters.map(\.name) where !["partition", "keyAccount", "executorRole"].contains(name) {
            for wrong in [nil, JSONValue.integer(1)] as [JSONValue?] {
                let promises = try Self.promises(example) { value in
                    .object((value.objectValue ?? []).map { ($0.name, $0.name == name ? wrong : $0.value) })
                }
                #expect(promises.problem != nil && promises.claims.isEmpty, "\(name)")
            }
        }
        let readers = try Self.promises(example) { value in
            .object((value.objectValue ?? []).map { ($0.name, $0.name == "readers" ? "Named" : $0.value) })
        }
        #expect(readers.problem == "the bundle's parameter readers is missing, or not what the template asks for")
    }

    @Test func `the target wins over what the parameters say of it`() throws {
        let example = TemplateExample.all[0]
        let promises = try Self.promises(example) { value in
            .object((value.objectValue ?? []).map { ($0.name, $0.name == "keyAccount" ? "990011223344" : $0.value) })
        }
        #expect(promises.problem == nil)
        #expect(broken(try example.document(), promises.claims) == [])
    }

    @Test func `a policy that no known template vouches for promises that nobody is locked out`() throws {
        func promises(_ template: (String, String)?) -> PolicyPromises {
            PolicyPromises(template: template, parameters: nil, partition: "aws", account: keyAccount, executor: executor)
        }
        let unknown = promises(("org-cloudtrail-key", "sha256:\(String(repeating: "0", count: 64))"))
        #expect(unknown.voucher == .unknownTemplate("org-cloudtrail-key"))
        let none = promises(nil)
        #expect(none.voucher == .nobody && none.claims.map(\.name) == unknown.claims.map(\.name))
        #expect(broken(try policy(wholeAccount), none.claims) == [])
        let foreign = try policy(statement(principal: aws("arn:aws:iam::990011223344:root"), action: #""Action":"kms:*""#))
        #expect(
            broken(foreign, none.claims) == [
                "the root user of the key's account can always change the policy", "the executor can change the policy and read back what was done",
            ])
        #expect(
            broken(try policy(wholeAccount, statement(effect: "Deny", action: #""Action":"kms:ListGrants""#)), none.claims) == [
                "the executor can change the policy and read back what was done"
            ])
    }
}

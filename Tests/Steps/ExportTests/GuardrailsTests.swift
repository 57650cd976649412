// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
import StrictFormats
import Testing
import Trust

@testable import Export

@Suite struct GuardrailsTests {
    static let keyARN = "arn:aws:kms:us-east-1:604183725190:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10"
    static let executor = "arn:aws:iam::604183725190:role/cloudtrail-key-executor"
    static let breakGlass = "arn:aws:iam::604183725190:role/break-glass"
    static let trail = "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail"

    private func limits(_ operations: [String] = ChangeKind.allCases.map(\.rawValue)) throws -> Limits {
        try JSONDocument(
            Array(
                """
                {"accounts":["604183725190"],"endpoints":[],"executorMayApprove":false,"maxValiditySeconds":604800,\
                "operations":[\(operations.map { "\"\($0)\"" }.joined(separator: ","))],"partition":"aws","regions":["us-east-1","eu-central-1"],\
                "userVerification":false,"witnessBeforeSend":false}
                """.utf8), rules: .signed
        ).decode(Limits.init(json:))
    }

    private func guarded(
        key: String = keyARN, alias: String = "alias/cloudtrail-org-key", executor: String = executor, breakGlass: String? = breakGlass,
        trail: String? = trail, trusted: [String] = [], operations: [String] = ChangeKind.allCases.map(\.rawValue)
    ) throws -> GuardedKey {
        try GuardedKey(
            key: key, alias: alias, executor: executor, breakGlass: breakGlass, trail: trail, trusted: trusted, limits: try limits(operations))
    }

    @Test func `with the service control policy nobody but the two roles is left, without it somebody is`() throws {
        #expect(try GuardrailProof(try guarded()).closed == GuardedAction.key)
        #expect(try GuardrailProof(try guarded(breakGlass: nil, trail: nil)).closed == GuardedAction.key)
    }

    @Test(arguments: ChangeKind.allCases) func `each kind of change is denied to others and granted to the executor`(_ kind: ChangeKind) throws {
        let guarded = try guarded()
        let denied = ServiceControlPolicy.statements(guarded).flatMap { $0["Action"]?.arrayValue ?? [] }.compactMap(\.stringValue)
        let granted = (RolePolicies.executor(guarded)["Statement"]?.arrayValue ?? []).flatMap { $0["Action"]?.arrayValue ?? [] }.compactMap(
            \.stringValue)
        for action in GuardedAction.called(by: kind) {
            #expect(denied.contains(action))
            #expect(granted.contains(action))
        }
        // Of a kind that the limits do not have, nothing is granted.
        let without = try self.guarded(operations: ["set-description"])
        let few = (RolePolicies.executor(without)["Statement"]?.arrayValue ?? []).flatMap { $0["Action"]?.arrayValue ?? [] }.compactMap(\.stringValue)
        #expect(
            few == [
                "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListResourceTags",
                "kms:ListAliases", "kms:ListKeys", "kms:UpdateKeyDescription",
            ])
    }

    @Test func `a trust policy longer than IAM takes is refused, and one of its length is not`() throws {
        let names = (10..<60).map { "arn:aws:iam::604183725190:role/release-engineer-\($0)" }
        #expect(try GuardrailsExport.files(try guarded(trusted: Array(names.prefix(30)))).files.contains { $0.name == "executor-trust-policy.json" })
        let many = try guarded(trusted: names)
        #expect {
            _ = try GuardrailsExport.files(many)
        } throws: { ($0 as? Refusal)?.code == "guardrails-too-long" && ($0 as? Refusal)?.message.contains("IAM takes 2048") ?? false }
    }

    @Test func `every write action that a key policy can name is guarded`() {
        let reads = ["Describe", "Get", "List", "Derive"]
        let uses = [
            "Decrypt", "Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateRandom", "GenerateMac", "Sign", "Verify", "Encapsulate", "Decapsulate",
        ]
        let others = [
            "CreateKey", "ConnectCustomKeyStore", "CreateCustomKeyStore", "DeleteCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore",
        ]
        let writes = KeyAction.all.map(\.name).filter { name in
            !(reads + uses).contains { name.hasPrefix($0) } && !others.contains(name) && !name.hasPrefix("Synchronize")
        }
        #expect(Set(writes.map { "kms:\($0)" }).subtracting(GuardedAction.key) == [])
    }

    @Test func `the policy is within the quota, and one that is not is refused`() throws {
        let text = try ServiceControlPolicy.text(try guarded())
        #expect(text.utf8.count == 1_887)
        let long = { (name: String) in "arn:aws:iam::604183725190:role/" + String(repeating: name, count: 500) }
        #expect {
            _ = try ServiceControlPolicy.text(try self.guarded(executor: long("e"), breakGlass: long("b")))
        } throws: { ($0 as? Refusal)?.code == "guardrails-too-long" }
    }

    @Test func `somebody who is no role is not overlooked by the event pattern`() throws {
        let detail = Watches.eventPattern(try guarded())["detail"]
        let halves = detail?["$or"]?.arrayValue?.map { JSONWriter.canonicalText($0) }
        #expect(
            halves == [
                "{\"userIdentity\":{\"sessionContext\":{\"sessionIssuer\":{\"arn\":[{\"anything-but\":[\"\(Self.executor)\"]}]}}}}",
                "{\"userIdentity\":{\"sessionContext\":{\"sessionIssuer\":{\"arn\":[{\"exists\":false}]}}}}",
            ])
    }

    @Test(arguments: [
        ("key", "arn:aws:kms:us-east-1:604183725190:alias/x", "guardrails-option"),
        ("key", "arn:aws-cn:kms:us-east-1:604183725190:key/x", "guardrails-option"),
        ("key", "arn:aws:kms:us-east-1:604183725190:key/*", "guardrails-option"),
        ("key", "arn:aws:kms:us-east-1:604183725190:key/x", "guardrails-option"),
        ("key", "arn:aws:kms:us-west-2:604183725190:key/x", "guardrails-limits"),
        ("key", "arn:aws:kms:us-east-1:999999999999:key/x", "guardrails-limits"), ("alias", "cloudtrail-org-key", "guardrails-option"),
        ("alias", "alias/'; DROP", "guardrails-option"), ("executor", "arn:aws:iam::999999999999:role/x", "guardrails-option"),
        ("executor", "arn:aws:iam::604183725190:user/x", "guardrails-option"), ("breakGlass", executor, "guardrails-option"),
        ("trail", "org-trail", "guardrails-option"), ("trusted", "*", "guardrails-option"),
    ]) func `an option that would say something else is refused`(_ option: String, _ value: String, _ code: String) {
        #expect {
            switch option {
            case "key": _ = try guarded(key: value)
            case "alias": _ = try guarded(alias: value)
            case "executor": _ = try guarded(executor: value)
            case "breakGlass": _ = try guarded(breakGlass: value)
            case "trail": _ = try guarded(trail: value)
            default: _ = try guarded(trusted: [value])
            }
        } throws: { ($0 as? Refusal)?.code == code }
    }
}

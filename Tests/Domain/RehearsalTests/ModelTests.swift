// SPDX-License-Identifier: Apache-2.0
// What the table of cases cannot say: the lockout check, what reads show when, policies as they read back.
import Bundles
import StrictFormats
import Testing

@testable import Rehearsal

private let start = Instant(secondsSince1970: 1_800_000_000)
private let executor = "arn:aws:iam::123456789012:role/cloudtrail-key-executor"

private func policy(_ principal: String, _ action: String = "kms:*") -> String {
    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\#(principal)"},"Action":"\#(action)","Resource":"*"}]}"#
}

private let root = "arn:aws:iam::123456789012:root"

/// A request of an operation of KMS.
private func send(_ model: inout KMSModel, _ operation: String, _ members: [(String, JSONValue?)], at now: Instant = start) -> KMSModel.Answer {
    model.apply("TrentService." + operation, JSONWriter.canonical(.object(members)), at: now)
}

private func code(_ answer: KMSModel.Answer) -> String {
    if case .refused(let code, _) = answer { code } else { "done" }
}

@Suite struct ModelTests {
    static func model(executor: String? = executor) -> KMSModel {
        KMSModel(account: "123456789012", region: "us-east-1", executor: executor)
    }

    @Test(arguments: [
        (policy(root), "done"), (policy(executor), "done"), (policy("arn:aws:iam::123456789012:role/other"), "MalformedPolicyDocumentException"),
        (policy(root, "kms:Describe*"), "MalformedPolicyDocumentException"),
        (policy("arn:aws:iam::604183725190:root"), "MalformedPolicyDocumentException"),
        ("no json", "MalformedPolicyDocumentException"), ("{\"Statement\":\"\u{100}\"}", "ValidationException"),
        (policy(root) + String(repeating: " ", count: 32_768), "LimitExceededException"),
        (policy("AROAEXAMPLEEXAMPLE12"), "MalformedPolicyDocumentException"),
    ]) func `a policy that locks its caller out, or is none, makes no key`(text: String, expected: String) {
        var model = Self.model()
        let answer = send(&model, "CreateKey", [("Description", ""), ("Policy", .string(text))])
        #expect(code(answer) == expected)
        #expect(model.keys.count == (expected == "done" ? 1 : 0))
    }

    @Test func `the lockout check can be asked away, and needs an executor`() {
        var model = Self.model()
        let members: [(String, JSONValue?)] = [
            ("BypassPolicyLockoutSafetyCheck", true), ("Description", ""), ("Policy", .string(policy("arn:aws:iam::604183725190:root"))),
        ]
        #expect(code(send(&model, "CreateKey", members)) == "done")
        var blind = Self.model(executor: nil)
        #expect(code(send(&blind, "CreateKey", Array(members.dropFirst()))) == "done")
    }

    @Test func `a role that KMS does not see yet is an invalid principal until it does`() {
        var model = Self.model()
        let text = policy(executor)
        model.principals = []
        let answer = send(&model, "CreateKey", [("Description", ""), ("Policy", .string(text))])
        #expect(answer == .refused("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."))
        model.principals = [executor]
        #expect(code(send(&model, "CreateKey", [("Description", ""), ("Policy", .string(text))])) == "done")
    }

    @Test func `a key policy that denies the executor an operation stops it`() {
        var model = Self.model()
        let denying =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\#(root)"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"\#(executor)"},"Action":"kms:DisableKey","Resource":"*"}]}"#
        #expect(code(send(&model, "CreateKey", [("Description", ""), ("Policy", .string(denying))])) == "done")
        let id = JSONValue.string(model.keys[0].id)
        #expect(code(send(&model, "DisableKey", [("KeyId", id)])) == "AccessDeniedException")
        #expect(code(send(&model, "EnableKeyRotation", [("KeyId", id)])) == "done")
    }

    @Test func `a write shows when its time has come`() throws {
        var model = Self.model()
        model.delay = 10
        model.creating = 5
        _ = send(&model, "CreateKey", [("Description", "a"), ("Policy", .string(policy(root)))])
        let id = model.keys[0].id
        #expect(model.visible(id, start + 9) == nil)
        #expect(model.visible(id, start + 10)?.state(at: start + 10) == "Creating")
        #expect(model.visible(id, start + 15)?.state(at: start + 15) == "Enabled")
        #expect(code(send(&model, "DisableKey", [("KeyId", .string(id))], at: start + 9)) == "NotFoundException")
        #expect(code(send(&model, "DisableKey", [("KeyId", .string(id))], at: start + 12)) == "KMSInvalidStateException")
        #expect(code(send(&model, "DisableKey", [("KeyId", .string(id))], at: start + 20)) == "done")
        #expect(model.keys[0].state(at: start + 29) == "Enabled")
        #expect(model.keys[0].state(at: start + 30) == "Disabled")
    }

    @Test func `a policy reads back in another order, with lists of one as strings`() {
        var model = Self.model()
        let text = #"{"Statement":[{"Action":["kms:*"],"Effect":"Allow","Principal":{"AWS":["a","b"]},"Resource":["*"]}],"Version":"2012-10-17"}"#
        #expect(model.shownPolicy(text) == text)
        model.rewritesPolicies = true
        #expect(
            model.shownPolicy(text)
                == #"{"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":["b","a"]},"Resource":"*"}],"Version":"2012-10-17"}"#)
    }
}

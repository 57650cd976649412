// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct RightsTableTests {
    private let ec = "kms:EncryptionContext:aws:cloudtrail:arn"

    private func lines(_ document: PolicyDocument, key: KeyIdentity = proofKey) -> [String] {
        let table = RightsTable(document, key: key)
        return table.rows.map { row in "\(row.who.words): \(row.cells.map(\.words).joined(separator: " | "))" }
            + table.gaps.map { "? \($0.statement): \($0.reason)" }
    }

    @Test func `the main template gives each right to whom its README says`() throws {
        #expect(
            lines(try example("analyst")) == [
                "arn:aws:iam::604183725190:role/cloudtrail-key-admin: allowed | allowed | never | never | never | allowed",
                "arn:aws:iam::604183725190:role/cloudtrail-key-executor: allowed | allowed | never | never | never | never",
                "cloudtrail.amazonaws.com: never | never | allowed, under a condition | never | never | never",
                "arn:aws:iam::339712745831:role/security-analyst: never | never | never | by IAM, under a condition | never | never",
                "root user of account 604183725190: allowed | allowed | never | never | never | never",
                "anyone else of account 604183725190: by IAM | never | never | never | never | never",
                "anyone else of account 339712745831: never | never | never | by IAM, under a condition | never | never",
                "anyone else of account 281474976710: never | never | never | by IAM, under a condition | never | never",
                "anyone else: never | never | never | never | never | never",
            ])
    }

    @Test func `a cell names its actions and the keys it depends on`() throws {
        let table = RightsTable(try example("organization"), key: proofKey)
        let cloudTrail = try #require(table.rows.first { $0.who.words == "cloudtrail.amazonaws.com" })[.encrypt]
        #expect(cloudTrail.highest == .allowed)
        #expect(cloudTrail.conditionKeys == ["aws:SourceArn", ec])
        #expect(
            cloudTrail.actions == [
                "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext",
            ])
        let readers = try #require(table.rows.first { $0.who == .rest(account: logArchive) })[.decrypt]
        #expect(readers.conditionKeys == [ec])
        #expect(readers.actions == ["kms:Decrypt"])
        #expect(table.complete)
    }

    @Test func `everyone has a row, whoever the statement means`() throws {
        let anyone = try policy(statement(principal: #""Principal":"*""#, action: #""Action":"kms:*""#))
        #expect(
            lines(anyone) == [
                "root user of account 604183725190: allowed | allowed | allowed | allowed | allowed | allowed",
                "anyone else of account 604183725190: allowed | allowed | allowed | allowed | allowed | allowed",
                // A service is allowed, another account's people by IAM; across accounts KMS allows no change of the policy.
                "anyone else: allowed, under a condition | allowed, under a condition | allowed, under a condition | allowed, under a condition | allowed, under a condition | allowed, under a condition",
            ])
    }

    @Test func `a pattern on the caller's ARN is a condition of the others' row`() throws {
        let pattern = #""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/admin/*"}"#
        let document = try policy(statement(principal: #""Principal":"*""#, action: #""Action":"kms:PutKeyPolicy""#, condition: pattern))
        let table = RightsTable(document, key: proofKey)
        let others = try #require(table.rows.first { $0.who == .rest(account: keyAccount) })
        #expect(others[.changePolicy].words == "allowed, under a condition")
        #expect(others[.changePolicy].conditionKeys == ["aws:PrincipalArn"])
        #expect(others[.decrypt].words == "never")
        #expect(table.rows.last?[.changePolicy].words == "never")
    }

    @Test func `a role stands for its sessions, and one named session for itself`() throws {
        let session = "arn:aws:sts::604183725190:assumed-role/r/s"
        let document = try policy(statement(principal: aws("arn:aws:iam::604183725190:role/team/x", session)))
        #expect(
            lines(document) == [
                "arn:aws:iam::604183725190:role/team/x: never | never | never | allowed | never | never",
                "\(session): never | never | never | allowed | never | never",
                "root user of account 604183725190: never | never | never | never | never | never",
                "anyone else of account 604183725190: never | never | never | never | never | never",
                "anyone else: never | never | never | never | never | never",
            ])
    }

    @Test func `the tables of two policies have the same rows in the same order`() throws {
        let guarded = statement("G", effect: "Deny", condition: #""ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/glass"}"#)
        let (old, new) = (try policy(statement(principal: aws(root))), try policy(statement(principal: aws(root)), guarded))
        let (before, after) = (RightsTable(old, key: proofKey, rowsOf: [new, old]), RightsTable(new, key: proofKey, rowsOf: [new, old]))
        #expect(before.rows.map(\.who) == after.rows.map(\.who))
        #expect(
            before.rows.map { "\($0.who.words): \($0[.decrypt].words)" } == [
                "arn:aws:iam::604183725190:role/glass: by IAM", "root user of account 604183725190: allowed",
                "anyone else of account 604183725190: by IAM", "anyone else: never",
            ])
        #expect(
            after.rows.map { "\($0.who.words): \($0[.decrypt].words)" } == [
                "arn:aws:iam::604183725190:role/glass: by IAM", "root user of account 604183725190: never",
                "anyone else of account 604183725190: never", "anyone else: never",
            ])
    }

    @Test func `what cannot be decided says so, and names the statement`() throws {
        let odd = try policy(statement("Odd", condition: #""StringMatches":{"k":"a"}"#))
        let table = RightsTable(odd, key: proofKey)
        #expect(!table.complete)
        #expect(table.gaps.map(\.statement) == [#"statement "Odd""#])
        #expect(table.rows.first?[.decrypt].words == "not decided")
        #expect(table.rows.first?[.encrypt].words == "never")
    }

    @Test func `no action of KMS belongs to two rights, and those that no policy governs to none`() {
        let all = KeyRight.allCases.flatMap(\.actions).map(\.name)
        #expect(Set(all).count == all.count)
        #expect(KeyRight.delegate.actions.map(\.name) == ["CreateGrant"])
        #expect(KeyRight.destroy.actions.map(\.name) == ["DeleteImportedKeyMaterial", "DisableKey", "ScheduleKeyDeletion"])
        #expect(!all.contains("CreateKey"))
        #expect(!all.contains("DescribeKey"))
    }
}

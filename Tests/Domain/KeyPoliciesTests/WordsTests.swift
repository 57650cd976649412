// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct WordsTests {
    let names = AccountNames(keyAccount: keyAccount, names: [management: "the management account", logArchive: "the log archive account"])

    @Test func `a guard is told in plain words`() throws {
        let document = try example("organization")
        #expect(
            StatementWords.lines(document.statements[6], names) == [
                #"7. "Guard" FORBIDS, whatever else allows it,"#, "  - EVERYONE: every person, role and AWS service, in every account [*]",
                "  to",
                "    - change who may do what: change this key policy (PutKeyPolicy)",
                "    - switch off or destroy: disable the key (DisableKey), schedule the key's deletion (ScheduleKeyDeletion)",
                "  on this key (*)", "  whenever",
                #"    - the caller's ARN (aws:PrincipalArn) is not the ARN "arn:aws:iam::604183725190:role/cloudtrail-key-admin" (the key's own account) or "arn:aws:iam::604183725190:role/cloudtrail-key-executor" (the key's own account) or "arn:aws:iam::604183725190:root" (the key's own account), or the request has none [ArnNotEquals]"#,
            ])
    }

    @Test func `readers and CloudTrail are told in plain words`() throws {
        let document = try example("organization")
        #expect(
            StatementWords.lines(document.statements[5], names) == [
                #"6. "Readers" allows"#,
                "  - the root user of account 339712745831 (the log archive account), and whomever IAM of that account lets [AWS arn:aws:iam::339712745831:root]",
                "  - the root user of account 281474976710 (the management account), and whomever IAM of that account lets [AWS arn:aws:iam::281474976710:root]",
                "  to", "    - DECRYPT: decrypt (Decrypt)", "  on this key (*)", "  only if",
                #"    - the request has the trail in the encryption context (kms:EncryptionContext:aws:cloudtrail:arn) (Null is "false") [Null]"#,
            ])
        #expect(
            StatementWords.lines(document.statements[4], names) == [
                #"5. "CloudTrailDescribe" allows"#, "  - the AWS service CloudTrail [Service cloudtrail.amazonaws.com]", "  to",
                "    - look: see the key's settings (DescribeKey)", "  on this key (*)", "  only if",
                #"    - the resource for which an AWS service calls (aws:SourceArn) is exactly "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail" (the management account) [StringEquals]"#,
            ])
    }

    @Test func `what is negated or without effect says so loudly`() throws {
        let document = try policy(
            #"{"Effect":"Deny","NotPrincipal":{"AWS":"AROAABCDEFGHIJKLMNOPQ"},"NotAction":["kms:Get*","kms:Foo"],"NotResource":"*"}"#,
            #"{"Sid":"","Effect":"Allow","Principal":{"Federated":"x"}}"#, statement(action: #""Action":"kms:*""#))
        #expect(
            StatementWords.lines(document.statements[0], names) == [
                "1. (without a Sid) FORBIDS, whatever else allows it,", "  EVERYONE IN THE WORLD EXCEPT (NotPrincipal)",
                "    - nobody: what is left of a deleted role or user [AWS AROAABCDEFGHIJKLMNOPQ]", "  to do EVERYTHING EXCEPT (NotAction)",
                "    - whatever is called Get*: see when the key was last used (GetKeyLastUsage), read this key policy (GetKeyPolicy), see the key's rotation (GetKeyRotationStatus), get what importing key material needs (GetParametersForImport), read the public key (GetPublicKey)",
                "    - \"kms:Foo\", which is no action of KMS", "  on EVERYTHING EXCEPT (NotResource) *", "  ALWAYS",
            ])
        #expect(
            StatementWords.lines(document.statements[1], names) == [
                "2. \"\" allows", "  - nobody who can call KMS [Federated x]",
                "  to do NOTHING: no action is named, so the statement has no effect",
                "  on NOTHING: no resource is named, so the statement has no effect", "  without further condition",
            ])
        #expect(
            StatementWords.lines(document.statements[2], names)[3]
                == "    - EVERYTHING [kms:*]: decrypt, change this key policy, hand out rights, destroy the key, and all else")
    }

    /// Every string, boolean and number of a value, changed one at a time, and every element or member taken away.
    private func mutations(_ value: JSONValue) -> [JSONValue] {
        switch value.content {
        case .string(let text):
            let texts = [text + "x", text.dropLast() + "?", text.uppercased(), text.lowercased()]
            return texts.filter { $0 != text }.map { .string(String($0)) }
        case .array(let elements):
            return elements.indices.flatMap { index in
                mutations(elements[index]).map { changed in
                    var copy = elements
                    copy[index] = changed
                    return .array(copy)
                } + [.array(elements.enumerated().filter { $0.offset != index }.map(\.element))]
            }
        case .object(let members):
            return members.indices.flatMap { index in
                mutations(members[index].value).map { changed in
                    var copy = members
                    copy[index].value = changed
                    return JSONValue(.object(copy))
                } + [JSONValue(.object(members.enumerated().filter { $0.offset != index }.map(\.element)))]
            }
        default: return []
        }
    }

    @Test func `no change of a field leaves the words or the comparison unchanged`() throws {
        let sources = [
            try example("organization").text, PublishedPolicies.json, PublishedPolicies.cloudFormation, PublishedPolicies.console,
        ]
        var seen = 0
        for text in sources {
            let original = try PolicyDocument(text: text)
            let words = PolicyWords.lines(original, names)
            for mutation in mutations(original.json) {
                // What is no policy any more cannot be shown.
                guard let document = try? PolicyDocument(text: JSONWriter.canonicalText(mutation)) else { continue }
                seen += 1
                #expect(PolicyWords.lines(document, names) != words, "\(document.text)")
                let difference = PolicyDifference(from: original, to: document)
                #expect(
                    (difference.grade == .different)
                        == (difference.lines(names).count > 1 || difference.lines(names)[0].hasPrefix("The policy's")))
            }
        }
        #expect(seen > 600)
    }

    @Test func `two lists never read alike`() throws {
        let one = try policy(statement(condition: #""StringEquals":{"k":"a\" or \"b"}"#))
        let two = try policy(statement(condition: #""StringEquals":{"k":["a","b"]}"#))
        #expect(StatementWords.lines(one.statements[0], names) != StatementWords.lines(two.statements[0], names))
    }

    @Test func `a difference names what was added and removed in each statement`() throws {
        let difference = PolicyDifference(from: try example("organization"), to: try example("analyst"))
        #expect(difference.grade == .different && difference.added.isEmpty && difference.removed.isEmpty)
        #expect(
            difference.lines(names) == [
                "CHANGED statement \"Readers\", which allows",
                "  who: now also role security-analyst of account 339712745831 (the log archive account) [AWS arn:aws:iam::339712745831:role/security-analyst]",
            ])
        let back = PolicyDifference(from: try example("analyst"), to: try example("organization"))
        #expect(back.lines(names)[1].hasPrefix("  who: no longer role security-analyst"))
    }

    @Test func `statements that come, go and turn are told`() throws {
        let old = try policy(
            statement("A"), statement("B", condition: #""StringEquals":{"k":"1"}"#), statement("C", action: #""Action":"kms:Encrypt""#))
        let new = try policy(
            statement("B", effect: "Deny", condition: #""StringEquals":{"k":"2"}"#),
            statement("C", action: #""NotAction":"kms:Encrypt""#, resource: ""),
            statement("D"))
        let lines = PolicyDifference(from: old, to: new).lines(names)
        #expect(
            lines == [
                #"CHANGED statement "B", which forbids"#, "  what was Allow is now Deny",
                #"  condition: now also k is exactly "2" [StringEquals]"#,
                #"  condition: no longer k is exactly "1" [StringEquals]"#, #"CHANGED statement "C", which allows"#,
                "  what: it was encrypt (Encrypt)",
                "  what: it is now everything EXCEPT encrypt (Encrypt)", "  on: no longer anything; it was *", "NEW statement",
                #"  3. "D" allows"#,
                "    - EVERYONE: every person, role and AWS service, in every account [*]", "    to", "      - DECRYPT: decrypt (Decrypt)",
                "    on this key (*)",
                "    without further condition", "REMOVED statement", #"  1. "A" allows"#,
                "    - EVERYONE: every person, role and AWS service, in every account [*]", "    to", "      - DECRYPT: decrypt (Decrypt)",
                "    on this key (*)",
                "    without further condition",
            ])
    }
}

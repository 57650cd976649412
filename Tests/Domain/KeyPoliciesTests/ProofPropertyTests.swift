// SPDX-License-Identifier: Apache-2.0
import Files
import StrictFormats
import Testing

@testable import KeyPolicies

/// Random policies and requests from a printed seed. `PROOF_SEED` repeats a run, `PROOF_PAIRS` makes it longer: with 10000 pairs
/// it asks 200,000 requests.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }
    mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
}

enum RandomPolicy {
    static let principals = [
        #""Principal":"*""#, aws(root), aws("339712745831"), aws("arn:aws:iam::604183725190:role/r"),
        aws("arn:aws:iam::604183725190:role/team/r"), aws("arn:aws:iam::339712745831:role/r", "arn:aws:iam::604183725190:user/ann"),
        aws("arn:aws:sts::604183725190:assumed-role/r/s"), cloudTrail,
        #""NotPrincipal":{"AWS":["arn:aws:iam::604183725190:role/r","604183725190"]}"#, #""NotPrincipal":{"AWS":"339712745831"}"#,
    ]
    static let actions = [
        #""Action":"kms:Decrypt""#, #""Action":"kms:*""#, #""Action":["kms:De*","kms:GenerateDataKey*"]"#, #""NotAction":"kms:Decrypt""#,
        #""Action":"kms:PutKeyPolicy""#,
    ]
    static let values = ["a", "b", "ab", "a*", "*b", "a?", "*", "A", ""]
    static let texts = [
        "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringEqualsIfExists", "StringNotLikeIfExists",
    ]
    static let arns = [
        "arn:aws:iam::604183725190:role/r", "arn:aws:iam::604183725190:role/team/*", "arn:aws:iam::*:role/r", "*", "arn:aws:iam::604183725190:root",
        "arn:aws:*::3397*:*",
    ]

    static func condition(_ dice: inout Dice) -> String {
        switch dice.next() % 9 {
        case 0...2:
            let list = (0...Int(dice.next() % 2)).map { _ in #""\#(dice.pick(values))""# }.joined(separator: ",")
            return #""\#(dice.pick(texts))":{"\#(dice.pick(["k", "m", "kms:EncryptionContext:e"]))":[\#(list)]}"#
        case 3:
            return
                #""\#(dice.pick(["ForAllValues:", "ForAnyValue:"]) + dice.pick(Array(texts.prefix(4))))":{"aws:TagKeys":["\#(dice.pick(values))","\#(dice.pick(values))"]}"#
        case 4: return #""Null":{"\#(dice.pick(["k", "m", "aws:TagKeys"]))":"\#(dice.pick(["true", "false"]))"}"#
        case 5: return #""\#(dice.pick(["ArnLike", "ArnNotLike", "StringLike", "ArnNotEquals"]))":{"aws:PrincipalArn":"\#(dice.pick(arns))"}"#
        case 6:
            return
                #""\#(dice.pick(["NumericLessThan", "NumericEquals", "NumericGreaterThanEquals"]))":{"n":"\#(dice.pick(["1", "2", "2.5", "10"]))"}"#
        case 7:
            return #""\#(dice.pick(["IpAddress", "NotIpAddress"]))":{"aws:SourceIp":"\#(dice.pick(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"]))"}"#
        default: return #""Bool":{"aws:PrincipalIsAWSService":"\#(dice.pick(["true", "false"]))"}"#
        }
    }

    static func statements(_ dice: inout Dice) -> [String] {
        (0..<Int(1 + dice.next() % 4)).map { index in
            var seen: Set<Substring> = []
            let conditions = (0..<Int(dice.next() % 3)).map { _ in condition(&dice) }.filter { seen.insert($0.split(separator: ":{")[0]).inserted }
            return statement(
                "S\(index)", effect: dice.chance(70) ? "Allow" : "Deny", principal: dice.pick(principals), action: dice.pick(actions),
                condition: conditions.isEmpty ? nil : conditions.joined(separator: ","))
        }
    }

    /// The same in other words: case that IAM ignores, lists for single values, account ids for root ARNs, a statement twice.
    static func respelled(_ statements: [String], _ dice: inout Dice) -> [String] {
        let other = statements.map { text in
            var text = text
            if dice.chance(50) { text = text.replacing("\"kms:De", with: "\"KMS:dE").replacing("\"kms:Put", with: "\"Kms:PUT") }
            if dice.chance(50) { text = text.replacing("\"Resource\":\"*\"", with: "\"Resource\":[\"*\",\"*\"]") }
            if dice.chance(50) { text = text.replacing("\"339712745831\"", with: "\"arn:aws:iam::339712745831:root\"") }
            if dice.chance(50) { text = text.replacing("\"aws:PrincipalArn\":", with: "\"AWS:principalARN\":") }
            if dice.chance(50) { text = text.replacing("\"Principal\":\"*\"", with: "\"Principal\":{\"AWS\":[\"*\"]}") }
            return text.replacing("\"Sid\":\"S", with: "\"Sid\":\"Other")
        }
        return (other + [dice.pick(other)]).shuffled(using: &dice)
    }

    static func document(_ statements: [String]) throws -> PolicyDocument {
        try PolicyDocument(text: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#)
    }

    /// A whole request: every key that the policies may test is given or absent.
    static func request(_ dice: inout Dice) throws -> AccessRequest {
        let principal = try RequestPrincipal(
            dice.pick([
                "arn:aws:iam::604183725190:role/r", "arn:aws:iam::604183725190:role/team/r", "arn:aws:iam::604183725190:role/x", root,
                "arn:aws:iam::604183725190:user/ann", "arn:aws:sts::604183725190:assumed-role/r/s", "arn:aws:sts::604183725190:assumed-role/r/t",
                "arn:aws:iam::339712745831:role/r", "arn:aws:iam::339712745831:root", "arn:aws:iam::281474976710:role/r", "cloudtrail.amazonaws.com",
                "s3.amazonaws.com", "arn:aws:sts::604183725190:federated-user/f",
            ]))
        var context = RequestContext()
        if case .session(let partition, let account, let role, _) = principal {
            context["aws:PrincipalArn"] = .one("arn:\(partition):iam::\(account):role/\(dice.pick(["", "team/"]))\(role)")
        }
        for key in ["k", "m", "kms:EncryptionContext:e"] {
            context[key] = dice.chance(25) ? .absent : .one(dice.pick(["a", "b", "ab", "A", "", "c", "aab", "B", "a*"]))
        }
        context["n"] = dice.chance(20) ? .absent : .one(dice.pick(["0", "1", "2", "2.2", "3", "10", "11", "x"]))
        context["aws:SourceIp"] = dice.chance(20) ? .absent : .one(dice.pick(["10.0.0.1", "10.1.2.3", "11.0.0.0", "2001:db8::1"]))
        let tags = (0..<Int(dice.next() % 4)).map { _ in dice.pick(["a", "b", "ab", "c"]) }
        context["aws:TagKeys"] = tags.isEmpty ? .absent : tags.count == 1 ? .one(tags[0]) : .several(tags)
        return try AccessRequest(
            principal: principal, action: "kms:" + dice.pick(["Decrypt", "DescribeKey", "GenerateDataKey", "PutKeyPolicy", "CreateGrant"]),
            context: context,
            key: proofKey)
    }
}

@Suite struct ProofPropertyTests {
    @Test(.timeLimit(.minutes(30)))
    func `prover and evaluator agree on random policies and requests`() throws {
        let seed = environment("PROOF_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        let pairs = environment("PROOF_PAIRS").flatMap { Int($0) } ?? 150
        print("PROOF_SEED=\(seed) PROOF_PAIRS=\(pairs)")
        var dice = Dice(seed)
        var witnesses = 0
        var undecided = 0
        for _ in 0..<pairs {
            let old = RandomPolicy.statements(&dice)
            var new = old
            if dice.chance(50) {
                new[Int(dice.next() % UInt64(new.count))] = RandomPolicy.statements(&dice)[0]
            } else {
                new = RandomPolicy.statements(&dice)
            }
            try check(old, new, &dice, &witnesses, &undecided)
        }
        print("\(witnesses) witnesses, \(undecided) pairs undecided")
        // About one pair in forty holds a ForAnyValue:…IfExists or the like; a short run may meet a few more.
        #expect(undecided * 20 <= pairs + 150)
    }

    private func check(_ old: [String], _ new: [String], _ dice: inout Dice, _ witnesses: inout Int, _ undecided: inout Int) throws {
        let (before, after) = (try RandomPolicy.document(old), try RandomPolicy.document(new))
        let proof = PolicyProver.difference(before, after, key: proofKey)
        let comment: Comment = "\(before.text)\n\(after.text)\n\(proof.gaps)"
        if !proof.complete { undecided += 1 }
        for witness in proof.newlyAllowed + proof.noLongerAllowed {
            witnesses += 1
            var context = RequestContext()
            for (key, value) in witness.context { context[key] = value }
            for action in witness.actions {
                let request = try AccessRequest(principal: witness.principal, action: action, context: context, key: proofKey)
                #expect(PolicyEvaluator.answer(before, request).verdict == witness.before, comment)
                #expect(PolicyEvaluator.answer(after, request).verdict == witness.after, comment)
            }
        }
        let reverse = PolicyProver.difference(after, before, key: proofKey)
        #expect(changes(proof.newlyAllowed) == changes(reverse.noLongerAllowed, swapped: true), comment)
        #expect(changes(proof.noLongerAllowed) == changes(reverse.newlyAllowed, swapped: true), comment)
        #expect(PolicyProver.difference(before, try RandomPolicy.document(old.shuffled(using: &dice)), key: proofKey).isSame, comment)
        let shown = Set((proof.newlyAllowed + proof.noLongerAllowed).flatMap { w in w.actions.map { "\($0) \(w.before.word) \(w.after.word)" } })
        let spelled = try RandomPolicy.document(RandomPolicy.respelled(old, &dice))
        #expect(PolicyProver.difference(before, spelled, key: proofKey).isSame, "\(comment)\n\(spelled.text)")
        let rights = RightsTable(after, key: proofKey)
        for _ in 0..<20 {
            let request = try RandomPolicy.request(&dice)
            try fits(request, PolicyEvaluator.answer(after, request).verdict, rights, after)
            guard proof.complete else { continue }
            let (a, b) = (PolicyEvaluator.answer(before, request).verdict, PolicyEvaluator.answer(after, request).verdict)
            guard let low = a.rank, let high = b.rank, low != high else { continue }
            #expect(shown.contains("kms:\(request.actionName) \(a.word) \(b.word)"), "\(comment)\n\(request)")
        }
    }

    /// No request gets more than its row of the table of rights says, and none less where nothing conditions it.
    private func fits(_ request: AccessRequest, _ verdict: Answer.Verdict, _ rights: RightsTable, _ policy: PolicyDocument) throws {
        guard let answer = verdict.rank, let right = KeyRight.allCases.first(where: { $0.actionSet.contains(request.position) }) else { return }
        let path = request.context["aws:PrincipalArn"].flatMap { if case .one(let text) = $0 { text } else { nil } }
        let caller = Caller(principal: request.principal, roleARN: path, isNamed: false, isAccountNamed: false)
        guard let row = RightsHolders([policy], keyAccount: keyAccount).row(caller) else { return }
        let cell = try #require(rights.rows.indices.contains(row) ? rights.rows[row] : nil)[right]
        guard cell.isDecided else { return }
        let comment: Comment = "\(policy.text)\n\(request)\n\(cell)"
        #expect(answer.level <= cell.highest, comment)
        if !cell.isConditional, cell.actions.contains("kms:\(request.actionName)") { #expect(answer.level == cell.highest, comment) }
    }

    private func changes(_ witnesses: [ProofWitness], swapped: Bool = false) -> Set<String> {
        Set(
            witnesses.flatMap { w in
                w.actions.map { "\(w.principal.text) \($0) \((swapped ? w.after : w.before).word) \((swapped ? w.before : w.after).word)" }
            })
    }

    private func environment(_ name: String) -> String? {
        guard let bytes = try? FileReader.read("/proc/self/environ") else { return nil }
        for entry in bytes.split(separator: 0) {
            let text = String(decoding: entry, as: UTF8.self)
            if text.hasPrefix("\(name)=") { return String(text.dropFirst(name.count + 1)) }
        }
        return nil
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// A statement with everything taken away that says nothing: order, repetition, one-element arrays, spelling that IAM ignores.
struct NormalStatement: Hashable {
    /// `Action`, `Resource`, `Principal` or their negations; nil where it is missing.
    struct List: Hashable {
        let isNegated: Bool
        let values: Set<Exact>
    }

    struct Test: Hashable {
        let operatorName: Exact
        let key: Exact
        let values: Set<Exact>
    }

    let sid: Exact
    let effect: Effect
    let principals: List
    let actions: List?
    let resources: List?
    let tests: Set<Test>

    init(_ statement: Statement, partition: String) {
        sid = Exact(statement.sid)
        effect = statement.effect
        principals = List(
            isNegated: statement.principals.isNegated, values: Set(statement.principals.entries.map { $0.normal(partition: partition) }))
        actions = statement.actions.map { list in
            List(isNegated: list.isNegated, values: Set(list.values.map { Exact($0.text.asciiLowercased) }))
        }
        resources = statement.resources.map { list in List(isNegated: list.isNegated, values: Set(list.values.map { Exact($0) })) }
        tests = Set(statement.conditions.map(\.normal))
    }
}

extension PrincipalEntry {
    /// `"*"` is `{"AWS":"*"}`, and an account's id is its root ARN (KMS writes the ARN).
    func normal(partition: String) -> Exact {
        switch (kind, pattern) {
        case (.anyone, _): Exact("AWS *")
        case (.aws, .account(let id, let named)): Exact("AWS arn:\(named ?? partition):iam::\(id):root")
        default: Exact("\(kind.rawValue) \(value.text)")
        }
    }
}

extension Condition {
    var normal: NormalStatement.Test {
        let ignoresCase = test?.comparison == .bool || test?.comparison == .null
        return NormalStatement.Test(
            operatorName: Exact(operatorName), key: Exact(key.text.asciiLowercased),
            values: Set(values.map { Exact(ignoresCase ? $0.text.asciiLowercased : $0.text) }))
    }
}

// SPDX-License-Identifier: Apache-2.0

/// How policies write condition keys.
struct Spelling {
    private var names: [String: String] = ["aws:principalarn": "aws:PrincipalArn"]

    /// - Parameter documents: what the first of them writes, is taken.
    init(_ documents: [PolicyDocument]) {
        for condition in documents.reversed().flatMap({ $0.statements.reversed() }).flatMap(\.conditions) {
            names[condition.contextKey.name] = condition.key.text
        }
    }

    func written(_ lowercased: String) -> String { names[lowercased] ?? lowercased }
}

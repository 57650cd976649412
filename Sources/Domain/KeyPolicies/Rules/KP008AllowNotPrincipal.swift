// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp008 = PolicyRule(
        id: "KP008", severity: .critical,
        reason: "Allow with NotPrincipal lets in everyone in the world but the few that are listed",
        source: "IAM User Guide, NotPrincipal: using it with Allow is not supported",
        fix: "name in Principal who is meant"
    ) { document, _ in
        document.allows.filter(\.principals.isNegated).map {
            Hit($0.principals.place, "statement \($0.title) allows everyone but those it lists")
        }
    }
}

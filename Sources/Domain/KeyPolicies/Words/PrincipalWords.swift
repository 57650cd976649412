// SPDX-License-Identifier: Apache-2.0

/// Principals in words, each with its exact text in brackets.
enum PrincipalWords {
    static func phrase(_ entry: PrincipalEntry, _ names: AccountNames) -> String { "\(meaning(entry, names)) [\(exact(entry))]" }

    private static func exact(_ entry: PrincipalEntry) -> String {
        switch entry.kind {
        case .anyone: "*"
        default: "\(entry.kind.rawValue) \(Quoted.word(entry.value.text))"
        }
    }

    private static func meaning(_ entry: PrincipalEntry, _ names: AccountNames) -> String {
        func named(_ kind: String, _ name: String, _ account: String) -> String {
            "\(kind) \(Quoted.word(name)) of \(names.account(account))"
        }
        switch entry.pattern {
        case .everyone: return "EVERYONE: every person, role and AWS service, in every account"
        case .account(let id, _):
            return "the root user of \(names.account(id)), and whomever IAM of that account lets"
        case .role(let account, let name): return named("role", name, account)
        case .user(let account, let name): return named("user", name, account)
        case .session(let account, let role, let session): return named("the session \(Quoted.word(session)) of role", role, account)
        case .federatedUser(let account, let name): return named("federated user", name, account)
        case .service(let name): return "the AWS service \(name.after("cloudtrail.") == nil ? Quoted.word(name) : "CloudTrail")"
        case .uniqueID: return "nobody: what is left of a deleted role or user"
        case .nobody: return "nobody who can call KMS"
        }
    }
}

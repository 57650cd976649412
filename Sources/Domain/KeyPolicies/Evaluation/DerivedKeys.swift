// SPDX-License-Identifier: Apache-2.0

/// Condition keys that follow from who asks (IAM User Guide, "AWS global condition context keys"; KMS, `kms:CallerAccount`).
enum DerivedKeys {
    private static let names: Set<String> = [
        "aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:principalisawsservice", "aws:principalservicename",
        "aws:resourceaccount", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicenameslist",
        "aws:principaltype", "aws:username", "aws:principalorgid", "aws:principalorgpaths", "aws:userid", "aws:sourceip", "aws:sourcevpc",
        "aws:sourcevpce", "aws:vpcsourceip", "aws:multifactorauthpresent", "aws:multifactorauthage", "kms:viaservice", "aws:viaawsservice",
    ]

    /// Whether anything below says something about a key: for all others the questions need not be asked.
    static func mayKnow(_ lowercasedKey: String) -> Bool {
        names.contains(lowercasedKey) || lowercasedKey.utf8.starts(with: "aws:principaltag/".utf8)
    }

    /// Never free: the principal decides, and a context may not say otherwise.
    static func fixed(_ key: String, for principal: RequestPrincipal) -> ContextValue? {
        switch key.asciiLowercased {
        case "aws:principalarn": principal.principalARN.map { .one($0) } ?? .absent
        case "aws:principalaccount", "kms:calleraccount": principal.account.map { .one($0) } ?? .absent
        case "aws:principalisawsservice": .one(principal.account == nil ? "true" : "false")
        case "aws:principalservicename":
            if case .service(let name) = principal { .one(name) } else { .absent }
        default: nil
        }
    }

    /// What holds unless the request says otherwise.
    static func assumed(_ key: String, for principal: RequestPrincipal) -> ContextValue? {
        let lower = key.asciiLowercased
        guard case .service = principal else {
            switch lower {
            // A service principal that acts for a resource has these; nobody else has.
            case "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicenameslist":
                return .absent
            case "aws:principaltype": return .one(type(of: principal))
            case "aws:username":
                if case .user(_, _, let name) = principal { return .one(name.lastComponent) }
                return .absent
            default: return nil
            }
        }
        if lower.after("aws:principaltag/") != nil { return .absent }
        switch lower {
        // A service's own call has no organization, no network address and no forwarded user.
        case "aws:principalorgid", "aws:principalorgpaths", "aws:principaltype", "aws:userid", "aws:username", "aws:sourceip",
            "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:multifactorauthpresent", "aws:multifactorauthage", "kms:viaservice":
            return .absent
        case "aws:viaawsservice": return .one("false")
        default: return nil
        }
    }

    private static func type(of principal: RequestPrincipal) -> String {
        switch principal {
        case .root: "Account"
        case .user: "User"
        case .role, .session: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .service: "Service"
        }
    }
}

extension String {
    /// What stands after the last slash: a role's or user's name without its path.
    var lastComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(decoding: utf8[utf8.index(after: slash)...], as: UTF8.self)
    }
}

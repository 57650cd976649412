// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// `Principal` or `NotPrincipal`.
public struct PrincipalElement: Sendable {
    /// `NotPrincipal`: everybody but these.
    public let isNegated: Bool
    public let entries: [PrincipalEntry]
    public let place: PolicyString
}

/// One principal that a statement names.
public struct PrincipalEntry: Sendable {
    /// The member of the element's object under which it stands; `anyone` is the bare `"*"`.
    public enum Kind: String, Sendable, CaseIterable {
        case anyone = "*"
        case aws = "AWS"
        case service = "Service"
        case federated = "Federated"
        case canonicalUser = "CanonicalUser"
    }

    /// Shared, so that passing an entry on costs no more than one reference.
    private final class Parts: Sendable {
        let kind: Kind
        let value: PolicyString
        let pattern: PrincipalPattern

        init(_ kind: Kind, _ value: PolicyString) {
            (self.kind, self.value) = (kind, value)
            pattern = PrincipalPattern(kind, value.text)
        }
    }

    private let parts: Parts

    init(_ kind: Kind, _ value: PolicyString) { parts = Parts(kind, value) }

    public var kind: Kind { parts.kind }
    public var value: PolicyString { parts.value }
    public var pattern: PrincipalPattern { parts.pattern }

    func match(_ caller: RequestPrincipal) -> PrincipalMatch { parts.pattern.match(caller) }
}

/// Whom an entry stands for. The forms are those of the IAM User Guide, "AWS JSON policy elements: Principal".
public enum PrincipalPattern: Sendable, Hashable {
    /// `"*"`, `{"AWS":"*"}`: everybody, AWS services and other accounts included.
    case everyone
    /// An account id or its root ARN: the account's IAM decides whom it lets in; the root user needs no leave.
    case account(id: String, partition: String?)
    /// `name` holds the path, e.g. `service-role/reader`.
    case role(account: String, name: String)
    case user(account: String, name: String)
    case session(account: String, role: String, session: String)
    case federatedUser(account: String, name: String)
    case service(String)
    /// `AROA…`, `AIDA…`: what AWS leaves behind when a role or user is deleted. Nobody has it again.
    case uniqueID(String)
    /// Web identity, SAML, canonical user, group, partial wildcard: nobody who calls KMS is that.
    case nobody(String)

    init(_ kind: PrincipalEntry.Kind, _ text: String) {
        switch kind {
        case .anyone: self = .everyone
        case .service: self = text.hasSameBytes(as: "*") ? .everyone : .service(text)
        case .federated, .canonicalUser: self = .nobody(text)
        case .aws: self = Self.aws(text)
        }
    }

    private static func aws(_ text: String) -> PrincipalPattern {
        if text.hasSameBytes(as: "*") { return .everyone }
        if AccountID.isValid(text) { return .account(id: text, partition: nil) }
        if isUniqueID(text) { return .uniqueID(text) }
        guard let arn = ARN(text), !arn.account.isEmpty, arn.region.isEmpty else { return .nobody(text) }
        let resource = arn.resource
        switch arn.service {
        case _ where text.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }):
            return .nobody(text)
        case "iam" where resource.hasSameBytes(as: "root"):
            return .account(id: arn.account, partition: arn.partition)
        case "iam":
            if let name = resource.after("role/") { return .role(account: arn.account, name: name) }
            if let name = resource.after("user/") { return .user(account: arn.account, name: name) }
        case "sts":
            if let name = resource.after("federated-user/") { return .federatedUser(account: arn.account, name: name) }
            if let rest = resource.after("assumed-role/"), let (role, session) = rest.split(at: "/") {
                return .session(account: arn.account, role: role, session: session)
            }
        default: break
        }
        return .nobody(text)
    }

    /// The prefixes of the IAM User Guide, "IAM identifiers".
    private static func isUniqueID(_ text: String) -> Bool {
        let prefixes = ["AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "ASCA"]
        guard text.utf8.count >= 16, prefixes.contains(where: { text.after($0) != nil }) else { return false }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}

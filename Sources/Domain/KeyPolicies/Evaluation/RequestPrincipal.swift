// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// Who asks: one concrete caller.
public enum RequestPrincipal: Sendable, Hashable {
    /// An AWS service by its own right, e.g. `cloudtrail.amazonaws.com`.
    case service(String)
    /// An account's root user.
    case root(partition: String, account: String)
    /// `name` holds the path.
    case user(partition: String, account: String, name: String)
    /// Some session of a role. `name` holds the path.
    case role(partition: String, account: String, name: String)
    /// One session of a role, whose path its ARN does not tell.
    case session(partition: String, account: String, role: String, session: String)
    case federatedUser(partition: String, account: String, name: String)

    /// Reads an ARN of a role, user, session, federated user or account root, or the bare name of a service.
    /// - Throws: `principal-unknown`.
    public init(_ text: String) throws(Refusal) {
        guard let principal = Self.named(text) else {
            throw Refusal(
                "principal-unknown", .usage, "\(Quoted.text(text)) is no caller",
                hint: "write the ARN of a role, user, session or account root, or a service such as cloudtrail.amazonaws.com")
        }
        self = principal
    }

    static func named(_ text: String) -> RequestPrincipal? { fromARN(text) ?? fromServiceName(text) }

    private static func fromARN(_ text: String) -> RequestPrincipal? {
        guard let arn = ARN(text), AccountID.isValid(arn.account), !text.utf8.contains(where: { "*?".utf8.contains($0) }) else {
            return nil
        }
        switch PrincipalPattern(.aws, text) {
        case .account: return .root(partition: arn.partition, account: arn.account)
        case .role(let account, let name): return .role(partition: arn.partition, account: account, name: name)
        case .user(let account, let name): return .user(partition: arn.partition, account: account, name: name)
        case .session(let account, let role, let session):
            return .session(partition: arn.partition, account: account, role: role, session: session)
        case .federatedUser(let account, let name): return .federatedUser(partition: arn.partition, account: account, name: name)
        default: return nil
        }
    }

    private static func fromServiceName(_ text: String) -> RequestPrincipal? {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            !label.isEmpty && label.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        }
        return labels.count >= 3 && labels.contains { $0.elementsEqual("amazonaws".utf8) } && isName ? .service(text) : nil
    }

    /// The account of the caller; nil for a service.
    public var account: String? {
        switch self {
        case .service: nil
        case .root(_, let account), .user(_, let account, _), .role(_, let account, _), .session(_, let account, _, _),
            .federatedUser(_, let account, _):
            account
        }
    }

    func isOf(_ account: String) -> Bool { self.account?.hasSameBytes(as: account) ?? false }

    /// Nil for a service.
    var partition: String? {
        switch self {
        case .service: nil
        case .root(let partition, _), .user(let partition, _, _), .role(let partition, _, _), .session(let partition, _, _, _),
            .federatedUser(let partition, _, _):
            partition
        }
    }

    /// As it is written on a command line.
    public var text: String {
        switch self {
        case .service(let name): name
        case .root(let partition, let account): "arn:\(partition):iam::\(account):root"
        case .user(let partition, let account, let name): "arn:\(partition):iam::\(account):user/\(name)"
        case .role(let partition, let account, let name): "arn:\(partition):iam::\(account):role/\(name)"
        case .session(let partition, let account, let role, let session): "arn:\(partition):sts::\(account):assumed-role/\(role)/\(session)"
        case .federatedUser(let partition, let account, let name): "arn:\(partition):sts::\(account):federated-user/\(name)"
        }
    }

    /// Whether both are written alike, without writing them: the prover asks it of every caller that it looks at.
    func hasSameText(as other: RequestPrincipal) -> Bool {
        switch (self, other) {
        case (.service(let name), .service(let another)): name.hasSameBytes(as: another)
        case (.root(let partition, let account), .root(let second, let owner)):
            account.hasSameBytes(as: owner) && partition.hasSameBytes(as: second)
        case (.user(let partition, let account, let name), .user(let second, let owner, let another)),
            (.role(let partition, let account, let name), .role(let second, let owner, let another)),
            (.federatedUser(let partition, let account, let name), .federatedUser(let second, let owner, let another)):
            account.hasSameBytes(as: owner) && name.hasSameBytes(as: another) && partition.hasSameBytes(as: second)
        case (.service, _), (_, .service), (.session, .session): text.hasSameBytes(as: other.text)
        default: false
        }
    }

    /// `aws:PrincipalArn`: for a session that of its role, written without the path that nobody knows.
    var principalARN: String? {
        switch self {
        case .service: nil
        case .session(let partition, let account, let role, _): "arn:\(partition):iam::\(account):role/\(role)"
        default: text
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

/// Where a bundle acts, and who submits it.
public struct Target: Sendable, Hashable {
    public let partition: String
    public let account: String
    public let region: String
    /// The ARN of the IAM role or user that will submit.
    public let executor: String

    public init(partition: String, account: String, region: String, executor: String) {
        self.partition = partition
        self.account = account
        self.region = region
        self.executor = executor
    }

    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            let partition = try members.required("partition", Names.partition)
            let account = try members.required("account", Names.account)
            let region = try members.required("region", Names.region)
            let executorValue = try members.required("executor")
            let executor = try Names.shown(executorValue)
            guard Self.isExecutor(executor, partition: partition, account: account) else {
                throw executorValue.invalid(
                    "\"\(SafeText.escaped(executor))\" is no role or user of account \(account)",
                    hint: "for example arn:\(partition):iam::\(account):role/cloudtrail-key-executor")
            }
            return Target(partition: partition, account: account, region: region, executor: executor)
        }
    }

    /// `arn:PARTITION:iam::ACCOUNT:(role|user)/[path/]NAME` (IAM User Guide, "IAM identifiers").
    static func isExecutor(_ arn: String, partition: String, account: String) -> Bool {
        for kind in ["role", "user"] {
            guard let rest = arn.bytes(after: "arn:\(partition):iam::\(account):\(kind)/") else { continue }
            let parts = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            let name = parts[parts.count - 1]
            return rest.count <= 576 && (1...64).contains(name.count)
                && parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { isNameByte($0) } }
        }
        return false
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "+=,.@_-".utf8.contains(byte)
        }
    }

    /// The name of the executor without its path, and whether it is a role.
    public var executorName: (isRole: Bool, name: String) {
        let resource = executor.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last ?? ""
        let parts = resource.split(separator: "/")
        return (parts.first == "role", String(parts.last ?? ""))
    }

    public var json: JSONValue {
        .object([
            ("partition", .string(partition)), ("account", .string(account)), ("region", .string(region)), ("executor", .string(executor)),
        ])
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A partition: a set of regions with accounts and names of its own (the second field of an ARN).
public enum AWSPartition: String, Sendable, Hashable, CaseIterable {
    case aws
    case govCloud = "aws-us-gov"
    case china = "aws-cn"

    /// The partition of a Region, by the beginning of its name.
    public static func of(region: String) -> AWSPartition {
        region.utf8.starts(with: "us-gov-".utf8) ? .govCloud : region.utf8.starts(with: "cn-".utf8) ? .china : .aws
    }

    /// The domain of a service's ordinary hosts.
    var domain: String { self == .china ? "amazonaws.com.cn" : "amazonaws.com" }
}

/// The name of a region, as far as it matters here: it becomes a label of a host name.
enum AWSRegion {
    /// Lower-case letters, digits and inner hyphens: nothing that could end the label or begin a path.
    static func isWellFormed(_ region: String) -> Bool {
        let bytes = Array(region.utf8)
        guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }
}

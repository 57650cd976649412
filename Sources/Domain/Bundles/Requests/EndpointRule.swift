// SPDX-License-Identifier: Apache-2.0

import StrictFormats
public import Trust

/// Where a request may go (formats.md §9): AWS's own endpoints of the target, or one that a trust root lists.
public enum EndpointRule {
    /// `https://SERVICE[-fips].REGION.(amazonaws.com[.cn]|api.aws)`, or an entry of `limits.endpoints`.
    public static func isAllowed(_ endpoint: String, service: String, target: Target, limits: Limits) -> Bool {
        if limits.endpoints.contains(where: { $0.hasSameBytes(as: endpoint) }) { return true }
        let domains = target.partition == "aws-cn" ? ["amazonaws.com.cn"] : ["amazonaws.com", "api.aws"]
        for domain in domains {
            for name in [service, service + "-fips"] where endpoint.hasSameBytes(as: "https://\(name).\(target.region).\(domain)") { return true }
        }
        return false
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

extension AWSEndpoint {
    /// AWS's own endpoint of a service in a region ("AWS service endpoints", AWS General Reference).
    ///
    /// In GovCloud the ordinary STS and CloudTrail endpoints are the FIPS ones; they have no `-fips` host there.
    /// - Throws: `region-invalid`; `endpoint-not-offered` for FIPS or dual-stack hosts in China, whose names
    ///   are not among those a ledger may hold (formats.md §9).
    public static func standard(
        _ service: AWSService, region: String, partition: AWSPartition, fips: Bool = false, dualStack: Bool = false
    ) throws(Refusal) -> AWSEndpoint {
        guard AWSRegion.isWellFormed(region) else {
            throw Refusal("region-invalid", .badData, "\"\(SafeText.escaped(region))\" is no name of a region")
        }
        if partition == .china, fips || dualStack {
            throw Refusal(
                "endpoint-not-offered", .configuration,
                "AWS offers no \(fips ? "FIPS" : "dual-stack") endpoint of \(service.rawValue) in partition \(partition.rawValue)")
        }
        let isPlainHost = partition == .govCloud && service != .kms && !dualStack
        let label = service.rawValue + (fips && !isPlainHost ? "-fips" : "")
        return AWSEndpoint(scheme: .https, host: "\(label).\(region).\(dualStack ? "api.aws" : partition.domain)")
    }

    /// Whether this is AWS's own endpoint of that service and region: these need no mention in a trust root's limits.
    ///
    /// formats.md §9: `https://SERVICE[-fips].REGION.(amazonaws.com[.cn]|api.aws)`, on its ordinary port.
    public func isAWSOwn(service: AWSService, region: String, partition: AWSPartition) -> Bool {
        guard scheme == .https, port == Scheme.https.port, AWSRegion.isWellFormed(region) else { return false }
        let domains = partition == .china ? [partition.domain] : [partition.domain, "api.aws"]
        return domains.contains { domain in
            ["", "-fips"].contains { "\(service.rawValue)\($0).\(region).\(domain)".hasSameBytes(as: host) }
        }
    }
}

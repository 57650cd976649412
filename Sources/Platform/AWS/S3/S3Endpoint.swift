// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

extension AWSSettings {
    /// The endpoint of S3: `option`, else what is configured (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile), else AWS's own
    /// ("Amazon S3 endpoints", AWS General Reference).
    /// - Throws: `region-invalid`, `endpoint-invalid`, `endpoint-insecure`.
    public func bucketEndpoint(region: String, option: String?) throws(Refusal) -> AWSEndpoint {
        if let option { return try AWSEndpoint(url: option) }
        if let configured = try configuredEndpoint(of: "s3") { return configured }
        guard AWSRegion.isWellFormed(region) else {
            throw Refusal("region-invalid", .badData, "\"\(SafeText.escaped(region))\" is no name of a region")
        }
        let label = "s3" + (usesFIPS ? "-fips" : "") + (usesDualStack ? ".dualstack" : "")
        return AWSEndpoint(scheme: .https, host: "\(label).\(region).\(AWSPartition.of(region: region).domain)")
    }
}

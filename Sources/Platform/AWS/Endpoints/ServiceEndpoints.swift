// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// The endpoint of every service, for one command.
public struct ServiceEndpoints: Sendable, Hashable {
    private let table: [AWSService: AWSEndpoint]

    /// The standard endpoints, but for those that `custom` names.
    public init(
        region: String, partition: AWSPartition, fips: Bool = false, dualStack: Bool = false, custom: [AWSService: AWSEndpoint] = [:]
    ) throws(Refusal) {
        var table: [AWSService: AWSEndpoint] = [:]
        for service in AWSService.allCases {
            if let chosen = custom[service] {
                table[service] = chosen
            } else {
                table[service] = try .standard(service, region: region, partition: partition, fips: fips, dualStack: dualStack)
            }
        }
        self.table = table
    }

    public subscript(service: AWSService) -> AWSEndpoint {
        // Every service was given one in init.
        guard let endpoint = table[service] else { preconditionFailure("no endpoint of \(service.rawValue)") }
        return endpoint
    }
}

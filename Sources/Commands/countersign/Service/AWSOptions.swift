// SPDX-License-Identifier: Apache-2.0

import AWS
import ArgumentParser
import Bundles
import CommandSupport
import Foundation
import StrictFormats

/// `--profile` and `--endpoint-url`: who we are to AWS, and where it is.
struct AWSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The profile of the shared AWS configuration to use.", valueName: "name")) var profile: String?
    @Option(help: ArgumentHelp("An endpoint for KMS and STS of this command.", valueName: "url")) var endpointUrl: String?

    /// The adapter to AWS for one target.
    func service(region: String, partition: String) throws(Refusal) -> AWSKeyService {
        let environment = ProcessInfo.processInfo.environment
        guard let known = AWSPartition(rawValue: partition) else {
            throw Refusal("partition", .badData, "\(SafeText.escaped(partition)) is no partition that this release knows")
        }
        let custom = try EndpointSettings.custom(option: endpointUrl, environment: environment)
        let variants = EndpointSettings.variants(environment: environment)
        let endpoints = try ServiceEndpoints(region: region, partition: known, fips: variants.fips, dualStack: variants.dualStack, custom: custom)
        return AWSKeyService(endpoints: endpoints) { [profile] () throws(Refusal) in
            let credentials = try CredentialsChain.resolve(profile: profile, environment: environment)
            let transport = CurlTransport(settings: TransportSettings(environment: environment))
            return AWSClient(credentials: credentials, region: region, endpoints: endpoints, transport: transport, clock: { SystemClock.now() })
        }
    }
}

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
    @Option(help: ArgumentHelp("An endpoint for KMS, STS and S3 of this command.", valueName: "url")) var endpointUrl: String?

    /// The adapter to AWS for one target.
    func service(region: String, partition: String) throws(Refusal) -> AWSKeyService {
        guard let known = AWSPartition(rawValue: partition) else {
            throw Refusal("partition", .badData, "\(SafeText.escaped(partition)) is no partition that this release knows")
        }
        let settings = try AWSSettings(profile: profile, environment: ProcessInfo.processInfo.environment)
        let endpoints = try settings.endpoints(region: region, partition: known, option: endpointUrl)
        let context = Self.context(settings, sts: (endpoints[.sts], region))
        return AWSKeyService(endpoints: endpoints, clock: { SystemClock.now() }) { () throws(Refusal) in
            let credentials = try CredentialsChain(context).resolve()
            for warning in [settings.regionWarning(used: region), credentials.warning].compactMap({ $0 }) {
                Console.note("countersign: warning: \(warning)")
            }
            return AWSClient(
                credentials: credentials, region: region, endpoints: endpoints, transport: CurlTransport(settings: settings.transfer),
                clock: { SystemClock.now() })
        }
    }

    /// A bucket with this machine's credentials.
    func bucket(_ location: String, region: String?) throws(Refusal) -> ObjectBucket {
        let settings = try AWSSettings(profile: profile, environment: ProcessInfo.processInfo.environment)
        guard let region = region ?? settings.region?.name else {
            throw Refusal("region-missing", .configuration, "no Region says where the bucket is", hint: "give --region, or set AWS_REGION")
        }
        let table = try settings.endpoints(region: region, partition: AWSPartition.of(region: region), option: endpointUrl)
        let endpoint = try settings.bucketEndpoint(region: region, option: endpointUrl)
        let credentials = try CredentialsChain(Self.context(settings, sts: (table[.sts], region))).resolve()
        if let warning = credentials.warning { Console.note("countersign: warning: \(warning)") }
        return try ObjectBucket(
            location, endpoint: endpoint, region: region, credentials: credentials,
            transport: CurlTransport(settings: settings.transfer, keepsConnections: true), clock: { SystemClock.now() })
    }

    /// What the sources of credentials work with in this process.
    static func context(_ settings: AWSSettings, sts: (endpoint: AWSEndpoint, region: String)?) -> CredentialsContext {
        CredentialsContext(
            settings: settings, sts: sts, transport: { CurlTransport(settings: $0) }, clock: { SystemClock.now() },
            askTokenCode: { serial throws(Refusal) in
                let typed = try Prompt.hidden(
                    "MFA code of \(SafeText.escaped(serial)):", instead: "run it at a terminal, or put a session's keys into the environment")
                return String(decoding: typed, as: UTF8.self)
            })
    }
}

extension AWSCredentials {
    /// What a person should know of such credentials.
    var warning: String? {
        isLongLived ? "\(abbreviatedKeyID) from \(SafeText.escaped(source)) is a long-lived access key; a role's session is safer" : nil
    }
}

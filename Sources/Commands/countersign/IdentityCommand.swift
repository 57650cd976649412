// SPDX-License-Identifier: Apache-2.0

import AWS
import ArgumentParser
import CommandSupport
import Foundation
import OfflineCommands
import StrictFormats

struct IdentityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Say which AWS credentials are used, where they come from, and whose they are. Changes nothing.",
        discussion: """
            Speaks to the source of the credentials and, unless --no-call is given, to STS; never to KMS.
            Example:
              countersign identity --profile executor --region us-east-1
            """
    )

    @OptionGroup var aws: AWSOptions
    @Option(help: ArgumentHelp("The Region whose STS is asked (default: the one that is configured).", valueName: "region")) var region: String?
    @Flag(help: "Do not ask STS whose they are.") var noCall = false
    @OptionGroup var format: FormatOptions

    func run() throws {
        let settings = try AWSSettings(profile: aws.profile, environment: ProcessInfo.processInfo.environment)
        let endpoints = try (region ?? settings.region?.name).map { name throws(Refusal) in
            (region: name, table: try settings.endpoints(region: name, partition: AWSPartition.of(region: name), option: aws.endpointUrl))
        }
        let credentials = try CredentialsChain(AWSOptions.context(settings, sts: endpoints.map { ($0.table[.sts], $0.region) })).resolve()
        var identity: CallerIdentity?
        if !noCall {
            guard let endpoints else {
                throw Refusal(
                    "region-missing", .configuration, "no Region says which STS to ask", hint: "give --region, set AWS_REGION, or give --no-call")
            }
            let transport = CurlTransport(settings: settings.transfer)
            identity = try AWSClient(
                credentials: credentials, region: endpoints.region, endpoints: endpoints.table, transport: transport, clock: { SystemClock.now() }
            ).getCallerIdentity().value
        }
        if let warning = credentials.warning { Console.note("countersign: warning: \(warning)") }
        try format.answer(
            text: Self.text(credentials, identity),
            json: .object([
                ("method", .string(credentials.method.rawValue)), ("source", .string(credentials.source)),
                ("accessKeyId", .string(credentials.abbreviatedKeyID)), ("longLived", .bool(credentials.isLongLived)),
                ("expires", credentials.expiration.map { .string($0.text) }), ("account", identity.map { .string($0.account) }),
                ("arn", identity.map { .string($0.arn) }), ("userId", identity.map { .string($0.userID) }),
            ]))
        if let arn = identity?.arn, arn.hasSuffix(":root") {
            throw Refusal(
                "identity-root", .notPermitted, "these are credentials of the account's root user, which may not execute",
                hint: "use a role; the root user's access keys should not exist")
        }
    }

    private static func text(_ credentials: AWSCredentials, _ identity: CallerIdentity?) -> String {
        var rows = [["credentials", credentials.abbreviatedKeyID], ["from", SafeText.escaped(credentials.source)]]
        rows.append(["method", credentials.method.rawValue])
        rows.append(["expires", credentials.expiration.map(\.text) ?? "not known"])
        if let identity { rows.append(["identity", SafeText.escaped(identity.arn)]) }
        return TextBlock.table(rows).joined(separator: "\n")
    }
}

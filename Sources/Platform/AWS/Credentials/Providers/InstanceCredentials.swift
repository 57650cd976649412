// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The instance metadata service, version 2 only: a session token first, then the role's name, then its credentials
/// ("Use the Instance Metadata Service to access instance metadata", EC2 User Guide).
///
/// Version 1 is refused (formats.md §9); there botocore, which falls back to it, is not followed.
struct InstanceCredentials: CredentialsProvider {
    let context: CredentialsContext

    private static let folder = "/latest/meta-data/iam/security-credentials/"

    /// Nil where it is turned off, or where nobody answers: then this is no instance.
    func find() throws(Refusal) -> AWSCredentials? {
        if context.environment["AWS_EC2_METADATA_DISABLED"]?.asciiLowercased == "true" { return nil }
        let endpoint = try endpoint()
        let settings = context.settings
        var transfer = settings.transfer
        let seconds = try settings.number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", in: 1...60, default: 1)
        (transfer.connectMilliseconds, transfer.totalMilliseconds) = (seconds * 1_000, seconds * 1_000)
        let attempts = try settings.number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", in: 1...10, default: 1)
        let transport = context.transport(transfer)

        guard let token = try token(endpoint, transport, attempts) else { return nil }
        func read(_ target: String) throws(Refusal) -> [UInt8] {
            let sending = CredentialsSending(
                name: "the instance metadata service", endpoint: endpoint, context: context, retries: RetryPlan(attempts: max(attempts, 2)))
            let headers = [HTTPHeader("X-aws-ec2-metadata-token", token), HTTPHeader("User-Agent", "countersign")]
            return try sending.send { transport.send(HTTPRequest(.get, endpoint, target: target, headers: headers)) }.body
        }
        let role = String(decoding: try read(Self.folder), as: UTF8.self).filter { !$0.isWhitespace }
        guard !role.isEmpty, role.utf8.allSatisfy(Self.isOfRoleName) else {
            throw Refusal("imds-no-role", .configuration, "the instance metadata service at \(endpoint.text) names no role of this instance")
        }
        let given = try CredentialsAnswer(try read(Self.folder + role), of: "the instance metadata service")
        if let code = given.text("Code"), code != "Success" {
            throw Refusal(
                "imds-no-role", .configuration, "the instance metadata service gives no credentials of role \(role): \(SafeText.escaped(code))")
        }
        return try given.credentials(
            "AccessKeyId", "SecretAccessKey", "Token", expiration: try given.time("Expiration"), method: .instance,
            source: "role \(role) of this instance", now: context.clock())
    }

    private func endpoint() throws(Refusal) -> AWSEndpoint {
        let settings = context.settings
        if let (text, origin) = settings.value("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint") {
            let url = try SourceURL(text, from: origin)
            guard url.target == "/" else { throw Refusal("endpoint-invalid", .configuration, "\(origin): a path is not allowed in the URL") }
            return url.endpoint
        }
        let mode = settings.value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
        switch mode?.text.asciiLowercased {
        case nil: break
        case "ipv4": return AWSEndpoint(scheme: .http, host: "169.254.169.254")
        case "ipv6": return AWSEndpoint(scheme: .http, host: "fd00:ec2::254")
        default: throw Refusal("setting-invalid", .configuration, "\(mode?.origin ?? "") is neither IPv4 nor IPv6")
        }
        let host = settings.flag("AWS_IMDS_USE_IPV6", "imds_use_ipv6") ? "fd00:ec2::254" : "169.254.169.254"
        return AWSEndpoint(scheme: .http, host: host)
    }

    /// A session token for six hours; nil where there is no such service.
    private func token(_ endpoint: AWSEndpoint, _ transport: any Transport, _ attempts: Int) throws(Refusal) -> String? {
        let headers = [HTTPHeader("X-aws-ec2-metadata-token-ttl-seconds", "21600"), HTTPHeader("User-Agent", "countersign")]
        for _ in 0..<attempts {
            guard case .answered(let answer) = transport.send(HTTPRequest(.put, endpoint, target: "/latest/api/token", headers: headers)) else {
                continue
            }
            let token = String(decoding: answer.body, as: UTF8.self)
            guard answer.status == 200, !token.isEmpty, HTTPHeader("X", token).isWellFormed else {
                throw Refusal(
                    "imds-v1-refused", .configuration,
                    "the instance metadata service at \(endpoint.text) gives no session token (status \(answer.status)); its version 1 is not used",
                    hint: "allow IMDSv2 on the instance, or set AWS_EC2_METADATA_DISABLED=true")
            }
            return token
        }
        return nil
    }

    /// What a role's name may be made of (IAM API reference).
    private static func isOfRoleName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "+=,.@_-".utf8.contains(byte)
        }
    }
}

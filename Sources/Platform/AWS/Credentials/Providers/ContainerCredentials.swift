// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import StrictFormats

/// The endpoint that a container is given: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`
/// ("Container credential provider", AWS SDKs and Tools Reference Guide).
struct ContainerCredentials: CredentialsProvider {
    let context: CredentialsContext

    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    /// Beside https and addresses of this machine: the agents of ECS and EKS.
    private static let hosts = ["localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"]

    func find() throws(Refusal) -> AWSCredentials? {
        let url: SourceURL
        let name: String
        if let path = context.variable(Self.relative) {
            guard path.utf8.first == UInt8(ascii: "/") else {
                throw Refusal("endpoint-invalid", .configuration, "\(Self.relative) does not begin with a slash")
            }
            (url, name) = (try SourceURL("http://169.254.170.2\(path)", from: Self.relative), Self.relative)
        } else if let text = context.variable(Self.full) {
            (url, name) = (try SourceURL(text, from: Self.full), Self.full)
        } else {
            return nil
        }
        guard url.endpoint.scheme == .https || url.endpoint.isLoopback || Self.hosts.contains(where: { $0.hasSameBytes(as: url.endpoint.host) })
        else {
            throw Refusal(
                "endpoint-insecure", .configuration, "\(name): http:// is allowed to this machine and the agents of ECS and EKS only",
                hint: "use https://, or one of \(Self.hosts.joined(separator: ", "))")
        }
        let headers = [HTTPHeader("Accept", "application/json")] + (try authorization().map { [HTTPHeader("Authorization", $0)] } ?? [])
        var transfer = context.settings.transfer
        (transfer.connectMilliseconds, transfer.totalMilliseconds) = (2_000, 2_000)
        let transport = context.transport(transfer)
        // Three attempts within seconds, as botocore.
        let sending = CredentialsSending(
            name: "the container's credentials", endpoint: url.endpoint, context: context,
            retries: RetryPlan(attempts: 3, budgetMilliseconds: 10_000, capMilliseconds: 1_000))
        let answer = try sending.send { transport.send(HTTPRequest(.get, url.endpoint, target: url.target, headers: headers)) }
        let given = try CredentialsAnswer(answer.body, of: "the container endpoint (\(name))")
        return try given.credentials(
            "AccessKeyId", "SecretAccessKey", "Token", expiration: try given.time("Expiration"), method: .container,
            source: "the container endpoint \(url.endpoint.text)", now: context.clock())
    }

    /// The file goes before the variable, and is read each time: its content changes.
    private func authorization() throws(Refusal) -> String? {
        let fileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
        var text = context.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if let file = context.variable(fileVariable) {
            do throws(Refusal) {
                var bytes = try FileReader.read(file, limit: 64 << 10)
                defer { SecretBytes.wipe(&bytes) }
                text = String(decoding: bytes, as: UTF8.self)
            } catch {
                var told = error
                told.category = .configuration
                told.message = "the token of \(fileVariable) cannot be read: \(error.message)"
                throw told
            }
        }
        guard let text else { return nil }
        guard HTTPHeader("Authorization", text).isWellFormed else {
            throw Refusal(
                "credentials-invalid", .configuration, "the container's authorization token has a line break or another character that none has",
                hint: "look for a line feed at its end")
        }
        return text
    }
}

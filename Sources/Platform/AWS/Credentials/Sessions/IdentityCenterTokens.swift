// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import StrictFormats

/// The token cache of `aws sso login`, `~/.aws/sso/cache/<SHA-1>.json`: read, and refreshed where botocore would.
struct IdentityCenterTokens {
    let startURL: String
    /// The name of the sso-session; nil in the older form, whose tokens are never refreshed.
    let session: String?
    let region: String
    let profile: SharedProfile
    let context: CredentialsContext

    /// botocore refreshes a token that has fewer seconds left.
    private static let refreshWindow = 15 * 60

    var login: String { "run: aws sso login --profile \(SafeText.escaped(profile.name))" }

    /// A token that has not ended.
    func current() throws(Refusal) -> String {
        let file = try path()
        let cached = try read(file)
        let token = try cached.required("accessToken")
        guard let expires = AWSTime.instant(try cached.required("expiresAt")) else {
            throw Refusal("sso-token-invalid", .configuration, "the cached token's expiresAt is no time", at: Place(file: file), hint: login)
        }
        let left = expires - context.clock()
        if session != nil, left < Self.refreshWindow, let fresh = try refreshed(cached, file) { return fresh }
        guard left > 0 else {
            throw Refusal(
                "sso-token-expired", .configuration, "the token of \(profile.shown) ended at \(expires)", at: Place(file: file), hint: login)
        }
        return token
    }

    /// The configured endpoint, else `https://HOST.REGION.amazonaws.com` and its kin (the rules of botocore's sso and sso-oidc).
    func endpoint(host: String, service: String) throws(Refusal) -> AWSEndpoint {
        let settings = context.settings
        if let configured = try settings.configuredEndpoint(of: service) { return configured }
        let partition = AWSPartition.of(region: region)
        let label = host + (settings.usesFIPS && partition != .govCloud ? "-fips" : "")
        let domain = settings.usesDualStack ? (partition == .china ? "api.amazonwebservices.com.cn" : "api.aws") : partition.domain
        return AWSEndpoint(scheme: .https, host: "\(label).\(region).\(domain)")
    }

    private func path() throws(Refusal) -> String {
        guard let home = context.variable("HOME") else {
            throw profile.refusal("sso-token-missing", "needs the token cache of IAM Identity Center, and HOME is not set")
        }
        return "\(home)/.aws/sso/cache/\(FileNameDigest.sha1(session ?? startURL)).json"
    }

    private func read(_ file: String) throws(Refusal) -> CredentialsAnswer {
        do throws(Refusal) {
            var bytes = try FileReader.read(file, limit: 1 << 20)
            defer { SecretBytes.wipe(&bytes) }
            return try CredentialsAnswer(bytes, of: "the token cache of \(profile.shown)")
        } catch {
            guard error.code == "file-missing" else { throw error }
            throw Refusal(
                "sso-token-missing", .configuration, "\(profile.shown) has no cached token of IAM Identity Center", at: Place(file: file), hint: login
            )
        }
    }

    /// A fresh token by the registered client (CreateToken, IAM Identity Center OIDC API); nil where the cache lacks what it
    /// takes, or where the refresh is refused: what is left of the old token counts then.
    private func refreshed(_ cached: CredentialsAnswer, _ file: String) throws(Refusal) -> String? {
        guard let refresh = cached.text("refreshToken"), let client = cached.text("clientId"), let secret = cached.text("clientSecret"),
            let registration = cached.text("registrationExpiresAt"), let end = AWSTime.instant(registration), end > context.clock()
        else { return nil }
        let endpoint = try endpoint(host: "oidc", service: "sso_oidc")
        let body = JSONWriter.canonical(
            .object([
                ("clientId", .string(client)), ("clientSecret", .string(secret)), ("grantType", "refresh_token"), ("refreshToken", .string(refresh)),
            ]))
        let headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("User-Agent", "countersign")]
        let outcome = context.transport(context.settings.transfer)
            .send(HTTPRequest(.post, endpoint, target: "/token", headers: headers, body: body))
        guard case .answered(let http) = outcome, http.status == 200 else { return nil }
        let given = try CredentialsAnswer(http.body, of: "IAM Identity Center's token endpoint")
        let token = try given.required("accessToken")
        guard let seconds = given.integer("expiresIn"), seconds > 0 else {
            throw Refusal("credentials-unreadable", .configuration, "what IAM Identity Center's token endpoint gave has no expiresIn")
        }
        // Kept as the AWS CLI keeps it: the old refresh token may be worth nothing any more.
        let renewed = JSONValue.object([
            ("startUrl", .string(startURL)), ("region", .string(region)), ("accessToken", .string(token)),
            ("expiresAt", .string((context.clock() + seconds).text)), ("clientId", .string(client)), ("clientSecret", .string(secret)),
            ("registrationExpiresAt", .string(registration)), ("refreshToken", .string(given.text("refreshToken") ?? refresh)),
        ])
        try FileWriter.rewrite(JSONWriter.canonical(renewed), to: file, mode: 0o600)
        return token
    }
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// IAM Identity Center: GetRoleCredentials with the token that `aws sso login` left in its cache
/// ("IAM Identity Center credential provider", AWS SDKs and Tools Reference Guide). Both forms: `sso_session`, and all in the profile.
struct IdentityCenterCredentials: CredentialsProvider {
    let profile: SharedProfile
    let context: CredentialsContext

    func find() throws(Refusal) -> AWSCredentials? {
        guard profile.has("sso_role_name") || profile.has("sso_account_id") else { return nil }
        let session = try profile.text("sso_session").map { name throws(Refusal) in try section(name) }
        func setting(_ name: String) throws(Refusal) -> String {
            let (own, ofSession) = (profile.text(name), session?.text(of: name))
            if let own, let ofSession, !own.hasSameBytes(as: ofSession) {
                throw profile.refusal("credentials-contradict", "has another \(name) than its sso-session", at: name)
            }
            guard let found = ofSession ?? own else {
                throw profile.refusal("credentials-incomplete", "gets its credentials from IAM Identity Center, and \(name) is missing")
            }
            return found
        }
        let region = try setting("sso_region")
        guard AWSRegion.isWellFormed(region) else { throw profile.refusal("region-invalid", "has an sso_region that is no Region", at: "sso_region") }
        let account = try setting("sso_account_id")
        let role = try setting("sso_role_name")
        let tokens = IdentityCenterTokens(
            startURL: try setting("sso_start_url"), session: profile.text("sso_session"), region: region, profile: profile, context: context)
        let token = try tokens.current()
        return try roleCredentials(account, role, region, token, tokens)
    }

    private func section(_ name: String) throws(Refusal) -> INISection {
        guard let found = context.settings.files.section("sso-session", name) else {
            throw profile.refusal(
                "sso-session-missing", "names the section [sso-session \(SafeText.escaped(name))], which is not there", at: "sso_session",
                hint: Suggestion.nearest(to: name, among: context.settings.files.names(of: "sso-session")).map {
                    "did you mean \"\(SafeText.escaped($0))\"?"
                })
        }
        return found
    }

    private func roleCredentials(
        _ account: String, _ role: String, _ region: String, _ token: String, _ tokens: IdentityCenterTokens
    ) throws(Refusal) -> AWSCredentials {
        let endpoint = try tokens.endpoint(host: "portal.sso", service: "sso")
        let target = "/federation/credentials?role_name=\(PercentEncoding.encoded(role))&account_id=\(PercentEncoding.encoded(account))"
        let headers = [HTTPHeader("x-amz-sso_bearer_token", token), HTTPHeader("User-Agent", "countersign")]
        let transport = context.transport(context.settings.transfer)
        let sending = CredentialsSending(name: "sso:GetRoleCredentials", endpoint: endpoint, context: context, retries: RetryPlan(attempts: 3))
        let answer: AWSAnswer
        do throws(Refusal) {
            answer = try sending.send { transport.send(HTTPRequest(.get, endpoint, target: target, headers: headers)) }
        } catch {
            var placed = error
            placed.place = profile.place
            if error.message.contains("UnauthorizedException") {
                (placed.code, placed.category, placed.hint) = ("sso-token-refused", .notPermitted, tokens.login)
            }
            throw placed
        }
        guard let given = try CredentialsAnswer(answer.body, of: "IAM Identity Center").object("roleCredentials") else {
            throw Refusal("credentials-unreadable", .configuration, "what IAM Identity Center gave has no roleCredentials")
        }
        // Milliseconds since 1970.
        let expiration = given.integer("expiration").map { Instant(secondsSince1970: $0 / 1_000) }
        return try given.credentials(
            "accessKeyId", "secretAccessKey", "sessionToken", expiration: expiration, method: .identityCenter,
            source: "IAM Identity Center: role \(role) in account \(account), profile \"\(profile.name)\"", now: context.clock())
    }
}

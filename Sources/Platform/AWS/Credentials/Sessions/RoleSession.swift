// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// What is asked of STS for a session of a role.
struct RoleSessionRequest {
    var role: String
    var sessionName: String
    var externalID: String?
    var durationSeconds: Int?
    var mfaSerial: String?
    var tokenCode: String?

    /// A name that CloudTrail's record shows; the time keeps two sessions apart.
    static func defaultName(_ now: Instant) -> String { "countersign-\(now.secondsSince1970)" }
}

/// A profile's settings of a role, as one request.
struct RoleSession {
    let profile: SharedProfile
    let context: CredentialsContext

    func assume(with source: AWSCredentials) throws(Refusal) -> AWSCredentials {
        let role = profile.text("role_arn") ?? ""
        var request = RoleSessionRequest(
            role: role, sessionName: profile.text("role_session_name") ?? RoleSessionRequest.defaultName(context.clock()),
            externalID: profile.text("external_id"), durationSeconds: try duration(), mfaSerial: profile.text("mfa_serial"))
        if let serial = request.mfaSerial { request.tokenCode = try tokenCode(serial) }
        return try STSSessions(context: context).assume(
            request, with: source, source: "role \(role) of profile \"\(profile.name)\", assumed by \(source.source)",
            place: profile.place(of: "role_arn"))
    }

    /// AssumeRole takes 900 to 43,200 seconds (STS API reference).
    private func duration() throws(Refusal) -> Int? {
        guard let text = profile.text("duration_seconds") else { return nil }
        guard let seconds = Int(text), (900...43_200).contains(seconds) else {
            throw profile.refusal("setting-invalid", "has a duration_seconds that is no number from 900 to 43200", at: "duration_seconds")
        }
        return seconds
    }

    private func tokenCode(_ serial: String) throws(Refusal) -> String {
        var code: String
        do throws(Refusal) {
            code = try context.askTokenCode(serial)
        } catch {
            var placed = error
            placed.place = profile.place(of: "mfa_serial")
            throw placed
        }
        code = code.filter { !$0.isWhitespace }
        // Six digits (TokenCode, STS API reference); what was typed is not repeated.
        guard code.utf8.count == 6, code.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw profile.refusal("mfa-code", "asks for the code of an MFA device, and what was typed is not six digits", at: "mfa_serial")
        }
        return code
    }
}

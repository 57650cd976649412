// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// AssumeRole and AssumeRoleWithWebIdentity (STS API reference, version 2011-06-15).
struct STSSessions {
    let context: CredentialsContext

    func assume(_ request: RoleSessionRequest, with credentials: AWSCredentials, source: String, place: Place) throws(Refusal) -> AWSCredentials {
        let sts = try context.requiredSTS()
        let form = Self.form(
            "AssumeRole",
            [
                ("RoleArn", request.role), ("RoleSessionName", request.sessionName), ("ExternalId", request.externalID),
                ("DurationSeconds", request.durationSeconds.map { "\($0)" }), ("SerialNumber", request.mfaSerial), ("TokenCode", request.tokenCode),
            ])
        return try session("AssumeRole", form, .assumeRole, source, place, once: request.tokenCode != nil) { http in
            SignatureV4.signed(http, with: credentials, at: context.clock(), region: sts.region, service: "sts")
        }
    }

    /// Needs no credentials: the token is the proof.
    func assume(_ request: RoleSessionRequest, webIdentityToken: String, source: String, place: Place) throws(Refusal) -> AWSCredentials {
        let form = Self.form(
            "AssumeRoleWithWebIdentity",
            [("RoleArn", request.role), ("RoleSessionName", request.sessionName), ("WebIdentityToken", webIdentityToken)])
        return try session("AssumeRoleWithWebIdentity", form, .webIdentity, source, place, once: false) { $0 }
    }

    /// - Parameter once: a code of an MFA device counts once.
    private func session(
        _ operation: String, _ form: String, _ method: CredentialsMethod, _ source: String, _ place: Place, once: Bool,
        _ sign: (HTTPRequest) -> HTTPRequest
    ) throws(Refusal) -> AWSCredentials {
        let endpoint = try context.requiredSTS().endpoint
        let headers = [
            HTTPHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), HTTPHeader("User-Agent", "countersign"),
        ]
        let transport = context.transport(context.settings.transfer)
        let sending = CredentialsSending(
            name: "sts:\(operation)", endpoint: endpoint, context: context, retries: once ? .once : RetryPlan(attempts: 3))
        do throws(Refusal) {
            let answer = try sending.send { transport.send(sign(HTTPRequest(.post, endpoint, headers: headers, body: Array(form.utf8)))) }
            do throws(Refusal) {
                return try Self.credentials(answer.body, operation, method, source)
            } catch {
                throw CallFailure(operation: "sts:\(operation)", endpoint: endpoint).unreadable(answer, error)
            }
        } catch {
            var placed = error
            placed.message = "\(error.message), while assuming \(SafeText.escaped(source))"
            placed.place = place
            throw placed
        }
    }

    private static func credentials(
        _ xml: [UInt8], _ operation: String, _ method: CredentialsMethod, _ source: String
    ) throws(Refusal) -> AWSCredentials {
        let found = try XMLReader.parse(xml).only("\(operation)Result").only("Credentials")
        return try AWSCredentials(
            accessKeyID: try found.onlyText("AccessKeyId"), secretKey: SecretBytes(try found.onlyText("SecretAccessKey").utf8),
            sessionToken: SecretBytes(try found.onlyText("SessionToken").utf8), method: method, source: source,
            expiration: try AWSTime.instant(try found.onlyText("Expiration"), of: "the session's end"))
    }

    private static func form(_ action: String, _ fields: [(String, String?)]) -> String {
        (["Action=\(action)", "Version=2011-06-15"] + fields.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encoded($0))" } })
            .joined(separator: "&")
    }
}

/// Percent-encoding of a query's or form's value: all but the unreserved characters (RFC 3986 §2.3).
enum PercentEncoding {
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(UnicodeScalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

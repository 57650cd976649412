// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Files
import StrictFormats
import Testing

@testable import AWS

/// Sources of credentials that do not give what they should: each is named, and ends with exit 78.
@Suite struct CredentialRefusalTests {
    let home = TemporaryFolder()

    private func refusal(_ config: String, _ transport: ScriptedTransport = ScriptedTransport([]), _ more: [String: String] = [:]) throws -> Refusal {
        try home.write("config", config)
        let environment = [
            "AWS_CONFIG_FILE": "\(home.path)/config", "AWS_SHARED_CREDENTIALS_FILE": "\(home.path)/credentials", "HOME": home.path,
            "AWS_EC2_METADATA_DISABLED": "true",
        ].merging(more) { $1 }
        let refusal = try #require(throws: Refusal.self) { try Example.chain("p", environment, transport).resolve() }
        #expect(refusal.category == .configuration)
        return refusal
    }

    /// A profile of IAM Identity Center whose cached token ends at that time; the clock shows 2015-08-30T12:36:00Z.
    private func cached(_ expiresAt: String) throws -> Refusal {
        let folder = "\(home.path)/.aws/sso/cache"
        try ChildProcess.run(["mkdir", "-p", folder])
        let file = "\(folder)/\(FileNameDigest.sha1("https://example.awsapps.com/start")).json"
        try FileWriter.write(Array("{\"accessToken\":\"SECRET\",\"expiresAt\":\"\(expiresAt)\"}".utf8), to: file, mode: 0o600, replace: true)
        let refusal = try refusal(
            """
            [profile p]
            sso_role_name = r
            sso_account_id = 111111111111
            sso_region = us-east-1
            sso_start_url = https://example.awsapps.com/start
            """)
        try ChildProcess.run(["rm", "-r", "\(home.path)/.aws"])
        #expect(refusal.place.file == file)
        #expect(!"\(refusal)".contains("SECRET"))
        return refusal
    }

    @Test func `a token of IAM Identity Center that has ended says when, and how to get another`() throws {
        let refusal = try cached("2015-08-30T12:35:59Z")
        #expect(refusal.code == "sso-token-expired")
        #expect(refusal.message == "the token of profile \"p\" ended at 2015-08-30T12:35:59Z")
        #expect(refusal.hint?.contains("aws sso login") == true)
    }

    @Test func `a token whose end is no time is refused`() throws { #expect(try cached("soon").code == "sso-token-invalid") }

    @Test(arguments: ["", "a/b", "<html>"]) func `an instance without a role has no credentials`(_ role: String) throws {
        let on = ["AWS_EC2_METADATA_DISABLED": "false"]
        #expect(try refusal("[profile p]\n", ScriptedTransport([.ok("TOKEN"), .ok(role)]), on).code == "imds-no-role")
    }

    @Test func `an instance whose role gives none says so`() throws {
        let answers = ScriptedTransport([.ok("TOKEN"), .ok("my-role"), .ok(#"{"Code":"AssumeRoleUnauthorizedAccess"}"#)])
        #expect(try refusal("[profile p]\n", answers, ["AWS_EC2_METADATA_DISABLED": "false"]).code == "imds-no-role")
    }

    @Test(arguments: ["899", "43201", "an hour", "-1"]) func `a duration that STS would not take is refused at its line`(_ seconds: String) throws {
        let refusal = try refusal(
            """
            [profile p]
            role_arn = r
            source_profile = p
            duration_seconds = \(seconds)
            aws_access_key_id = AKIAEXAMPLE
            aws_secret_access_key = secret
            """)
        #expect(refusal.code == "setting-invalid")
        #expect(refusal.place == Place(file: "\(home.path)/config", line: 4))
    }

    @Test func `an end that is no time is refused`() throws {
        let refusal = try refusal(
            "[profile p]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}'\n")
        #expect(refusal.code == "credentials-time")
    }

    @Test func `a role cannot be assumed where nobody knows the Region`() throws {
        try home.write("config", "[profile p]\nrole_arn = r\nsource_profile = p\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n")
        let environment = ["AWS_CONFIG_FILE": "\(home.path)/config", "AWS_SHARED_CREDENTIALS_FILE": "\(home.path)/none", "HOME": home.path]
        let context = CredentialsContext(
            settings: try AWSSettings(profile: "p", environment: environment), sts: nil, transport: { _ in ScriptedTransport([]) },
            clock: { Example.instant }, pace: RecordedPace().pace, askTokenCode: { _ throws(Refusal) in "" })
        let refusal = try #require(throws: Refusal.self) { try CredentialsChain(context).resolve() }
        #expect(refusal.code == "region-missing")
        #expect(refusal.category == .configuration)
    }
}

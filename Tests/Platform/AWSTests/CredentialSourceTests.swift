// SPDX-License-Identifier: Apache-2.0
// Each source of credentials by itself, played by a scripted transport. Tests/EndToEnd/CredentialTests.swift compares the choice with botocore's.

import Cryptography
import StrictFormats
import Testing

@testable import AWS

@Suite struct CredentialSourceTests {
    let home = TemporaryFolder()
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    /// An hour after `Example.instant`.
    private static let end = "2015-08-30T13:36:00Z"

    private func chain(
        _ config: String, _ profile: String? = "p", _ transport: ScriptedTransport = ScriptedTransport([]), _ more: [String: String] = [:],
        code: @escaping @Sendable (String) throws(Refusal) -> String = { _ throws(Refusal) in throw Refusal("no-terminal", .usage, "nobody") },
        processSeconds: Int = 10
    ) throws -> CredentialsChain {
        try home.write("config", config)
        let environment = [
            "AWS_CONFIG_FILE": "\(home.path)/config", "AWS_SHARED_CREDENTIALS_FILE": "\(home.path)/credentials", "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": home.path,
        ].merging(more) { $1 }
        return try Example.chain(profile, environment, transport, code: code, processSeconds: processSeconds)
    }

    private static func session(_ operation: String = "AssumeRole", key: String = "ASIAROLE") -> TransferOutcome {
        .ok(
            "<\(operation)Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><\(operation)Result><Credentials>"
                + "<AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>\(secret)</SecretAccessKey><SessionToken>t</SessionToken>"
                + "<Expiration>\(end)</Expiration></Credentials></\(operation)Result></\(operation)Response>")
    }

    private static let keys = "aws_access_key_id = AKIASOURCE\naws_secret_access_key = \(secret)\n"
    private static let json = "{\"AccessKeyId\":\"ASIAJSON\",\"SecretAccessKey\":\"\(secret)\",\"Token\":\"t\",\"Expiration\":\"\(end)\"}"

    @Test func `a role's settings are sent, and the end of the session is kept`() throws {
        let transport = ScriptedTransport([Self.session()])
        let config = """
            [profile p]
            role_arn = arn:aws:iam::111111111111:role/deploy
            source_profile = base
            external_id = x+y &z
            role_session_name = me
            duration_seconds = 1800
            mfa_serial = arn:aws:iam::111111111111:mfa/me
            [profile base]
            \(Self.keys)
            """
        let found = try chain(config, "p", transport, code: { _ throws(Refusal) in "123456" }).resolve()
        #expect(found.accessKeyID == "ASIAROLE")
        #expect(found.method == .assumeRole)
        #expect(found.expiration == Instant(Self.end))
        #expect(
            found.source
                == "role arn:aws:iam::111111111111:role/deploy of profile \"p\", assumed by profile \"base\" of \(home.path)/config")
        #expect(
            transport.bodies == [
                "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fdeploy&RoleSessionName=me"
                    + "&ExternalId=x%2By%20%26z&DurationSeconds=1800&SerialNumber=arn%3Aaws%3Aiam%3A%3A111111111111%3Amfa%2Fme&TokenCode=123456"
            ])
        #expect(transport.requests[0].headers.first(named: "Authorization")?.contains("AKIASOURCE") == true)
    }

    @Test func `an MFA code that is not six digits, or that nobody can type, is refused at its line`() throws {
        let config = "[profile p]\nrole_arn = r\nsource_profile = p\nmfa_serial = m\n" + Self.keys
        let typed = try #require(throws: Refusal.self) { try chain(config, code: { _ throws(Refusal) in "SECRET" }).resolve() }
        #expect(typed.code == "mfa-code")
        #expect(typed.place == Place(file: "\(home.path)/config", line: 4))
        #expect(!"\(typed)".contains("SECRET"))
        let nobody = try #require(throws: Refusal.self) { try chain(config).resolve() }
        #expect(nobody.code == "no-terminal")
        #expect(nobody.place.line == 4)
    }

    @Test func `chains of roles are walked from their end`() throws {
        let transport = ScriptedTransport([Self.session(key: "ASIAONE"), Self.session(key: "ASIATWO")])
        let config =
            "[profile p]\nrole_arn = two\nsource_profile = q\n[profile q]\nrole_arn = one\nsource_profile = base\n[profile base]\n" + Self.keys
        #expect(try chain(config, "p", transport).resolve().accessKeyID == "ASIATWO")
        #expect(transport.bodies.map { $0.contains("RoleArn=one") } == [true, false])
        #expect(transport.requests[1].headers.first(named: "Authorization")?.contains("ASIAONE") == true)
    }

    @Test(arguments: [
        ("role_arn = r\nsource_profile = q\n[profile q]\nrole_arn = s\nsource_profile = p", "profile-loop", 6),
        ("role_arn = r\nsource_profile = p", "profile-loop", 3),
        ("role_arn = r\nsource_profile = deplyo\n[profile deploy]\nregion = x", "profile-missing", 3),
        ("role_arn = r\nsource_profile = q\n[profile q]\nregion = x", "credentials-missing", 3),
        ("role_arn = r", "credentials-incomplete", 2),
        ("role_arn = r\nsource_profile = q\ncredential_source = Environment", "credentials-contradict", 4),
        ("role_arn = r\ncredential_source = environment", "credentials-source", 3),
        ("role_arn = r\ncredential_source = Environment", "credentials-missing", 3),
        ("sso_role_name = r\nsso_account_id = a\nsso_region = us-east-1", "credentials-incomplete", 1),
        ("sso_role_name = r\nsso_account_id = a\nsso_session = s", "sso-session-missing", 4),
        ("sso_role_name = r\nsso_account_id = a\nsso_start_url = u\nsso_region = us-east-1", "sso-token-missing", nil),
        ("credential_process = '", "credential-process", 2),
        ("credential_process = /nowhere/program", "credential-process", 2),
        ("credential_process = false", "credential-process", 2),
        ("credential_process = sh -c 'kill -9 $$'", "credential-process", 2),
        ("credential_process = echo SECRET", "credentials-unreadable", 2),
        ("credential_process = echo '{\"Version\":2,\"AccessKeyId\":\"SECRET\"}'", "credentials-unreadable", 2),
        ("credential_process = echo '{\"Version\":1,\"SecretAccessKey\":\"SECRET\"}'", "credentials-unreadable", 2),
        (
            "credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"SECRET\",\"SecretAccessKey\":\"S\",\"Expiration\":\"2015-01-01T00:00:00Z\"}'",
            "credentials-expired", 2
        ),
        ("web_identity_token_file = /nowhere/token\nrole_arn = r", "file-missing", nil),
        ("web_identity_token_file = /nowhere/token", "credentials-incomplete", 2),
    ])
    func `what a profile says wrong is refused at its line, and no secret is repeated`(_ text: String, _ code: String, _ line: Int?) throws {
        let refusal = try #require(throws: Refusal.self) { try chain("[profile p]\n\(text)\n").resolve() }
        #expect(refusal.code == code)
        if let line { #expect(refusal.place == Place(file: "\(home.path)/config", line: line)) }
        #expect(!"\(refusal)".contains("SECRET"))
    }

    @Test func `a process's words are split without a shell, and its time is bounded`() throws {
        let output =
            "{\"Version\":1,\"AccessKeyId\":\"ASIAPROC\",\"SecretAccessKey\":\"\(Self.secret)\",\"Expiration\":\"2015-08-30T14:36:00+01:00\"}"
        let found = try chain("[profile p]\ncredential_process = printf %s '\(output)'\n").resolve()
        #expect(found.accessKeyID == "ASIAPROC")
        #expect(found.method == .process)
        #expect(found.expiration == Instant(Self.end))
        let long = try #require(throws: Refusal.self) { try chain("[profile p]\ncredential_process = sleep 30\n", processSeconds: 1).resolve() }
        #expect(long.message == "credential_process of profile \"p\" did not end within 1 seconds")
        let much = try #require(throws: Refusal.self) { try chain("[profile p]\ncredential_process = yes\n").resolve() }
        #expect(much.message == "credential_process of profile \"p\" printed more than 262144 bytes")
    }

    @Test(
        arguments: [
            ("a  b\tc\nd", ["a", "b", "c", "d"]), ("'a b' \"c d\"", ["a b", "c d"]), ("a\\ b 'c\\d' \"e\\f\\\"\\\\\"", ["a b", "c\\d", "e\\f\"\\"]),
            ("a''b \"\" $HOME *", ["ab", "", "$HOME", "*"]), ("'a", nil), ("a\\", nil), ("", []),
        ] as [(String, [String]?)])
    func `words are split as shlex splits them`(_ line: String, _ words: [String]?) {
        #expect(ShellWords.split(line) == words)
    }

    @Test func `a web identity token is sent unsigned`() throws {
        let token = try home.write("token", "eyJ.x.y\n")
        let transport = ScriptedTransport([Self.session("AssumeRoleWithWebIdentity")])
        let found = try chain(
            "", nil, transport, ["AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "role", "AWS_ROLE_SESSION_NAME": "s"]
        ).resolve()
        #expect(found.method == .webIdentity)
        #expect(
            transport.bodies == ["Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=role&RoleSessionName=s&WebIdentityToken=eyJ.x.y"])
        #expect(transport.requests[0].headers.first(named: "Authorization") == nil)
    }

    @Test func `STS's refusal says which role, and where it is configured`() throws {
        let denied = TransferOutcome.answer(
            403, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
        let config = "[profile p]\nrole_arn = r\nsource_profile = p\n" + Self.keys
        let refusal = try #require(throws: Refusal.self) { try chain(config, "p", ScriptedTransport([denied])).resolve() }
        #expect(refusal.code == "aws-access-denied")
        #expect(refusal.message.contains("sts:AssumeRole at https://sts.us-east-1.amazonaws.com was refused with AccessDenied: no"))
        #expect(refusal.message.hasSuffix(", while assuming role r of profile \"p\", assumed by profile \"p\" of \(home.path)/config"))
        #expect(refusal.place == Place(file: "\(home.path)/config", line: 2))
    }

    @Test func `the container endpoint is asked with its token, three times at most`() throws {
        let file = try home.write("token", "Bearer x")
        let transport = ScriptedTransport([.answer(500, ""), .answer(503, ""), .ok(Self.json)])
        let environment = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:8080/creds?a=b", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
        ]
        let found = try chain("", nil, transport, environment).resolve()
        #expect(found.accessKeyID == "ASIAJSON")
        #expect(found.method == .container)
        #expect(transport.requests.count == 3)
        #expect(transport.requests[2].endpoint.text == "http://127.0.0.1:8080")
        #expect(transport.requests[2].target == "/creds?a=b")
        #expect(transport.requests[2].headers.first(named: "Authorization") == "Bearer x")
        let relative = ScriptedTransport([.ok(Self.json)])
        _ = try chain("", nil, relative, environment.merging(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"]) { $1 }).resolve()
        #expect(relative.requests[0].endpoint.text == "http://169.254.170.2")
    }

    @Test(
        arguments: [
            ("http://example.com/x", "endpoint-insecure"), ("http://169.254.170.23/x", nil), ("http://[fd00:ec2::23]/x", nil),
            ("https://example.com/x", nil), ("http://localhost/x", nil), ("http://169.254.170.24/x", "endpoint-insecure"),
            ("ftp://localhost/x", "endpoint-invalid"), ("http://user@localhost/x", "endpoint-invalid"), ("http://localhost/a b", "endpoint-invalid"),
        ] as [(String, String?)])
    func `http to a container endpoint goes to this machine and the agents only`(_ url: String, _ code: String?) throws {
        let chain = try chain("", nil, ScriptedTransport([.ok(Self.json)]), ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        if let code {
            #expect(try #require(throws: Refusal.self) { try chain.resolve() }.code == code)
        } else {
            #expect(try chain.resolve().accessKeyID == "ASIAJSON")
        }
    }

    @Test func `a container token with a line feed is refused and not shown`() throws {
        let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "SECRET\n"]
        let refusal = try #require(throws: Refusal.self) { try chain("", nil, ScriptedTransport([]), environment).resolve() }
        #expect(refusal.code == "credentials-invalid")
        #expect(!"\(refusal)".contains("SECRET"))
    }

    @Test func `IMDS is asked for a token first, and never without one`() throws {
        let on = ["AWS_EC2_METADATA_DISABLED": "false"]
        let transport = ScriptedTransport([.ok("TOKEN"), .ok("my-role"), .ok(Self.json)])
        let found = try chain("", nil, transport, on).resolve()
        #expect(found.method == .instance)
        #expect(found.source == "role my-role of this instance")
        #expect(transport.requests.map(\.method) == [.put, .get, .get])
        #expect(
            transport.requests.map(\.target)
                == [
                    "/latest/api/token", "/latest/meta-data/iam/security-credentials/", "/latest/meta-data/iam/security-credentials/my-role",
                ])
        #expect(transport.requests[0].endpoint.text == "http://169.254.169.254")
        #expect(transport.requests[2].headers.first(named: "X-aws-ec2-metadata-token") == "TOKEN")
        for status in [403, 404, 405, 400] {
            let one = ScriptedTransport([.answer(status, "")])
            #expect(try #require(throws: Refusal.self) { try chain("", nil, one, on).resolve() }.code == "imds-v1-refused")
            #expect(one.requests.count == 1)
        }
        // Nobody answers: this is no instance.
        let nobody = ScriptedTransport([.notSent(TransferTrouble(.connect, "no"))])
        #expect(try #require(throws: Refusal.self) { try chain("", nil, nobody, on).resolve() }.code == "credentials-missing")
        let modes = [("IPv6", "http://[fd00:ec2::254]"), ("ipv4", "http://169.254.169.254")]
        for (mode, text) in modes {
            let transport = ScriptedTransport([])
            _ = try? chain("", nil, transport, on.merging(["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": mode]) { $1 }).resolve()
            #expect(transport.requests.map(\.endpoint.text) == [text])
        }
    }

    @Test func `AWSTime reads what servers and caches write`() {
        #expect(AWSTime.instant("2015-08-30T13:36:00Z") == Instant(Self.end))
        #expect(AWSTime.instant("2015-08-30T13:36:00.123456Z") == Instant(Self.end))
        #expect(AWSTime.instant("2015-08-30T13:36:00UTC") == Instant(Self.end))
        #expect(AWSTime.instant("2015-08-30T15:36:00+02:00") == Instant(Self.end))
        #expect(AWSTime.instant("2015-08-30T10:06:00-03:30") == Instant(Self.end))
        for bad in ["2015-08-30 13:36:00Z", "2015-08-30T13:36:00", "2015-08-30T13:36:00.Z", "2015-08-30T13:36:00+0200", ""] {
            #expect(AWSTime.instant(bad) == nil)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import StrictFormats
import Testing

@testable import AWS

@Suite struct ProfileTests {
    let home = TemporaryFolder()
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    private func environment(_ more: [String: String] = [:]) -> [String: String] {
        ["AWS_SHARED_CREDENTIALS_FILE": "\(home.path)/credentials", "AWS_CONFIG_FILE": "\(home.path)/config", "AWS_EC2_METADATA_DISABLED": "true"]
            .merging(more) { $1 }
    }

    private func resolve(_ profile: String? = nil, _ more: [String: String] = [:]) throws -> AWSCredentials {
        try Example.chain(profile, environment(more)).resolve()
    }

    private static func section(_ name: String, _ key: String, _ rest: String = "") -> String {
        "[\(name)]\naws_access_key_id = \(key)\naws_secret_access_key = \(secret)\n\(rest)"
    }

    private static let inEnvironment = ["AWS_ACCESS_KEY_ID": "ASIAENV", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "token=="]

    @Test func `keys in the environment are taken whole`() throws {
        let found = try resolve(nil, Self.inEnvironment)
        #expect(found.accessKeyID == "ASIAENV")
        #expect(found.secretKey.withBytes { String(decoding: $0, as: UTF8.self) } == Self.secret)
        #expect(found.sessionToken?.withBytes { String(decoding: $0, as: UTF8.self) } == "token==")
        #expect(!found.isLongLived)
        #expect(found.source == "the environment")
    }

    @Test func `--profile goes before the environment's keys, AWS_PROFILE does not`() throws {
        try home.write("credentials", Self.section("default", "AKIADEFAULT") + Self.section("deploy", "AKIADEPLOY"))
        #expect(try resolve("deploy", Self.inEnvironment).accessKeyID == "AKIADEPLOY")
        #expect(try resolve(nil, Self.inEnvironment.merging(["AWS_PROFILE": "deploy"]) { $1 }).accessKeyID == "ASIAENV")
        #expect(try resolve(nil, ["AWS_PROFILE": "deploy"]).accessKeyID == "AKIADEPLOY")
        #expect(try resolve(nil, ["AWS_PROFILE": ""]).accessKeyID == "AKIADEFAULT")
        #expect(try resolve().isLongLived)
    }

    @Test func `the credentials file's keys go before the config file's`() throws {
        try home.write("credentials", Self.section("a", "AKIAONE"))
        let spaced = Self.section("profile \"b c\"", "AKIATHREE", "region = eu-west-1\n")
        try home.write("config", Self.section("profile a", "AKIATWO") + spaced + Self.section("default", "AKIAFOUR"))
        #expect(try resolve("a").accessKeyID == "AKIAONE")
        #expect(try resolve("b c").accessKeyID == "AKIATHREE")
        #expect(try resolve().accessKeyID == "AKIAFOUR")
        #expect(try resolve("a").source == "profile \"a\" of \(home.path)/credentials")
    }

    @Test func `comments, nested settings, spaces and CRLF are read`() throws {
        let lines = [
            "# c", "; c", "[ profile   x ] # c", "", "aws_access_key_id=AKIAX", "AWS_Secret_Access_Key =\t\(Self.secret) ",
            "aws_session_token = a=b;c#d",
            "s3 =", "  addressing_style = path", "[sso-session y]", "sso_region = z", "",
        ]
        try home.write("config", lines.joined(separator: "\r\n"))
        let found = try resolve("x")
        #expect(found.secretKey.withBytes { String(decoding: $0, as: UTF8.self) } == Self.secret)
        #expect(found.sessionToken?.withBytes { String(decoding: $0, as: UTF8.self) } == "a=b;c#d")
    }

    @Test func `HOME holds the files that no variable names`() throws {
        // A folder `.aws` would need a subfolder: `~/` in the variable shows the same.
        try home.write("credentials", Self.section("default", "AKIAHOME"))
        let found = try Example.chain(nil, ["HOME": home.path, "AWS_SHARED_CREDENTIALS_FILE": "~/credentials"]).resolve()
        #expect(found.accessKeyID == "AKIAHOME")
        let missing = try #require(throws: Refusal.self) { try Example.chain("x", ["HOME": "/nowhere"]).resolve() }
        #expect(missing.message == "there is no profile \"x\" (--profile) in /nowhere/.aws/credentials or /nowhere/.aws/config")
    }

    @Test func `no credentials at all say what to do`() throws {
        let refusal = try #require(throws: Refusal.self) { try resolve() }
        #expect(refusal.code == "credentials-missing")
        #expect(refusal.category == .configuration)
        #expect(refusal.hint == "say --profile NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    }

    @Test func `a missing profile is named, with the one that was meant`() throws {
        try home.write("credentials", Self.section("deploy", "AKIADEPLOY"))
        for (profile, more, namedBy) in [("deplyo", [:], "--profile"), (nil, ["AWS_PROFILE": "deplyo"], "AWS_PROFILE")]
            as [(String?, [String: String], String)]
        {
            let refusal = try #require(throws: Refusal.self) { try resolve(profile, more) }
            #expect(refusal.code == "profile-missing")
            #expect(refusal.message == "there is no profile \"deplyo\" (\(namedBy)) in \(home.path)/credentials or \(home.path)/config")
            #expect(refusal.hint == "did you mean \"deploy\"?")
        }
    }

    @Test func `aws login is refused by its line, and not passed over`() throws {
        try home.write("config", "[profile x]\nregion = us-east-1\nlogin_session = something\n")
        let refusal = try #require(throws: Refusal.self) { try resolve("x") }
        #expect(refusal.code == "credentials-unsupported")
        #expect(refusal.place == Place(file: "\(home.path)/config", line: 3))
    }

    @Test func `nested settings and values over several lines are read as botocore reads them`() throws {
        let text =
            "[services s]\nkms =\n  endpoint_url = https://one.example\nsts: \n  endpoint_url: https://two.example\n[profile x]\nservices = s\n"
        try home.write("config", text + "region = a\n  b\n")
        let settings = try AWSSettings(profile: "x", environment: environment())
        #expect(try settings.customEndpoints().mapValues(\.text) == [.kms: "https://one.example", .sts: "https://two.example"])
        #expect(settings.profile?.text("region") == "a\nb")
    }

    @Test func `half a key is refused`() throws {
        #expect(
            try #require(throws: Refusal.self) { try resolve(nil, ["AWS_ACCESS_KEY_ID": "AKIAX"]) }.message.contains("AWS_SECRET_ACCESS_KEY is not"))
        #expect(try #require(throws: Refusal.self) { try resolve(nil, ["AWS_SECRET_ACCESS_KEY": "x"]) }.message.contains("AWS_ACCESS_KEY_ID is not"))
        try home.write("credentials", "[x]\naws_access_key_id = AKIAX\n[y]\nregion = z\n")
        let refusal = try #require(throws: Refusal.self) { try resolve("x") }
        #expect(refusal.code == "credentials-incomplete")
        #expect(refusal.place == Place(file: "\(home.path)/credentials", line: 2))
        #expect(try #require(throws: Refusal.self) { try resolve("y") }.code == "credentials-missing")
    }

    @Test(arguments: [
        ("key = value", 1, "a setting stands before the first section"),
        ("[x]\n\nSECRETSECRET", 3, "this line is neither a section nor NAME = VALUE"),
        ("[x", 1, "a section's name has no closing bracket"), ("[]", 1, "a section has no name"),
        ("[x] SECRETSECRET", 1, "something follows a section's name"),
        ("[x]\n= SECRETSECRET", 2, "a setting has no name"), ("[x]\n  a = b", 2, "an indented line follows no setting"),
        ("[x]\nSECRETSECRET = 1\nsecretsecret = 2", 3, "this setting stands in line 2 of the section already"),
        ("[x]\n[y]\n[x]", 3, "this section stands in line 1 already"),
    ])
    func `a broken file is refused with its line, and no error repeats it`(_ text: String, _ line: Int, _ message: String) throws {
        try home.write("credentials", text)
        let refusal = try #require(throws: Refusal.self) { try resolve("x") }
        #expect(refusal.code == "profile-file-invalid")
        #expect(refusal.message == message)
        #expect(refusal.place == Place(file: "\(home.path)/credentials", line: line))
        #expect(!"\(refusal)".lowercased().contains("secretsecret"))
    }

    @Test(arguments: ["with space", "\"quoted\"", "line\nbreak", "caf\u{E9}"]) func `a secret that cannot be one is refused and not shown`(
        _ value: String
    ) throws {
        let refusal = try #require(throws: Refusal.self) { try resolve(nil, ["AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": value]) }
        #expect(refusal.code == "credentials-invalid")
        #expect(!"\(refusal)".contains(value))
        let token = try #require(throws: Refusal.self) {
            try resolve(nil, ["AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": value])
        }
        #expect(token.message.hasPrefix("the session token from the environment"))
    }

    @Test func `nothing that prints credentials or a request prints a secret`() throws {
        let found = try resolve(nil, Self.inEnvironment)
        let signed = SignatureV4.signed(
            HTTPRequest(.post, try AWSEndpoint(url: "http://localhost")), with: found, at: Example.instant, region: "r", service: "s")
        var text = "\(found) \(String(reflecting: found)) \(signed) \(String(reflecting: signed))"
        dump(found, to: &text)
        dump(signed, to: &text)
        #expect(!text.contains(Self.secret))
        #expect(!text.contains("token=="))
    }
}

// SPDX-License-Identifier: Apache-2.0
// The same environments and files, asked of botocore and of the built executable: the same source, the same access key.

import Foundation
import StrictFormats
import TestSupport
import Testing

/// An environment and the shared files in it.
struct Choice: Sendable, CustomTestStringConvertible {
    let name: String
    /// The source that both must choose; nil where both must refuse.
    let method: String?
    var config = ""
    var credentials = ""
    var profile: String?
    var environment: [String: String] = [:]
    /// Token caches of IAM Identity Center: SHA-1 of the session's name or start URL -> text.
    var tokens: [String: String] = [:]

    var testDescription: String { name }

    init(
        _ name: String, _ method: String?, config: String = "", credentials: String = "", profile: String? = nil, environment: [String: String] = [:],
        tokens: [String: String] = [:]
    ) {
        self.name = name
        self.method = method
        self.config = config
        self.credentials = credentials
        self.profile = profile
        self.environment = environment
        self.tokens = tokens
    }
}

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct CredentialTests {
    static func keys(_ id: String) -> String { "aws_access_key_id = \(id)\naws_secret_access_key = secret\n" }
    static let inEnvironment = ["AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "secret"]
    static let role = "arn:aws:iam::123456789012:role/"
    static let process =
        "credential_process = printf %s '{\"Version\":1,\"AccessKeyId\":\"ASIAPROC\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}'\n"
    static let sso = "sso_account_id = 123456789012\nsso_role_name = admin\n"
    static let session = "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\n"

    static func token(_ token: String, _ expires: String, _ more: String = "") -> String {
        "{\"accessToken\":\"\(token)\",\"expiresAt\":\"\(expires)\",\"region\":\"us-east-1\",\"startUrl\":\"u\"\(more)}"
    }

    static let refreshable = ",\"refreshToken\":\"r1\",\"clientId\":\"c\",\"clientSecret\":\"s\",\"registrationExpiresAt\":\"2099-01-01T00:00:00Z\""

    static let choices: [Choice] = [
        Choice("environment", "env", environment: inEnvironment),
        Choice("environment before the default profile", "env", credentials: "[default]\n\(keys("AKIADEF"))", environment: inEnvironment),
        Choice(
            "environment before AWS_PROFILE", "env", credentials: "[p]\n\(keys("AKIAP"))",
            environment: inEnvironment.merging(["AWS_PROFILE": "p"]) { $1 }),
        Choice(
            "--profile before the environment", "shared-credentials-file", credentials: "[p]\n\(keys("AKIAP"))", profile: "p",
            environment: inEnvironment),
        Choice("AWS_PROFILE", "shared-credentials-file", credentials: "[p]\n\(keys("AKIAP"))", environment: ["AWS_PROFILE": "p"]),
        Choice(
            "AWS_DEFAULT_PROFILE before AWS_PROFILE", "shared-credentials-file", credentials: "[p]\n\(keys("AKIAP"))[q]\n\(keys("AKIAQ"))",
            environment: ["AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "q"]),
        Choice("a profile that is missing", nil, credentials: "[p]\n\(keys("AKIAP"))", profile: "x"),
        Choice("a missing AWS_PROFILE in spite of keys", nil, environment: inEnvironment.merging(["AWS_PROFILE": "x"]) { $1 }),
        Choice("config file", "config-file", config: "[profile p]\n\(keys("AKIACONF"))", profile: "p"),
        Choice("config file with colons", "config-file", config: "[profile p]\naws_access_key_id: AKIACOL\naws_secret_access_key: s\n", profile: "p"),
        Choice(
            "credentials file before config file", "shared-credentials-file", config: "[profile p]\n\(keys("AKIACONF"))",
            credentials: "[p]\n\(keys("AKIACRED"))", profile: "p"),
        Choice("process before config file", "custom-process", config: "[profile p]\n\(process)\(keys("AKIACONF"))", profile: "p"),
        Choice(
            "credentials file before process", "shared-credentials-file", config: "[profile p]\n\(process)", credentials: "[p]\n\(keys("AKIACRED"))",
            profile: "p"),
        Choice("a process in the credentials file", "custom-process", credentials: "[p]\n\(process)", profile: "p"),
        Choice(
            "a role by a source profile", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\nsource_profile = base\n", credentials: "[base]\n\(keys("AKIABASE"))", profile: "p"),
        Choice(
            "a role's settings", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\nsource_profile = base\nexternal_id = x y\nrole_session_name = me\nduration_seconds = 1800\n",
            credentials: "[base]\n\(keys("AKIABASE"))", profile: "p"),
        Choice(
            "a role before the profile's own keys", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\nsource_profile = p\n", credentials: "[p]\n\(keys("AKIAOWN"))", profile: "p"),
        Choice(
            "a chain of roles", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\nsource_profile = q\n[profile q]\nrole_arn = \(role)b\nsource_profile = base\n",
            credentials: "[base]\n\(keys("AKIABASE"))", profile: "p"),
        Choice(
            "a source profile with keys and a role: its keys", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\nsource_profile = q\n[profile q]\nrole_arn = \(role)b\nsource_profile = p\n",
            credentials: "[q]\n\(keys("AKIAQ"))", profile: "p"),
        Choice(
            "a source profile with a process", "assume-role", config: "[profile p]\nrole_arn = \(role)a\nsource_profile = q\n[profile q]\n\(process)",
            profile: "p"),
        Choice(
            "a role's ARN in the credentials file", "assume-role", config: "[profile p]\nsource_profile = base\n",
            credentials: "[p]\nrole_arn = \(role)c\n[base]\n\(keys("AKIABASE"))", profile: "p"),
        Choice(
            "a loop", nil, config: "[profile p]\nrole_arn = \(role)a\nsource_profile = q\n[profile q]\nrole_arn = \(role)b\nsource_profile = p\n",
            profile: "p"),
        Choice(
            "credential_source Environment", "assume-role", config: "[profile p]\nrole_arn = \(role)a\ncredential_source = Environment\n",
            profile: "p", environment: inEnvironment),
        Choice(
            "credential_source EcsContainer", "assume-role", config: "[profile p]\nrole_arn = \(role)a\ncredential_source = EcsContainer\n",
            profile: "p", environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "{sources}/container/a"]),
        Choice(
            "credential_source Ec2InstanceMetadata", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\ncredential_source = Ec2InstanceMetadata\n", profile: "p",
            environment: ["AWS_EC2_METADATA_DISABLED": "false"]),
        Choice("a credential_source that there is not", nil, config: "[profile p]\nrole_arn = \(role)a\ncredential_source = Ecs\n", profile: "p"),
        Choice("a role without a source", nil, config: "[profile p]\nrole_arn = \(role)a\n", profile: "p"),
        Choice(
            "web identity of the environment", "assume-role-with-web-identity",
            environment: ["AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": role + "w"]),
        Choice(
            "web identity before the default profile's keys", "assume-role-with-web-identity", credentials: "[default]\n\(keys("AKIADEF"))",
            environment: ["AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": role + "w", "AWS_ROLE_SESSION_NAME": "me"]),
        Choice(
            "--profile before the environment's web identity", "shared-credentials-file", credentials: "[p]\n\(keys("AKIAP"))", profile: "p",
            environment: ["AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": role + "w"]),
        Choice(
            "web identity of a profile", "assume-role-with-web-identity",
            config: "[profile p]\nrole_arn = \(role)w\nweb_identity_token_file = {folder}/token\nrole_session_name = me\n", profile: "p"),
        Choice(
            "a source profile with web identity", "assume-role",
            config: "[profile p]\nrole_arn = \(role)a\nsource_profile = w\n"
                + "[profile w]\nrole_arn = \(role)w\nweb_identity_token_file = {folder}/token\n", profile: "p"),
        Choice("web identity without a role", nil, environment: ["AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"]),
        Choice(
            "Identity Center by a session", "sso", config: "[profile p]\nsso_session = corp\n\(sso)\(session)", profile: "p",
            tokens: ["corp": token("t1", "2099-01-01T00:00:00Z")]),
        Choice(
            "Identity Center, the older form", "sso",
            config: "[profile p]\nsso_region = us-east-1\nsso_start_url = https://old.example/start\n\(sso)", profile: "p",
            tokens: ["https://old.example/start": token("t2", "2099-01-01T00:00:00UTC")]),
        Choice(
            "Identity Center before keys", "sso", config: "[profile p]\nsso_session = corp\n\(sso)\(session)", credentials: "[p]\n\(keys("AKIAP"))",
            profile: "p", tokens: ["corp": token("t1", "2099-01-01T00:00:00Z")]),
        Choice(
            "Identity Center with a token that is refreshed", "sso", config: "[profile p]\nsso_session = corp\n\(sso)\(session)", profile: "p",
            tokens: ["corp": token("t1", "2020-01-01T00:00:00Z", refreshable)]),
        Choice(
            "Identity Center with a token that has ended", nil, config: "[profile p]\nsso_session = corp\n\(sso)\(session)", profile: "p",
            tokens: ["corp": token("t1", "2020-01-01T00:00:00Z")]),
        Choice(
            "Identity Center with a token that was revoked", nil, config: "[profile p]\nsso_session = corp\n\(sso)\(session)", profile: "p",
            tokens: ["corp": token("revoked", "2099-01-01T00:00:00Z")]),
        Choice("Identity Center without a token", nil, config: "[profile p]\nsso_session = corp\n\(sso)\(session)", profile: "p"),
        Choice("Identity Center without its session", nil, config: "[profile p]\nsso_session = corp\n\(sso)", profile: "p"),
        Choice(
            "a container", "container-role",
            environment: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{sources}/container/a", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
            ]),
        Choice(
            "a container's token file before its token", "container-role",
            environment: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{sources}/container/a", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token",
            ]),
        Choice(
            "a profile without credentials falls through to the container", "container-role", config: "[profile p]\nregion = eu-west-1\n",
            profile: "p", environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "{sources}/container/b"]),
        Choice("a container endpoint elsewhere", nil, environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"]),
        Choice("an instance", "iam-role", environment: ["AWS_EC2_METADATA_DISABLED": "false"]),
        Choice(
            "a container before an instance", "container-role",
            environment: ["AWS_EC2_METADATA_DISABLED": "false", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{sources}/container/c"]),
        Choice("nothing at all", nil),
    ]

    @Test(arguments: choices) func `botocore and countersign choose the same`(_ choice: Choice) throws {
        let python = try #require(TestServers.python)
        let theirs = try place(choice)
        let script = PackageFolder.path + "/Tests/Support/credential_sources.py"
        let asked = try Program([python, script, "choose"] + (choice.profile.map { [$0] } ?? []), in: "/tmp", environment: theirs.environment).run()
        let chosen = try JSONDocument(Array(asked.out.utf8), rules: .authored).root
        // Each has files of its own: a refresh writes to the cache.
        let own = try place(choice)
        let arguments = ["identity", "--no-call", "--region", "us-east-1", "--format", "json"] + (choice.profile.map { ["--profile", $0] } ?? [])
        let ended = try Program([Built.countersign] + arguments, in: "/tmp", environment: own.environment).run()
        guard let method = choice.method else {
            #expect(chosen["error"] != nil, Comment(rawValue: asked.out))
            #expect([69, 77, 78].contains(ended.exit), Comment(rawValue: ended.err + ended.out))
            return
        }
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        let answer = try JSONDocument(Array(ended.out.utf8), rules: .authored).root
        #expect(chosen["method"]?.stringValue == method, Comment(rawValue: asked.out))
        #expect(answer["method"]?.stringValue == method)
        #expect(answer["accessKeyId"]?.stringValue == chosen["accessKeyId"]?.stringValue)
    }

    /// Puts the files into a folder of their own, and gives the environment.
    private func place(_ choice: Choice) throws -> (folder: TemporaryFolder, environment: [String: String]) {
        let folder = try TemporaryFolder()
        let sources = try TestServers.shared().url("sources")
        func filled(_ text: String) -> String {
            text.replacingOccurrences(of: "{folder}", with: folder.path).replacingOccurrences(of: "{sources}", with: sources)
        }
        let cache = folder.file(".aws/sso/cache")
        try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        try filled(choice.config).write(toFile: folder.file(".aws/config"), atomically: false, encoding: .utf8)
        try filled(choice.credentials).write(toFile: folder.file(".aws/credentials"), atomically: false, encoding: .utf8)
        try "web-token".write(toFile: folder.file("token"), atomically: false, encoding: .utf8)
        for (name, text) in choice.tokens {
            let sum = try Program(["sh", "-c", "printf %s \"$1\" | sha1sum", "sh", name], in: "/tmp").run().out.prefix(40)
            try text.write(toFile: cache + "/\(sum).json", atomically: false, encoding: .utf8)
        }
        let base = [
            "HOME": folder.path, "AWS_ENDPOINT_URL": sources, "AWS_EC2_METADATA_SERVICE_ENDPOINT": sources, "AWS_EC2_METADATA_DISABLED": "true",
            "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        ]
        return (folder, base.merging(choice.environment.mapValues(filled)) { $1 })
    }
}

/// Each source gives keys that a server checks, signature and all.
@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct CredentialUseTests {
    @Test(arguments: ["process", "role", "container", "instance"]) func `a server that checks signatures takes the keys of every kind of source`(
        _ source: String
    ) throws {
        let servers = try TestServers.shared()
        let ceremony = try Ceremony()
        let keys = try String(contentsOfFile: servers.credentials(), encoding: .utf8)
        let reader = keys.components(separatedBy: "[reader]\n")[1].split(separator: "\n").prefix(2).map { $0.components(separatedBy: " = ")[1] }
        let printed = "{\"Version\":1,\"AccessKeyId\":\"\(reader[0])\",\"SecretAccessKey\":\"\(reader[1])\"}"
        try printed.write(toFile: ceremony.scratch.file("printed"), atomically: false, encoding: .utf8)
        let config = """
            [profile process]
            credential_process = cat \(ceremony.scratch.file("printed"))
            [profile role]
            role_arn = arn:aws:iam::123456789012:role/cloudtrail-key-executor
            source_profile = assumer
            [profile container]
            region = us-east-1
            [profile instance]
            region = us-east-1

            """
        try config.write(toFile: ceremony.scratch.file("config"), atomically: false, encoding: .utf8)
        var environment = ["AWS_CONFIG_FILE": ceremony.scratch.file("config")]
        if source == "container" { environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = servers.url("sources") + "/container/real" }
        if source == "instance" {
            environment["AWS_EC2_METADATA_DISABLED"] = "false"
            environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = servers.url("sources")
        }
        let ended = try ceremony.run(
            ["identity", "--profile", source, "--endpoint-url", servers.url("kms"), "--region", "us-east-1", "--format", "json"],
            environment: environment)
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        let arn = try JSONDocument(Array(ended.out.utf8), rules: .authored).root["arn"]?.stringValue ?? ""
        let expected =
            source == "role" ? ":assumed-role/cloudtrail-key-executor/countersign-" : source == "process" ? ":user/reader" : "-executor/change"
        #expect(arn.contains(expected), Comment(rawValue: arn))
    }

    /// A program that gives the reader's keys for ten minutes, says so in a log, and fails from some time on.
    private func expiring(_ ceremony: Ceremony, times: Int) throws -> [String: String] {
        let keys = try String(contentsOfFile: TestServers.shared().credentials(), encoding: .utf8)
        let reader = keys.components(separatedBy: "[reader]\n")[1].split(separator: "\n").prefix(2).map { $0.components(separatedBy: " = ")[1] }
        let script = """
            echo asked >> \(ceremony.scratch.file("log"))
            test "$(wc -l < \(ceremony.scratch.file("log")))" -le \(times) || exit 3
            end=$(date -u -d '+10 minutes' +%Y-%m-%dT%H:%M:%SZ)
            echo "SECRET WORDS" >&2
            printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","Expiration":"%s"}' \(reader[0]) \(reader[1]) "$end"

            """
        try script.write(toFile: ceremony.scratch.file("give.sh"), atomically: false, encoding: .utf8)
        try "[profile brief]\ncredential_process = sh '\(ceremony.scratch.file("give.sh"))'\n"
            .write(toFile: ceremony.scratch.file("config"), atomically: false, encoding: .utf8)
        return ["AWS_CONFIG_FILE": ceremony.scratch.file("config")]
    }

    @Test(arguments: [9, 1]) func `credentials that end soon are found anew, and the old ones serve as long as they last`(_ times: Int) throws {
        let key = try executedKey()
        let read = try key.ceremony.run(
            ["snapshot", key.arn, "--profile", "brief", "--endpoint-url", try TestServers.shared().url("kms"), "--out", "s.json"],
            environment: try expiring(key.ceremony, times: times))
        #expect(read.exit == 0, Comment(rawValue: read.err))
        let asked = try key.ceremony.text("log").split(separator: "\n").count
        // Three requests: found once, found anew before the second, and then not again for a minute.
        #expect(asked == 2)
        #expect(read.err.contains("could not be renewed") == (times == 1), Comment(rawValue: read.err))
        #expect(!read.err.contains("SECRET"))
    }

    private func executedKey() throws -> (ceremony: Ceremony, arn: String) {
        let ceremony = try Ceremony()
        let alias = freshAlias("brief")
        try ceremony.approved("own", alias: alias)
        let ended = try ceremony.run(try ceremony.execution(of: "own"))
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        return (ceremony, try #require(try ceremony.key(alias)["arn"] as? String))
    }
}

// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import AWS

@Suite struct EndpointTests {
    @Test(arguments: [
        ("https://kms.us-east-1.amazonaws.com", "https://kms.us-east-1.amazonaws.com", false),
        ("https://KMS.Example.Internal:8443", "https://kms.example.internal:8443", false),
        ("https://kms.example.internal:443", "https://kms.example.internal", false),
        ("https://10.0.0.7:9000", "https://10.0.0.7:9000", false),
        ("https://[2001:DB8:0:0:0:0:0:1]:9000", "https://[2001:db8::1]:9000", false),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000", true),
        ("http://127.255.255.254", "http://127.255.255.254", true),
        ("http://localhost:4566", "http://localhost:4566", true),
        ("http://[::1]:80", "http://[::1]", true),
        ("http://[0:0:0:0:0:0:0:1]:81", "http://[::1]:81", true),
    ])
    func `a custom endpoint is read to one form`(_ url: String, _ text: String, _ isLoopback: Bool) throws {
        let endpoint = try AWSEndpoint(url: url)
        #expect(endpoint.text == text)
        #expect(endpoint.isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("kms.us-east-1.amazonaws.com", "endpoint-invalid"), ("ftp://127.0.0.1", "endpoint-invalid"), ("HTTPS://example.com", "endpoint-invalid"),
        ("https://", "endpoint-invalid"), ("https://:443", "endpoint-invalid"), ("https://example.com/", "endpoint-invalid"),
        ("https://example.com/kms", "endpoint-invalid"), ("https://user:pw@example.com", "endpoint-invalid"),
        ("https://example.com?x=1", "endpoint-invalid"), ("https://example.com#x", "endpoint-invalid"), ("https://example.com:0", "endpoint-invalid"),
        ("https://example.com:65536", "endpoint-invalid"), ("https://example.com:0443", "endpoint-invalid"),
        ("https://example.com:+443", "endpoint-invalid"), ("https://example.com:", "endpoint-invalid"), ("https://exa mple.com", "endpoint-invalid"),
        ("https://example..com", "endpoint-invalid"), ("https://-a.com", "endpoint-invalid"), ("https://ex\u{E4}mple.com", "endpoint-invalid"),
        ("https://\u{212A}ms.example.com", "endpoint-invalid"), ("https://127.1", "endpoint-invalid"), ("https://0x7f.1", "endpoint-invalid"),
        ("https://[::1", "endpoint-invalid"), ("https://::1", "endpoint-invalid"), ("https://[fe80::1%25eth0]", "endpoint-invalid"),
        ("http://169.254.169.254", "endpoint-insecure"), ("http://example.com", "endpoint-insecure"), ("http://0.0.0.0", "endpoint-insecure"),
        ("http://128.0.0.1", "endpoint-insecure"), ("http://localhost.example.com", "endpoint-insecure"), ("http://127.0.0.01", "endpoint-invalid"),
        ("http://[::ffff:127.0.0.1]", "endpoint-insecure"),
    ])
    func `anything else is refused`(_ url: String, _ code: String) throws {
        let refusal = try #require(throws: Refusal.self) { try AWSEndpoint(url: url) }
        #expect(refusal.code == code)
        #expect(refusal.category == .usage)
    }

    @Test func `a refused endpoint never shows a password`() throws {
        let refusal = try #require(throws: Refusal.self) {
            try AWSEndpoint(url: "https://user:hunter2@example.com", from: "AWS_ENDPOINT_URL", category: .configuration)
        }
        #expect(refusal.message == "AWS_ENDPOINT_URL: a user name or password is not allowed in the URL")
        #expect(!"\(refusal)".contains("hunter2"))
    }

    @Test(arguments: [
        (AWSService.kms, "us-east-1", AWSPartition.aws, false, false, "https://kms.us-east-1.amazonaws.com"),
        (.kms, "us-east-1", .aws, true, false, "https://kms-fips.us-east-1.amazonaws.com"),
        (.kms, "eu-central-1", .aws, false, true, "https://kms.eu-central-1.api.aws"),
        (.sts, "us-east-1", .aws, true, true, "https://sts-fips.us-east-1.api.aws"),
        (.cloudtrail, "eu-west-1", .aws, false, false, "https://cloudtrail.eu-west-1.amazonaws.com"),
        (.kms, "us-gov-west-1", .govCloud, true, false, "https://kms-fips.us-gov-west-1.amazonaws.com"),
        (.sts, "us-gov-west-1", .govCloud, true, false, "https://sts.us-gov-west-1.amazonaws.com"),
        (.cloudtrail, "us-gov-east-1", .govCloud, true, true, "https://cloudtrail-fips.us-gov-east-1.api.aws"),
        (.kms, "cn-north-1", .china, false, false, "https://kms.cn-north-1.amazonaws.com.cn"),
    ])
    func `the standard endpoint is the one of botocore and is AWS's own`(
        _ service: AWSService, _ region: String, _ partition: AWSPartition, _ fips: Bool, _ dualStack: Bool, _ text: String
    ) throws {
        let endpoint = try AWSEndpoint.standard(service, region: region, partition: partition, fips: fips, dualStack: dualStack)
        #expect(endpoint.text == text)
        #expect(endpoint.isAWSOwn(service: service, region: region, partition: partition))
        #expect(try AWSEndpoint(url: text) == endpoint)
    }

    @Test(arguments: [
        "https://kms.us-east-2.amazonaws.com", "https://sts.us-east-1.amazonaws.com", "https://kms.us-east-1.amazonaws.com.cn",
        "https://kms.us-east-1.amazonaws.com:8443", "https://kms.us-east-1.amazonaws.com.evil.example", "https://xkms.us-east-1.amazonaws.com",
        "https://kms-fipsx.us-east-1.amazonaws.com", "https://kms.amazonaws.com", "https://127.0.0.1", "http://localhost",
    ])
    func `any other endpoint is not AWS's own`(_ url: String) throws {
        #expect(try !AWSEndpoint(url: url).isAWSOwn(service: .kms, region: "us-east-1", partition: .aws))
    }

    @Test func `a region cannot lead to another host`() throws {
        for region in ["", "evil.example/", "us-east-1.evil", "US-EAST-1", "-a", "a@b"] {
            let refusal = try #require(throws: Refusal.self) { try AWSEndpoint.standard(.kms, region: region, partition: .aws) }
            #expect(refusal.code == "region-invalid")
        }
        let fips = try #require(throws: Refusal.self) { try AWSEndpoint.standard(.kms, region: "cn-north-1", partition: .china, fips: true) }
        #expect(fips.code == "endpoint-not-offered")
    }

    private func settings(_ environment: [String: String], _ profile: String? = nil) throws -> AWSSettings {
        try AWSSettings(profile: profile, environment: environment)
    }

    @Test func `the option goes before the service's variable, and that before the common one`() throws {
        let environment = ["AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:2"]
        #expect(try settings(environment).customEndpoints().mapValues(\.port) == [.kms: 1, .sts: 2, .cloudtrail: 1])
        #expect(
            try settings(environment).customEndpoints(option: "http://127.0.0.1:3").mapValues(\.port) == [.kms: 3, .sts: 3, .cloudtrail: 1])
        #expect(try settings(["AWS_ENDPOINT_URL_KMS": "", "AWS_REGION": "eu-west-1"]).customEndpoints().isEmpty)
        #expect(try settings(environment.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"]) { $1 }).customEndpoints().isEmpty)
        let refusal = try #require(throws: Refusal.self) { try settings(["AWS_ENDPOINT_URL_KMS": "http://kms.example"]).customEndpoints() }
        #expect(refusal.category == .configuration)
        #expect(refusal.message.hasPrefix("AWS_ENDPOINT_URL_KMS: "))
    }

    @Test func `the profile's services section and endpoint_url come after the environment`() throws {
        let home = TemporaryFolder()
        let config = try home.write(
            "config",
            """
            [profile a]
            services = local
            endpoint_url = http://127.0.0.1:4
            use_fips_endpoint = TRUE
            use_dualstack_endpoint = true
            ca_bundle = /nowhere/ca.pem
            region = eu-west-1
            [services local]
            kms =
                endpoint_url = http://127.0.0.1:5
            [profile b]
            services = locale
            [profile c]
            ignore_configured_endpoint_urls = true
            endpoint_url = http://127.0.0.1:6

            """)
        let files = ["AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials"]
        let a = try settings(files, "a")
        #expect(try a.customEndpoints().mapValues(\.port) == [.kms: 5, .sts: 4, .cloudtrail: 4])
        #expect(a.usesFIPS && a.usesDualStack)
        #expect(a.transfer.certificateBundle == "/nowhere/ca.pem")
        #expect(a.region?.name == "eu-west-1")
        #expect(a.regionWarning(used: "eu-west-1") == nil)
        #expect(
            a.regionWarning(used: "us-east-1")
                == "region of profile \"a\" says Region eu-west-1; us-east-1 is used, which this command is about")
        let more = files.merging(["AWS_ENDPOINT_URL": "http://127.0.0.1:7", "AWS_USE_FIPS_ENDPOINT": "false", "AWS_REGION": "us-west-2"]) { $1 }
        let withVariables = try settings(more, "a")
        #expect(try withVariables.customEndpoints().mapValues(\.port) == [.kms: 7, .sts: 7, .cloudtrail: 7])
        #expect(!withVariables.usesFIPS)
        #expect(withVariables.region?.origin == "AWS_REGION")
        let missing = try #require(throws: Refusal.self) { try settings(files, "b").customEndpoints() }
        #expect(missing.code == "services-missing")
        #expect(missing.hint == "did you mean \"local\"?")
        #expect(missing.place == Place(file: config, line: 12))
        #expect(try settings(files, "c").customEndpoints().isEmpty)
    }

    @Test(arguments: [("us-east-1", AWSPartition.aws), ("us-gov-west-1", .govCloud), ("cn-north-1", .china)])
    func `a Region has a partition`(_ region: String, _ partition: AWSPartition) {
        #expect(AWSPartition.of(region: region) == partition)
    }
}

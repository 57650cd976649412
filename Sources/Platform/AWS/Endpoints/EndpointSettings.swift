// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What an option, the environment and the profile say about endpoints ("Service-specific endpoints", AWS SDKs and Tools Reference Guide).
extension AWSSettings {
    /// The endpoint of every service: `option` for KMS and STS (formats.md §9), else what is configured, else AWS's own.
    public func endpoints(region: String, partition: AWSPartition, option: String? = nil) throws(Refusal) -> ServiceEndpoints {
        try ServiceEndpoints(
            region: region, partition: partition, fips: usesFIPS, dualStack: usesDualStack, custom: try customEndpoints(option: option))
    }

    /// `AWS_USE_FIPS_ENDPOINT` or `use_fips_endpoint`.
    public var usesFIPS: Bool { flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint") }
    /// `AWS_USE_DUALSTACK_ENDPOINT` or `use_dualstack_endpoint`.
    public var usesDualStack: Bool { flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint") }

    /// The endpoints that are not AWS's own.
    public func customEndpoints(option: String? = nil) throws(Refusal) -> [AWSService: AWSEndpoint] {
        var result: [AWSService: AWSEndpoint] = [:]
        for service in AWSService.allCases {
            if let option, service != .cloudtrail {
                result[service] = try AWSEndpoint(url: option)
            } else {
                result[service] = try configuredEndpoint(of: service.rawValue)
            }
        }
        return result
    }

    /// The configured endpoint of a service: `AWS_ENDPOINT_URL_SERVICE`, `AWS_ENDPOINT_URL`, the profile's `services` section,
    /// the profile's `endpoint_url`. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` turns them all off.
    /// - Parameter service: its id in snake case (`kms`, `sso_oidc`).
    /// - Throws: `endpoint-invalid`, `endpoint-insecure`, `services-missing`.
    func configuredEndpoint(of service: String) throws(Refusal) -> AWSEndpoint? {
        if flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") { return nil }
        for name in ["AWS_ENDPOINT_URL_\(service.uppercased())", "AWS_ENDPOINT_URL"] {
            guard let value = environment[name], !value.isEmpty else { continue }
            return try AWSEndpoint(url: value, from: name, category: .configuration)
        }
        guard let profile else { return nil }
        if let setting = try servicesSection(of: profile)?.nested("endpoint_url", under: service) {
            return try AWSEndpoint(
                url: setting.value.text, from: "endpoint_url under \(service) of [services \(SafeText.escaped(profile.text("services") ?? ""))]",
                category: .configuration)
        }
        guard let text = profile.text("endpoint_url") else { return nil }
        return try AWSEndpoint(url: text, from: "endpoint_url of \(profile.shown)", category: .configuration)
    }

    private func servicesSection(of profile: SharedProfile) throws(Refusal) -> INISection? {
        guard let name = profile.text("services") else { return nil }
        guard let section = files.section("services", name) else {
            throw profile.refusal(
                "services-missing", "names the section [services \(SafeText.escaped(name))], which is not there", at: "services",
                hint: Suggestion.nearest(to: name, among: files.names(of: "services")).map { "did you mean \"\(SafeText.escaped($0))\"?" })
        }
        return section
    }
}

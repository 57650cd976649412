// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What an option and the environment say about endpoints ("Service-specific endpoints", AWS SDKs and Tools Reference Guide).
public enum EndpointSettings {
    /// The custom endpoints: `--endpoint-url` for KMS and STS (formats.md §9), else `AWS_ENDPOINT_URL_SERVICE`, else
    /// `AWS_ENDPOINT_URL`. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` turns the variables off, never the option.
    public static func custom(option: String? = nil, environment: [String: String]) throws(Refusal) -> [AWSService: AWSEndpoint] {
        let isIgnored = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true"
        var result: [AWSService: AWSEndpoint] = [:]
        for service in AWSService.allCases {
            if let option, service != .cloudtrail {
                result[service] = try AWSEndpoint(url: option)
                continue
            }
            if isIgnored { continue }
            for name in ["AWS_ENDPOINT_URL_\(service.rawValue.uppercased())", "AWS_ENDPOINT_URL"] {
                guard let value = environment[name], !value.isEmpty else { continue }
                result[service] = try AWSEndpoint(url: value, from: name, category: .configuration)
                break
            }
        }
        return result
    }

    /// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`.
    public static func variants(environment: [String: String]) -> (fips: Bool, dualStack: Bool) {
        func isOn(_ name: String) -> Bool { environment[name]?.lowercased() == "true" }
        return (isOn("AWS_USE_FIPS_ENDPOINT"), isOn("AWS_USE_DUALSTACK_ENDPOINT"))
    }
}

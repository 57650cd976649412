// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// What a plan tells of the configuration it was made from: what refers to what, and which provider speaks to which account.
///
/// Source: Terraform, "JSON Output Format" (configuration representation, expression representation).
struct PlanConfiguration: Sendable {
    struct Resource: Sendable {
        /// Without the address of its module: `aws_kms_key.cloudtrail`.
        let local: String
        /// Names of module calls from the root; empty for the root module.
        let module: [String]
        let provider: String?
        let value: JSONValue

        /// Whether the configuration gives the argument.
        func isConfigured(_ argument: String) -> Bool { value["expressions"]?[argument] != nil }

        /// What an argument refers to: `aws_kms_key.cloudtrail.key_id`, `aws_kms_key.cloudtrail`.
        func references(_ argument: String) -> [String] {
            value["expressions"]?[argument]?["references"]?.arrayValue?.compactMap(\.stringValue) ?? []
        }
    }

    let resources: [Resource]
    private let providers: [JSONMember]

    init(_ value: JSONValue?) {
        func search(_ module: JSONValue?, _ path: [String]) -> [Resource] {
            let own = (module?["resources"]?.arrayValue ?? []).compactMap { resource in
                resource["address"]?.stringValue.map {
                    Resource(local: $0, module: path, provider: resource["provider_config_key"]?.stringValue, value: resource)
                }
            }
            return own + (module?["module_calls"]?.objectValue ?? []).flatMap { search($0.value["module"], path + [$0.name]) }
        }
        resources = search(value?["root_module"], [])
        providers = value?["provider_config"]?.objectValue ?? []
    }

    /// The resource of an instance's address: `module.key["a"].aws_kms_key.cloudtrail[0]` is `aws_kms_key.cloudtrail` in the module `key`.
    func resource(_ address: String) -> Resource? {
        var parts = Self.withoutIndexes(address).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var module: [String] = []
        while parts.count > 2, parts[0] == "module" {
            module.append(parts[1])
            parts.removeFirst(2)
        }
        let local = parts.joined(separator: ".")
        return resources.first { $0.module == module && $0.local.hasSameBytes(as: local) }
    }

    /// An argument of the provider configuration that a resource uses.
    func providerArgument(_ name: String, of resource: Resource) -> JSONValue? {
        guard let key = resource.provider else { return nil }
        return providers.first { $0.name.hasSameBytes(as: key) }?.value["expressions"]?[name]
    }

    /// Resources that run commands of their own while they are made or destroyed.
    var provisioned: [String] {
        resources.filter { $0.value["provisioners"]?.arrayValue?.isEmpty == false }.map {
            ($0.module.map { "module.\($0)" } + [$0.local]).joined(separator: ".")
        }
    }

    private static func withoutIndexes(_ address: String) -> String {
        var result = ""
        var inQuotes = false
        var isEscaped = false
        var depth = 0
        for scalar in address.unicodeScalars {
            if inQuotes {
                if isEscaped { isEscaped = false } else if scalar == "\\" { isEscaped = true } else if scalar == "\"" { inQuotes = false }
                continue
            }
            switch scalar {
            case "[": depth += 1
            case "]": depth -= 1
            case "\"" where depth > 0: inQuotes = true
            default: if depth == 0 { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}

// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import StrictFormats

/// The shared credentials and config files, read once ("Shared config and credentials files", AWS SDKs and Tools Reference Guide).
struct SharedConfiguration: Sendable {
    private let credentials: INIFile?
    private let config: INIFile?
    /// The files that were looked for, for an error.
    let names: String

    /// Reads both; a file that is not there has no profiles.
    init(environment: [String: String]) throws(Refusal) {
        let paths = [("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")].map { variable, name in
            Self.path(variable, name, environment)
        }
        credentials = try Self.read(paths[0])
        config = try Self.read(paths[1])
        let found = paths.compactMap { $0 }
        names = found.isEmpty ? "any file: HOME is not set" : found.map { SafeText.escaped($0) }.joined(separator: " or ")
    }

    /// A profile of either file, or of both.
    func profile(_ name: String) -> SharedProfile? {
        let inConfig = config?.section("profile \(name)") ?? (name == "default" ? config?.section("default") : nil)
        let found = SharedProfile(name: name, credentials: credentials?.section(name), config: inConfig)
        return found.sections.isEmpty ? nil : found
    }

    /// `[sso-session NAME]` or `[services NAME]` of the config file.
    func section(_ kind: String, _ name: String) -> INISection? { config?.section("\(kind) \(name)") }

    var profileNames: [String] {
        (credentials?.sections.map(\.name) ?? []) + names(of: "profile") + (config?.section("default") == nil ? [] : ["default"])
    }

    /// The names of the sections of one kind.
    func names(of kind: String) -> [String] {
        (config?.sections ?? []).compactMap { section in
            section.name.utf8.starts(with: "\(kind) ".utf8) ? String(section.name.dropFirst(kind.utf8.count + 1)) : nil
        }
    }

    private static func path(_ variable: String, _ name: String, _ environment: [String: String]) -> String? {
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        guard let chosen = environment[variable], !chosen.isEmpty else { return home.map { "\($0)/.aws/\(name)" } }
        if let home, chosen.utf8.starts(with: "~/".utf8) { return home + chosen.dropFirst() }
        return chosen
    }

    private static func read(_ path: String?) throws(Refusal) -> INIFile? {
        guard let path else { return nil }
        do throws(Refusal) {
            var bytes = try FileReader.read(path, limit: 1 << 20)
            return try INIFile(consuming: &bytes, file: path)
        } catch {
            if error.code == "file-missing" { return nil }
            throw error
        }
    }
}

/// One profile: what stands in the credentials file goes before what stands in the config file, setting by setting.
struct SharedProfile: Sendable {
    let name: String
    let credentials: INISection?
    let config: INISection?

    var sections: [INISection] { [credentials, config].compactMap { $0 } }
    /// `profile "deploy"`, for people.
    var shown: String { "profile \"\(SafeText.escaped(name))\"" }
    /// Where it begins.
    var place: Place { sections.first?.place ?? Place() }

    func text(_ setting: String) -> String? { sections.lazy.compactMap { $0.text(of: setting) }.first }
    func place(of setting: String) -> Place { sections.lazy.compactMap { $0.place(of: setting) }.first ?? place }
    func has(_ setting: String) -> Bool { sections.contains { $0.value(of: setting) != nil } }

    /// A refusal of something in this profile.
    func refusal(_ code: String, _ message: String, at setting: String? = nil, hint: String? = nil) -> Refusal {
        Refusal(code, .configuration, "\(shown) \(message)", at: setting.map(place(of:)) ?? place, hint: hint)
    }

    /// Whether it asks for a role by AssumeRole (botocore: a `role_arn`, and no `web_identity_token_file`).
    var assumesRole: Bool { has("role_arn") && !has("web_identity_token_file") }
    var hasKeys: Bool { has("aws_access_key_id") || has("aws_secret_access_key") }
}

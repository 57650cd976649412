// SPDX-License-Identifier: Apache-2.0

import Files
import StrictFormats

/// The shared credentials and config files ("Shared config and credentials files", AWS SDKs and Tools Reference Guide).
struct ProfileFiles {
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

    func credentialsSection(of profile: String) -> INISection? { credentials?.section(profile) }

    /// `[profile NAME]`, and `[default]` for the profile of that name.
    func configSection(of profile: String) -> INISection? {
        config?.section("profile \(profile)") ?? (profile == "default" ? config?.section("default") : nil)
    }

    /// The sections that make up a profile.
    func sections(of profile: String) -> [INISection] {
        [credentialsSection(of: profile), configSection(of: profile)].compactMap { $0 }
    }

    var profileNames: [String] {
        let inConfig = (config?.sections ?? []).compactMap { section -> String? in
            section.name.utf8.starts(with: "profile ".utf8) ? String(section.name.dropFirst(8)) : section.name == "default" ? "default" : nil
        }
        return (credentials?.sections.map(\.name) ?? []) + inConfig
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

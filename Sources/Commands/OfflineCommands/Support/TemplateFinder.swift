// SPDX-License-Identifier: Apache-2.0

import CommandSupport
import Files
import Glibc
public import KeyPolicies
public import StrictFormats

/// Finds policy templates: `--policies DIR`, `$COUNTERSIGN_POLICIES`, `./policies`, or `policies` above the program itself.
public enum TemplateFinder {
    public static func find(_ name: String, folder: String?) throws(Refusal) -> PolicyTemplate {
        guard !name.isEmpty,
            name.utf8.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            })
        else {
            throw Refusal(
                "template-name", .badData, "\"\(SafeText.escaped(name))\" is no name of a template", hint: "names are made of a–z, 0–9 and '-'")
        }
        let folders = folder.map { [$0] } ?? candidates()
        for candidate in folders {
            let path = "\(candidate)/\(name)"
            guard access("\(path)/template.json", R_OK) == 0 else { continue }
            let template = try FileReader.read("\(path)/template.json")
            var parts: [(name: String, bytes: [UInt8])] = []
            for part in try PolicyTemplate.partNames(of: template, file: "\(path)/template.json") {
                parts.append((part, try FileReader.read("\(path)/\(part).json")))
            }
            let assertions = "\(path)/assertions.json"
            return try PolicyTemplate(
                name: name, template: template, parameters: try FileReader.read("\(path)/parameters.json"), parts: parts,
                assertions: access(assertions, F_OK) == 0 ? try FileReader.read(assertions) : nil)
        }
        throw Refusal(
            "template-missing", .noInput, "there is no template \"\(name)\" in \(folders.map(SafeText.escaped).joined(separator: ", "))",
            hint: "say where the templates are with --policies FOLDER")
    }

    private static func candidates() -> [String] {
        var folders: [String] = []
        if let named = Environment.value("COUNTERSIGN_POLICIES"), !named.isEmpty { folders.append(named) }
        folders.append("policies")
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        if length > 0 {
            var path = String(decoding: buffer[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            for _ in 0..<5 {
                guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { break }
                path = String(path[..<slash])
                folders.append(path + "/policies")
                folders.append(path + "/share/countersign/policies")
            }
        }
        return folders
    }
}

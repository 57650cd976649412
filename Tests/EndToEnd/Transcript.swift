// SPDX-License-Identifier: Apache-2.0
// What a command said and did, compared with the text under Golden/ to the letter.

import Foundation
import TestSupport
import Testing

/// What is wrong with an input, how a command is run on it, and the exit code that it must end with.
struct BadInput: Sendable, CustomTestStringConvertible {
    let name: String
    let exit: Int32
    var program = Built.countersign
    var wrapper: [String] = []
    var output: String?
    var environment: [String: String] = [:]
    /// Makes the bad input and gives the arguments.
    let arguments: @Sendable (Ceremony) throws -> [String]

    init(_ name: String, _ exit: Int32, airgap: Bool = false, _ arguments: @escaping @Sendable (Ceremony) throws -> [String]) {
        self.name = name
        self.exit = exit
        self.arguments = arguments
        if airgap { program = Built.airgap }
    }

    /// The same, run by way of another program, with its output elsewhere, or in another environment.
    func under(_ wrapper: [String] = [], output: String? = nil, environment: [String: String] = [:]) -> BadInput {
        var copy = self
        copy.wrapper = wrapper
        copy.output = output
        copy.environment = environment
        return copy
    }

    var testDescription: String { name }

    /// Runs it and demands the exit code, the exact words, and that nothing else was written.
    func check(against golden: Golden) throws {
        let ceremony = try Ceremony()
        let arguments = try self.arguments(ceremony)
        let before = try ceremony.files()
        let ledger = arguments.first { $0.hasSuffix(".sqlite") && before[$0] != nil }
        let entries = try ledger.map { try ceremony.entries($0).count } ?? 0
        let ended = try ceremony.run(arguments, program: program, under: wrapper, environment: environment, output: output)
        #expect(ended.exit == exit, Comment(rawValue: ended.err))
        let changed = Transcript.changes(from: before, to: try ceremony.files())
        var lines = ["$ \((program as NSString).lastPathComponent) \(arguments.joined(separator: " "))", "exit \(ended.exit)", ended.err]
        if ended.out.hasPrefix("COUNTERSIGN REVIEW") {
            lines.append("(the review on standard output)")
        } else if !ended.out.isEmpty {
            lines.append("(\(ended.out.split(separator: "\n").count) lines on standard output)")
        }
        lines.append("wrote: " + (changed.isEmpty ? "nothing" : changed.joined(separator: ", ")))
        if let ledger, changed.contains(ledger) {
            let written = try ceremony.entries(ledger).dropFirst(entries)
            lines.append("ledger: " + written.map { $0.type + ($0.data.code.map { " [\($0)]" } ?? "") }.joined(separator: ", "))
        }
        try golden.compare(
            name, ceremony.plain(lines.filter { !$0.isEmpty }.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }.joined(separator: "\n")))
    }
}

enum Transcript {
    /// Files that are new, other, or gone, in order.
    static func changes(from before: [String: [UInt8]], to after: [String: [UInt8]]) -> [String] {
        Set(before.keys).union(after.keys).sorted().compactMap { name in
            switch (before[name], after[name]) {
            case (nil, _?): "new \(name)"
            case (_?, nil): "removed \(name)"
            case (let old?, let new?) where old != new: name
            default: nil
            }
        }
    }
}

/// One file under Golden/: sections with a heading each.
///
/// With `COUNTERSIGN_GOLDEN=write` in the environment the file is written instead; read the difference before you keep it.
final class Golden: @unchecked Sendable {
    private let path: String
    private let lock = NSLock()

    init(_ name: String) { path = PackageFolder.path + "/Tests/EndToEnd/Golden/\(name).txt" }

    func compare(_ heading: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        lock.lock()
        defer { lock.unlock() }
        var sections = try read()
        if ProcessInfo.processInfo.environment["COUNTERSIGN_GOLDEN"] == "write" {
            sections[heading] = text
            try Data(sections.sorted { $0.key < $1.key }.map { "## \($0.key)\n\($0.value)\n" }.joined(separator: "\n").utf8).write(
                to: URL(fileURLWithPath: path))
            return
        }
        #expect(text == sections[heading], "\(heading), in \(path)", sourceLocation: sourceLocation)
    }

    private func read() throws -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        var sections: [String: String] = [:]
        for section in String(decoding: data, as: UTF8.self).components(separatedBy: "\n## ") {
            let text = section.hasPrefix("## ") ? String(section.dropFirst(3)) : section
            guard let end = text.firstIndex(of: "\n") else { continue }
            sections[String(text[..<end])] = String(text[text.index(after: end)...]).trimmingCharacters(in: .newlines)
        }
        return sections
    }
}

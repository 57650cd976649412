// SPDX-License-Identifier: Apache-2.0
// Where the public test data lies: beside the project, not in it.

import Foundation
import Testing

enum Vectors {
    /// `../shared/vectors` from the package's root, or what COUNTERSIGN_VECTORS says.
    static let folder: String = {
        if let given = ProcessInfo.processInfo.environment["COUNTERSIGN_VECTORS"], !given.isEmpty { return given }
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
        return root.appending(path: "../shared/vectors").standardized.path()
    }()

    static let present: Bool = {
        let found = FileManager.default.fileExists(atPath: folder + "/README.md")
        if !found { print("The test vectors are not in \(folder): what needs them is skipped.") }
        return found
    }()

    static let absence: Comment = "the test vectors are not in ../shared/vectors"

    static func names(_ folder: String, prefix: String = "") -> [String] {
        guard present, let all = try? FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/\(folder)") else { return [] }
        return all.filter { $0.hasPrefix(prefix) }.sorted()
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(path)")))
    }
}

/// A generator whose seed is printed, so that a failure can be repeated with COUNTERSIGN_SEED (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(for test: String) {
        let given = ProcessInfo.processInfo.environment["COUNTERSIGN_SEED"].flatMap { UInt64($0) }
        state = given ?? UInt64.random(in: .min ... .max)
        print("\(test): COUNTERSIGN_SEED=\(state)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A scalar of any kind: often ASCII, often one that somebody could misuse.
    mutating func scalar() -> UnicodeScalar {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0x00...0x1F, 0x22...0x22, 0x5C...0x5C, 0x7F...0x17F, 0x300...0x36F, 0x400...0x4FF, 0x2000...0x206F,
            0xE000...0xE0FF, 0xFB00...0xFFFF, 0x1F600...0x1F64F, 0xE0000...0xE01FF, 0x10000...0x10FFFF,
        ]
        while true {
            if let scalar = UnicodeScalar(UInt32.random(in: ranges.randomElement(using: &self) ?? 0...0, using: &self)) { return scalar }
        }
    }

    mutating func text(upTo length: Int) -> String {
        var result = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) { result.unicodeScalars.append(scalar()) }
        return result
    }
}

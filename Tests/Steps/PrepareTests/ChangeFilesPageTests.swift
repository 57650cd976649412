// SPDX-License-Identifier: Apache-2.0
// docs/change-files.md: each example is prepared.
import Bundles
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Prepare

@Suite struct ChangeFilesPageTests {
    static func examples() throws -> [String] {
        let page = String(decoding: try #require(FileManager.default.contents(atPath: PackageFolder.path + "/docs/change-files.md")), as: UTF8.self)
        return page.components(separatedBy: "```yaml\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }

    @Test func `every example of the page is prepared, and every kind has one`() throws {
        var desk = try Desk()
        desk.chain = try TrustFixture.chain([("/limits/accounts", ["604183725190", "281474976710"])])
        let policy = try Desk.policy()
        let snapshot = Snapshot(
            key: BundleFixture.keyARN, taken: date("2026-11-24T09:00:00Z"), policy: BasePolicy(document: policy), policyNames: ["default"],
            state: "Enabled", description: "")
        desk.files["snapshot.json"] = String(decoding: snapshot.bytes, as: UTF8.self)
        var kinds: Set<String> = []
        for example in try Self.examples() {
            let kind = try desk.prepare(example).bundle.payload.change.kind.rawValue
            #expect(example.hasPrefix("change: \(kind)\n"))
            kinds.insert(kind)
        }
        #expect(kinds == Set(ChangeKind.allCases.map(\.rawValue)))
    }
}

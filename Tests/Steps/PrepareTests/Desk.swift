// SPDX-License-Identifier: Apache-2.0
// A preparer's desk: a change file, the files that it names, templates, a trust root, a checkpoint.
import Bundles
import Cryptography
import DomainFixtures
import Foundation
import KeyPolicies
import Ledger
import StrictFormats
import TestSupport
import Trust
import YAMLInput

@testable import Prepare

struct Desk {
    var files: [String: String] = [:]
    var chain = TrustChain(TrustFixture.first)
    var key = Keys.dana
    var checkpoint: [UInt8]

    static let state = Checkpoint(origin: TrustFixture.origin + "/ledger", size: 7, root: BundleFixture.ledgerRoot)

    init() throws { checkpoint = try Self.state.signed(by: Keys.exec).bytes }

    static let parameters = """
          parameters:
            managementAccount: "281474976710"
            logArchiveAccount: "339712745831"
            trailName: org-trail
        """

    static let create = """
        change: create-key
        title: Key for the trail
        ticket: CHG-1
        valid: 72h
        target: { account: "604183725190", region: us-east-1, executor: role/cloudtrail-key-executor }
        alias: cloudtrail-org-key
        description: Encrypts the logs
        rotation: 365
        tags: { data-class: audit }
        policy:
          template: org-cloudtrail-key
        \(parameters)
        """

    static let put = """
        change: put-key-policy
        title: Another policy
        ticket: CHG-2
        notBefore: 2026-11-24T12:00:00Z
        expires: 2026-11-25T12:00:00Z
        target: { account: "604183725190", executor: role/cloudtrail-key-executor }
        key: \(BundleFixture.keyARN)
        base: { document: base.json }
        policy: { template: org-cloudtrail-key, parameters: { managementAccount: "281474976710", logArchiveAccount: "339712745831", trailName: org-trail } }
        """

    static func template(_ name: String) throws(Refusal) -> PolicyTemplate {
        guard name == "org-cloudtrail-key" else { throw Refusal("template-missing", .noInput, "there is no template \"\(name)\"") }
        func read(_ file: String) throws(Refusal) -> [UInt8] {
            do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(PackageFolder.path)/policies/\(name)/\(file).json"))) } catch {
                throw Refusal("test", .internalError, "\(error)")
            }
        }
        let main = try read("template")
        var parts: [(name: String, bytes: [UInt8])] = []
        for part in try PolicyTemplate.partNames(of: main) { parts.append((part, try read(part))) }
        return try PolicyTemplate(name: name, template: main, parameters: try read("parameters"), parts: parts, assertions: try read("assertions"))
    }

    /// The policy that the template renders for `create`.
    static func policy() throws -> String { try present(try Desk().prepare(create).bundle.payload.policy?.document) }

    func prepare(_ change: String, id: String = BundleFixture.id, created: String = "2026-11-24T10:00:00Z") throws -> PrepareStep.Prepared {
        let files = files
        let step = PrepareStep(
            chain: chain, checkpoint: (checkpoint, "ledger.note"),
            readFile: { name throws(Refusal) in
                guard let text = files[name] else { throw Refusal("file-missing", .noInput, "there is no such file", at: Place(file: name)) }
                return Array(text.utf8)
            }, findTemplate: Self.template)
        return try step.prepare(YAMLReader.read(Array(change.utf8), file: "change.yaml"), key: key, id: id, created: date(created))
    }

    func refusal(_ change: String, id: String = BundleFixture.id) throws -> Refusal {
        do { _ = try prepare(change, id: id) } catch let refusal as Refusal { return refusal }
        throw Refusal("test", .internalError, "nothing was refused")
    }
}

func present<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Refusal("test", .internalError, "nothing there") }
    return value
}

// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Cryptography
public import KeyPolicies
import Ledger
import Rehearsal
public import StrictFormats
public import Trust

/// Makes a signed bundle from a change file. Needs no AWS credentials and no clock but the moment that it is given.
public struct PrepareStep {
    /// Reads a file that the change file names, relative to the change file.
    public typealias ReadFile = (_ name: String) throws(Refusal) -> [UInt8]
    /// Finds a template by name.
    public typealias FindTemplate = (_ name: String) throws(Refusal) -> PolicyTemplate

    public let chain: TrustChain
    public let checkpoint: (bytes: [UInt8], file: String)
    public let readFile: ReadFile
    public let findTemplate: FindTemplate

    public init(
        chain: TrustChain, checkpoint: (bytes: [UInt8], file: String), readFile: @escaping ReadFile, findTemplate: @escaping FindTemplate
    ) {
        self.chain = chain
        self.checkpoint = checkpoint
        self.readFile = readFile
        self.findTemplate = findTemplate
    }

    /// What came of it.
    public struct Prepared {
        public let bundle: VerifiedBundle
        /// What stops nothing: that the ledger has another name than the trust root says, and findings about the policy.
        public let notes: [String]
        /// The change that would take this one back, where there is one.
        public let inverse: InverseChange?
    }

    /// - Parameters:
    ///   - id: a lower-case UUID.
    ///   - created: now, or the time that the person stated for a reproducible output.
    public func prepare(_ document: JSONDocument, key: PrivateKey, id: String, created: Instant) throws(Refusal) -> Prepared {
        try chain.newest.checkInForce(at: created, clock: "set it if it is wrong, or say the time with --created TIME")
        let file = try document.decode(ChangeFile.init(json:))
        let place = Place(file: document.file)
        let owner = try preparer(key.publicKey)
        let ledger = try ledgerState()
        let policy = try document.decode { _ throws(Refusal) in try self.policy(file) }
        let base = try document.decode { _ throws(Refusal) in try self.livePolicy(file.base, of: file.change.key ?? "") }
        let notBefore = file.notBefore ?? created
        let expires = file.expires ?? file.validSeconds.map { notBefore + $0 } ?? notBefore
        let payload = BundlePayload(
            id: id, title: file.title, ticket: file.ticket, backout: file.backout, preparerOwner: owner, preparerKey: key.publicKey.id,
            created: created,
            notBefore: notBefore, expires: expires, trust: chain.newest.reference, ledger: ledger, target: file.target, change: file.change,
            policy: policy?.part, base: base, waivers: file.waivers)
        var findings: [PolicyFinding] = []
        if let policy {
            let evidence = try PolicyEvidence(payload)
            // What a template promises is said before what a rule finds; by hand, a rule says more exactly what is wrong.
            if policy.part.template != nil { try evidence?.demandPromises(.answerIsNo, at: place) }
            findings = try PolicyReview.check(policy.document, in: context(file, policy.part), waivers: file.waivers, place: place)
            try evidence?.demandPromises(.answerIsNo, at: place)
            try evidence?.demandCompleteness(at: place)
        }
        let keyPolicy = try document.decode { _ throws(Refusal) in try self.livePolicy(file.keyPolicy, of: file.change.key ?? "") }
        if case .attachTrail(let key, let trail) = file.change { try TrailProof.check(keyPolicy, key: key, trail: trail, place: place) }
        let bytes = JSONWriter.canonical(payload.json)
        let signature = try key.sign(PreAuthEncoding.message(type: PayloadType.bundle.rawValue, payload: bytes))
        let envelope = Envelope(type: .bundle, payload: bytes, signatures: [EnvelopeSignature(keyID: key.publicKey.id, signature: signature)])
        // What was made is checked as every reader will check it: limits, derivation, forms.
        let bundle: VerifiedBundle
        do throws(Refusal) {
            bundle = try VerifiedBundle.verify(UnverifiedBundle(envelope), in: chain)
        } catch {
            throw error.inFile(document.file)
        }
        try rehearse(payload, keyPolicy, place)
        return Prepared(bundle: bundle, notes: otherLedger(payload.ledger) + findings.map(PolicyReview.line), inverse: InverseChange(of: payload))
    }

    /// What a model of KMS refuses already is not signed away to approvers.
    private func rehearse(_ payload: BundlePayload, _ keyPolicy: BasePolicy?, _ place: Place) throws(Refusal) {
        do throws(Refusal) {
            try RehearsedRequests.run(payload, in: KMSModel(before: payload, keyPolicy: keyPolicy?.document, now: payload.notBefore))
        } catch {
            throw error.inFile(place.file)
        }
    }

    private func preparer(_ key: PublicKey) throws(Refusal) -> String {
        guard let trusted = chain.newest.root.key(key.id), chain.newest.root.holds(key.id, .preparer) else {
            throw Refusal(
                "bundle-preparer", .notPermitted, "the key \(key.id) is no preparer's under trust root version \(chain.newest.root.version)",
                hint: "preparers: \(chain.newest.root.owners(of: .preparer).joined(separator: ", "))")
        }
        return trusted.owner
    }

    /// The ledger's state, from a checkpoint that a key of it signed: any that the chain ever gave it. Right after the key was changed, the newest
    /// checkpoint is still of the key before, which wrote down the trust root that changed it.
    private func ledgerState() throws(Refusal) -> LedgerState {
        var failure = Refusal(
            "checkpoint-signature", .notPermitted, "no key that the trust roots ever gave the ledger signed this checkpoint",
            at: Place(file: checkpoint.file),
            hint:
                "take the note from the ledger that will execute: countersign ledger checkpoint; where a newer trust root gave it another key, give that one with --trust too"
        )
        for key in chain.keysEver(.ledger).reversed() {
            do throws(Refusal) {
                let state = try Checkpoint.verified(checkpoint.bytes, by: key, file: checkpoint.file)
                guard state.size > 0 else {
                    throw Refusal(
                        "checkpoint-empty", .badData, "this checkpoint is of an empty ledger", at: Place(file: checkpoint.file),
                        hint: "take the note from the ledger that will execute: countersign ledger checkpoint")
                }
                return LedgerState(origin: state.origin, size: state.size, root: state.root)
            } catch {
                if error.code != failure.code { failure = error }
            }
        }
        throw failure
    }

    /// A ledger may be made under any name, so another one than the usual is no error here; to `execute` it is one, if it is not the one meant.
    private func otherLedger(_ ledger: LedgerState) -> [String] {
        let usual = chain.origin + "/ledger"
        if ledger.origin.hasSameBytes(as: usual) { return [] }
        return ["the checkpoint is of the ledger \(SafeText.escaped(ledger.origin)), not of \(usual): the bundle can be executed in that one alone"]
    }

    // MARK: policies

    private func policy(_ file: ChangeFile) throws(Refusal) -> (part: PolicyPart, document: PolicyDocument)? {
        switch file.policy {
        case .document(let name):
            let (text, path) = try self.text(name)
            return (PolicyPart(template: nil, parameters: nil, document: text), try PolicyDocument(text: text, file: path))
        case .template(let nameValue, let parameters):
            let name = try Names.shown(nameValue, 1...128)
            let template: PolicyTemplate
            do throws(Refusal) { template = try findTemplate(name) } catch {
                var refusal = error
                if refusal.place.file == nil { refusal.place.offset = nameValue.offset }
                throw refusal
            }
            let target = file.target
            let rendered = try template.render(
                values: parameters ?? .object([]),
                supplied: [
                    ("partition", .string(target.partition)), ("keyAccount", .string(target.account)), ("executorRole", .string(target.executor)),
                    ("homeRegion", .string(target.region)),
                ])
            let part = PolicyPart(
                template: PolicyPart.TemplateReference(name: name, digest: Digest(of: template.canonical)),
                parameters: JSONWriter.canonicalText(rendered.parameters), document: rendered.text)
            return (part, try PolicyDocument(text: rendered.text, file: "\(name) (rendered)"))
        case nil: return nil
        }
    }

    private func livePolicy(_ source: ChangeFile.LivePolicySource?, of key: String) throws(Refusal) -> BasePolicy? {
        switch source {
        case .document(let name):
            let (text, path) = try self.text(name)
            // A policy that cannot be read is named by its own file and line.
            _ = try PolicyDocument(text: text, file: path)
            return BasePolicy(document: text)
        case .snapshot(let name):
            let path = try name.text()
            let document = try JSONDocument(try readFile(path), rules: .authored, file: path)
            let snapshot = try document.decode(Snapshot.init(json:))
            guard snapshot.key.hasSameBytes(as: key) else {
                throw name.invalid("this snapshot is of the key \(SafeText.escaped(snapshot.key)), not of \(key)")
            }
            return snapshot.policy
        case nil: return nil
        }
    }

    private func text(_ name: JSONValue) throws(Refusal) -> (text: String, path: String) {
        let path = try name.text()
        guard let text = String(validating: try readFile(path), as: UTF8.self) else {
            throw Refusal("file-not-text", .badData, "this file is not valid UTF-8", at: Place(file: path), hint: "check that this is the right file")
        }
        return (text, path)
    }

    /// What the checks may know: the target, and what the template's parameters say of the organization.
    private func context(_ file: ChangeFile, _ part: PolicyPart) -> PolicyContext {
        let target = file.target
        let parameters = part.parametersValue
        func parameter(_ name: String) -> String? { parameters?[name]?.stringValue }
        // A template without a management account is for a trail of the key's own account.
        let owner = parameter("managementAccount") ?? (parameter("trailName") == nil ? nil : target.account)
        var trail: String?
        if let owner, let name = parameter("trailName") {
            trail = "arn:\(target.partition):cloudtrail:\(parameter("homeRegion") ?? target.region):\(owner):trail/\(name)"
        }
        let named = (parameters?["trustedAccounts"]?.arrayValue ?? []).compactMap(\.stringValue)
        let trusted = [owner, parameter("logArchiveAccount")].compactMap { $0 } + named
        return PolicyContext(
            partition: target.partition, keyAccount: target.account, region: target.region, executorARN: target.executor, keyARN: file.change.key,
            trailARN: trail, managementAccount: owner, trustedAccounts: trusted.isEmpty ? nil : trusted,
            eventDataStore: parameters?["eventDataStore"]?.boolValue ?? false)
    }
}

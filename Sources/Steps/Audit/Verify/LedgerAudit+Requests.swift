// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// An intent: the next request of the plan, with the approved pin and exactly the substituted bytes.
    func intended(_ entry: Entry, _ intent: EntryData.Intent) throws(Refusal) {
        guard let (bundle, life) = subject(entry), let digest = entry.bundle else { return }
        let payload = bundle.payload
        let requests = payload.derivation.requests
        guard let index = requests.firstIndex(where: { $0.name.hasSameBytes(as: intent.name) }) else {
            error("request-unplanned", entry.seq, "\"\(SafeText.escaped(intent.name))\" is no request of this bundle")
            return
        }
        checkNoPlan(entry, life)
        if life.ending != nil { error("sent-after-end", entry.seq, "\(intent.name) was intended after the execution's end") }
        if life.authorization == nil { error("order", entry.seq, "\(intent.name) was intended without an authorization") }
        checkAlone(entry, digest)
        if let open = life.unsettled {
            error("order", entry.seq, "\(intent.name) was intended while the request of entry \(open.seq) was not settled")
        }
        for (name, result) in life.preconditions.sorted(by: { $0.key < $1.key }) where result == .differs {
            error("precondition-ignored", entry.seq, "\(intent.name) was intended although \(SafeText.escaped(name)) differed")
        }
        let request = requests[index]
        for earlier in requests[..<index] where !life.isApplied(earlier.name) {
            error("order", entry.seq, "\(intent.name) was intended before \(earlier.name) had taken effect")
        }
        if life.isApplied(intent.name) { error("request-again", entry.seq, "\(intent.name) was intended again after it had taken effect") }
        let before = life.attempts(at: intent.name)
        if intent.attempt != before.count + 1 {
            error("attempt", entry.seq, "this is attempt \(before.count + 1) at \(intent.name), not \(intent.attempt)")
        }
        if request.makesSomethingNew, before.contains(where: \.wasUnknown) {
            error("create-key-again", entry.seq, "CreateKey was intended again after an unknown outcome")
        }
        checkBytes(entry, intent, request, payload, life)
        checkEndpoint(entry, intent, bundle)
    }

    private func checkBytes(_ entry: Entry, _ intent: EntryData.Intent, _ request: PlannedRequest, _ payload: BundlePayload, _ life: BundleLife) {
        if !intent.service.hasSameBytes(as: request.service) || !intent.target.hasSameBytes(as: request.target) {
            error("request-target", entry.seq, "\(intent.name) was addressed to \(SafeText.escaped(intent.target))")
        }
        if intent.pin != request.pin { error("request-pin", entry.seq, "the pin of \(intent.name) is not the approved one") }
        var bound: [Binding: String] = [:]
        for (name, value) in life.bound { if let binding = Binding(rawValue: name) { bound[binding] = value } }
        do throws(Refusal) {
            let body = try request.body(with: bound, in: payload.target)
            if intent.sent != Pin.digest(service: request.service, target: request.target, body: body) {
                error("request-sent-pin", entry.seq, "what \(intent.name) was to send does not follow from the approved body and the bound values")
            }
            if intent.body != Digest(ofText: body) {
                error("request-body", entry.seq, "the body kept for \(intent.name) is not the approved one with its bound values")
            }
        } catch {
            self.error("request-body", entry.seq, "\(intent.name) could not be filled in: \(error.message)")
        }
    }

    private func checkEndpoint(_ entry: Entry, _ intent: EntryData.Intent, _ bundle: VerifiedBundle) {
        guard let newest = chain?.newest.root else { return }
        for root in [bundle.root.root, newest]
        where !EndpointRule.isAllowed(intent.endpoint, service: intent.service, target: bundle.payload.target, limits: root.limits) {
            error(
                "endpoint", entry.seq,
                "\(intent.name) went to \(SafeText.escaped(intent.endpoint)), which trust root version \(root.version) does not allow")
            return
        }
    }

    /// An answer: to a request that was sent and had none; its bound values are those that the answer shows.
    func completed(_ entry: Entry, _ completion: EntryData.Completion) throws(Refusal) {
        settled(entry, completion.intent, from: { $0 == .sent })
        guard let (bundle, life) = subject(entry), let attempt = life.attempts.first(where: { $0.seq == completion.intent }),
            let request = bundle.payload.derivation.requests.first(where: { $0.name.hasSameBytes(as: attempt.intent.name) })
        else { return }
        checkBinds(entry, completion.binds, request, bundle.payload.target)
        guard !request.binds.isEmpty, let body = try reader.artifactAsStored(completion.response), hasher.digest(body) == completion.response else {
            return
        }
        do throws(Refusal) {
            let metadata = try JSONDocument(body, rules: .general).root["KeyMetadata"]
            for bind in completion.binds {
                let member = bind.name == Binding.keyID.rawValue ? "KeyId" : "Arn"
                if !(metadata?[member]?.stringValue?.hasSameBytes(as: bind.value) ?? false) {
                    error("binding", entry.seq, "\(bind.name) is said to be \(SafeText.escaped(bind.value)), which the kept answer does not show")
                }
            }
        } catch {
            self.error("binding", entry.seq, "the kept answer to \(attempt.intent.name) cannot be read: \(error.message)")
        }
    }

    private func checkBinds(_ entry: Entry, _ binds: [EntryData.Bound], _ request: PlannedRequest, _ target: Target) {
        let expected = Set(request.binds.map(\.rawValue))
        guard Set(binds.map(\.name)) == expected else {
            error("binding", entry.seq, "\(request.name) binds \(expected.sorted().joined(separator: ", ")), not what entry \(entry.seq) says")
            return
        }
        for bind in binds where !(Binding(rawValue: bind.name)?.accepts(bind.value, in: target) ?? false) {
            error("binding", entry.seq, "\(bind.name) \"\(SafeText.escaped(bind.value))\" does not have the form of one")
        }
    }

    /// An outcome belongs to an attempt of this bundle that was in the right state.
    func settled(_ entry: Entry, _ intent: Int, from isRight: (RequestAttempt.State) -> Bool) {
        guard let (_, life) = subject(entry) else { return }
        guard let attempt = life.attempts.first(where: { $0.seq == intent }) else {
            error("order", entry.seq, "entry \(entry.seq) is about entry \(intent), which is no intent of this bundle")
            return
        }
        if !isRight(attempt.state) {
            error("order", entry.seq, "\(entry.type.rawValue) does not follow from where the request of entry \(intent) stood")
        }
        if life.ending != nil { error("order", entry.seq, "\(entry.type.rawValue) stands after the execution's end") }
    }

    /// A failure is definite: AWS said no, by a 4xx of its own, or the request never left.
    func failed(_ entry: Entry, _ failure: EntryData.Failure) {
        settled(entry, failure.intent, from: { $0 == .sent })
        let isDefinite = failure.status.map { (400...499).contains($0) && failure.requestID != nil } ?? failure.code.hasSameBytes(as: "not-sent")
        if !isDefinite {
            warning("failed-unproven", entry.seq, "the answer that entry \(entry.seq) calls a failure does not prove that nothing happened")
        }
    }

    func resolved(_ entry: Entry, _ resolution: EntryData.Resolution) {
        settled(entry, resolution.intent) { if case .unknown = $0 { true } else { false } }
        guard let (bundle, life) = subject(entry), let attempt = life.attempts.first(where: { $0.seq == resolution.intent }),
            let request = bundle.payload.derivation.requests.first(where: { $0.name.hasSameBytes(as: attempt.intent.name) })
        else { return }
        if resolution.outcome == .applied {
            checkBinds(entry, resolution.binds, request, bundle.payload.target)
            if request.makesSomethingNew { note("adopted", entry.seq, "the key was found by its tag after an unknown outcome, and adopted") }
        } else if !resolution.binds.isEmpty {
            error("binding", entry.seq, "what was not applied binds nothing")
        }
    }

    /// An end: what is done, which key, and that nothing was left open or unread.
    func ended(_ entry: Entry, _ end: EntryData.End) {
        guard let (bundle, life) = subject(entry) else { return }
        if life.ending != nil { error("order", entry.seq, "the execution ended twice") }
        if !end.done.elementsEqual(life.done, by: { $0.hasSameBytes(as: $1) }) {
            error(
                "end-done", entry.seq,
                "the end says that \(SafeText.escaped(end.done.joined(separator: ", "))) took effect; the entries say \(SafeText.escaped(life.done.joined(separator: ", ")))"
            )
        }
        let target = bundle.payload.target
        let keyARN =
            life.bound[Binding.keyID.rawValue].map { "arn:\(target.partition):kms:\(target.region):\(target.account):key/\($0)" }
            ?? bundle.payload.change.key
        if let key = end.key,
            keyARN.map({
                !$0.hasSameBytes(as: key.arn)
                    || KMSNames.keyID(ofARN: $0, partition: target.partition, region: target.region, account: target.account).map {
                        !$0.hasSameBytes(as: key.id)
                    } ?? true
            }) ?? true
        {
            error("end-key", entry.seq, "the end names the key \(SafeText.escaped(key.arn)), which the entries do not")
        }
        if entry.type == .executionCompleted { checkCompleted(entry, bundle, life) }
        let open = life.unsettled
        if entry.type == .executionFailed, open != nil { error("order", entry.seq, "the execution failed with a request that was not settled") }
        if entry.type == .executionAbandoned, let open, open.state == .sent {
            error("order", entry.seq, "the execution was abandoned with a request whose outcome was not even called unknown")
        }
        if entry.type == .executionAbandoned, open != nil {
            warning(
                "abandoned-unknown", entry.seq, "the execution was abandoned while the outcome of a request (entry \(open?.seq ?? 0)) was unknown")
        }
    }

    private func checkCompleted(_ entry: Entry, _ bundle: VerifiedBundle, _ life: BundleLife) {
        let derived = bundle.payload.derivation
        if life.authorization == nil { error("order", entry.seq, "completed without an authorization") }
        if let open = life.unsettled { error("order", entry.seq, "completed while the request of entry \(open.seq) was not settled") }
        for request in derived.requests where !life.isApplied(request.name) {
            error("end-incomplete", entry.seq, "completed, although \(request.name) never took effect")
        }
        for expectation in derived.expectations {
            guard let result = life.expectations[expectation.kind] else {
                error("end-unread", entry.seq, "completed, although \(expectation.kind) was not read back")
                continue
            }
            if result == .differs { error("end-differs", entry.seq, "completed, although \(expectation.kind) differed") }
        }
    }
}

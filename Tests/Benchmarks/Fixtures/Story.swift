// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

/// The entries of one bundle's whole life, as an execution writes them: received, approved twice, authorized, sent,
/// read back, completed. Twenty entries that `audit verify` finds nothing wrong with.
struct Story {
    let ceremony: Ceremony
    let bundle: VerifiedBundle

    init(_ ceremony: Ceremony) throws {
        self.ceremony = ceremony
        bundle = try ceremony.anotherBundle()
    }

    static let length = 20

    /// - Parameter seq: the number of its first entry.
    func drafts(from seq: Int) throws -> [Draft] {
        let (approvals, review) = try ceremony.approvals(of: bundle)
        var drafts = [draft(.bundleReceived(id: bundle.payload.id, envelope: bundle.envelope.envelopeDigest), bundle.envelope.bytes)]
        for approval in approvals {
            let received = EntryData.ApprovalReceived(
                envelope: approval.envelope.envelopeDigest, payload: approval.digest, decision: .approve, approver: approval.statement.approver,
                keyID: approval.keyID)
            drafts.append(draft(.approvalReceived(received), approval.envelope.bytes))
        }
        drafts.append(draft(.executionAuthorized(authorization(approvals, review)), Array(review.text.utf8)))
        for name in ["alias-free", "no-tagged-key"] {
            drafts.append(
                draft(.preconditionChecked(EntryData.Check(name: name, result: .holds, observed: .object([("exists", false)]), requestID: requestID)))
            )
        }
        try appendRequests(to: &drafts, from: seq)
        for expectation in bundle.payload.derivation.expectations {
            let grade = expectation.kind == "key-policy" ? "byte-equal" : nil
            drafts.append(
                draft(
                    .expectationChecked(
                        EntryData.Check(
                            name: expectation.kind, result: .holds, grade: grade, observed: .object([("seen", true)]), requestID: requestID))))
        }
        let done = bundle.payload.derivation.requests.map(\.name)
        drafts.append(draft(.executionCompleted(EntryData.End(done: done, key: EntryData.Key(id: keyID, arn: keyARN)))))
        return drafts
    }

    private func appendRequests(to drafts: inout [Draft], from seq: Int) throws {
        for request in bundle.payload.derivation.requests {
            let target = bundle.payload.target
            let body = try request.body(with: [.keyID: keyID], in: target)
            let intent = seq + drafts.count
            let sent = Pin.digest(service: request.service, target: request.target, body: body)
            drafts.append(
                draft(
                    .requestIntended(
                        EntryData.Intent(
                            name: request.name, attempt: 1, service: request.service, target: request.target, pin: request.pin, sent: sent,
                            body: Digest(ofText: body), endpoint: "https://\(request.service).\(target.region).amazonaws.com")), Array(body.utf8)))
            drafts.append(draft(.requestSent(intent: intent, date: ceremony.now)))
            let answer = JSONWriter.canonical(
                .object([("KeyMetadata", .object([("Arn", .string(keyARN)), ("KeyId", .string(keyID)), ("Request", .string(request.name))]))]))
            let binds = request.binds.map { EntryData.Bound(name: $0.rawValue, value: $0 == .keyID ? keyID : keyARN) }
            drafts.append(
                draft(
                    .requestCompleted(
                        EntryData.Completion(
                            intent: intent, status: 200, requestID: requestID, date: ceremony.now, response: Digest(of: answer), binds: binds)),
                    answer))
        }
    }

    private func authorization(_ approvals: [VerifiedApproval], _ review: Review) -> EntryData.Authorization {
        let target = bundle.payload.target
        let arn = "arn:\(target.partition):sts::\(target.account):assumed-role/\(target.executorName.name)/benchmark"
        return EntryData.Authorization(
            approvals: approvals.map(\.digest).sorted(), owners: approvals.map(\.statement.approver).sorted(), trust: ceremony.chain.newest.reference,
            review: review.reference, local: ceremony.now, aws: ceremony.now,
            identity: EntryData.Identity(account: target.account, arn: arn, userID: "AROAEXAMPLE:benchmark"))
    }

    /// The id of a key that this bundle made: any UUID will do.
    private var keyID: String { bundle.payload.id }
    private var keyARN: String { "arn:aws:kms:\(bundle.payload.target.region):\(bundle.payload.target.account):key/\(keyID)" }
    private var requestID: String { "5f2d9e6a-7c1b-4b8e-9d3f-0a1b2c3d4e5f" }

    private func draft(_ data: EntryData, _ artifacts: [UInt8]...) -> Draft { Draft(data, bundle: bundle.digest, artifacts: artifacts) }
}

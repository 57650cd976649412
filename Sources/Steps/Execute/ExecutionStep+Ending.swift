// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats

/// The read-back, and the three ends of an execution (formats.md §6).
extension ExecutionStep {
    /// Reads every expectation back and ends the execution.
    func finish(_ payload: BundlePayload, _ digest: Digest) throws(Refusal) -> ExecutionReport {
        let reader = Expectations(service: service, payload: payload, key: subject(of: payload, digest))
        var warnings: [String] = []
        for expectation in payload.derivation.expectations {
            progress(.readingBack(expectation: expectation.kind))
            let seen = try patiently(
                "\(expectation.kind) to read back as approved", { () throws(Refusal) in try reader.look(expectation) },
                until: { $0.map { $0.check.result != .differs } ?? false })
            let (check, artifact) = seen ?? (EntryData.Check(name: expectation.kind, result: .differs, observed: .object([("missing", true)])), nil)
            try store.append([Draft(.expectationChecked(check), bundle: digest, artifacts: artifact.map { [$0] } ?? [])], now: pace.now())
            switch check.result {
            case .holds: break
            case .notShown: warnings.append("\(expectation.kind): the server does not show it (\(check.observed))")
            case .differs:
                throw Refusal(
                    "expectation-differs", .tryAgain,
                    "after \(wait) seconds \(expectation.kind) still differs from what was approved (\(check.observed))",
                    hint: "everything was sent; look at the key in AWS, then: countersign resume LEDGER --key KEY, or resume --abandon")
            }
        }
        return try end(payload, digest, .completed, warnings: warnings)
    }

    /// Writes the end, after entries that belong to the same moment.
    func end(
        _ payload: BundlePayload, _ digest: Digest, _ ending: ExecutionReport.Ending, after drafts: [Draft] = [], code: String? = nil,
        message: String? = nil,
        warnings: [String] = []
    ) throws(Refusal) -> ExecutionReport {
        let life = life(digest)
        let key = Self.key(life, payload)
        // The entry names a key where one was made: another reader of the format expects it there alone.
        let made = life.bound[Binding.keyID.rawValue] == nil ? nil : key
        let end = EntryData.End(done: life.done, key: made, code: code, message: message)
        let data: EntryData =
            switch ending {
            case .completed: .executionCompleted(end)
            case .failed: .executionFailed(end)
            case .abandoned: .executionAbandoned(end)
            }
        try store.append(drafts + [Draft(data, bundle: digest)], now: pace.now())
        return ExecutionReport(
            ending: ending, bundle: digest.text, key: key?.arn, done: life.done, warnings: warnings, size: store.size, message: message)
    }

    private static func key(_ life: BundleLife, _ payload: BundlePayload) -> EntryData.Key? {
        if let id = life.bound[Binding.keyID.rawValue] {
            let target = payload.target
            return EntryData.Key(id: id, arn: "arn:\(target.partition):kms:\(target.region):\(target.account):key/\(id)")
        }
        guard let arn = payload.change.key, let id = arn.split(separator: "/").last else { return nil }
        return EntryData.Key(id: String(id), arn: arn)
    }

    /// How the last execution of a ledger ended; needs no service.
    /// - Throws: `nothing-open` (the answer is no) where none has ended, or a later one was authorized and sent nothing.
    public static func lastEnding(_ store: LedgerStore) throws(Refusal) -> ExecutionReport {
        let ended = store.history.lives.compactMap { digest, life in life.ending.map { (digest, $0) } }.max { $0.1.seq < $1.1.seq }
        let begun = store.history.lives.filter { $0.value.ending == nil }.compactMap { digest, life in life.authorizedAt.map { (digest, $0) } }.max {
            $0.1 < $1.1
        }
        if let (digest, seq) = begun, seq > ended?.1.seq ?? -1 {
            throw Refusal(
                "nothing-open", .answerIsNo,
                "the execution of the bundle \(digest) was authorized (entry \(seq)), but nothing of it was sent: there is nothing to go on with",
                at: Place(file: store.path), hint: "run execute again with that bundle")
        }
        guard let (digest, ending) = ended else {
            throw Refusal(
                "nothing-open", .answerIsNo, "no execution was begun in this ledger", at: Place(file: store.path),
                hint: "run: countersign execute BUNDLE --approval A --approval B --ledger LEDGER --key KEY")
        }
        let kind: ExecutionReport.Ending = ending.type == .executionCompleted ? .completed : ending.type == .executionFailed ? .failed : .abandoned
        return ExecutionReport(
            ending: kind, bundle: digest.text, key: ending.end.key?.arn, done: ending.end.done, warnings: [], size: store.size,
            message: ending.end.message)
    }
}

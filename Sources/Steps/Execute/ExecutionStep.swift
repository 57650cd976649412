// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats
import Trust

/// Executes one approved bundle once, in the order that survives a crash (design §4).
public final class ExecutionStep {
    let store: LedgerStore
    let service: any KeyService
    let clock: ServerClock
    let pace: any Pace
    /// Seconds that any wait for what AWS does not show yet may take.
    let wait: Int
    let progress: Progress
    let reviews = ReviewShelf()
    /// False for a rehearsal: no witness cosigns a copy in memory, and nothing leaves.
    let waitsForWitnesses: Bool

    public init(
        store: LedgerStore, service: any KeyService, pace: any Pace, wait: Int = 600, waitsForWitnesses: Bool = true,
        progress: @escaping Progress = { _ in }
    ) {
        let clock = ServerClock()
        self.store = store
        self.service = DatedService(inner: service, clock: clock, pace: pace)
        self.clock = clock
        self.pace = pace
        self.wait = wait
        self.progress = progress
        self.waitsForWitnesses = waitsForWitnesses
    }

    func life(_ digest: Digest) -> BundleLife { store.history.lives[digest] ?? BundleLife() }

    /// Verifies everything again, records what is new, and runs the bundle to its end.
    ///
    /// A refusal is written to the ledger too. An unclear outcome throws `outcome-unknown` (try again: `resume`).
    public func execute(_ input: ExecutionInput) throws(Refusal) -> ExecutionReport {
        var digest: Digest?
        do throws(Refusal) {
            return try carryOn(receive(input, &digest))
        } catch {
            throw try stopped(error, digest)
        }
    }

    /// Goes on with the open execution of the ledger: settles what is unknown by reading, then sends what is left.
    ///
    /// After an end it reports that end and sends nothing.
    public func resume() throws(Refusal) -> ExecutionReport {
        guard let digest = Self.resumable(store) else { return try Self.lastEnding(store) }
        do throws(Refusal) {
            return try goOn(digest)
        } catch {
            throw try stopped(error, digest)
        }
    }

    /// Authorizes and runs; what was begun and may not go on because its window is over ends here (formats.md §6).
    func carryOn(_ bundle: VerifiedBundle) throws(Refusal) -> ExecutionReport {
        do throws(Refusal) {
            try authorize(bundle)
            return try run(bundle.digest)
        } catch  where error.code == "window-over" && (life(bundle.digest).isOpen || life(bundle.digest).waiting != nil) {
            return try end(bundle.payload, bundle.digest, .abandoned, code: error.code, message: ServerText.shown(error.message))
        }
    }

    // MARK: what stops it

    /// Writes a refusal down (design §4.1), and says how to go on where an execution stays open.
    ///
    /// That the service is out of reach, or that a disk is full, is no refusal; an outcome stands in the ledger already.
    private func stopped(_ refusal: Refusal, _ digest: Digest?) throws(Refusal) -> Refusal {
        if [.notPermitted, .badData, .answerIsNo].contains(refusal.category), refusal.code != "request-failed" {
            do throws(Refusal) {
                try Receiving(store, reviews).refuse(refusal, bundle: digest, now: pace.now())
            } catch {
                var full = error
                full.details.append("it should have written down: \(ServerText.short(refusal.message))")
                throw full
            }
        }
        guard let digest, life(digest).isOpen else { return refusal }
        var open = refusal
        let way = "the execution has begun and has no end yet: countersign resume LEDGER --key KEY"
        if [.unavailable, .noInput].contains(open.category) { open.category = .tryAgain }
        if open.hint == nil { open.hint = way } else if !(open.hint ?? "").contains("resume") { open.details.append(way) }
        return open
    }
}

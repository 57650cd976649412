// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// A checked plan: once, before anything of the bundle left, signed by somebody who may, on approvals that counted then
    /// (docs/formats/plan-checked.md).
    func planChecked(_ entry: Entry, _ checked: EntryData.PlanChecked) {
        guard let (original, life) = subject(entry), let digest = entry.bundle else { return }
        if life.planChecked != nil { error("plan-checked-again", entry.seq, "a plan of the bundle was checked before") }
        if life.isUsedUp || life.ending != nil {
            error("plan-checked-executed", entry.seq, "a plan of the bundle was checked after the executor had used it up")
        }
        do throws(Refusal) {
            let bundle = try again(digest, original)
            let plan = try VerifiedPlanCheck.verify(
                try artifactEnvelope(checked.envelope, .approval), for: bundle, approvals: standing(digest, of: bundle).map(\.approval),
                recorded: entry.time)
            let statement = plan.statement
            if plan.digest != checked.payload || plan.keyID != checked.keyID || !statement.checker.hasSameBytes(as: checked.checker)
                || statement.plan != checked.plan || statement.approvals != checked.approvals
            {
                error("plan-checked-differs", entry.seq, "entry \(entry.seq) says something else than the checked plan that it holds")
            }
        } catch {
            self.error("plan-checked-invalid", entry.seq, "the checked plan of entry \(entry.seq) does not hold: \(error.message)")
        }
    }

    /// What the executor does with a bundle whose plan was checked is one road too many.
    func checkNoPlan(_ entry: Entry, _ life: BundleLife) {
        if life.planChecked != nil {
            error(
                "plan-checked-executed", entry.seq,
                "\(entry.type.rawValue) stands after a plan of the bundle was checked: two roads may have made two keys")
        }
    }
}

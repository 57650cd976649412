// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// What follows from a proven failure: a pure decision (design §4.4, §4.6; the classes are those of aws-facts §3b).
enum FailureVerdict: Hashable {
    /// Nothing happened, and the same may be sent after a pause.
    case again
    /// It exists: that may be our own doing, after an earlier unknown outcome.
    case lookFirst
    /// Not now; nothing is lost, and a later `resume` sends it again.
    case stop(code: String)
    /// For good.
    case end

    /// - Parameters:
    ///   - isLast: no attempt is left in this run.
    ///   - wasUnknown: an earlier attempt at the same request may have taken effect.
    ///   - madeKey: this execution made the key that the request is about.
    static func decide(_ kind: ErrorClass, isLast: Bool, wasUnknown: Bool, madeKey: Bool) -> FailureVerdict {
        switch kind {
        case .throttled: isLast ? .stop(code: "throttled") : .again
        case .notYetConsistent:
            // Of a key that was there before, the same words are final.
            madeKey ? (isLast ? .stop(code: "still-waiting") : .again) : .end
        // A principal that does not exist never will by waiting.
        case .invalidPrincipals: isLast ? .end : .again
        case .alreadyExists: wasUnknown ? .lookFirst : .end
        case .credentials: .stop(code: "credentials-refused")
        case .definite: .end
        }
    }
}

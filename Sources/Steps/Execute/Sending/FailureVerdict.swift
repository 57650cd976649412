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
    ///   - isAfterOwnChange: an earlier request of this execution took effect, and may not show everywhere yet.
    static func decide(_ kind: ErrorClass, isLast: Bool, wasUnknown: Bool, isAfterOwnChange: Bool) -> FailureVerdict {
        switch kind {
        case .throttled: isLast ? .stop(code: "throttled") : .again
        case .busy: isLast ? .stop(code: "busy") : .again
        case .notYetConsistent:
            // The state in which it would be after an unknown attempt refuses it too; otherwise the words are final.
            isAfterOwnChange ? (isLast ? .stop(code: "still-waiting") : .again) : wasUnknown ? .lookFirst : .end
        // A principal that does not exist never will by waiting.
        case .invalidPrincipals: isLast ? .end : .again
        case .alreadyExists: wasUnknown ? .lookFirst : .end
        case .credentials: .stop(code: "credentials-refused")
        case .definite: .end
        }
    }
}

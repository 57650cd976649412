// SPDX-License-Identifier: Apache-2.0

import CommandSupport
public import StrictFormats
public import Trust

/// Whether the newest trust root given is in force by this machine's clock: said by every command that goes on with one that is not.
public enum InForce {
    /// Warns where it is not.
    /// - Parameter consequence: what does not go because of that.
    /// - Returns: whether it is.
    @discardableResult
    public static func warn(of root: TrustRoot, at now: Instant, _ consequence: String) -> Bool {
        guard let reason = root.whyNotInForce(at: now) else { return true }
        Console.note("countersign: warning: \(reason); this machine's clock says \(now): \(consequence)")
        return false
    }
}

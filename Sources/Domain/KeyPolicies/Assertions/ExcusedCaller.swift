// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension AssertedCaller {
    /// Whether a caller is among those that an assertion excepts.
    ///
    /// A session's ARN hides its role's path, and an account has each role name once, whatever the path (IAM User Guide, "IAM
    /// identifiers"): a session of a role of that name is a session of that role.
    func excuses(_ caller: Caller) -> Bool {
        if covers(caller) { return true }
        guard case .principal(.role(_, let account, let name)) = self, case .session(_, let owner, let role, _) = caller.principal else {
            return false
        }
        return owner.hasSameBytes(as: account) && name.lastComponent.hasSameBytes(as: role)
    }
}

// SPDX-License-Identifier: Apache-2.0

import CLibCrypto

/// What OpenSSL says went wrong, in its own words.
enum OpenSSLError {
    /// The newest error of this thread's queue, which is emptied.
    static func take() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
        return String(cString: reason)
    }

    /// A call that cannot fail unless memory is exhausted or the library is broken: going on would be worse.
    static func stop(_ call: StaticString) -> Never {
        preconditionFailure("OpenSSL \(call) failed: \(take())")
    }
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// A key by its id or its ARN.
enum KeyName {
    /// Whether an id, as an alias shows it, is that of a key given by id or by ARN.
    static func isSame(_ id: String, _ key: String) -> Bool {
        id.hasSameBytes(as: key) || key.split(separator: "/").last.map { id.hasSameBytes(as: String($0)) } ?? false
    }
}

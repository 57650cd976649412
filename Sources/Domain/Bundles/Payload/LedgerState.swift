// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import StrictFormats
import Trust

/// A state of the one ledger that may execute a bundle: it must have that root at that size.
public struct LedgerState: Sendable, Hashable {
    public let origin: String
    public let size: Int
    public let root: Digest

    public init(origin: String, size: Int, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            LedgerState(
                origin: try members.required("origin", Names.origin),
                size: try members.required("size") { value throws(Refusal) in try value.integer(in: 1...JSONValue.largestInteger) },
                root: try members.required("root", Digest.init(json:)))
        }
    }

    var json: JSONValue { .object([("origin", .string(origin)), ("size", .integer(size)), ("root", root.json)]) }
}

// SPDX-License-Identifier: Apache-2.0

import Bundles
import Rehearsal
import StrictFormats
import Trust

/// What a model of KMS says to a bundle's requests, beginning with what the bundle says of the key.
struct RehearsalWords: Sendable {
    let ending: String
    let operations: [String]
    let message: String?

    init(_ payload: BundlePayload) {
        operations = payload.derivation.requests.map(\.operation)
        guard payload.change.kind != .attachTrail else {
            (ending, message) = ("not-rehearsed", "the key's policy is not in this bundle; prepare proved it")
            return
        }
        do throws(Refusal) {
            try RehearsedRequests.run(payload, in: KMSModel(before: payload, keyPolicy: nil, now: payload.notBefore))
            (ending, message) = ("accepted", nil)
        } catch {
            (ending, message) = ("refused", error.message)
        }
    }

    var text: String {
        let requests = operations.isEmpty ? "no request" : operations.joined(separator: ", ")
        return switch ending {
        case "accepted": "rehearsed: a model of KMS takes \(requests)"
        case "refused": "warning: rehearsed: a model of KMS would refuse this: \(SafeText.escaped(message ?? ""))"
        default: "not rehearsed: \(SafeText.escaped(message ?? ""))"
        }
    }

    var json: JSONValue {
        .object([("ending", .string(ending)), ("operations", .strings(operations)), ("message", message.map { .string($0) })])
    }
}

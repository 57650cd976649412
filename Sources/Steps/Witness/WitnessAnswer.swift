// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import StrictFormats

/// What a witness says to a request, with the status codes of C2SP tlog-witness.
public enum WitnessAnswer: Sendable {
    /// 200: its cosignature of the checkpoint.
    case cosigned(Cosignature)
    /// It cosigned nothing, and its record is as it was.
    case refused(WitnessStatus, Refusal)
    /// Two states that the log signed and that cannot both be true, and where the evidence was kept. The status is 422, or 409
    /// where the request began at another size than the last: the specification asks that first.
    case fork(Fork, evidence: String, WitnessStatus)

    public var status: WitnessStatus {
        switch self {
        case .cosigned: .cosigned
        case .refused(let status, _), .fork(_, _, let status): status
        }
    }
}

/// Status codes of C2SP tlog-witness `add-checkpoint`.
public enum WitnessStatus: Sendable, Hashable {
    case cosigned, malformed, untrusted, unknownLog, unprocessable
    /// The old size is another than that of the last checkpoint cosigned, which is this.
    case conflict(size: Int)

    public var code: Int {
        switch self {
        case .cosigned: 200
        case .malformed: 400
        case .untrusted: 403
        case .unknownLog: 404
        case .conflict: 409
        case .unprocessable: 422
        }
    }
}

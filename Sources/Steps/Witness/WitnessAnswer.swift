// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import StrictFormats

/// What a witness says to a request, with the status codes of C2SP tlog-witness.
public enum WitnessAnswer: Sendable {
    /// 200: its cosignature of the checkpoint.
    case cosigned(Cosignature)
    /// It cosigned nothing, and its record is as it was.
    case refused(WitnessStatus, Refusal)
    /// Two states that the log signed and that cannot both be true: 422, and where the evidence was kept.
    case fork(Fork, evidence: String)

    public var status: WitnessStatus {
        switch self {
        case .cosigned: .cosigned
        case .refused(let status, _): status
        case .fork: .unprocessable
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

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What GetKeyRotationStatus says. Nil is "not shown", which is no failure (design §4).
public struct KeyRotation: Sendable, Hashable {
    public let isEnabled: Bool
    public let periodInDays: Int?
    public let nextRotationDate: Instant?
    public let onDemandStartDate: Instant?
}

extension KMSReads {
    public func getKeyRotationStatus(of key: String) throws(Refusal) -> Reading<KeyRotation> {
        try one("GetKeyRotationStatus", [("KeyId", .string(key))]) { fields throws(Refusal) in
            KeyRotation(
                isEnabled: try fields.required("KeyRotationEnabled") { value throws(Refusal) in try value.boolean() },
                periodInDays: try fields.optionalInteger("RotationPeriodInDays"),
                nextRotationDate: try fields.optionalInstant("NextRotationDate"),
                onDemandStartDate: try fields.optionalInstant("OnDemandRotationStartDate"))
        }
    }
}

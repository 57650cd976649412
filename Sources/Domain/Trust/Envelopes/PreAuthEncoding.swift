// SPDX-License-Identifier: Apache-2.0

/// What a DSSE signature covers (DSSE v1.0.2 protocol.md, "PAE").
public enum PreAuthEncoding {
    /// `DSSEv1` SP len(type) SP type SP len(payload) SP payload, lengths in decimal bytes.
    public static func message(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}

// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The digest that fixes one request: service, target and body, each with its length (formats.md §4, "Pin").
public enum Pin {
    /// SHA-256 of `countersign/request/v1` SP len SP service SP len SP target SP len SP body.
    public static func digest(service: String, target: String, body: String) -> Digest {
        Digest(
            ofText: "countersign/request/v1 \(service.utf8.count) \(service) \(target.utf8.count) \(target) \(body.utf8.count) \(body)")
    }
}

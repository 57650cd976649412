// SPDX-License-Identifier: Apache-2.0

/// The kinds of keys that OpenSSL handles here (formats.md §2). `ssh` keys are a form of these and of FIDO keys.
public enum KeyType: String, Sendable, CaseIterable {
    /// RFC 8032 Ed25519 (pure).
    case ed25519
    /// ECDSA over NIST P-256 with SHA-256 (FIPS 186-5).
    case ecdsaP256 = "ecdsa-p256"
}

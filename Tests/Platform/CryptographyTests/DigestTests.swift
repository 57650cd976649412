// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import Cryptography

@Suite struct DigestTests {
    @Test func `the digest of abc is the one FIPS 180-4 prints`() {
        #expect(Digest(ofText: "abc").text == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}

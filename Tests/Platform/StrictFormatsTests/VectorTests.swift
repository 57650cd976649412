// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import StrictFormats

@Suite struct SafeTextTests {
    @Test func `a backslash is doubled so that no text forges an escape`() {
        #expect(SafeText.escaped("a\u{202E}b\\u{202e}") == "a\\u{202e}b\\\\u{202e}")
    }
}

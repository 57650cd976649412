// SPDX-License-Identifier: Apache-2.0

import AWS
import StrictFormats

/// A witness's submission prefix (C2SP tlog-witness): `https://HOST[:PORT][/PATH]`, or plain HTTP on this machine.
struct WitnessURL {
    let text: String
    let endpoint: AWSEndpoint
    /// Path of the prefix without its last slash.
    let prefix: String

    init(_ text: String) throws(Refusal) {
        self.text = text
        let rest = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let slash = rest.count == 2 ? rest[1].firstIndex(of: "/") : nil
        let path = slash.map { String(rest[1][$0...]) } ?? ""
        endpoint = try AWSEndpoint(url: String(text.dropLast(path.count)), from: "--url", category: .usage)
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"?#\\".utf8.contains($0) }) else {
            throw Refusal(
                "witness-url", .usage, "--url \(SafeText.escaped(text)) is no submission prefix of a witness",
                hint: "for example https://witness.example.com")
        }
        prefix = path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// GET of the last checkpoint that it cosigned of a log, where monitors find it under the same prefix.
    /// - Parameter originHash: the SHA-256 of the log's origin, in lower-case hex.
    func monitored(originHash: String) -> HTTPRequest { HTTPRequest(.get, endpoint, target: prefix + "/\(originHash)/checkpoint") }

    /// POST add-checkpoint.
    func request(_ body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            .post, endpoint, target: prefix + "/add-checkpoint", headers: [HTTPHeader("Content-Type", "text/plain; charset=utf-8")], body: body)
    }
}

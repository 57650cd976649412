// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// The files under one URL of a web server: read whole, bounded, over TLS that is verified.
///
/// A GET is repeated as `RetryPlan` says. Redirects are not followed: a log's address is given by people who trust it, not by a server.
public struct WebFolder: Sendable {
    /// Without a slash at its end.
    public let text: String
    let endpoint: AWSEndpoint
    /// The URL's path without a slash at its end.
    let prefix: String
    let transport: any Transport
    let repetition: Repetition

    /// - Parameter url: `https://HOST[:PORT][/PATH]`, or plain HTTP on this machine.
    /// - Throws: `endpoint-invalid`, `endpoint-insecure`, `web-address` (usage).
    public init(
        _ url: String, transport: any Transport, clock: @escaping @Sendable () -> Instant, retries: RetryPlan = RetryPlan(), pace: Pace = .system
    ) throws(Refusal) {
        let rest = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let slash = rest.count == 2 ? rest[1].firstIndex(of: "/") : nil
        let path = slash.map { String(rest[1][$0...]) } ?? ""
        endpoint = try AWSEndpoint(url: String(url.dropLast(path.count)), from: "--from", category: .usage)
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if parts.last?.isEmpty == true { parts.removeLast() }
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"?#\\\"<>^`{|}".utf8.contains($0) }
        }
        guard isPlain else {
            throw Refusal(
                "web-address", .usage, "\(SafeText.escaped(url)) is no address of a published log",
                hint: "give the address under which \"checkpoint\" stands, for example https://log.example.com/ledger; no query, no '..'")
        }
        prefix = parts.map { "/" + $0 }.joined()
        text = endpoint.text + prefix
        self.transport = transport
        repetition = Repetition(plan: retries, pace: pace, clock: clock)
    }

    /// Reads a file; nil where the server says that there is none (404, 410).
    /// - Throws: `web-file-too-large` (bad data) beyond `limit` bytes, and what `WebFailure` says.
    public func get(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? {
        // Bytes are hashed as they are: what is compressed on the way is another file.
        var request = HTTPRequest(
            .get, endpoint, target: "\(prefix)/\(name)",
            headers: [HTTPHeader("User-Agent", "countersign"), HTTPHeader("Accept-Encoding", "identity")])
        request.answerLimit = limit
        let (outcome, asked) = repetition.run { CallOutcome(transport.send(request)) }
        let failure = WebFailure(url: "\(text)/\(name)")
        switch outcome {
        case .answered(let answer):
            if [404, 410].contains(answer.status) { return nil }
            guard answer.status == 200 else { throw failure.refusal(answer, asked) }
            if let coding = answer.http.headers.first(named: "Content-Encoding"), coding.asciiLowercased != "identity" {
                throw failure.encoded(coding)
            }
            return answer.body
        case .notSent(let trouble): throw failure.unreachable(trouble)
        case .unclear(let trouble, let partial):
            if trouble.kind == .tooLarge {
                // A server's long page about an error is not the file.
                if let partial, [404, 410].contains(partial.status) { return nil }
                if let partial, partial.status != 200 { throw failure.refusal(partial, asked) }
                throw failure.tooLarge(limit)
            }
            throw failure.noAnswer(trouble)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

extension AWSEndpoint {
    /// Reads `https://host[:port]`, or `http://` to a loopback address (formats.md §1, `limits.endpoints`).
    /// - Parameters:
    ///   - name: what the text was given as (`--endpoint-url`), for the error.
    ///   - category: usage for an option, configuration for a variable, bad data for a file.
    /// - Throws: `endpoint-invalid`, `endpoint-insecure`.
    public init(url: String, from name: String = "--endpoint-url", category: Refusal.Category = .usage) throws(Refusal) {
        func refuse(_ what: String, code: String = "endpoint-invalid") -> Refusal {
            // The text is not repeated: it may hold a password.
            Refusal(
                code, category, "\(name): \(what)",
                hint: "an endpoint is https://HOST or https://HOST:PORT; http:// only to 127.0.0.1, [::1] or localhost")
        }
        let scheme: Scheme
        if url.utf8.starts(with: "https://".utf8) {
            scheme = .https
        } else if url.utf8.starts(with: "http://".utf8) {
            scheme = .http
        } else {
            throw refuse("the URL begins neither with https:// nor with http://")
        }
        let rest = Array(url.utf8.dropFirst(scheme.rawValue.utf8.count + 3))
        if rest.contains(UInt8(ascii: "@")) { throw refuse("a user name or password is not allowed in the URL") }
        if rest.contains(UInt8(ascii: "?")) { throw refuse("a query is not allowed in the URL") }
        if rest.contains(UInt8(ascii: "#")) { throw refuse("a fragment is not allowed in the URL") }
        if rest.contains(UInt8(ascii: "/")) { throw refuse("a path, or a slash at the end, is not allowed in the URL") }
        let (hostText, portText) = Self.split(rest)
        guard let host = HostName.canonical(hostText) else { throw refuse("the URL names no host") }
        var port: Int?
        if let portText {
            guard let number = Int(portText), (1...65_535).contains(number), "\(number)".hasSameBytes(as: portText) else {
                throw refuse("the port is no number from 1 to 65535")
            }
            port = number
        }
        if scheme == .http, !HostName.isLoopback(host) {
            throw refuse("http:// is allowed to a loopback address only", code: "endpoint-insecure")
        }
        self.init(scheme: scheme, host: host, port: port)
    }

    /// Cuts at the last colon outside of brackets.
    private static func split(_ authority: [UInt8]) -> (host: String, port: String?) {
        let text = { (bytes: ArraySlice<UInt8>) in String(decoding: bytes, as: UTF8.self) }
        guard let colon = authority.lastIndex(of: UInt8(ascii: ":")), colon > (authority.lastIndex(of: UInt8(ascii: "]")) ?? -1) else {
            return (text(authority[...]), nil)
        }
        return (text(authority[..<colon]), text(authority[(colon + 1)...]))
    }
}

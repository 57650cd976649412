// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The URL of a source of credentials: unlike a service's endpoint it may have a path and a query, and it is bound by no trust root.
struct SourceURL {
    let endpoint: AWSEndpoint
    /// Path and query.
    let target: String

    /// - Parameter name: the variable that holds it, for the error; the URL is not repeated.
    init(_ text: String, from name: String) throws(Refusal) {
        func refuse(_ what: String) -> Refusal { Refusal("endpoint-invalid", .configuration, "\(name): \(what)") }
        let scheme: AWSEndpoint.Scheme
        if text.utf8.starts(with: "https://".utf8) {
            scheme = .https
        } else if text.utf8.starts(with: "http://".utf8) {
            scheme = .http
        } else {
            throw refuse("the URL begins neither with https:// nor with http://")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw refuse("the URL has characters that none has") }
        let rest = text.dropFirst(scheme.rawValue.utf8.count + 3)
        let cut = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? rest.endIndex
        let path = String(rest[cut...])
        guard !path.utf8.contains(UInt8(ascii: "#")) else { throw refuse("a fragment is not allowed in the URL") }
        // The strict reader of endpoints checks host and port; over http it would ask for this machine, which is decided elsewhere here.
        let checked = try AWSEndpoint(url: "https://\(rest[..<cut])", from: name, category: .configuration)
        let hasPort = checked.port != AWSEndpoint.Scheme.https.port || rest[..<cut].hasSuffix(":443")
        endpoint = AWSEndpoint(scheme: scheme, host: checked.host, port: hasPort ? checked.port : nil)
        target = path.isEmpty ? "/" : path.utf8.first == UInt8(ascii: "?") ? "/" + path : path
    }
}

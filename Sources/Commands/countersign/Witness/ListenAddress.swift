// SPDX-License-Identifier: Apache-2.0

import FlyingFox
import FlyingSocks
import StrictFormats

/// `HOST:PORT` of `--listen`: an IPv4 address, or an IPv6 address in brackets.
struct ListenAddress {
    let text: String
    let configuration: HTTPServer.Configuration

    init(_ text: String) throws(Refusal) {
        self.text = text
        func refused() -> Refusal {
            Refusal(
                "listen-address", .usage, "--listen \(SafeText.escaped(text)) is no IP address and port",
                hint: "for example 127.0.0.1:8080, or [::1]:8080")
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { throw refused() }
        let host = String(text[..<colon])
        do {
            if host.hasPrefix("["), host.hasSuffix("]") {
                configuration = .init(address: try .inet6(ip6: String(host.dropFirst().dropLast()), port: port), logger: .disabled)
            } else {
                configuration = .init(address: try .inet(ip4: host, port: port), logger: .disabled)
            }
        } catch {
            throw refused()
        }
    }
}

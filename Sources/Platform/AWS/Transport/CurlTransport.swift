// SPDX-License-Identifier: Apache-2.0

import CCurl

/// HTTP/1.1 over libcurl: TLS 1.2 or later, no redirect, no repetition; one new connection for each request, unless they are kept.
public struct CurlTransport: Transport {
    public let settings: TransportSettings
    private let kept: KeptConnections?

    /// - Parameter keepsConnections: for requests that may be carried out twice: libcurl sends again on a kept connection that
    ///   turns out to be dead.
    public init(settings: TransportSettings, keepsConnections: Bool = false) {
        self.settings = settings
        kept = keepsConnections ? KeptConnections() : nil
    }

    public func send(_ request: HTTPRequest) -> TransferOutcome {
        guard request.headers.allSatisfy(\.isWellFormed), HTTPHeader("Target", request.target).isWellFormed,
            request.target.utf8.first == UInt8(ascii: "/")
        else { return .notSent(TransferTrouble(.local, "a header or the path of the request has characters that cannot be sent")) }
        guard var handle = CurlHandle(kept?.take()) else { return .notSent(TransferTrouble(.local, "libcurl could not be started")) }
        let collector = AnswerCollector(bodyLimit: request.answerLimit ?? settings.answerLimit)
        handle.attach(collector)
        connection(request.endpoint, &handle)
        message(request, &handle)
        let facts = withExtendedLifetime(collector) {
            let code = Int(handle.perform().rawValue)
            return TransferFacts(
                code: code, words: collector.words, hasBegun: collector.hasBegun,
                pretransferMicroseconds: Int(cs_curl_pretransfer_microseconds(handle.raw)), isTooLarge: collector.isTooLarge,
                isHeadComplete: collector.isHeadComplete,
                status: collector.hasBegun ? cs_curl_status(handle.raw) : 0, headers: collector.headers, body: collector.body)
        }
        if let kept, facts.code == 0 { kept.keep(handle.released()) }
        return facts.outcome
    }

    private func connection(_ endpoint: AWSEndpoint, _ handle: inout CurlHandle) {
        handle.set(CURLOPT_NOSIGNAL, 1)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/1.1: with HTTP/2 libcurl may send a refused stream again.
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        handle.set(CURLOPT_HTTP09_ALLOWED, 0)
        if kept == nil {
            // libcurl sends again on a reused connection that turns out to be dead: wrong for a CreateKey.
            handle.set(CURLOPT_FRESH_CONNECT, 1)
            handle.set(CURLOPT_FORBID_REUSE, 1)
        }
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectMilliseconds)
        handle.set(CURLOPT_TIMEOUT_MS, settings.totalMilliseconds)

        handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let bundle = settings.certificateBundle {
            handle.set(CURLOPT_CAINFO, bundle)
            handle.set(CURLOPT_CAPATH, nil as String?)
            handle.set(CURLOPT_PROXY_CAINFO, bundle)
            handle.set(CURLOPT_PROXY_CAPATH, nil as String?)
        }

        // An empty text keeps libcurl from reading the environment itself.
        let proxy = settings.proxy.proxy(for: endpoint)
        handle.set(CURLOPT_PROXY, proxy ?? "")
        handle.set(CURLOPT_NOPROXY, proxy == nil ? "*" : settings.proxy.exceptions)
        // The proxy's answer to CONNECT is not the server's.
        handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    private func message(_ request: HTTPRequest, _ handle: inout CurlHandle) {
        handle.set(CURLOPT_URL, request.endpoint.text + request.target)
        // The path is signed as it stands.
        handle.set(CURLOPT_PATH_AS_IS, 1)
        switch request.method {
        case .get: handle.set(CURLOPT_HTTPGET, 1)
        case .post, .put:
            handle.set(CURLOPT_POST, 1)
            handle.set(body: request.body)
            if request.method == .put { handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        }
        var lines = ["Host: \(request.endpoint.authority)"]
        // An empty value needs a semicolon, or libcurl leaves the header out (CURLOPT_HTTPHEADER(3)).
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines += ["Accept:", "Expect:"]
        if request.headers.first(named: "content-type") == nil { lines.append("Content-Type:") }
        handle.set(headers: lines)
    }
}

// SPDX-License-Identifier: Apache-2.0

import CCurl

/// One libcurl easy handle for one transfer. The first option that libcurl refuses is kept: nothing is sent then.
struct CurlHandle: ~Copyable {
    let raw: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private(set) var failure = CURLE_OK

    // curl_global_init(3) is called once; a static is initialised once.
    private static let library: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// - Parameter kept: a handle that was released, with the connections that it holds open.
    init?(_ kept: UnsafeMutableRawPointer? = nil) {
        guard Self.library == CURLE_OK, let made = kept ?? curl_easy_init() else { return nil }
        raw = made
    }

    /// Hands out libcurl's handle without its options: its connections, names and TLS sessions stay (curl_easy_reset(3)).
    consuming func released() -> UnsafeMutableRawPointer {
        let handle = raw
        curl_easy_reset(handle)
        curl_slist_free_all(headerList)
        discard self
        return handle
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headerList)
    }

    mutating func set(_ option: CURLoption, _ value: Int) { note(cs_curl_set_long(raw, option, value)) }
    /// libcurl copies the text.
    mutating func set(_ option: CURLoption, _ value: String?) { note(cs_curl_set_text(raw, option, value)) }

    mutating func set(body: [UInt8]) {
        note(body.withUnsafeBytes { cs_curl_set_body(raw, $0.baseAddress, $0.count) })
    }

    /// Lines as libcurl wants them: `Name: value`, or `Name:` to keep libcurl's own header away.
    mutating func set(headers lines: [String]) {
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else { return note(CURLE_OUT_OF_MEMORY) }
            headerList = longer
        }
        note(cs_curl_set_headers(raw, headerList))
    }

    mutating func attach(_ collector: AnswerCollector) { note(collector.attach(to: raw)) }

    mutating func perform() -> CURLcode {
        failure == CURLE_OK ? BrokenPipe.blocked { curl_easy_perform(raw) } : failure
    }

    private mutating func note(_ code: CURLcode) {
        if failure == CURLE_OK { failure = code }
    }
}

// SPDX-License-Identifier: Apache-2.0

import CCurl

/// What libcurl's callbacks hand over during one transfer.
final class AnswerCollector {
    private(set) var headers: [HTTPHeader] = []
    private(set) var body: [UInt8] = []
    /// The connection stands, and the request is about to be written (CURLOPT_PREREQFUNCTION(3)).
    private(set) var hasBegun = false
    private(set) var isTooLarge = false
    /// The empty line after the header fields has come.
    private(set) var isHeadComplete = false
    let errorBuffer: UnsafeMutablePointer<CChar>

    private let bodyLimit: Int
    private var headBytes = 0
    private static let headLimit = 256 << 10

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit { errorBuffer.deallocate() }

    /// The callbacks may use the collector while the caller keeps it alive.
    func attach(to handle: UnsafeMutableRawPointer) -> CURLcode {
        let context = Unmanaged.passUnretained(self).toOpaque()
        cs_curl_set_error_buffer(handle, errorBuffer)
        return cs_curl_set_receivers(
            handle,
            { bytes, size, count, context in AnswerCollector.receive(bytes, size * count, context) { $0.takeHeader($1) } },
            { bytes, size, count, context in AnswerCollector.receive(bytes, size * count, context) { $0.takeBody($1) } },
            { context, _, _, _, _ in
                if let context { Unmanaged<AnswerCollector>.fromOpaque(context).takeUnretainedValue().hasBegun = true }
                return CURL_PREREQFUNC_OK
            }, context)
    }

    var words: String {
        let bytes = UnsafeBufferPointer(start: errorBuffer, count: Int(CURL_ERROR_SIZE))
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Returning fewer bytes than given ends the transfer (CURLOPT_WRITEFUNCTION(3)).
    private static func receive(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ take: (AnswerCollector, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context, let bytes else { return 0 }
        let collector = Unmanaged<AnswerCollector>.fromOpaque(context).takeUnretainedValue()
        return take(collector, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
    }

    /// One line at a time. A new status line begins a new head (after 100 Continue); what follows a body is a trailer and is left out.
    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.headLimit else {
            isTooLarge = true
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            headers = []
            isHeadComplete = false
            return true
        }
        let text = Self.trimmed(line[...])
        if text.isEmpty { isHeadComplete = true }
        guard !isHeadComplete, let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let value = Self.trimmed(text[(colon + 1)...])
        headers.append(HTTPHeader(String(decoding: text[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        return true
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= bodyLimit else {
            isTooLarge = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        guard let start = bytes.firstIndex(where: { !isSpace($0) }), let end = bytes.lastIndex(where: { !isSpace($0) }) else {
            return bytes[bytes.startIndex..<bytes.startIndex]
        }
        return bytes[start...end]
    }
}

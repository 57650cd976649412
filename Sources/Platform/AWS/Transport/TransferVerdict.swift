// SPDX-License-Identifier: Apache-2.0

import CCurl

/// What libcurl saw of one transfer, and what that means. The decision is a pure function.
struct TransferFacts {
    /// A CURLcode.
    var code: Int
    var words = ""
    /// Whether the connection came to stand and the request was about to be written.
    var hasBegun: Bool
    /// CURLINFO_PRETRANSFER_TIME_T: 0 as long as the transfer has not begun, -1 if libcurl cannot say.
    var pretransferMicroseconds: Int
    var isTooLarge = false
    /// libcurl takes the end of the connection for the end of the head: a head that was cut looks like an answer.
    var isHeadComplete = true
    var status = 0
    var headers: [HTTPHeader] = []
    var body: [UInt8] = []

    /// *Not sent* asks for both witnesses, the callback and the clock: one that is wrong must not make a change run twice.
    var outcome: TransferOutcome {
        let answer = status == 0 ? nil : HTTPAnswer(status: status, headers: headers, body: body)
        if code == 0, isHeadComplete, let answer { return .answered(answer) }
        if code != 0, !hasBegun, pretransferMicroseconds == 0 { return .notSent(trouble) }
        return .unclear(trouble, partial: answer)
    }

    private var trouble: TransferTrouble {
        if code == 0 { return TransferTrouble(.cut, "the answer ended before its headers did") }
        let text = words.isEmpty ? String(cString: curl_easy_strerror(name)) : words
        return TransferTrouble(kind, code: code, text)
    }

    private var name: CURLcode { CURLcode(UInt32(truncatingIfNeeded: code)) }

    private var kind: TransferTrouble.Kind {
        if isTooLarge { return .tooLarge }
        switch name {
        case CURLE_COULDNT_RESOLVE_HOST: return .resolve
        case CURLE_COULDNT_CONNECT: return .connect
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxy
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return .certificate
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CLIENTCERT:
            return .tls
        case CURLE_OPERATION_TIMEDOUT: return .timeout
        // Before the request there is only the proxy's CONNECT to be sent and answered.
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR: return hasBegun ? .cut : .proxy
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: return .garbage
        default: return .local
        }
    }
}

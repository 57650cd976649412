// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The words for a file of a web server that could not be read.
struct WebFailure {
    let url: String

    func refusal(_ answer: AWSAnswer, _ asked: Int?) -> Refusal {
        let said = "the server answered \(answer.status)"
        switch answer.status {
        case 300...399:
            let target = answer.http.headers.first(named: "Location").map { " and sends to \(shown($0))" } ?? ""
            return Refusal(
                "web-redirected", .unavailable, "\(said)\(target), which is not followed", at: place,
                hint: "if you trust that address, give it with --from")
        case 401, 403, 407:
            return Refusal(
                "web-forbidden", .notPermitted, "\(said): this file is not for everybody", at: place,
                hint: "ask whoever publishes the log; an object store that lists its names to nobody answers so for what is not there, too")
        case 429, 503:
            let wait = (asked ?? 0) > 0 ? "it asks to be left alone for \(asked ?? 0) seconds; run it again after that" : "run it again later"
            return Refusal("web-busy", .tryAgain, said, at: place, hint: wait)
        case 500...599: return Refusal("web-server-error", .unavailable, said, at: place, hint: "run it again later; ask whoever runs the server")
        default:
            return Refusal(
                "web-answer", .unavailable, "\(said), which is no answer to a GET of a whole file", at: place,
                hint: "check the address, and the proxies between")
        }
    }

    func encoded(_ coding: String) -> Refusal {
        Refusal(
            "web-encoded", .unavailable, "the server sends this file encoded as \(shown(coding)), which was not asked for", at: place,
            hint: "have it served as it is: its bytes are what is verified")
    }

    func tooLarge(_ limit: Int) -> Refusal {
        Refusal(
            "web-file-too-large", .badData, "this file is larger than the \(limit) bytes that can stand under its name", at: place,
            hint: "it is none that ledger publish wrote")
    }

    func unreachable(_ trouble: TransferTrouble) -> Refusal {
        let hint =
            switch trouble.kind {
            case .certificate: trouble.certificateHint
            case .proxy: "check https_proxy and no_proxy"
            default: "check the address and this machine's network"
            }
        return Refusal("web-unreachable", .unavailable, "nothing could be asked for (\(words(trouble)))", at: place, hint: hint)
    }

    func noAnswer(_ trouble: TransferTrouble) -> Refusal {
        Refusal("web-no-answer", .unavailable, "no whole answer came (\(words(trouble)))", at: place, hint: "run it again")
    }

    private var place: Place { Place(file: url) }
    private func words(_ trouble: TransferTrouble) -> String { "\(trouble.kind.rawValue): \(shown(trouble.words))" }

    /// What a server says is not trusted: escaped, and not endless.
    private func shown(_ text: String) -> String {
        let limit = 300
        return SafeText.escaped(String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))) + (text.unicodeScalars.count > limit ? " …" : "")
    }
}

// SPDX-License-Identifier: Apache-2.0

import CommandSupport
import HTTPServing
import Ledger
import StrictFormats
import Witness

/// C2SP tlog-witness over HTTP, with the specification's status codes. Each request is decided by the same step as at the
/// command line; two requests, here and there, wait for one another at the record's lock.
struct WitnessServer: Sendable {
    let witness: WitnessStep
    /// What is said once, after that it listens.
    let remark: String?
    /// Hears of each request, in one line.
    let log: @Sendable (String) -> Void

    /// Serves until it is stopped.
    /// - Throws: why it cannot.
    func run(_ address: ListenAddress) throws(Refusal) -> Never {
        let server = HTTPServer(limits: ServingLimits(bodyBytes: WitnessRequest.maximumBytes)) { request in
            let (answer, words) = self.answer(request)
            note(answer.status, "\(request.method) \(Self.shortened(request.path))", words)
            return answer
        } rejected: { rejection in
            note(rejection.status, "-", rejection.words)
        }
        try server.run(address) { port in
            log("countersign: witness \(SafeText.escaped(witness.verifier.name)) listens on \(SafeText.escaped(address.text)), port \(port)")
            if let remark { log(remark) }
        }
    }

    private func note(_ status: Int, _ request: String, _ words: String) {
        log("countersign: \(SystemClock.now()) \(status) \(request): \(words)")
    }

    /// What is answered, and what is said of it here.
    private func answer(_ request: ServedRequest) -> (ServedAnswer, String) {
        do throws(Refusal) {
            switch (request.method, request.path) {
            case ("POST", "/add-checkpoint"):
                let answer = try witness.answer(request.body, now: SystemClock.now())
                return (Self.served(answer), Self.words(answer))
            case ("GET", let path): return try monitored(path)
            case ("POST", _): return Self.plain(404, "nothing is posted there")
            default: return Self.plain(405, "this witness knows GET and POST")
            }
        } catch {
            return (
                Self.plain(500, "this witness cannot work at the moment").0, Explanation.text(error).split(separator: "\n").joined(separator: " ")
            )
        }
    }

    private func monitored(_ path: String) throws(Refusal) -> (ServedAnswer, String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == "checkpoint", let note = try witness.checkpoint(originHash: String(parts[1])) else {
            return Self.plain(404, "this witness has cosigned no checkpoint of that log")
        }
        return (ServedAnswer(200, note), "the last checkpoint")
    }

    private static func served(_ answer: WitnessAnswer) -> ServedAnswer {
        switch answer {
        case .cosigned(let cosignature): ServedAnswer(200, Array(cosignature.line.line.utf8))
        case .refused(.conflict(let size), _), .fork(_, _, .conflict(let size)):
            ServedAnswer(409, Array("\(size)\n".utf8), type: "text/x.tlog.size")
        case .refused(let status, let refusal): plain(status.code, SafeText.escaped(refusal.message)).0
        case .fork(let fork, _, let status): plain(status.code, "another state of the first \(fork.size) entries was cosigned before").0
        }
    }

    private static func words(_ answer: WitnessAnswer) -> String {
        switch answer {
        case .cosigned(let cosignature): "cosigned at \(cosignature.time)"
        case .refused(_, let refusal): SafeText.escaped(refusal.message)
        case .fork(let fork, let evidence, _):
            "FORK of \(SafeText.escaped(fork.origin)) at size \(fork.size): both signed notes are kept in \(SafeText.escaped(evidence))"
        }
    }

    private static func plain(_ status: Int, _ words: String) -> (ServedAnswer, String) { (ServedAnswer(status, Array((words + "\n").utf8)), words) }

    /// A client chose it: one line of bounded length.
    private static func shortened(_ path: String) -> String {
        SafeText.escaped(path.utf8.count <= 100 ? path : String(path.prefix(99)) + "…")
    }
}

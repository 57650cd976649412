// SPDX-License-Identifier: Apache-2.0

import CommandSupport
import FlyingFox
import FlyingSocks
import Foundation
import Ledger
import StrictFormats
import Witness

/// C2SP tlog-witness over HTTP, with the specification's status codes. Each request is decided by the same step as at the
/// command line; two requests, here and there, wait for one another at the record's lock.
struct WitnessServer: Sendable {
    let witness: WitnessStep
    /// Hears of each answer.
    let log: @Sendable (String) -> Void

    /// Serves until it is stopped.
    /// - Returns: why it could not.
    func run(_ address: ListenAddress) async -> Refusal? {
        let server = HTTPServer(config: address.configuration)
        await server.appendRoute("POST /add-checkpoint") { request in await add(request) }
        await server.appendRoute("GET /*/checkpoint") { request in monitored(request) }
        let running = Task { try await server.run() }
        do {
            try await server.waitUntilListening(timeout: 10)
            let port: String
            switch await server.listeningAddress {
            case .ip4(_, let number), .ip6(_, let number): port = "\(number)"
            case .unix, .none: port = "?"
            }
            log("countersign: witness \(SafeText.escaped(witness.verifier.name)) listens on \(SafeText.escaped(address.text)), port \(port)")
            try await running.value
            return nil
        } catch {
            running.cancel()
            return Refusal(
                "listen-failed", .unavailable, "cannot listen on \(SafeText.escaped(address.text)): \(SafeText.escaped("\(error)"))",
                hint: "is the port taken, or is the address another machine's?")
        }
    }

    private func add(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            guard let body = try await Self.body(request) else {
                return Self.response(413, "the request is larger than \(WitnessRequest.maximumBytes) bytes\n")
            }
            let answer = try witness.answer(body, now: SystemClock.now())
            let response = Self.response(answer)
            log("countersign: \(answer.status.code) \(Self.words(answer))")
            return response
        } catch let refusal as Refusal {
            log("countersign: 500 \(Explanation.text(refusal))")
            return Self.response(500, "this witness cannot work at the moment\n")
        } catch {
            return Self.response(400, "the request could not be read\n")
        }
    }

    /// The body, as long as it is not larger than any request can be; nil else.
    private static func body(_ request: HTTPRequest) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        for try await part in request.bodySequence {
            bytes += part
            if bytes.count > WitnessRequest.maximumBytes { return nil }
        }
        return bytes
    }

    private static func response(_ answer: WitnessAnswer) -> HTTPResponse {
        switch answer {
        case .cosigned(let cosignature): response(200, cosignature.line.line)
        case .refused(.conflict(let size), _): response(409, "\(size)\n", type: "text/x.tlog.size")
        case .refused(let status, let refusal): response(status.code, SafeText.escaped(refusal.message) + "\n")
        case .fork(let fork, _): response(422, "another state of the first \(fork.size) entries was cosigned before\n")
        }
    }

    private static func words(_ answer: WitnessAnswer) -> String {
        switch answer {
        case .cosigned(let cosignature): "cosigned at \(cosignature.time)"
        case .refused(_, let refusal): SafeText.escaped(refusal.message)
        case .fork(let fork, let evidence): "FORK of \(SafeText.escaped(fork.origin)) at size \(fork.size), kept in \(SafeText.escaped(evidence))"
        }
    }

    private func monitored(_ request: HTTPRequest) -> HTTPResponse {
        let parts = request.path.split(separator: "/")
        do throws(Refusal) {
            guard parts.count == 2, let note = try witness.checkpoint(originHash: String(parts[0])) else {
                return Self.response(404, "this witness has cosigned no checkpoint of that log\n")
            }
            return Self.response(200, String(decoding: note, as: UTF8.self))
        } catch {
            log("countersign: 500 \(Explanation.text(error))")
            return Self.response(500, "this witness cannot work at the moment\n")
        }
    }

    private static func response(_ code: Int, _ body: String, type: String = "text/plain; charset=utf-8") -> HTTPResponse {
        HTTPResponse(statusCode: HTTPStatusCode(code, phrase: phrases[code] ?? "Error"), headers: [.contentType: type], body: Data(body.utf8))
    }

    private static let phrases = [
        200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 413: "Content Too Large", 422: "Unprocessable Entity",
        500: "Internal Server Error",
    ]
}

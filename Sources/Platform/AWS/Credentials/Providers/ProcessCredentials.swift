// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// `credential_process`: a program that prints credentials ("Process credential provider", AWS SDKs and Tools Reference Guide).
struct ProcessCredentials: CredentialsProvider {
    let profile: SharedProfile
    let context: CredentialsContext

    func find() throws(Refusal) -> AWSCredentials? {
        guard let line = profile.text("credential_process") else { return nil }
        do throws(Refusal) {
            return try run(line)
        } catch {
            var placed = error
            if placed.place == Place() { placed.place = profile.place(of: "credential_process") }
            throw placed
        }
    }

    private func run(_ line: String) throws(Refusal) -> AWSCredentials {
        let name = "credential_process of \(profile.shown)"
        guard let words = ShellWords.split(line), let program = words.first, !program.isEmpty else {
            throw profile.refusal(
                "credential-process", "has a credential_process with an open quotation mark, or without a program", at: "credential_process")
        }
        let ended = BoundedProcess(arguments: words, environment: context.environment, seconds: context.processSeconds).run()
        // Its words are not shown: nobody knows what it prints.
        let hint = "run it by hand to see what it says"
        var output: [UInt8]
        switch ended {
        case .notStarted(let reason): throw Refusal("credential-process", .configuration, "\(name) cannot be started: \(reason)", hint: hint)
        case .tooLong: throw Refusal("credential-process", .configuration, "\(name) did not end within \(context.processSeconds) seconds", hint: hint)
        case .tooMuch:
            throw Refusal("credential-process", .configuration, "\(name) printed more than \(BoundedProcess.outputLimit) bytes", hint: hint)
        case .failed(let how): throw Refusal("credential-process", .configuration, "\(name) \(how)", hint: hint)
        case .printed(let bytes): output = bytes
        }
        defer { SecretBytes.wipe(&output) }
        let given = try CredentialsAnswer(output, of: name)
        guard given.integer("Version") == 1 else {
            throw Refusal("credentials-unreadable", .configuration, "what \(name) gave has another Version than 1")
        }
        return try given.credentials(
            "AccessKeyId", "SecretAccessKey", "SessionToken", expiration: try given.time("Expiration"), method: .process,
            source: "credential_process of profile \"\(profile.name)\"", now: context.clock())
    }
}

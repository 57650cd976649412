// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import CommandSupport
import Cryptography
import Files
import StrictFormats

public struct KeyCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make and show signing keys.",
        discussion: "Example:\n  countersign key generate --type ed25519 --out alice --no-passphrase", subcommands: [Generate.self, Show.self])

    public init() {}

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate", abstract: "Make a private key (PKCS#8 PEM, mode 0600) and its public half beside it.",
            discussion: "Example:\n  countersign key generate --type ed25519 --out alice --no-passphrase")

        @Option(help: "ed25519 or ecdsa-p256.") var type: Kind = .ed25519
        @Option(help: ArgumentHelp("The file to write; the public half goes to FILE.pub.", valueName: "file")) var out: String
        @Flag(help: "Do not encrypt the key: only its file's mode protects it.") var noPassphrase = false
        @Option(help: ArgumentHelp("A private file whose first line is the passphrase.", valueName: "file")) var passphraseFile: String?
        @OptionGroup var format: FormatOptions

        enum Kind: String, ExpressibleByArgument, CaseIterable {
            case ed25519
            case ecdsaP256 = "ecdsa-p256"
        }

        func validate() throws {
            if noPassphrase, passphraseFile != nil { throw ValidationError("--no-passphrase and --passphrase-file exclude each other") }
        }

        func run() throws {
            try FileWriter.checkAbsent(out)
            try FileWriter.checkAbsent(out + ".pub")
            let passphrase = noPassphrase ? nil : try Passphrase.new(for: out, file: passphraseFile)
            let key = try PrivateKey.generate(type == .ed25519 ? .ed25519 : .ecdsaP256)
            try KeyFile.write(key, to: out, passphrase: passphrase)
            try format.answer(
                text: KeyCommand.words(key.publicKey, path: out + ".pub"), json: KeyCommand.json(key.publicKey))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a public key's id and its words to read aloud.",
            discussion: "Example:\n  countersign key show alice.pub")

        @Argument(help: ArgumentHelp("A public key file (PEM).", valueName: "file")) var file: String
        @OptionGroup var format: FormatOptions

        func run() throws {
            let key = try PublicKeyFile.read(file)
            try format.answer(text: KeyCommand.words(key, path: file), json: KeyCommand.json(key))
        }
    }

    private static func words(_ key: PublicKey, path: String) -> String {
        let words = key.id.fingerprint
        return """
            \(SafeText.escaped(path)): \(key.type.rawValue)
              \(key.id)
              \(words.prefix(8).joined(separator: " "))
              \(words.dropFirst(8).joined(separator: " "))
            """
    }

    private static func json(_ key: PublicKey) -> JSONValue {
        .object([
            ("type", .string(key.type.rawValue)), ("keyid", key.id.json), ("public", .string(Base64.encode(key.der))),
            ("fingerprint", .strings(key.id.fingerprint)),
        ])
    }
}

/// Public key files: SubjectPublicKeyInfo in PEM.
public enum PublicKeyFile {
    static func read(_ path: String) throws(Refusal) -> PublicKey {
        let bytes = try FileReader.read(path, limit: 65_536)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Refusal(
                "file-not-text", .badData, "this file is no text", at: Place(file: path),
                hint: "give the public half of a key: FILE.pub, as key generate wrote it")
        }
        if text.hasPrefix("ssh-") || text.hasPrefix("ecdsa-sha2-") || text.hasPrefix("sk-") {
            throw Refusal(
                "trust-ssh-keys", .notPermitted, "OpenSSH and FIDO keys are not supported by this release", at: Place(file: path),
                hint: "make a key with: countersign key generate")
        }
        return try PublicKey(pem: text, file: path)
    }
}

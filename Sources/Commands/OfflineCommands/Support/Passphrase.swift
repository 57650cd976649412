// SPDX-License-Identifier: Apache-2.0

import CommandSupport
public import Cryptography
import Files
public import StrictFormats

/// Passphrases come from a terminal without echo or from a private file; never from an argument.
public enum Passphrase {
    /// For a key that exists.
    public static func existing(for key: String, file: String?) throws(Refusal) -> SecretBytes {
        if let file { return try read(file) }
        var typed = try Prompt.hidden("Passphrase for \(SafeText.escaped(key)):", instead: "give --passphrase-file FILE")
        return SecretBytes(consuming: &typed)
    }

    /// For a key that is being made: asked twice.
    public static func new(for key: String, file: String?) throws(Refusal) -> SecretBytes {
        if let file { return try read(file) }
        let instead = "give --passphrase-file FILE, or --no-passphrase for a key that is protected by its file's mode alone"
        var first = try Prompt.hidden("New passphrase for \(SafeText.escaped(key)):", instead: instead)
        var second = try Prompt.hidden("The same again:", instead: instead)
        let isSame = first == second
        SecretBytes.wipe(&second)
        guard isSame, !first.isEmpty else {
            SecretBytes.wipe(&first)
            throw Refusal(
                "passphrase-differs", .usage, "the two passphrases differ, or are empty; no key was made",
                hint: "type the same passphrase twice, or give it with --passphrase-file")
        }
        return SecretBytes(consuming: &first)
    }

    private static func read(_ file: String) throws(Refusal) -> SecretBytes {
        var bytes = try PrivateFile.read(file)
        defer { SecretBytes.wipe(&bytes) }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty else {
            throw Refusal(
                "passphrase-empty", .badData, "the first line of this file is empty", at: Place(file: file),
                hint: "write the passphrase into its first line, or leave --passphrase-file out and type it")
        }
        return SecretBytes(line)
    }
}

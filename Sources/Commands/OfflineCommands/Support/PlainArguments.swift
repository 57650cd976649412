// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import StrictFormats

/// A command that people and scripts wait for, and that reads its plainest command lines itself: ArgumentParser learns what a command has by
/// reflection, which takes a seventh of the time of a whole review.
public protocol PlainCommand: ParsableCommand {
    /// The command of a command line that is plain; nil for any other, which ArgumentParser then reads, and refuses in its words.
    static func plain(_ arguments: inout PlainArguments) -> Self?
}

/// The words of a command line, taken one after the other by what they are.
///
/// Plain is a command line whose options stand by their full names, once (unless they repeat), each with its value as the next word, and that has
/// one word besides. An empty word, a value that begins with a dash, `--name=value` and `--` are not plain.
public struct PlainArguments {
    /// Nil where a word was taken.
    private var words: [String?]
    private var isPlain: Bool

    public init(_ words: ArraySlice<String>) {
        self.words = Array(words)
        isPlain = words.allSatisfy { !$0.isEmpty }
    }

    /// Takes an option that stands once at most: a second one is left, and makes the command line not plain.
    mutating func value(_ name: String) -> String? {
        guard let index = words.firstIndex(where: { $0?.hasSameBytes(as: name) ?? false }) else { return nil }
        guard index + 1 < words.count, let value = words[index + 1], !Self.isOption(value) else {
            isPlain = false
            return nil
        }
        (words[index], words[index + 1]) = (nil, nil)
        return value
    }

    /// Takes an option as often as it stands.
    mutating func values(_ name: String) -> [String] {
        var values: [String] = []
        while let value = value(name) { values.append(value) }
        return values
    }

    mutating func flag(_ name: String) -> Bool {
        guard let index = words.firstIndex(where: { $0?.hasSameBytes(as: name) ?? false }) else { return false }
        words[index] = nil
        return true
    }

    /// Takes the one word that is left when all options are taken; nil for a command line that is not plain.
    mutating func only() -> String? {
        let left = words.compactMap(\.self)
        guard isPlain, left.count == 1, !Self.isOption(left[0]) else { return nil }
        words = []
        return left[0]
    }

    private static func isOption(_ word: String) -> Bool { word.utf8.first == UInt8(ascii: "-") }
}

// Values are set from outside of any init: within one, assigning to a wrapped property would only define it anew.

extension FormatOptions {
    /// Nil for a format that there is not.
    static func plain(_ arguments: inout PlainArguments) -> Self? {
        guard let format = arguments.value("--format").map(Format.init) ?? .text else { return nil }
        var options = Self()
        options.format = format
        return options
    }
}

extension TrustOptions {
    static func plain(_ arguments: inout PlainArguments) -> Self {
        var options = Self()
        options.trust = arguments.values("--trust")
        options.pins = arguments.value("--pins")
        return options
    }
}

extension KeyOptions {
    /// Nil where no key is named.
    static func plain(_ arguments: inout PlainArguments) -> Self? {
        guard let key = arguments.value("--key") else { return nil }
        var options = Self()
        options.key = key
        options.passphraseFile = arguments.value("--passphrase-file")
        return options
    }
}

extension ClockOptions {
    static func plain(_ arguments: inout PlainArguments) -> Self {
        var options = Self()
        options.now = arguments.value("--now")
        return options
    }
}

extension OutputOptions {
    /// Nil where no file is named.
    static func plain(_ arguments: inout PlainArguments) -> Self? {
        guard let out = arguments.value("--out") else { return nil }
        var options = Self()
        options.out = out
        options.force = arguments.flag("--force")
        return options
    }
}

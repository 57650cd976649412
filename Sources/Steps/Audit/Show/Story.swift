// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats
import Trust

/// The story of the bundles in a ledger, as a person reads it: who prepared, approved, what was sent, what came back, when.
public struct Story {
    public let text: String
    public let json: JSONValue

    private struct Line {
        let entry: Entry
        let words: [String]
    }

    /// - Parameters:
    ///   - only: a bundle's digest or id.
    ///   - start: the first entry that is told; what stands before it is only understood.
    /// - Throws: `bundle-unknown` (answer is no) where there is no such bundle.
    public init(_ reader: LedgerReader, only: String?, from start: Int = 0) throws(Refusal) {
        var lines: [Line] = []
        var bundles: [Digest: BundlePayload] = [:]
        var order: [Digest] = []
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            let entry: Entry
            do throws(Refusal) { entry = try Entry(bytes) } catch {
                throw Refusal(
                    "entry-malformed", .badData, "entry \(seq) cannot be read: \(error.message)", at: Place(file: reader.path),
                    hint: "run audit verify")
            }
            if case .bundleReceived(_, let envelope) = entry.data, let digest = entry.bundle, bundles[digest] == nil {
                bundles[digest] = try Self.payload(envelope, reader)
                if bundles[digest] != nil { order.append(digest) }
            }
            if seq < start { return }
            lines.append(Line(entry: entry, words: StoryWords.words(entry, bundle: entry.bundle.flatMap { bundles[$0] })))
        }
        let wanted = order.filter { digest in
            only.map { $0 == digest.text || $0 == bundles[digest]?.id } ?? (start == 0 || lines.contains { $0.entry.bundle == digest })
        }
        if let only, wanted.isEmpty {
            throw Refusal(
                "bundle-unknown", .answerIsNo, "this ledger holds no bundle \(SafeText.escaped(only))", at: Place(file: reader.path),
                hint: "countersign audit show without a bundle lists all of them")
        }
        var blocks: [[String]] = []
        let about = lines.filter { $0.entry.bundle == nil }
        if only == nil, !about.isEmpty { blocks.append(Self.block("The ledger", about)) }
        for digest in wanted {
            guard let payload = bundles[digest] else { continue }
            let title = [
                "\(SafeText.quoted(payload.title)) (\(payload.change.kind.rawValue), \(SafeText.quoted(payload.ticket)))", "  bundle \(payload.id)",
                "  \(digest)",
            ]
            blocks.append(title + Self.block(nil, lines.filter { $0.entry.bundle == digest }))
        }
        let orphans = lines.filter { line in line.entry.bundle.map { bundles[$0] == nil } ?? false }
        if only == nil, !orphans.isEmpty {
            blocks.append(Self.block("Bundles that were refused before they were received, or that cannot be read", orphans))
        }
        text = blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
        json = .object([
            (
                "entries",
                .array(
                    lines.filter { line in only == nil || wanted.contains { $0 == line.entry.bundle } }.map { line in
                        .object([
                            ("seq", .integer(line.entry.seq)), ("time", .string(line.entry.time.text)), ("type", .string(line.entry.type.rawValue)),
                            ("bundle", line.entry.bundle?.json), ("words", .strings(line.words)),
                        ])
                    })
            )
        ])
    }

    /// The bundle of an envelope; nil where it cannot be read, which is for `verify` to explain.
    private static func payload(_ envelope: Digest, _ reader: LedgerReader) throws(Refusal) -> BundlePayload? {
        guard let bytes = try reader.artifact(envelope) else { return nil }
        do throws(Refusal) {
            return try Envelope(bytes, expecting: .bundle).decodePayload(BundlePayload.init(json:))
        } catch {
            return nil
        }
    }

    private static func block(_ title: String?, _ lines: [Line]) -> [String] {
        (title.map { [$0] } ?? [])
            + lines.flatMap { line in
                let stamp = "  \(line.entry.time)  \(String(repeating: " ", count: max(0, 4 - "\(line.entry.seq)".count)))\(line.entry.seq)  "
                let rest = String(repeating: " ", count: stamp.count)
                return line.words.enumerated().flatMap { index, words in
                    TextBlock.wrap(words, width: 110, indent: index == 0 ? stamp : rest + "  ", hanging: rest + "  ")
                }
            }
    }
}

// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The name and words of an error, from whichever place the server chose: `X-Amzn-ErrorType`, the members `__type` or
/// `code` of a JSON body ("AWS JSON 1.1 protocol", Smithy), or `<Code>` of a query-style XML body.
struct AWSErrorBody {
    let type: String?
    let message: String?

    init(_ http: HTTPAnswer) {
        let named = http.headers.first(named: "X-Amzn-ErrorType").flatMap(Self.name)
        // A body that is neither JSON nor XML is no fault here: some servers answer with a page for people.
        if let json = try? JSONDocument(http.body, rules: .general) {
            let member = { (names: [String]) in names.lazy.compactMap { json.root[$0]?.stringValue }.first }
            type = named ?? member(["__type", "code"]).flatMap(Self.name)
            message = member(["message", "Message"])
        } else if let root = try? XMLReader.parse(http.body), let error = root.firstDescendant(named: "Error", having: "Code") {
            type = named ?? error.children.first { $0.name == "Code" }.flatMap { Self.name($0.text) }
            message = error.children.first { $0.name == "Message" }?.text
        } else {
            type = named
            message = nil
        }
    }

    /// `com.amazonaws.kms#NotFoundException:http://internal.amazon.com/…` → `NotFoundException`; nil for what is no name.
    static func name(_ text: String) -> String? {
        let front = text.prefix { $0 != ":" }
        let bare = front.lastIndex(of: "#").map { front[front.index(after: $0)...] } ?? front
        let isName =
            (1...128).contains(bare.utf8.count)
            && bare.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isName ? String(bare) : nil
    }
}

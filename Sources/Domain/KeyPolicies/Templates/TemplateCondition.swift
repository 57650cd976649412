// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// `"$when"`: the object that holds it stands only where all of its tests hold.
///
/// A test is `"name"` (a boolean that is true, a text or list that is not empty) or `"name=value"`, each with `!` in front for the
/// opposite; one text, or a list of them.
struct TemplateCondition {
    static let member = "$when"
    /// In an element of a list: what stands there instead, each for itself, where the condition holds.
    static let elements = "$each"

    private struct Test {
        let parameter: String
        let wanted: String?
        let isNegated: Bool

        init(_ text: String) {
            isNegated = text.after("!") != nil
            let rest = text.after("!") ?? text
            (parameter, wanted) = rest.split(at: "=").map { ($0.0, $0.1) } ?? (rest, nil)
        }

        func holds(_ value: TemplateValue?) -> Bool {
            let isTrue: Bool
            switch (value, wanted) {
            case (.boolean(let flag), let wanted): isTrue = (flag ? "true" : "false").hasSameBytes(as: wanted ?? "true")
            case (.text(let text), let wanted?): isTrue = text.hasSameBytes(as: wanted)
            case (.text(let text), nil): isTrue = !text.isEmpty
            case (.list(let texts), nil): isTrue = !texts.isEmpty
            case (.list, _?), (nil, _): isTrue = false
            }
            return isTrue != isNegated
        }
    }

    private let tests: [Test]

    var parameters: [String] { tests.map(\.parameter) }

    init(_ value: JSONValue) throws(Refusal) {
        if case .array = value.content {
            tests = try value.array { element throws(Refusal) in Test(try element.text()) }
        } else {
            tests = [Test(try value.text())]
        }
    }

    func holds(_ values: [String: TemplateValue]) -> Bool { tests.allSatisfy { $0.holds(values[$0.parameter]) } }
}

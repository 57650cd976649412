// SPDX-License-Identifier: Apache-2.0

/// Actions in words, each with its exact name in brackets.
enum ActionWords {
    /// One line for each class of single actions, one for each pattern; in the order of the classes, then of the document.
    static func lines(_ actions: [PolicyString]) -> [String] {
        let single = actions.map { ($0, action($0)) }
        let grouped = KeyAction.Class.allCases.compactMap { kind -> String? in
            let members = single.filter { $0.1?.kind == kind }
            return members.isEmpty ? nil : "\(label(kind)): \(members.map { phrase($0.0) }.joined(separator: ", "))"
        }
        return grouped + single.filter { $0.1 == nil }.map { pattern($0.0) }
    }

    /// `decrypt (Decrypt)`.
    static func phrase(_ action: PolicyString) -> String {
        guard let known = self.action(action) else { return pattern(action) }
        return "\(known.phrase) (\(exact(action.text)))"
    }

    private static func action(_ action: PolicyString) -> KeyAction? {
        let covered = action.text.hasWildcard ? [] : KeyAction.covered(by: action.text)
        return covered.first
    }

    private static func exact(_ text: String) -> String { text.after("kms:").map { Quoted.word($0) } ?? Quoted.word(text) }

    private static func pattern(_ action: PolicyString) -> String {
        let covered = KeyAction.covered(by: action.text)
        switch covered.count {
        case 0: return "\(Quoted.text(action.text)), which is no action of KMS"
        case KeyAction.all.count:
            return
                "EVERYTHING [\(Quoted.word(action.text))]: decrypt, change this key policy, hand out rights, destroy the key, and all else"
        default:
            return "whatever is called \(exact(action.text)): " + covered.map { "\($0.phrase) (\($0.name))" }.joined(separator: ", ")
        }
    }

    private static func label(_ kind: KeyAction.Class) -> String {
        switch kind {
        case .useDecrypt: "DECRYPT"
        case .useEncrypt: "encrypt"
        case .verify: "verify"
        case .policy: "change who may do what"
        case .delegate: "hand out rights"
        case .abac: "names and tags"
        case .destroy: "switch off or destroy"
        case .adminOther: "manage"
        case .read: "look"
        }
    }
}

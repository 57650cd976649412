// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// How equal two policy documents are. KMS re-serializes what it stores: byte equality is a rare gift on read-back.
public enum PolicyEquality: String, Sendable, CaseIterable {
    case byteEqual = "byte-equal"
    /// The same JSON value: white space, escapes, order of members.
    case jsonEqual = "json-equal"
    /// The same statements: order, one-element arrays, an account's id for its root ARN, case where IAM ignores it.
    case semanticallyEqual = "semantically-equal"
    case different

    /// Whether the two say the same.
    public var isSame: Bool { self != .different }
}

public enum PolicyComparison {
    /// The strictest grade that holds.
    /// - Parameter partition: in which a bare account id stands for its root ARN.
    public static func grade(_ a: PolicyDocument, _ b: PolicyDocument, partition: String = "aws") -> PolicyEquality {
        if a.text.hasSameBytes(as: b.text) { return .byteEqual }
        if a.json == b.json { return .jsonEqual }
        let sameHead = Exact(a.version) == Exact(b.version) && Exact(a.id) == Exact(b.id)
        return sameHead && counts(a, partition) == counts(b, partition) ? .semanticallyEqual : .different
    }

    private static func counts(_ document: PolicyDocument, _ partition: String) -> [NormalStatement: Int] {
        document.statements.reduce(into: [:]) { $0[NormalStatement($1, partition: partition), default: 0] += 1 }
    }
}

/// A text by its bytes, nil for none: Swift's own equality of strings is canonical equivalence.
struct Exact: Hashable {
    private let text: String?

    init(_ text: String?) { self.text = text }
    init(_ string: PolicyString?) { self.init(string?.text) }

    static func == (left: Exact, right: Exact) -> Bool {
        switch (left.text, right.text) {
        case (nil, nil): true
        case (let a?, let b?): a.hasSameBytes(as: b)
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        guard var text else { return hasher.combine(false) }
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

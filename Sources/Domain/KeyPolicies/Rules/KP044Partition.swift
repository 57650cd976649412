// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp044 = PolicyRule(
        id: "KP044", severity: .medium,
        reason: "a name of another partition means nothing in this one",
        source: "Access Analyzer, invalid partition",
        fix: "write the partition of the key's Region"
    ) { document, context in
        document.strings.compactMap { string in
            guard let arn = ARN(string.text), !arn.partition.hasWildcard, !arn.partition.hasVariable,
                !arn.partition.hasSameBytes(as: context.partition)
            else { return nil }
            return Hit(
                string, "\(Quoted.text(string.text)) belongs to the partition \(Quoted.word(arn.partition)), not to \(context.partition)")
        }
            + document.statements.flatMap(\.principals.entries).compactMap { entry in
                guard case .service(let name) = entry.pattern, name.utf8.suffix(3).elementsEqual(".cn".utf8),
                    !context.partition.hasSameBytes(as: "aws-cn")
                else { return nil }
                return Hit(entry.value, "\(Quoted.word(name)) is a service of the partition aws-cn")
            }
    }
}

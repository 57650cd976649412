// SPDX-License-Identifier: Apache-2.0

import Files
import KeyPolicies

/// Key policies near the quota of 32,768 bytes, as files of a folder.
struct MadePolicies {
    let folder: String

    static let keyAccount = "604183725190"

    func path(_ name: String) -> String { "\(folder)/\(name).policy.json" }
    func document(_ name: String) throws -> PolicyDocument { try PolicyDocument(bytes: try FileReader.read(path(name))) }

    /// `readers` and `readers-changed` (one statement of them differs), `others` (every statement differs), and pairs made to be hard.
    func write() throws {
        let readers = Self.filled { Self.reader($0) }
        try write("readers", readers)
        try write("readers-changed", readers.enumerated().map { $0.offset == readers.count / 2 ? Self.reader(9_999) : $0.element })
        try write("others", Self.filled { Self.reader($0 + 1_000) })
        let gaps = (0..<150).map { "*a\(String(repeating: "?", count: 20 + $0))b*" }
        try write("hard-old", [Self.like(gaps)])
        try write("hard-new", [Self.like(gaps.map { $0 + "c" })])
        let bounds = Self.filled { index in
            Self.statement(
                "S\(index)", "\"*\"", "\"kms:Decrypt\"",
                "\"NumericLessThan\":{\"n\":\"\(index)\"},\"IpAddress\":{\"aws:SourceIp\":\"10.\(index % 256).0.0/16\"}")
        }
        try write("harder-old", bounds)
        try write("harder-new", Array(bounds.dropLast()))
    }

    private func write(_ name: String, _ statements: [String]) throws {
        let text = "{\"Version\":\"2012-10-17\",\"Statement\":[\(statements.joined(separator: ","))]}"
        try FileWriter.write(Array(text.utf8), to: path(name), replace: true)
    }

    /// Statements until nearly 32,000 bytes are full.
    private static func filled(_ make: (Int) -> String) -> [String] {
        var statements = [statement("Root", "{\"AWS\":\"arn:aws:iam::\(keyAccount):root\"}", "\"kms:*\"", nil)]
        var size = statements[0].utf8.count
        while size < 31_700 {
            let next = make(statements.count)
            size += next.utf8.count + 1
            statements.append(next)
        }
        return statements
    }

    private static func reader(_ index: Int) -> String {
        let account = "\(200_000_000_000 + index * 7_919 % 99_999_999)"
        let conditions: [String?] = [
            "\"StringLike\":{\"kms:EncryptionContext:aws:cloudtrail:arn\":\"arn:aws:cloudtrail:*:\(account):trail/*\"}",
            "\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-\(index % 5)abc\"},\"Null\":{\"kms:EncryptionContext:aws:cloudtrail:arn\":\"false\"}", nil,
        ]
        let actions = [
            "[\"kms:Decrypt\",\"kms:ReEncrypt*\"]", "[\"kms:GenerateDataKey*\",\"kms:Encrypt\"]", "[\"kms:DescribeKey\",\"kms:CreateGrant\"]",
        ]
        return statement(
            "Reader\(index)", "{\"AWS\":\"arn:aws:iam::\(account):role/log-reader-\(index)\"}", actions[index / 3 % 3], conditions[index % 3])
    }

    private static func like(_ values: [String]) -> String {
        statement("Like", "\"*\"", "\"kms:Decrypt\"", "\"StringLike\":{\"k\":[\(values.map { "\"\($0)\"" }.joined(separator: ","))]}")
    }

    private static func statement(_ sid: String, _ principal: String, _ action: String, _ condition: String?) -> String {
        "{\"Sid\":\"\(sid)\",\"Effect\":\"Allow\",\"Principal\":\(principal),\"Action\":\(action),\"Resource\":\"*\""
            + (condition.map { ",\"Condition\":{\($0)}" } ?? "") + "}"
    }
}

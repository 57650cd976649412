// SPDX-License-Identifier: Apache-2.0
// Small policies and the repository's own files, for all tests of this module.
import Files
import StrictFormats
import Testing

@testable import KeyPolicies

let keyAccount = "604183725190"
let management = "281474976710"
let logArchive = "339712745831"
let trail = "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail"
let keyARN = "arn:aws:kms:us-east-1:604183725190:key/ded25d8b-061c-4933-9e3e-1a86bb8d3ae3"
let executor = "arn:aws:iam::604183725190:role/cloudtrail-key-executor"

/// A policy of these statements.
func policy(_ statements: String..., version: String = "2012-10-17") throws -> PolicyDocument {
    try PolicyDocument(text: #"{"Version":"\#(version)","Id":"test","Statement":[\#(statements.joined(separator: ","))]}"#, file: "p.json")
}

/// A statement from its members; what is not given is a plain `Allow kms:Decrypt` on this key to everyone.
func statement(
    _ sid: String = "S", effect: String = "Allow", principal: String = #""Principal":"*""#, action: String = #""Action":"kms:Decrypt""#,
    resource: String = #""Resource":"*""#, condition: String? = nil
) -> String {
    let members =
        [#""Sid":"\#(sid)""#, #""Effect":"\#(effect)""#, principal, action, resource] + (condition.map { [#""Condition":{\#($0)}"#] } ?? [])
    return "{\(members.filter { !$0.isEmpty }.joined(separator: ","))}"
}

/// `{"AWS":"…"}`
func aws(_ principals: String...) -> String {
    #""Principal":{"AWS":[\#(principals.map { #""\#($0)""# }.joined(separator: ","))]}"#
}

let cloudTrail = #""Principal":{"Service":"cloudtrail.amazonaws.com"}"#
let root = "arn:aws:iam::604183725190:root"
let wholeAccount = statement("Account", principal: aws(root), action: #""Action":"kms:*""#)

func answer(
    _ document: PolicyDocument, _ principal: String, _ action: String, _ context: [(key: String, value: String)] = [],
    absent: [String] = [],
    key: String? = keyARN
) throws -> Answer {
    let request = try AccessRequest(
        principal: try RequestPrincipal(principal), action: action, context: RequestContext(context, absent: absent),
        key: KeyIdentity(account: keyAccount, arn: key))
    return PolicyEvaluator.answer(document, request)
}

func word(
    _ document: PolicyDocument, _ principal: String, _ action: String, _ context: [(key: String, value: String)] = [], absent: [String] = []
) throws -> String {
    try answer(document, principal, action, context, absent: absent).verdict.word
}

/// The ids of the findings, each once, sorted.
func rules(_ document: PolicyDocument, _ context: PolicyContext = PolicyContext(keyAccount: keyAccount), from severity: Severity = .low)
    -> [String]
{
    Set(PolicyChecks.run(document, in: context).filter { $0.severity >= severity }.map(\.rule)).sorted()
}

/// The repository's `policies` folder.
let policiesFolder = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined() + "/policies"

func file(_ name: String) throws -> [UInt8] { try FileReader.read("\(policiesFolder)/\(name)") }

func template(_ name: String = "org-cloudtrail-key") throws -> PolicyTemplate {
    let main = try file("\(name)/template.json")
    let parts = try PolicyTemplate.partNames(of: main).map { (name: $0, bytes: try file("\(name)/\($0).json")) }
    return try PolicyTemplate(
        name: name, template: main, parameters: try file("\(name)/parameters.json"), parts: parts, assertions: try file("\(name)/assertions.json"))
}

/// A parameter set of the examples.
func parameters(_ name: String) throws -> JSONValue {
    try JSONDocument(try file("org-cloudtrail-key/examples/\(name).parameters.json"), rules: .authored).root
}

func example(_ name: String) throws -> PolicyDocument {
    try PolicyDocument(bytes: try file("org-cloudtrail-key/examples/\(name).policy.json"), file: "\(name).policy.json")
}

// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Who the credentials belong to (STS GetCallerIdentity). It needs no permission, and no policy can deny it.
public struct CallerIdentity: Sendable, Hashable {
    public let account: String
    public let arn: String
    public let userID: String

    /// Reads the query protocol's XML: each of the three exactly once, and the account the one of the ARN.
    init(xml bytes: [UInt8]) throws(Refusal) {
        let root = try XMLReader.parse(bytes)
        guard root.name == "GetCallerIdentityResponse" else {
            throw Refusal("xml-shape", .badData, "the root element is <\(SafeText.escaped(root.name))> instead of <GetCallerIdentityResponse>")
        }
        let result = try root.only("GetCallerIdentityResult")
        account = try result.onlyText("Account")
        arn = try result.onlyText("Arn")
        userID = try result.onlyText("UserId")
        let isAccount = account.utf8.count == 12 && account.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let fields = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard isAccount, fields.count == 6, fields[0] == "arn", fields[4].utf8.elementsEqual(account.utf8) else {
            throw Refusal("xml-shape", .badData, "the account and the ARN do not fit together")
        }
    }
}

extension AWSClient {
    /// Asks STS who we are.
    public func getCallerIdentity() throws(Refusal) -> Reading<CallerIdentity> {
        let answer = try read("sts:GetCallerIdentity", on: .sts) { query(.sts, "Action=GetCallerIdentity&Version=2011-06-15") }
        do throws(Refusal) {
            return Reading(try CallerIdentity(xml: answer.body), [answer])
        } catch {
            throw CallFailure(operation: "sts:GetCallerIdentity", endpoint: endpoints[.sts]).unreadable(answer, error)
        }
    }
}

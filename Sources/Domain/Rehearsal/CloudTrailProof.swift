// SPDX-License-Identifier: Apache-2.0

public import KeyPolicies
import StrictFormats

/// Whether a key's policy lets CloudTrail write for one trail: GenerateDataKey and DescribeKey, by the evaluator (rule KP023).
public enum CloudTrailProof {
    /// What stands against it; empty where it is proven.
    /// - Parameters:
    ///   - policy: the key policy's text.
    ///   - key: the key's ARN, which says whose it is.
    ///   - trail: the trail's ARN.
    public static func objections(to policy: String, key: String, trail: String) -> [String] {
        do throws(Refusal) {
            return findings(try PolicyDocument(text: policy), key: key, trail: trail).map(\.message)
        } catch {
            return ["the policy cannot be read: \(error.message)"]
        }
    }

    public static func findings(_ document: PolicyDocument, key: String, trail: String) -> [PolicyFinding] {
        let parts = ARN(key)
        let context = PolicyContext(
            partition: parts?.partition ?? "aws", keyAccount: parts?.account ?? "", region: parts?.region, keyARN: key, trailARN: trail)
        return PolicyChecks.run(document, in: context).filter { $0.rule == "KP023" }
    }
}

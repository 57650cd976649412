// SPDX-License-Identifier: Apache-2.0

/// The condition keys and trails of CloudTrail's statements.
enum TrailKeys {
    static let service = "cloudtrail.amazonaws.com"
    static let sourceARN = "aws:SourceArn"
    static let encryptionContext = "kms:EncryptionContext:aws:cloudtrail:arn"

    /// What CloudTrail's own call carries for a trail.
    static func context(of trail: String) -> RequestContext {
        var pairs = [(key: sourceARN, value: trail), (key: encryptionContext, value: trail)]
        if let arn = ARN(trail) { pairs.append((key: "aws:SourceAccount", value: arn.account)) }
        return RequestContext(pairs)
    }

    /// What CloudTrail Lake's call carries: neither source nor encryption context (event data stores support neither).
    static let lakeContext = RequestContext(absent: [sourceARN, "aws:SourceAccount", encryptionContext])
}

extension PolicyDocument {
    /// The trails that the policy may be meant for: the known one, or those that its own CloudTrail statements name.
    func trails(in context: PolicyContext) -> [String] {
        if let known = context.trailARN { return [known] }
        var patterns: [String] = []
        for key in [TrailKeys.sourceARN, TrailKeys.encryptionContext] where patterns.isEmpty {
            for statement in allows where statement.namesCloudTrail {
                patterns += statement.conditions(on: key).filter(\.isBinding).flatMap { $0.values.map(\.text) }
            }
        }
        let trails = patterns.compactMap { pattern -> String? in
            guard let arn = ARN(pattern) else { return nil }
            let region = arn.region.hasWildcard ? context.region ?? "us-east-1" : arn.region
            let account = arn.account.hasWildcard ? context.managementAccount ?? context.keyAccount : arn.account
            let resource = arn.resource.replacing("*", with: "trail").replacing("?", with: "t")
            return "arn:\(arn.partition):cloudtrail:\(region):\(account):\(resource)"
        }
        if !trails.isEmpty { return Array(Set(trails)).sorted() }
        let account = context.managementAccount ?? context.keyAccount
        return ["arn:\(context.partition):cloudtrail:\(context.region ?? "us-east-1"):\(account):trail/trail"]
    }
}

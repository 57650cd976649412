// SPDX-License-Identifier: Apache-2.0

import AWS
import Drift
import Execute
import StrictFormats

extension AWSKeyService {
    /// Everything that drift compares; every list is read to its end.
    /// - Parameter trails: what was read of trails, which may live elsewhere.
    /// - Returns: nil where there is no such key.
    func liveKey(_ key: String, trails: [(arn: String, key: String?)]) throws(Refusal) -> LiveKey? {
        guard let settings = try settings(of: key).value, let policy = try policy(of: key, named: "default").value else { return nil }
        guard let tags = try tags(of: key).value else {
            throw Refusal("aws-access-denied", .notPermitted, "this identity may not read the tags of \(key)", hint: "allow kms:ListResourceTags")
        }
        let reads = try reads()
        let grants = try reads.listGrants(of: key).value.map { grant in
            let grantee = grant.granteePrincipal ?? grant.granteeServicePrincipal ?? "somebody"
            return LiveKey.Grant(id: grant.grantID, words: "\(grantee) may \(grant.operations.joined(separator: ", "))")
        }
        let aliases = try reads.listAliases().value.compactMap { alias in alias.targetKeyID.map { (name: alias.name, keyID: $0) } }
        let rotation = try rotation(of: key).value
        return LiveKey(
            state: settings.state, description: settings.description, policy: policy, policyNames: try policyNames(of: key), grants: grants,
            aliases: aliases, rotates: rotation.isEnabled, rotationDays: rotation.days, tags: tags, trails: trails)
    }
}

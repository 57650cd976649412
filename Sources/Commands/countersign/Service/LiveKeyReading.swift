// SPDX-License-Identifier: Apache-2.0

import AWS
import Bundles
import Drift
import Execute
import Ledger
import StrictFormats

extension AWSKeyService {
    /// What a full snapshot holds beside policy, state and description.
    func snapshotDetails(of key: String, _ settings: KeySettings, isShared: Bool, trail: String?) throws(Refusal) -> SnapshotDetails {
        let reads = try reads()
        let aliases = try reads.listAliases(of: key).value.map(\.name)
        let grants = try reads.listGrants(of: key).value.map { grant in
            SnapshotDetails.Grant(
                id: grant.grantID, grantee: grant.granteePrincipal ?? grant.granteeServicePrincipal ?? "", operations: grant.operations,
                constraints: grant.constraints)
        }
        let rotation = try rotation(of: key).value
        let ram = isShared ? try policy(of: key, named: "AWS_RAM").value.map { BasePolicy(document: $0) } : nil
        let seen = try trail.map { arn throws(Refusal) in
            guard let found = try self.trail(arn).value else {
                throw Refusal(
                    "trail-missing", .answerIsNo, "there is no such trail: \(SafeText.escaped(arn))",
                    hint: "give the ARN of a trail that this identity sees in the key's Region")
            }
            return SnapshotDetails.Trail(arn: found.arn, key: found.key)
        }
        return SnapshotDetails(
            readBy: try identity().value.arn, keySpec: settings.keySpec, keyUsage: settings.keyUsage, origin: settings.origin,
            multiRegion: settings.multiRegion, rotates: rotation.isEnabled, rotationDays: rotation.days, aliases: aliases, grants: grants,
            tags: try readTags(of: key), ramPolicy: ram, trail: seen)
    }

    private func readTags(of key: String) throws(Refusal) -> [Tag] {
        guard let tags = try tags(of: key).value else {
            throw Refusal("aws-access-denied", .notPermitted, "this identity may not read the tags of \(key)", hint: "allow kms:ListResourceTags")
        }
        return tags
    }

    /// Everything that drift compares; every list is read to its end.
    /// - Parameter trails: what was read of trails, which may live elsewhere.
    /// - Returns: nil where there is no such key.
    func liveKey(_ key: String, trails: [(arn: String, key: String?)]) throws(Refusal) -> LiveKey? {
        guard let settings = try settings(of: key).value, let policy = try policy(of: key, named: "default").value else { return nil }
        let tags = try readTags(of: key)
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

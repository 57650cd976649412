// SPDX-License-Identifier: Apache-2.0

public import Rehearsal
public import StrictFormats

extension KeySettings {
    /// What DescribeKey shows of a model's key.
    public init(_ key: KMSModel.Key, of model: KMSModel, at now: Instant) {
        self.init(
            id: key.id, arn: model.arn(key.id), state: key.state(at: now), keySpec: key.keySpec, keyUsage: key.keyUsage, origin: "AWS_KMS",
            multiRegion: false, description: key.description.at(now), created: key.created, deletion: key.deletion)
    }
}

// SPDX-License-Identifier: Apache-2.0

extension KnownTemplate {
    /// `policies/account-cloudtrail-key/assertions.json`, byte for byte, as it stood in the template of this digest.
    static let accountCloudTrailKey1 = KnownTemplate(
        name: "account-cloudtrail-key", digest: "sha256:654bddaa42150da21895d5596a870b3429fc191d90de9b572ee50d44a2d5817f",
        parameters: [
            "administratorRoles": .list,
            "breakGlassRoles": .list,
            "bucketKeys": .boolean,
            "encryptionContext": .words(["documented", "exact"]),
            "executorRole": .text,
            "homeRegion": .text,
            "keyAccount": .text,
            "minimumDeletionDays": .text,
            "partition": .words(["aws", "aws-us-gov", "aws-cn"]),
            "readerRoles": .list,
            "readersThrough": .text,
            "trailName": .text,
        ],
        assertions: #"""
            [
              {
                "name": "nobody outside of the account can decrypt",
                "expect": "never",
                "principals": "any",
                "except": ["${keyAccount}", { "$when": "bucketKeys", "$each": ["cloudtrail.amazonaws.com"] }],
                "actions": ["kms:Decrypt", "kms:ReEncryptFrom"]
              },
              {
                "name": "nobody but the named readers can decrypt",
                "expect": "never",
                "principals": "any",
                "except": [
                  "arn:${partition}:iam::${keyAccount}:role/${readerRoles}",
                  { "$when": "bucketKeys", "$each": ["cloudtrail.amazonaws.com"] }
                ],
                "actions": ["kms:Decrypt", "kms:ReEncryptFrom"]
              },
              {
                "name": "nobody can decrypt anything but CloudTrail's logs",
                "expect": "never",
                "principals": "any",
                "except": [{ "$when": "bucketKeys", "$each": ["cloudtrail.amazonaws.com"] }],
                "actions": ["kms:Decrypt", "kms:ReEncryptFrom"],
                "context": { "kms:EncryptionContext:aws:cloudtrail:arn": null }
              },
              {
                "$when": "readersThrough",
                "name": "nobody can decrypt but through S3",
                "expect": "never",
                "principals": "any",
                "except": [{ "$when": "bucketKeys", "$each": ["cloudtrail.amazonaws.com"] }],
                "actions": ["kms:Decrypt", "kms:ReEncryptFrom"],
                "unless": { "kms:ViaService": "${readersThrough}" }
              },
              {
                "name": "the named readers can read the trail's logs",
                "expect": "always",
                "at": "delegated",
                "principals": ["arn:${partition}:iam::${keyAccount}:role/${readerRoles}"],
                "actions": ["kms:Decrypt"],
                "context": {
                  "kms:EncryptionContext:aws:cloudtrail:arn": "arn:${partition}:cloudtrail:${homeRegion}:${keyAccount}:trail/${trailName}",
                  "kms:ViaService": "${readersThrough}"
                }
              },
              {
                "name": "CloudTrail can encrypt this trail's logs",
                "expect": "always",
                "principals": ["cloudtrail.amazonaws.com"],
                "actions": ["kms:GenerateDataKey"],
                "context": {
                  "aws:SourceArn": "arn:${partition}:cloudtrail:${homeRegion}:${keyAccount}:trail/${trailName}",
                  "kms:EncryptionContext:aws:cloudtrail:arn": "arn:${partition}:cloudtrail:${homeRegion}:${keyAccount}:trail/${trailName}"
                }
              },
              {
                "name": "CloudTrail can find the key for this trail",
                "expect": "always",
                "principals": ["cloudtrail.amazonaws.com"],
                "actions": ["kms:DescribeKey"],
                "context": {
                  "aws:SourceArn": "arn:${partition}:cloudtrail:${homeRegion}:${keyAccount}:trail/${trailName}"
                }
              },
              {
                "$when": "bucketKeys",
                "name": "CloudTrail can decrypt for this trail, as S3 Bucket Keys need it",
                "expect": "always",
                "principals": ["cloudtrail.amazonaws.com"],
                "actions": ["kms:Decrypt"],
                "context": {
                  "aws:SourceArn": "arn:${partition}:cloudtrail:${homeRegion}:${keyAccount}:trail/${trailName}",
                  "kms:EncryptionContext:aws:cloudtrail:arn": "arn:${partition}:cloudtrail:${homeRegion}:${keyAccount}:trail/${trailName}"
                }
              },
              {
                "name": "CloudTrail cannot use the key for a trail of another account",
                "expect": "never",
                "principals": ["cloudtrail.amazonaws.com"],
                "actions": ["kms:*"],
                "unless": { "aws:SourceArn": "arn:${partition}:cloudtrail:*:${keyAccount}:trail/*" }
              },
              {
                "name": "no administrator can decrypt",
                "expect": "never",
                "principals": [
                  "arn:${partition}:iam::${keyAccount}:role/${administratorRoles}",
                  "arn:${partition}:iam::${keyAccount}:role/${breakGlassRoles}",
                  "${executorRole}",
                  "arn:${partition}:iam::${keyAccount}:root"
                ],
                "actions": ["kms:Decrypt", "kms:ReEncryptFrom"]
              },
              {
                "name": "nobody can hand out grants",
                "expect": "never",
                "principals": "any",
                "actions": ["kms:CreateGrant"]
              },
              {
                "name": "the root user of the key's account can always change the policy",
                "expect": "always",
                "at": "delegated",
                "principals": ["arn:${partition}:iam::${keyAccount}:root"],
                "actions": ["kms:PutKeyPolicy"]
              },
              {
                "name": "only administrators, the executor and that root user can change the policy",
                "expect": "never",
                "principals": "any",
                "except": [
                  "arn:${partition}:iam::${keyAccount}:role/${administratorRoles}",
                  "${executorRole}",
                  "arn:${partition}:iam::${keyAccount}:root"
                ],
                "actions": ["kms:PutKeyPolicy"]
              },
              {
                "name": "the executor can change the policy and read back what was done",
                "expect": "always",
                "principals": ["${executorRole}"],
                "actions": [
                  "kms:PutKeyPolicy",
                  "kms:DescribeKey",
                  "kms:EnableKeyRotation",
                  "kms:GetKeyPolicy",
                  "kms:GetKeyRotationStatus",
                  "kms:ListGrants",
                  "kms:ListKeyPolicies",
                  "kms:ListResourceTags"
                ]
              },
              {
                "name": "only named roles can disable the key or delete it",
                "expect": "never",
                "principals": "any",
                "except": [
                  {
                    "$when": "!breakGlassRoles",
                    "$each": ["arn:${partition}:iam::${keyAccount}:role/${administratorRoles}"]
                  },
                  "arn:${partition}:iam::${keyAccount}:role/${breakGlassRoles}"
                ],
                "actions": ["kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"]
              },
              {
                "$when": "!minimumDeletionDays=7",
                "name": "nobody can have the key deleted within a week",
                "expect": "never",
                "principals": "any",
                "actions": ["kms:ScheduleKeyDeletion"],
                "context": { "kms:ScheduleKeyDeletionPendingWindowInDays": "7" }
              },
              {
                "name": "besides the account, only CloudTrail can do anything",
                "expect": "never",
                "principals": "any",
                "except": ["${keyAccount}", "cloudtrail.amazonaws.com"],
                "actions": ["kms:*"]
              }
            ]

            """#)
}

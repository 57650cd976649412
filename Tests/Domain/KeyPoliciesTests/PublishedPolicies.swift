// SPDX-License-Identifier: Apache-2.0
// Published policies, rebuilt from their description in the facts this project was designed on.
import KeyPolicies

/// The three artefacts of the published sample for a central CloudTrail key, CloudTrail's own reference statements,
/// and the shape of the policy that its console writes.
enum PublishedPolicies {
    static let ec = #""kms:EncryptionContext:aws:cloudtrail:arn""#
    static let five = #"["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"]"#

    /// The JSON file, with placeholders of both kinds.
    static let json = """
        {"Version":"2012-10-17","Id":"cloudtrail-kms-key","Statement":[
        {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::[SecurityAccountID]:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"Allow use of the key","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::[LogArchiveAccountID]:root"},"Action":\(five),"Resource":"*"},
        {"Sid":"AllowuseofthekeyFromCloudTrail","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":\(five),
         "Resource":"arn:aws:kms:Region:account_ID:key/key_ID",
         "Condition":{"StringLike":{\(ec):"arn:aws:cloudtrail:*:[security-tooling-account-id]:trail/*"},
                      "StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:region:[security-tooling-account-id]:trail/trailName"}}},
        {"Sid":"Allow attachment of persistent resources","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::[LogArchiveAccountID]:root"},
         "Action":["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}]}
        """

    /// The same with every placeholder filled in as its name says: the key's account is the security account.
    static let filledJSON = json.replacing("[SecurityAccountID]", with: "604183725190")
        .replacing("[security-tooling-account-id]", with: "604183725190").replacing("[LogArchiveAccountID]", with: "339712745831")
        .replacing("Region:account_ID:key/key_ID", with: "us-east-1:604183725190:key/ded25d8b-061c-4933-9e3e-1a86bb8d3ae3")
        .replacing("cloudtrail:region:", with: "cloudtrail:us-east-1:").replacing("trailName", with: "org-trail")

    /// The CloudFormation template, rendered.
    static let cloudFormation = """
        {"Version":"2012-10-17","Statement":[
        {"Sid":"Allow key management","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"Allow CloudTrail to encrypt","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*",
         "Resource":"*","Condition":{"StringLike":{\(ec):"arn:aws:cloudtrail:*:281474976710:trail/*"}}},
        {"Sid":"Allow management to decrypt","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::281474976710:root"},"Action":"kms:Decrypt","Resource":"*",
         "Condition":{"Null":{\(ec):"false"}}},
        {"Sid":"Allow CloudTrail to describe","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*"},
        {"Sid":"Allow alias creation","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:CreateAlias","Resource":"*",
         "Condition":{"StringEquals":{"kms:CallerAccount":"604183725190","kms:ViaService":"cloudformation.us-east-1.amazonaws.com"}}},
        {"Sid":"Allow log archive to decrypt","Effect":"Allow",
         "Principal":{"AWS":["arn:aws:iam::339712745831:root","arn:aws:iam::281474976710:root"]},"Action":"kms:Decrypt","Resource":"*",
         "Condition":{"Null":{\(ec):"false"}}}]}
        """

    /// The Terraform variant: CloudTrail itself is nowhere.
    static let terraform = """
        {"Version":"2012-10-17","Id":"example","Statement":[
        {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"Allow Cloudtrail to use KMS for encryption","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::281474976710:root"},
         "Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"},
        {"Sid":"Allow decryption","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::281474976710:root","arn:aws:iam::339712745831:root"]},
         "Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"}]}
        """

    /// CloudTrail User Guide, "Configure KMS key policies": encrypt, describe, readers, with the account's own statement.
    static let reference = """
        {"Version":"2012-10-17","Id":"Key policy for CloudTrail","Statement":[
        {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"Allow CloudTrail to encrypt logs","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*",
         "Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail"},
                                     "StringLike":{\(ec):"arn:aws:cloudtrail:*:281474976710:trail/*"}}},
        {"Sid":"Allow CloudTrail access","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*",
         "Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail"}}},
        {"Sid":"Enable CloudTrail log decrypt permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::339712745831:role/auditor"},
         "Action":"kms:Decrypt","Resource":"*","Condition":{"Null":{\(ec):"false"}}}]}
        """

    /// The shape of "Key policy created by CloudTrail": everyone, bounded by the caller's account. (A trail in the key's own account.)
    static let console = """
        {"Version":"2012-10-17","Id":"Key policy created by CloudTrail","Statement":[
        {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::604183725190:root","arn:aws:iam::604183725190:user/ann"]},
         "Action":"kms:*","Resource":"*"},
        {"Sid":"Allow CloudTrail to encrypt logs","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*",
         "Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:604183725190:trail/t-1"},
                                     "StringLike":{\(ec):"arn:aws:cloudtrail:*:604183725190:trail/*"}}},
        {"Sid":"Allow CloudTrail to describe key","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*"},
        {"Sid":"Allow principals in the account to decrypt log files","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:ReEncryptFrom"],
         "Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"604183725190"},"StringLike":{\(ec):"arn:aws:cloudtrail:*:604183725190:trail/*"}}},
        {"Sid":"Allow alias creation during setup","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:CreateAlias","Resource":"*",
         "Condition":{"StringEquals":{"kms:CallerAccount":"604183725190","kms:ViaService":"ec2.us-east-1.amazonaws.com"}}},
        {"Sid":"Enable cross account log decryption","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:ReEncryptFrom"],"Resource":"*",
         "Condition":{"StringEquals":{"kms:CallerAccount":"604183725190"},"StringLike":{\(ec):"arn:aws:cloudtrail:*:604183725190:trail/*"}}}]}
        """

    /// The Security Reference Architecture's key: the CloudFormation variant and one statement more.
    static let securityReference = cloudFormation.replacing(
        "\n{\"Sid\":\"Allow alias creation\"",
        with: """

            {"Sid":"Allow account access","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},
             "Action":["kms:DescribeKey","kms:Decrypt"],"Resource":"*"},
            {"Sid":"Allow alias creation"
            """)

    /// Control Tower's statements for a key in the management account.
    static let controlTower = """
        {"Version":"2012-10-17","Id":"CustomKMSPolicy","Statement":[
        {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::281474976710:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"Allow Config to use KMS for encryption","Effect":"Allow","Principal":{"Service":"config.amazonaws.com"},
         "Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"},
        {"Sid":"Allow CloudTrail to use KMS for encryption","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
         "Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*",
         "Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:281474976710:trail/aws-controltower-BaselineCloudTrail"},
                      "StringLike":{\(ec):"arn:aws:cloudtrail:*:281474976710:trail/*"}}}]}
        """

    /// What a well-known Terraform module writes for key administrators: AWS's own wildcard verbs.
    static let administrators = """
        {"Version":"2012-10-17","Statement":[
        {"Sid":"Default","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"KeyAdministration","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:role/admin"},"Resource":"*",
         "Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*",
                   "kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"]}]}
        """

    /// A statement that a connector's set-up guide printed: an equals sign for the colon.
    static let misspelled = """
        {"Version":"2012-10-17","Statement":[
        {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:*","Resource":"*"},
        {"Sid":"Allow CloudTrail to encrypt logs","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
         "Action":"kms=GenerateDataKey","Resource":"*",
         "Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:604183725190:trail/t-1"}}}]}
        """
}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes a key behind the ledger's back, for tests of drift; and makes a user with exactly a policy file's actions.

    key_drift.py URL CREDENTIALS change KEY WHAT     WHAT: policy, alias NAME, alias-gone NAME, alias-more NAME, grant, rotation, period, tag, statement,
                                                     description, disable, delete, trail NAME, trail-none NAME, trail-gone NAME
    key_drift.py URL CREDENTIALS trail NAME          makes a trail, prints its ARN
    key_drift.py URL CREDENTIALS user NAME POLICY [WITHOUT]   prints a credentials section; without one of the actions
"""
import configparser
import json
import sys

import boto3


def client(service, url, credentials):
    keys = configparser.RawConfigParser()
    keys.read(credentials)
    keys = keys["admin"]
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=keys["aws_access_key_id"],
                        aws_secret_access_key=keys["aws_secret_access_key"])


def change(kms, trails, key, what, *more):
    if what == "policy":
        policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        policy["Statement"].append({"Sid": "ByHand", "Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"},
                                    "Action": "kms:Decrypt", "Resource": "*"})
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    elif what == "statement":
        policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        policy["Statement"].append({"Sid": "ByHand", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/thief"},
                                    "Action": "kms:Decrypt", "Resource": "*"})
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    elif what == "trail":
        other = kms.create_key(Policy=kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])["KeyMetadata"]["Arn"]
        trails.update_trail(Name=more[0], KmsKeyId=other)
    elif what == "trail-none":
        trails.update_trail(Name=more[0], KmsKeyId="")
    elif what == "trail-gone":
        trails.delete_trail(Name=more[0])
    elif what == "alias":
        other = kms.create_key(Description="another")["KeyMetadata"]["KeyId"]
        kms.update_alias(AliasName=more[0], TargetKeyId=other)
    elif what == "alias-gone":
        kms.delete_alias(AliasName=more[0])
    elif what == "alias-more":
        kms.create_alias(AliasName=more[0], TargetKeyId=key)
    elif what == "period":
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    elif what == "delete":
        kms.schedule_key_deletion(KeyId=key)
    elif what == "grant":
        kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:role/somebody", Operations=["Decrypt"])
    elif what == "rotation":
        kms.disable_key_rotation(KeyId=key)
    elif what == "tag":
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": "by-hand", "TagValue": "yes"}])
    elif what == "description":
        kms.update_key_description(KeyId=key, Description="by hand")
    elif what == "disable":
        kms.disable_key(KeyId=key)
    else:
        sys.exit(__doc__)


def user(iam, name, file, without=None):
    with open(file) as source:
        policy = json.load(source)
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [action for action in actions if action != without]
        # The server does not look at resources.
        statement["Resource"] = "*"
    policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    print(f"[{name}]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}")


if __name__ == "__main__":
    url, credentials, mode, *rest = sys.argv[1:]
    if mode == "change":
        change(client("kms", url, credentials), client("cloudtrail", url, credentials), *rest)
    elif mode == "trail":
        print(client("cloudtrail", url, credentials).create_trail(Name=rest[0], S3BucketName="logs")["TrailARN"])
    else:
        user(client("iam", url, credentials), *rest)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a key back from a KMS server by boto3, a client that shares nothing with ours; prints JSON.

    read_key.py URL CREDENTIALS alias/NAME
"""
import json
import os
import sys


def main(url, credentials, alias):
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = credentials
    import boto3

    kms = boto3.Session(profile_name="reader", region_name="us-east-1").client("kms", endpoint_url=url)
    found = [entry for entry in kms.list_aliases()["Aliases"] if entry["AliasName"] == alias]
    if not found:
        return {"aliases": 0}
    key = found[0]["TargetKeyId"]
    tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key)["Tags"]}
    others = [tag for entry in kms.list_keys()["Keys"] for tag in kms.list_resource_tags(KeyId=entry["KeyId"])["Tags"]]
    settings = kms.describe_key(KeyId=key)["KeyMetadata"]
    return {
        "aliases": len(found), "arn": settings["Arn"], "description": settings["Description"], "state": settings["KeyState"],
        "spec": settings["KeySpec"], "usage": settings["KeyUsage"], "multiRegion": settings["MultiRegion"],
        "rotation": kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
        "policy": kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
        "tags": tags,
        # Keys that were made for the same bundle, this one among them.
        "made": len([tag for tag in others if (tag["TagKey"], tag["TagValue"]) == ("countersign:change", tags.get("countersign:change"))]),
    }


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    print(json.dumps(main(*sys.argv[1:])))

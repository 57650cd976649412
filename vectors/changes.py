# SPDX-License-Identifier: Apache-2.0
"""§4 of formats.md: change kinds, and the requests and expectations that follow from a change and from nothing else."""
from __future__ import annotations

import re
from typing import Any

from strict import ALIAS, KEY, TRAIL, between, digest, jcs, plain, shown, tag, utf16

KINDS: dict[str, dict[str, Any]] = {
    "create-key": {"alias": ALIAS, "description": plain, "rotationDays": between(90, 2560), "tags": (tag, plain)},
    "put-key-policy": {"key": KEY},
    "set-rotation": {"key": KEY, "rotationDays": between(90, 2560)},
    "add-alias": {"alias": ALIAS, "key": KEY},
    "move-alias": {"alias": ALIAS, "fromKey": KEY, "key": KEY},
    "set-tags": {"key": KEY, "tags": (tag, plain), "removed": [tag]},
    "set-description": {"key": KEY, "description": plain},
    "attach-trail": {"key": KEY, "trail": TRAIL},
    "disable-key": {"key": KEY},
    "enable-key": {"key": KEY},
    "schedule-deletion": {"key": KEY, "days": between(7, 30), "reason": shown},
    "cancel-deletion": {"key": KEY},
    "revoke-grant": {"key": KEY, "grantId": shown},
    "acknowledge": {"events": [shown], "reason": shown},
}


def pin(service: str, target: str, body: str) -> str:
    parts = [part.encode() for part in (service, target, body)]
    return digest(b"countersign/request/v1" + b"".join(b" %d %s" % (len(part), part) for part in parts))


def request(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    service, prefix = "kms", "TrentService."
    if operation == "UpdateTrail":
        service, prefix = "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
    text = jcs(body).decode()
    return {
        "name": re.sub(r"(?<!^)([A-Z])", r"-\1", operation).lower(), "service": service, "target": prefix + operation,
        "body": text, "sha256": pin(service, prefix + operation, text),
        "binds": ["keyId"] if operation == "CreateKey" else [], "uses": ["keyId"] if "{{keyId}}" in body.values() else [],
    }


def derive(bundle_id: str, change: dict[str, Any], policy: dict[str, Any] | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The requests in the order of sending, and what is read back."""
    kind, key = change["kind"], change.get("key")
    tags = [{"TagKey": k, "TagValue": change["tags"][k]} for k in sorted(change.get("tags", {}), key=utf16)]
    removed = sorted(change.get("removed", []), key=utf16)
    state = {"disable-key": "Disabled", "enable-key": "Enabled", "cancel-deletion": "Enabled", "schedule-deletion": "PendingDeletion"}
    requests: list[tuple[str, dict[str, Any]]] = []
    expectations: list[dict[str, Any]] = [{"kind": "key-state", "state": state[kind]}] if kind in state else []
    if kind == "create-key":
        assert policy is not None
        settings = {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False, "Origin": "AWS_KMS"}
        own = {"TagKey": "countersign:change", "TagValue": bundle_id}
        requests = [
            ("CreateKey", settings | {"BypassPolicyLockoutSafetyCheck": False, "Description": change["description"],
                                      "Policy": policy["document"], "Tags": [own, *tags]}),
            ("EnableKeyRotation", {"KeyId": "{{keyId}}", "RotationPeriodInDays": change["rotationDays"]}),
            ("CreateAlias", {"AliasName": change["alias"], "TargetKeyId": "{{keyId}}"}),
        ]
        expectations = [
            {"kind": "key-settings", "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS",
             "multiRegion": False, "state": "Enabled"},
            {"kind": "key-policy", "digest": policy["digest"]},
            {"kind": "rotation", "days": change["rotationDays"]},
            {"kind": "alias", "name": change["alias"]},
        ]
    elif kind == "put-key-policy":
        assert policy is not None
        requests = [("PutKeyPolicy", {"BypassPolicyLockoutSafetyCheck": False, "KeyId": key, "Policy": policy["document"], "PolicyName": "default"})]
        expectations = [{"kind": "key-policy", "digest": policy["digest"]}]
    elif kind == "set-rotation":
        requests = [("EnableKeyRotation", {"KeyId": key, "RotationPeriodInDays": change["rotationDays"]})]
        expectations = [{"kind": "rotation", "days": change["rotationDays"]}]
    elif kind in ("add-alias", "move-alias"):
        requests = [("CreateAlias" if kind == "add-alias" else "UpdateAlias", {"AliasName": change["alias"], "TargetKeyId": key})]
        expectations = [{"kind": "alias", "name": change["alias"]}]
    elif kind == "set-tags":
        requests = [("TagResource", {"KeyId": key, "Tags": tags})] if tags else []
        requests += [("UntagResource", {"KeyId": key, "TagKeys": removed})] if removed else []
        expectations = [{"kind": "tags", "tags": change["tags"], "removed": removed}]
    elif kind == "set-description":
        requests = [("UpdateKeyDescription", {"Description": change["description"], "KeyId": key})]
        expectations = [{"kind": "description", "description": change["description"]}]
    elif kind == "attach-trail":
        requests = [("UpdateTrail", {"KmsKeyId": key, "Name": change["trail"]})]
        expectations = [{"kind": "trail", "trail": change["trail"], "key": key}]
    elif kind == "schedule-deletion":
        requests = [("ScheduleKeyDeletion", {"KeyId": key, "PendingWindowInDays": change["days"]})]
    elif kind == "cancel-deletion":
        requests = [("CancelKeyDeletion", {"KeyId": key}), ("EnableKey", {"KeyId": key})]
    elif kind in ("disable-key", "enable-key"):
        requests = [("DisableKey" if kind == "disable-key" else "EnableKey", {"KeyId": key})]
    elif kind == "revoke-grant":
        requests = [("RevokeGrant", {"GrantId": change["grantId"], "KeyId": key})]
        expectations = [{"kind": "grant-absent", "grantId": change["grantId"]}]
    return [request(*r) for r in requests], expectations

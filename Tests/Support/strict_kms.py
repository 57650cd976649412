#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A strict stand-in for KMS, CloudTrail and STS on 127.0.0.1: it answers as AWS documents, where moto is lax.

    strict_kms.py start FOLDER   in the background; writes FOLDER/server.json and FOLDER/credentials, prints the URL
    strict_kms.py stop FOLDER    stops it, by its process id

A reading of the API references of its own (standard library only): signatures, key states, alias rules, quotas, policies and the
lockout check, pagination, eventual consistency, AWS's error shapes, AWS's rewriting of policies on read. Account 123456789012,
us-east-1. Profiles in FOLDER/credentials: executor (a session of the role cloudtrail-key-executor), reader, deployer (a user with an
access key), admin (whom no key policy stops: what is changed behind the ledger's back), stranger (a wrong secret).

POST /control takes {"lag": seconds, "page": entries a page, "throttle": requests to throttle, "retryAfter": what a throttled request
is told to wait, "principals": [ARN] or null, "creating": seconds, "shared": {key id: policy of AWS RAM}, "roles": [names], "reset":
true}, and needs no signature.

It is the metadata service (IMDSv2) of a machine as well: the names of "roles" are given one after another, the last one for ever; each
has the executor's credentials, for ten more minutes.
"""
import calendar
import copy
import fnmatch
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/cloudtrail-key-executor"
ADMIN = f"arn:aws:iam::{ACCOUNT}:user/admin"
IDENTITIES = {  # access key id: secret, session token, ARN that STS shows, user id, ARN that policies know
    "ASIASTRICTEXECUTOR": ("executor-secret", "executor-token", f"arn:aws:sts::{ACCOUNT}:assumed-role/cloudtrail-key-executor/change", "AROASTRICT:change", ROLE),
    "AKIASTRICTREADER": ("reader-secret", None, f"arn:aws:iam::{ACCOUNT}:user/reader", "AIDASTRICT", f"arn:aws:iam::{ACCOUNT}:user/reader"),
    "AKIASTRICTDEPLOYER": ("deployer-secret", None, f"arn:aws:iam::{ACCOUNT}:user/deployer", "AIDADEPLOYER", f"arn:aws:iam::{ACCOUNT}:user/deployer"),
    "AKIASTRICTADMIN": ("admin-secret", None, f"arn:aws:iam::{ACCOUNT}:user/admin", "AIDAADMIN", ADMIN),
}
POLICY_BYTES, ALIASES, TAGS = 32768, 50, 50
KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
CLOUDTRAIL = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."


class Refused(Exception):
    def __init__(self, name, message="", status=400):
        super().__init__(name)
        self.name, self.message, self.status = name, message, status


# policies

def many(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def holds(operator, key, wanted, context):
    """One condition of a statement; what this reader does not know holds for nobody."""
    value = next((v for k, v in context.items() if k.lower() == key.lower()), None)
    wanted = [str(w) for w in many(wanted)]
    if operator == "Null":
        return (value is None) == (wanted == ["true"])
    exists, negated = not operator.endswith("IfExists"), "Not" in operator
    plain = operator.removesuffix("IfExists").replace("Not", "")
    if value is None:
        return not exists or negated
    tests = {"StringEquals": lambda w: value == w, "StringLike": lambda w: fnmatch.fnmatchcase(value, w), "ArnEquals": lambda w: fnmatch.fnmatchcase(value, w),
             "ArnLike": lambda w: fnmatch.fnmatchcase(value, w), "Bool": lambda w: value == w, "NumericLessThan": lambda w: float(value) < float(w)}
    if plain not in tests:
        return False
    return any(tests[plain](w) for w in wanted) != negated


def names(statement, who):
    principal = statement.get("Principal")
    if principal == "*":
        return True
    for kind, values in (principal or {}).items():
        for value in many(values):
            if value == "*" or kind == "Service" and value == who["service"]:
                return True
            if kind == "AWS" and who["arn"] and value in (who["arn"], who["session"], ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"):
                return True
    return False


def allowed(policy, who, action, context=()):
    """Whether a key policy lets somebody through; what it leaves to IAM, IAM allows."""
    context = dict(context)
    if who["arn"]:
        context["aws:PrincipalArn"] = who["arn"]
    effects = set()
    for statement in many(policy["Statement"]):
        acts = [a.lower() for a in many(statement.get("Action"))]
        if not any(fnmatch.fnmatchcase(f"kms:{action}".lower(), a) for a in acts) or not many(statement.get("Resource")) or not names(statement, who):
            continue
        if all(holds(op, key, wanted, context) for op, keys in statement.get("Condition", {}).items() for key, wanted in keys.items()):
            effects.add(statement["Effect"])
    return effects == {"Allow"}


def parse_policy(text):
    if not text or len(text) > 131072 or not re.fullmatch(r"[\u0009\u000A\u000D\u0020-\u00FF]+", text):
        raise Refused("ValidationException", "policy failed to satisfy constraint")
    if len(text.encode()) > POLICY_BYTES:
        raise Refused("LimitExceededException", "policy is too large")
    bad = Refused("MalformedPolicyDocumentException", "malformed policy")
    try:
        policy = json.loads(text)
        for statement in many(policy["Statement"]):
            if statement["Effect"] not in ("Allow", "Deny") or not ("Principal" in statement or "NotPrincipal" in statement):
                raise bad
    except (ValueError, KeyError, TypeError):
        raise bad
    return policy


def as_read(value, statements=False):
    """AWS gives lists back in another order, and lists of one as a string."""
    if isinstance(value, dict):
        return {k: as_read(v, k == "Statement") for k, v in value.items()}
    if isinstance(value, list):
        return [as_read(v) for v in value] if statements else value[0] if len(value) == 1 else list(reversed(value))
    return value


# state

class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.lag, self.page, self.throttle, self.principals, self.creating = 0.0, 1000, 0, None, 0.0
        self.retryAfter, self.shared, self.roles = None, {}, ["machine"]
        self.state = {"keys": {}, "aliases": {}, "trails": {}}
        self.history = [(0.0, copy.deepcopy(self.state))]

    def written(self):
        now = time.monotonic()
        # What no read can see any more is forgotten.
        first = max(index for index, (moment, _) in enumerate(self.history) if moment <= now - self.lag or index == 0)
        self.history = self.history[first:] + [(now, copy.deepcopy(self.state))]

    def shown(self):
        """The state as reads show it."""
        limit = time.monotonic() - self.lag
        return [state for moment, state in self.history if moment <= limit][-1]


def arn(key_id):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}"


def key_of(state, name):
    key_id = name.split("/", 1)[1] if name.startswith(arn("")) else name
    if name.startswith("arn:") and not name.startswith(arn("")):
        raise Refused("NotFoundException", f"Key '{name}' does not exist")
    if key_id not in state["keys"]:
        raise Refused("NotFoundException", f"Key '{name}' does not exist" if KEY_ID.fullmatch(key_id) else f"Invalid keyId '{name}'")
    return state["keys"][key_id]


def state_of(key):
    return "Creating" if key["ready"] > time.monotonic() else key["state"]


STATES = {  # operation -> states in which it fails ("Key states of AWS KMS keys")
    "CreateAlias": {"PendingDeletion", "Creating"}, "UpdateAlias": {"PendingDeletion", "Creating"}, "TagResource": {"PendingDeletion", "Creating"},
    "UntagResource": {"PendingDeletion", "Creating"}, "UpdateKeyDescription": {"PendingDeletion", "Creating"},
    "EnableKeyRotation": {"Disabled", "PendingDeletion", "Creating"}, "EnableKey": {"PendingDeletion", "Creating"}, "DisableKey": {"PendingDeletion", "Creating"},
    "ScheduleKeyDeletion": {"PendingDeletion", "Creating"}, "CancelKeyDeletion": {"Enabled", "Disabled", "Creating"}, "PutKeyPolicy": {"Creating"},
    "CreateGrant": {"Disabled", "PendingDeletion", "Creating"},
}


def text(body, name, low=1, high=2048):
    value = body.get(name)
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise Refused("ValidationException", f"1 validation error detected: Value at '{name}' failed to satisfy constraint")
    return value


def number(body, name, low, high, default):
    value = body.get(name, default)
    if not isinstance(value, int) or not low <= value <= high:
        raise Refused("ValidationException", f"1 validation error detected: Value at '{name}' failed to satisfy constraint")
    return value


def alias_name(body):
    name = text(body, "AliasName", 1, 256)
    if not re.fullmatch(r"alias/[a-zA-Z0-9/_-]+", name):
        raise Refused("ValidationException", f"Invalid identifier: {name}")
    if name.startswith("alias/aws/"):
        raise Refused("NotAuthorizedException", "")
    return name


class KMS:
    """The operations. Reads see the account as it is shown, writes as it is."""

    def __init__(self, account, who):
        self.account, self.who = account, who

    def subject(self, operation, body, member="KeyId"):
        # A key that does not show yet cannot be written to either.
        key_of(self.account.shown(), text(body, member))
        key = key_of(self.account.state, text(body, member))
        if self.who["arn"] != ADMIN and not allowed(json.loads(key["policy"]), self.who, operation):
            raise Refused("AccessDeniedException", f"User: {self.who['session']} is not authorized to perform: kms:{operation}")
        if state_of(key) in STATES.get(operation, set()):
            disabled = operation in ("EnableKeyRotation", "CreateGrant") and state_of(key) == "Disabled"
            raise Refused("DisabledException" if disabled else "KMSInvalidStateException", f"{key['arn']} is {state_of(key)}.")
        return key

    def check_policy(self, body):
        policy = parse_policy(body.get("Policy", ""))
        for statement in many(policy["Statement"]):
            for value in many((statement.get("Principal") or {}).get("AWS")) if isinstance(statement.get("Principal"), dict) else []:
                known = re.fullmatch(r"\*|\d{12}|arn:aws:iam::\d{12}:root", value) or re.fullmatch(r"arn:aws:(iam|sts)::\d{12}:(role|user|assumed-role|federated-user)/[^*?]+", value) \
                    and (self.account.principals is None or value in self.account.principals)
                if not known:
                    raise Refused("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
        if self.who["arn"] != ADMIN and not body.get("BypassPolicyLockoutSafetyCheck", False) and not allowed(policy, self.who, "PutKeyPolicy"):
            raise Refused("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
        return body["Policy"]

    @staticmethod
    def check_tags(tags, present):
        result = dict(present)
        for index, tag in enumerate(tags):
            name, value = text(tag, "TagKey", 1, 128), text(tag, "TagValue", 0, 256)
            if name.lower().startswith("aws:") or name in [other.get("TagKey") for other in tags[:index]]:
                raise Refused("TagException", "invalid tag")
            result[name] = value
        if len(result) > TAGS:
            raise Refused("TagException", "Too many tags")
        return result

    def CreateKey(self, body):
        tags = self.check_tags(body.get("Tags", []), {})
        if body.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT" or body.get("Origin", "AWS_KMS") != "AWS_KMS":
            raise Refused("UnsupportedOperationException", "this stand-in makes symmetric keys of AWS KMS")
        description = text({"Description": "", **body}, "Description", 0, 8192)
        policy = self.check_policy(body) if "Policy" in body else json.dumps({"Version": "2012-10-17", "Statement": [
            {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]})
        key_id = str(uuid.uuid4())
        self.account.state["keys"][key_id] = {
            "id": key_id, "arn": arn(key_id), "created": time.time(), "description": description, "policy": policy, "tags": tags, "state": "Enabled", "rotation": None,
            "deletion": None, "window": None, "grants": {}, "ready": time.monotonic() + self.account.creating}
        self.account.written()
        return {"KeyMetadata": self.metadata(self.account.state["keys"][key_id])}

    @staticmethod
    def metadata(key):
        state = state_of(key)
        result = {"AWSAccountId": ACCOUNT, "KeyId": key["id"], "Arn": key["arn"], "CreationDate": round(key["created"], 3), "Enabled": state == "Enabled",
                  "Description": key["description"], "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": state, "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
                  "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False}
        if key["deletion"]:
            result["DeletionDate"] = round(key["deletion"], 3)
        return result

    def DescribeKey(self, body):
        return {"KeyMetadata": self.metadata(key_of(self.account.shown(), text(body, "KeyId")))}

    def PutKeyPolicy(self, body):
        if body.get("PolicyName", "default") != "default":
            raise Refused("ValidationException", "PolicyName must be default")
        if body.get("KeyId", "").startswith("alias/"):
            raise Refused("NotFoundException", f"Invalid keyId '{body['KeyId']}'")
        key = self.subject("PutKeyPolicy", body)
        key["policy"] = self.check_policy(body)
        self.account.written()

    def GetKeyPolicy(self, body):
        key = key_of(self.account.shown(), text(body, "KeyId"))
        if body.get("PolicyName") == "AWS_RAM" and key["id"] in self.account.shared:
            return {"Policy": self.account.shared[key["id"]], "PolicyName": "AWS_RAM"}
        if body.get("PolicyName", "default") != "default":
            raise Refused("NotFoundException", "No such policy exists")
        return {"Policy": json.dumps(as_read(json.loads(key["policy"])), indent=2), "PolicyName": "default"}

    def ListKeyPolicies(self, body):
        key = key_of(self.account.shown(), text(body, "KeyId"))
        return {"PolicyNames": ["default"] + ["AWS_RAM"] * (key["id"] in self.account.shared), "Truncated": False}

    def CreateAlias(self, body):
        name = alias_name(body)
        key = self.subject("CreateAlias", body, "TargetKeyId")
        if name in self.account.state["aliases"]:
            raise Refused("AlreadyExistsException", f"An alias with the name arn:aws:kms:{REGION}:{ACCOUNT}:{name} already exists")
        self.check_quota(key)
        self.account.state["aliases"][name] = key["id"]
        self.account.written()

    def UpdateAlias(self, body):
        name = alias_name(body)
        key = self.subject("UpdateAlias", body, "TargetKeyId")
        if name not in self.account.state["aliases"]:
            raise Refused("NotFoundException", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:{name} is not found.")
        if self.account.state["aliases"][name] != key["id"]:
            self.check_quota(key)
        self.account.state["aliases"][name] = key["id"]
        self.account.written()

    def DeleteAlias(self, body):
        if self.account.state["aliases"].pop(alias_name(body), None) is None:
            raise Refused("NotFoundException", f"Alias {body['AliasName']} is not found.")
        self.account.written()

    def check_quota(self, key):
        if list(self.account.state["aliases"].values()).count(key["id"]) >= ALIASES:
            raise Refused("LimitExceededException", "too many aliases")

    def pages(self, body, entries, name, most):
        limit = min(number(body, "Limit", 1, 1000, most), self.account.page, most)
        start = 0
        if "Marker" in body:
            if not re.fullmatch(r"after-\d+", body["Marker"]):
                raise Refused("InvalidMarkerException", "the marker is not valid")
            start = int(body["Marker"].removeprefix("after-"))
        end = start + limit
        more = end < len(entries)
        return {name: entries[start:end], "Truncated": more, **({"NextMarker": f"after-{end}"} if more else {})}

    def ListKeys(self, body):
        return self.pages(body, [{"KeyId": key["id"], "KeyArn": key["arn"]} for key in self.account.shown()["keys"].values()], "Keys", 1000)

    def ListAliases(self, body):
        shown = self.account.shown()
        wanted = key_of(shown, body["KeyId"])["id"] if "KeyId" in body else None
        found = [{"AliasName": name, "AliasArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}", "TargetKeyId": key} for name, key in sorted(shown["aliases"].items()) if wanted in (None, key)]
        aws = [] if wanted else [{"AliasName": "alias/aws/s3", "AliasArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3"}]
        return self.pages(body, aws + found, "Aliases", 100)

    def ListResourceTags(self, body):
        key = key_of(self.account.shown(), text(body, "KeyId"))
        return self.pages(body, [{"TagKey": name, "TagValue": value} for name, value in key["tags"].items()], "Tags", 50)

    def TagResource(self, body):
        key = self.subject("TagResource", body)
        key["tags"] = self.check_tags(body.get("Tags", []), key["tags"])
        self.account.written()

    def UntagResource(self, body):
        key = self.subject("UntagResource", body)
        for name in body.get("TagKeys", []):
            key["tags"].pop(name, None)
        self.account.written()

    def UpdateKeyDescription(self, body):
        description = text(body, "Description", 0, 8192)
        self.subject("UpdateKeyDescription", body)["description"] = description
        self.account.written()

    def EnableKeyRotation(self, body):
        days = number(body, "RotationPeriodInDays", 90, 2560, 365)
        self.subject("EnableKeyRotation", body)["rotation"] = days
        self.account.written()

    def DisableKeyRotation(self, body):
        self.subject("DisableKeyRotation", body)["rotation"] = None
        self.account.written()

    def GetKeyRotationStatus(self, body):
        key = key_of(self.account.shown(), text(body, "KeyId"))
        return {"KeyId": key["arn"], "KeyRotationEnabled": key["rotation"] is not None, **({"RotationPeriodInDays": key["rotation"]} if key["rotation"] else {})}

    def EnableKey(self, body):
        self.subject("EnableKey", body)["state"] = "Enabled"
        self.account.written()

    def DisableKey(self, body):
        self.subject("DisableKey", body)["state"] = "Disabled"
        self.account.written()

    def ScheduleKeyDeletion(self, body):
        days = number(body, "PendingWindowInDays", 7, 30, 30)
        key = self.subject("ScheduleKeyDeletion", body)
        key.update(state="PendingDeletion", deletion=time.time() + days * 86400, window=days)
        self.account.written()
        return {"KeyId": key["arn"], "DeletionDate": round(key["deletion"], 3), "KeyState": "PendingDeletion", "PendingWindowInDays": days}

    def CancelKeyDeletion(self, body):
        key = self.subject("CancelKeyDeletion", body)
        key.update(state="Disabled", deletion=None, window=None)
        self.account.written()
        return {"KeyId": key["arn"]}

    def CreateGrant(self, body):
        key = self.subject("CreateGrant", body)
        grant = hashlib.sha256(uuid.uuid4().bytes).hexdigest()
        key["grants"][grant] = {"GranteePrincipal": text(body, "GranteePrincipal"), "Operations": body.get("Operations", [])}
        self.account.written()
        return {"GrantId": grant, "GrantToken": "token"}

    def ListGrants(self, body):
        key = key_of(self.account.shown(), text(body, "KeyId"))
        return self.pages(body, [{"KeyId": key["arn"], "GrantId": name, "IssuingAccount": f"arn:aws:iam::{ACCOUNT}:root", **grant} for name, grant in key["grants"].items()], "Grants", 100)

    def RevokeGrant(self, body):
        grant = text(body, "GrantId", 1, 128)
        key = self.subject("RevokeGrant", body)
        if grant not in key["grants"]:
            raise Refused("NotFoundException", f"Grant ID {grant} not found")
        del key["grants"][grant]
        self.account.written()


class CloudTrail:
    def __init__(self, account, who):
        self.account, self.who = account, who

    def trail(self, state, name):
        if not re.fullmatch(r"arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:trail/[A-Za-z0-9._-]{3,128}|[A-Za-z0-9._-]{3,128}", name):
            raise Refused("InvalidTrailNameException", name)
        found = name if name.startswith("arn:") else f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}"
        if found not in state["trails"]:
            raise Refused("TrailNotFoundException", f"Unknown trail: {found} for the user: {ACCOUNT}")
        return state["trails"][found]

    def CreateTrail(self, body):
        name = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{body['Name']}"
        self.account.state["trails"][name] = {"Name": body["Name"], "TrailARN": name, "S3BucketName": body["S3BucketName"], "HomeRegion": body.get("HomeRegion", REGION),
                                              "IsMultiRegionTrail": False, "IsOrganizationTrail": False, "error": None}
        self.account.written()
        return {"Name": body["Name"], "TrailARN": name, "S3BucketName": body["S3BucketName"]}

    def DeleteTrail(self, body):
        del self.account.state["trails"][self.trail(self.account.state, text(body, "Name", 0, 1000))["TrailARN"]]
        self.account.written()
        return {}

    @staticmethod
    def shape(trail):
        return {name: value for name, value in trail.items() if name != "error"}

    def GetTrail(self, body):
        return {"Trail": self.shape(self.trail(self.account.shown(), text(body, "Name", 0, 1000)))}

    def DescribeTrails(self, body):
        return {"trailList": [self.shape(trail) for trail in self.account.shown()["trails"].values()]}

    def GetTrailStatus(self, body):
        trail = self.trail(self.account.shown(), text(body, "Name", 0, 1000))
        return {"IsLogging": True, **({"LatestDeliveryError": trail["error"]} if trail["error"] else {})}

    def UpdateTrail(self, body):
        trail = self.trail(self.account.state, text(body, "Name", 0, 1000))
        if trail["HomeRegion"] != REGION:
            raise Refused("InvalidHomeRegionException", f"The trail's home region is {trail['HomeRegion']}")
        if body.get("KmsKeyId") == "":
            trail.pop("KmsKeyId", None)
        elif "KmsKeyId" in body:
            try:
                key = key_of(self.account.shown(), body["KmsKeyId"])
            except Refused:
                raise Refused("KmsKeyNotFoundException", f"KMS key not found: {body['KmsKeyId']}")
            if state_of(key) != "Enabled":
                raise Refused("KmsKeyDisabledException", f"KMS key is not enabled: {key['arn']}")
            service = {"service": "cloudtrail.amazonaws.com", "arn": None, "session": None}
            source = {"aws:SourceArn": trail["TrailARN"], "aws:SourceAccount": ACCOUNT, "aws:PrincipalIsAWSService": "true"}
            encrypts = {**source, "kms:EncryptionContext:aws:cloudtrail:arn": trail["TrailARN"]}
            policy = json.loads(key["policy"])
            if not allowed(policy, service, "GenerateDataKey", encrypts) or not allowed(policy, service, "DescribeKey", source):
                raise Refused("InsufficientEncryptionPolicyException", f"Insufficient permissions to access S3 bucket {trail['S3BucketName']} or KMS key {key['arn']}.")
            trail["KmsKeyId"] = key["arn"]
        self.account.written()
        return self.shape(trail)


# HTTP

def sign(secret, scope, string):
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, string.encode(), hashlib.sha256).hexdigest()


def caller(handler, body):
    """Who signed the request (Signature Version 4 for API requests, IAM User Guide)."""
    parts = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})", handler.headers.get("Authorization", ""))
    if not parts:
        raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
    access, scope, signed, given = parts.groups()
    if access not in IDENTITIES:
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    secret, token, session, user, principal = IDENTITIES[access]
    if token != handler.headers.get("X-Amz-Security-Token"):
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    date = handler.headers.get("X-Amz-Date", "")
    try:
        moment = time.strptime(date, "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise Refused("IncompleteSignatureException", "no date")
    if abs(calendar.timegm(moment) - time.time()) > 300:
        raise Refused("InvalidSignatureException", "Signature expired or not yet current")
    listed = signed.split(";")
    if "host" not in listed or "x-amz-target" not in listed and handler.headers.get("X-Amz-Target") or listed != sorted(listed):
        raise Refused("IncompleteSignatureException", "a header that must be signed is not")
    headers = "".join(f"{name}:{' '.join((handler.headers.get(name) or '').split())}\n" for name in listed)
    canonical = "\n".join([handler.command, "/", "", headers, signed, hashlib.sha256(body).hexdigest()])
    string = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    day, region, _, end = scope.split("/")
    if region != REGION or day != date[:8] or end != "aws4_request" or not hmac.compare_digest(sign(secret, scope, string), given):
        raise Refused("InvalidSignatureException", "The request signature we calculated does not match the signature you provided.")
    return {"arn": principal, "session": session, "user": user, "service": None}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Server", ""
    account = Account()

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind, headers=()):
        self.send_response(status)
        for name, value in [("x-amzn-RequestId", str(uuid.uuid4())), ("Content-Type", kind), ("Content-Length", str(len(body))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        account = Handler.account
        with account.lock:
            if self.path == "/control":
                return self.control(json.loads(body or b"{}"))
            target = self.headers.get("X-Amz-Target", "")
            try:
                who = caller(self, body)
                if not target:
                    return self.identity(who, body)
                if account.throttle > 0:
                    account.throttle -= 1
                    raise Refused("ThrottlingException", "Rate exceeded")
                service = KMS(account, who) if target.startswith("TrentService.") else CloudTrail(account, who) if target.startswith(CLOUDTRAIL) else None
                operation = getattr(service, target.rsplit(".", 1)[-1], None) if re.fullmatch(r"[A-Z]\w+", target.rsplit(".", 1)[-1]) else None
                if operation is None:
                    raise Refused("UnknownOperationException")
                try:
                    members = json.loads(body)
                except ValueError:
                    raise Refused("SerializationException")
                answer = operation(members)
                self.reply(200, b"" if answer is None else json.dumps(answer).encode(), "application/x-amz-json-1.1")
            except Refused as refused:
                # KMS gives the plain name, and the header as well.
                refusal = json.dumps({"__type": refused.name, **({"message": refused.message} if refused.message else {})}).encode()
                wish = [("Retry-After", str(account.retryAfter))] if refused.name == "ThrottlingException" and account.retryAfter is not None else []
                self.reply(refused.status, refusal, "application/x-amz-json-1.1", [("x-amzn-ErrorType", refused.name), *wish])

    def do_PUT(self):
        self.reply(200, b"metadata-token", "text/plain")

    def do_GET(self):
        roles, folder = Handler.account.roles, "/latest/meta-data/iam/security-credentials/"
        if self.path == folder:
            return self.reply(200, (roles.pop(0) if len(roles) > 1 else roles[0]).encode(), "text/plain")
        if not self.path.startswith(folder) or self.headers.get("X-aws-ec2-metadata-token") != "metadata-token":
            return self.reply(404, b"", "text/plain")
        secret, token, *_ = IDENTITIES["ASIASTRICTEXECUTOR"]
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
        keys = {"Code": "Success", "AccessKeyId": "ASIASTRICTEXECUTOR", "SecretAccessKey": secret, "Token": token, "Expiration": end}
        self.reply(200, json.dumps(keys).encode(), "application/json")

    def identity(self, who, body):
        if urllib.parse.parse_qs(body.decode()).get("Action") != ["GetCallerIdentity"]:
            raise Refused("InvalidAction")
        xml = (f'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>{who["session"]}</Arn><UserId>{who["user"]}</UserId>'
               f"<Account>{ACCOUNT}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>")
        self.reply(200, xml.encode(), "text/xml")

    def control(self, wishes):
        account = Handler.account
        if wishes.pop("reset", False):
            Handler.account = account = Account()
        for name, value in wishes.items():
            setattr(account, name, value)
        self.reply(200, b"{}", "application/json")


def credentials():
    lines = []
    for name, access in [("executor", "ASIASTRICTEXECUTOR"), ("reader", "AKIASTRICTREADER"), ("deployer", "AKIASTRICTDEPLOYER"), ("admin", "AKIASTRICTADMIN")]:
        secret, token, *_ = IDENTITIES[access]
        lines += [f"[{name}]", f"aws_access_key_id = {access}", f"aws_secret_access_key = {secret}"] + ([f"aws_session_token = {token}"] if token else [])
    return "\n".join(lines + ["[stranger]", "aws_access_key_id = AKIASTRICTREADER", "aws_secret_access_key = wrong"]) + "\n"


def start(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "server.log"), "wb") as log:
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "run", folder], stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    url = process.stdout.readline().decode().strip()
    if not url:
        sys.exit("the stand-in did not start; see server.log")
    with open(os.path.join(folder, "server.json"), "w") as file:
        json.dump({"url": url, "pid": process.pid}, file)
    with open(os.open(os.path.join(folder, "credentials"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(credentials())
    print(url)


def run():
    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET

    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def stop(folder):
    try:
        with open(os.path.join(folder, "server.json")) as file:
            os.kill(json.load(file)["pid"], signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop", "run"):
        sys.exit(__doc__)
    {"start": start, "stop": stop, "run": lambda _: run()}[sys.argv[1]](sys.argv[2])

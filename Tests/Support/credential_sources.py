#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sources of credentials for tests: STS, IAM Identity Center, a container endpoint and an instance's metadata, all in one server.

    credential_sources.py choose [PROFILE]   prints what botocore chooses in this environment, as one line of JSON

An access key that STS gives is made of what was asked: the role, the session's settings, and the key that asked. So two that
come by the same way to the same key have asked the same.
"""
import datetime
import hashlib
import json
import re
import sys
import urllib.parse

END = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
TOKEN = "imds-session-token"


def made(*parts):
    """Twelve characters: short enough to be shown whole."""
    return "ASIA" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:8].upper()


def http(status, body, kind="application/json"):
    body = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nx-amzn-RequestId: r-1\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def sts(form, authorization):
    action = form["Action"]
    if action == "GetCallerIdentity":
        return http(200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/x</Arn>"
                    "<UserId>AIDAX</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", "text/xml")
    name = form.get("RoleSessionName", "")
    name = "" if re.fullmatch(r"(countersign|botocore-session)-\d+", name) else name
    asked = re.search(r"Credential=([^/]+)/\d+/([^/]+)/sts", authorization)
    by = f"{asked[1]} in {asked[2]}" if asked else form["WebIdentityToken"]
    key = made(action, form["RoleArn"], name, form.get("ExternalId", ""), form.get("DurationSeconds", ""), by)
    return http(200, f"<{action}Response><{action}Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn>"
                f"<AssumedRoleId>AROAX:s</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId>"
                f"<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{END}</Expiration></Credentials>"
                f"</{action}Result></{action}Response>", "text/xml")


def answer(request, real):
    """The answer to one request. `real` is a key that another server knows: (access key, secret, token)."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}

    def json_keys(key, secret="secret", token="token"):
        return http(200, json.dumps({"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret, "Token": token, "Expiration": END}))

    if method == "POST" and target == "/token":
        asked = json.loads(body)
        return http(200, json.dumps({"accessToken": "fresh-" + asked["refreshToken"], "expiresIn": 28800, "refreshToken": "next"}))
    if method == "POST":
        return sts(dict(urllib.parse.parse_qsl(body.decode())), headers.get("authorization", ""))
    if target.startswith("/federation/credentials?"):
        query = dict(urllib.parse.parse_qsl(target.split("?", 1)[1]))
        token = headers["x-amz-sso_bearer_token"]
        if token == "revoked":
            return http(401, json.dumps({"__type": "UnauthorizedException", "message": "Session token not found or invalid"}))
        key = made("sso", query["role_name"], query["account_id"], token)
        expiration = int(datetime.datetime.now().timestamp() + 7200) * 1000
        return http(200, json.dumps({"roleCredentials": {
            "accessKeyId": key, "secretAccessKey": "secret", "sessionToken": "token", "expiration": expiration}}))
    if method == "PUT" and target == "/latest/api/token":
        return http(200, TOKEN, "text/plain")
    if target.startswith("/latest/") and headers.get("x-aws-ec2-metadata-token") != TOKEN:
        return http(401, "")
    if target == "/latest/meta-data/iam/security-credentials/":
        return http(200, "real", "text/plain")
    if target.startswith("/latest/meta-data/iam/security-credentials/") or target == "/container/real":
        return json_keys(*real)
    if target.startswith("/container"):
        return json_keys(made(target, headers.get("authorization", "")))
    return http(404, "")


def choose(profile):
    """What botocore chooses: its provider's name and the access key, abbreviated as countersign shows it."""
    import botocore.session

    try:
        session = botocore.session.Session(profile=profile)
        session.set_config_variable("region", "us-east-1")
        found = session.get_credentials()
        if found is None:
            return {"error": "none"}
        key = found.get_frozen_credentials().access_key
    except Exception as error:
        return {"error": type(error).__name__}
    return {"method": found.method, "accessKeyId": key if len(key) <= 12 else f"{key[:8]}…{key[-4:]}"}


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] != "choose":
        sys.exit(__doc__)
    print(json.dumps(choose(sys.argv[2] if len(sys.argv) == 3 else None)))

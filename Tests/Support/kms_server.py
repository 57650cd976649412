#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A KMS and STS server on 127.0.0.1 for tests and the quickstart: moto, with signatures and IAM actions checked.

    kms_server.py start FOLDER   starts it in the background; writes FOLDER/server.json and FOLDER/credentials
    kms_server.py stop FOLDER    stops it, by its process id

The executor is the role cloudtrail-key-executor of account 123456789012, with only the actions that it needs.
Profiles in FOLDER/credentials: executor (the role's session), wrong-role (another role's), reader (a user who may read and nothing
else), assumer (a user who may assume roles and nothing else),
admin (a user who may do all to KMS and IAM: what is changed behind the ledger's back), stranger (a wrong secret).
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

EXECUTOR_ACTIONS = [
    "kms:CreateAlias", "kms:CreateKey", "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
    "kms:ListAliases", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListKeys", "kms:ListResourceTags", "kms:PutKeyPolicy",
    "kms:TagResource", "sts:GetCallerIdentity",
]
READER_ACTIONS = ["kms:Describe*", "kms:Get*", "kms:List*", "sts:GetCallerIdentity"]


def policy(actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def executor_policy():
    """The policy of the executor's role: the file that COUNTERSIGN_EXECUTOR_POLICY names, or what a new key and its policy need."""
    name = os.environ.get("COUNTERSIGN_EXECUTOR_POLICY")
    if not name:
        return policy(EXECUTOR_ACTIONS)
    with open(name) as file:
        return file.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(port, process, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit("the server ended at once; see server.log")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the server did not come up within 30 seconds; see server.log")


def profile(name, key, secret, token=None):
    lines = [f"[{name}]", f"aws_access_key_id = {key}", f"aws_secret_access_key = {secret}"]
    return "\n".join(lines + ([f"aws_session_token = {token}"] if token else [])) + "\n"


def identities(url):
    """Makes the role and the users while nothing is checked yet; gives the text of a credentials file."""
    import boto3

    def client(service):
        return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="setup", aws_secret_access_key="setup")

    iam, sts = client("iam"), client("sts")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    texts = []
    for role, name in [("cloudtrail-key-executor", "executor"), ("somebody-else", "wrong-role")]:
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=role, PolicyName="needed", PolicyDocument=executor_policy())
        session = sts.assume_role(RoleArn=arn, RoleSessionName="change")["Credentials"]
        texts.append(profile(name, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]))
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="reads", PolicyDocument=policy(READER_ACTIONS))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    texts.append(profile("reader", key["AccessKeyId"], key["SecretAccessKey"]))
    iam.create_user(UserName="admin")
    iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=policy(["kms:*", "iam:*"]))
    admin = iam.create_access_key(UserName="admin")["AccessKey"]
    texts.append(profile("admin", admin["AccessKeyId"], admin["SecretAccessKey"]))
    iam.create_user(UserName="assumer")
    iam.put_user_policy(UserName="assumer", PolicyName="assumes", PolicyDocument=policy(["sts:AssumeRole"]))
    assumer = iam.create_access_key(UserName="assumer")["AccessKey"]
    texts.append(profile("assumer", assumer["AccessKeyId"], assumer["SecretAccessKey"]))
    texts.append(profile("stranger", key["AccessKeyId"], "0" * 40))
    return "\n".join(texts)


def start(folder):
    os.makedirs(folder, exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with open(os.path.join(folder, "server.log"), "wb") as log:
        process = subprocess.Popen(
            [os.path.join(os.path.dirname(sys.executable), "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    with open(os.path.join(folder, "server.json"), "w") as file:
        json.dump({"url": url, "pid": process.pid}, file)
    wait_until_up(port, process)
    text = identities(url)
    # From here on every request's signature and IAM action is checked.
    request = urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(request, timeout=10).read()
    path = os.path.join(folder, "credentials")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    print(url)


def stop(folder):
    try:
        with open(os.path.join(folder, "server.json")) as file:
            pid = json.load(file)["pid"]
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__)
    {"start": start, "stop": stop}[sys.argv[1]](sys.argv[2])

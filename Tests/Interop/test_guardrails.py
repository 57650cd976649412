# SPDX-License-Identifier: Apache-2.0
"""The exported IAM policies against a server that checks IAM actions: enough for a whole execution, and nothing to spare."""
from __future__ import annotations

import configparser
import json
import os
import sqlite3
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from desk import Desk
from story import CREATE, PUT, Story

ACCOUNT = "123456789012"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/org-trail"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10"


class Short(Story):
    """A new key, and then its policy changed; or what stops it. `go_on` is called while the server is up."""

    def __init__(self, go_on: Callable[[Short], None] = lambda story: None) -> None:
        self.go_on = go_on
        super().__init__()

    def attempt(self, bundle: str, approvers: tuple[str, str]) -> bool:
        desk = self.desk
        approvals = [part for name in approvers for part in ("--approval", self.decide("approve", name, bundle, "--trust", "trust-1.json"))]
        online = ["--ledger", "ledger.sqlite", "--key", "exec", "--profile", "executor", "--endpoint-url", self.url, "--wait", "3"]
        try:
            self.said += desk.run("execute", bundle, *approvals, *online).decode()
        except AssertionError as error:
            self.said += str(error)
            return False
        return True

    def tell(self) -> None:
        desk, self.said, self.passed = self.desk, "", False
        self.trust(1, "7d", "alice", "carol")
        desk.run("ledger", "create", "ledger.sqlite", "--trust", "trust-1.json", "--key", "exec")
        desk.write("note", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.write("create.yaml", CREATE)
        desk.run("prepare", "create.yaml", "--trust", "trust-1.json", "--checkpoint", "note", "--key", "dana", "--out", "create.json")
        if not self.attempt("create.json", ("alice", "carol")):
            return
        self.key = desk.json("resume", "ledger.sqlite", "--key", "exec")["key"]
        desk.run("snapshot", self.key, "--profile", "reader", "--endpoint-url", self.url, "--out", "snapshot.json")
        desk.write("note-2", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.write("put.yaml", PUT.format(key=self.key))
        desk.run("prepare", "put.yaml", "--trust", "trust-1.json", "--checkpoint", "note-2", "--key", "dana", "--out", "put.json")
        self.passed = self.attempt("put.json", ("alice", "carol"))
        self.go_on(self)

    def client(self, service: str, profile: str) -> Any:
        keys = configparser.ConfigParser()
        keys.read(self.desk.environment["AWS_SHARED_CREDENTIALS_FILE"])
        section = keys[profile]
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=section["aws_access_key_id"],
            aws_secret_access_key=section["aws_secret_access_key"], aws_session_token=section.get("aws_session_token"), config=Config(retries={"total_max_attempts": 1}))

    def entries(self, kind: str) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{self.desk.folder}/ledger.sqlite?mode=ro", uri=True) as database:
            rows = [json.loads(row[0]) for row in database.execute("SELECT bytes FROM entries ORDER BY seq")]
        return [row for row in rows if row["type"] == kind]


def answer(call: Callable[..., Any], **arguments: Any) -> int:
    """The status of a call."""
    try:
        return call(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


class Guardrails(unittest.TestCase):
    def exported(self, name: str = "executor-policy.json") -> dict[str, Any]:
        """A policy for the limits of the story's trust root. This server checks actions and asks each of the resource "*"."""
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(Path(folder))
            for person in ("dana", "alice", "bob", "carol", "exec"):
                desk.run("key", "generate", "--type", "ed25519", "--out", person, "--no-passphrase")
            story = Story.__new__(Story)
            story.desk, story.url = desk, "http://127.0.0.1:9"
            story.trust(1, "7d", "alice", "carol")
            role = f"arn:aws:iam::{ACCOUNT}:role/cloudtrail-key-executor"
            desk.run("export", "guardrails", "--trust", "trust-1.json", "--key-arn", KEY, "--executor", role, "--trail", TRAIL, "--out", "guardrails")
            policy = json.loads(desk.read(f"guardrails/{name}"))
        return {**policy, "Statement": [{**statement, "Resource": "*"} for statement in policy["Statement"]]}

    def told(self, policy: dict[str, Any], go_on: Callable[[Short], None] = lambda story: None) -> Short:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(policy, file)
            file.flush()
            os.environ["COUNTERSIGN_EXECUTOR_POLICY"] = file.name
            try:
                story = Short(go_on)
            finally:
                del os.environ["COUNTERSIGN_EXECUTOR_POLICY"]
        self.addCleanup(story.temporary.cleanup)
        return story

    @staticmethod
    def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
        statements = [{**statement, "Action": [name for name in statement["Action"] if name != action]} for statement in policy["Statement"]]
        return {**policy, "Statement": [statement for statement in statements if statement["Action"]]}

    def test_the_exported_policy_is_enough_for_two_whole_executions_and_for_nothing_else(self) -> None:
        denied: dict[str, int] = {}

        def others(story: Short) -> None:
            kms = story.client("kms", "executor")
            calls = {"disable_key": {}, "schedule_key_deletion": {}, "update_key_description": {"Description": "x"}, "create_grant": {
                "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/x", "Operations": ["Decrypt"]}, "encrypt": {"Plaintext": b"x"}}
            denied.update({name: answer(getattr(kms, name), KeyId=story.key, **more) for name, more in calls.items()})

        whole = self.told(self.exported(), others)
        self.assertTrue(whole.passed, whole.said)
        self.assertEqual(len(whole.entries("execution-completed")), 2)
        self.assertEqual(denied, dict.fromkeys(["disable_key", "schedule_key_deletion", "update_key_description", "create_grant", "encrypt"], 403))

    # What is refused when one action is taken away: a request, or a read.
    REQUESTS = {"kms:CreateKey": "create-key", "kms:EnableKeyRotation": "enable-key-rotation", "kms:CreateAlias": "create-alias", "kms:PutKeyPolicy": "put-key-policy"}
    READS = {"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListKeys"}
    NOT_ASKED = {
        "kms:ListGrants": "read before a grant is revoked, which these limits do not allow, and by snapshot",
        "kms:ListKeyPolicies": "read by snapshot",
        "kms:ListResourceTags": "read after CreateKey had no clear outcome, to find the key by its tag",
        "kms:TagResource": "AWS asks it of a CreateKey with tags; this server does not",
    }

    def test_with_each_action_taken_away_exactly_that_fails(self) -> None:
        policy = self.exported()
        actions = {action for statement in policy["Statement"] for action in statement["Action"]}
        self.assertEqual(actions, self.REQUESTS.keys() | self.READS | self.NOT_ASKED.keys())
        for action in sorted(actions):
            with self.subTest(action):
                less = self.told(self.without(policy, action))
                failed = [entry["data"]["code"] for entry in less.entries("request-failed")]
                refused = [entry["data"]["message"] for entry in less.entries("execution-refused")]
                self.assertEqual(less.passed, action in self.NOT_ASKED, less.said)
                if action in self.REQUESTS:
                    last = less.entries("request-intended")[-1]
                    self.assertEqual((failed, last["data"]["name"], refused), (["AccessDenied"], self.REQUESTS[action], []))
                    self.assertEqual(last["seq"], less.entries("request-failed")[0]["data"]["intent"])
                elif action in self.READS:
                    self.assertEqual((failed, len(refused)), ([], 1))
                    self.assertTrue(refused[0].startswith(f"{action} at "), refused)

    def test_the_auditor_reads_and_writes_nothing(self) -> None:
        policies = {"auditor": self.exported("auditor-policy.json"), "snapshotter": self.exported("snapshot-reader-policy.json")}

        def look(story: Short) -> None:
            iam = story.client("iam", "admin")
            for name, policy in policies.items():
                iam.create_user(UserName=name)
                iam.put_user_policy(UserName=name, PolicyName="exported", PolicyDocument=json.dumps(policy))
                key = iam.create_access_key(UserName=name)["AccessKey"]
                with open(story.desk.environment["AWS_SHARED_CREDENTIALS_FILE"], "a") as file:
                    file.write(f"\n[{name}]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n")
                kms, trails = story.client("kms", name), story.client("cloudtrail", name)
                self.assertEqual({call: answer(getattr(kms, call), KeyId=story.key) for call in READING}, dict.fromkeys(READING, 200), name)
                self.assertEqual((answer(kms.list_keys), answer(kms.list_aliases)), (200, 200))
                # A snapshot is whole with it.
                story.desk.run("snapshot", story.key, "--profile", name, "--endpoint-url", story.url, "--out", f"{name}.json")
                said = {call: answer(getattr(kms, call), **({} if "alias" in call else {"KeyId": story.key}), **more) for call, more in WRITING.items()}
                self.assertEqual(said, dict.fromkeys(WRITING, 403), name)
                self.assertEqual((answer(kms.create_key), answer(kms.delete_alias, AliasName="alias/cloudtrail-org-key")), (403, 403))
                self.assertEqual(
                    (answer(trails.stop_logging, Name=TRAIL), answer(trails.update_trail, Name=TRAIL, KmsKeyId=story.key), answer(trails.delete_trail, Name=TRAIL)),
                    (403, 403, 403))
            self.assertEqual(answer(story.client("cloudtrail", "auditor").describe_trails), 200)
            self.assertEqual(answer(story.client("cloudtrail", "snapshotter").describe_trails), 403)

        self.assertTrue(self.told(self.exported(), look).passed)


READING = ["describe_key", "get_key_rotation_status", "list_grants", "list_key_policies", "list_resource_tags"]
GRANTEE = f"arn:aws:iam::{ACCOUNT}:role/x"
WRITING: dict[str, dict[str, Any]] = {
    "cancel_key_deletion": {}, "create_alias": {"AliasName": "alias/x", "TargetKeyId": KEY}, "create_grant": {"GranteePrincipal": GRANTEE, "Operations": ["Decrypt"]},
    "decrypt": {"CiphertextBlob": b"x"}, "disable_key": {}, "disable_key_rotation": {}, "enable_key": {}, "enable_key_rotation": {}, "encrypt": {"Plaintext": b"x"},
    "put_key_policy": {"PolicyName": "default", "Policy": "{}"}, "revoke_grant": {"GrantId": "a"}, "schedule_key_deletion": {},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "untag_resource": {"TagKeys": ["a"]}, "update_alias": {"AliasName": "alias/x", "TargetKeyId": KEY},
    "update_key_description": {"Description": "x"},
}
if __name__ == "__main__":
    unittest.main()

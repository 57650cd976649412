# SPDX-License-Identifier: Apache-2.0
"""The exported IAM policies against a server that checks IAM actions: enough for a whole execution, and nothing to spare."""
from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import unittest
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from desk import Desk
from story import CREATE, Story

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10"


class Short(Story):
    """The story until a new key is made, or is not; then what the reader's policy permits."""

    def tell(self) -> None:
        desk = self.desk
        self.trust(1, "7d", "alice", "carol")
        desk.run("ledger", "create", "ledger.sqlite", "--trust", "trust-1.json", "--key", "exec")
        desk.write("note", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.write("create.yaml", CREATE)
        desk.run("prepare", "create.yaml", "--trust", "trust-1.json", "--checkpoint", "note", "--key", "dana", "--out", "create.json")
        approvals = [part for name in ("alice", "carol") for part in ("--approval", self.decide("approve", name, "create.json", "--trust", "trust-1.json"))]
        online = ["--ledger", "ledger.sqlite", "--key", "exec", "--profile", "executor", "--endpoint-url", self.url, "--wait", "3"]
        try:
            self.said = desk.run("execute", "create.json", *approvals, *online).decode()
            self.passed = True
        except AssertionError as error:
            self.said, self.passed = str(error), False
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = desk.environment["AWS_SHARED_CREDENTIALS_FILE"]
        session = boto3.Session(profile_name="executor", region_name="us-east-1")
        self.denied: list[str] = []
        if self.passed:
            kms = session.client("kms", endpoint_url=self.url)
            for call in ("disable_key", "schedule_key_deletion", "update_key_description"):
                arguments: dict[str, Any] = {"KeyId": "alias/cloudtrail-org-key"} | ({"Description": "x"} if call.startswith("update") else {})
                try:
                    getattr(kms, call)(**arguments)
                except ClientError as error:
                    self.denied.append(f"{call}: {error.response['ResponseMetadata']['HTTPStatusCode']}")

    def entries(self, kind: str) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{self.desk.folder}/ledger.sqlite?mode=ro", uri=True) as database:
            rows = [json.loads(row[0]) for row in database.execute("SELECT bytes FROM entries ORDER BY seq")]
        return [row for row in rows if row["type"] == kind]


class Guardrails(unittest.TestCase):
    def exported(self) -> dict[str, Any]:
        """The executor's policy for the limits of the story's trust root."""
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(Path(folder))
            for name in ("dana", "alice", "bob", "carol", "exec"):
                desk.run("key", "generate", "--type", "ed25519", "--out", name, "--no-passphrase")
            story = Story.__new__(Story)
            story.desk, story.url = desk, "http://127.0.0.1:9"
            story.trust(1, "7d", "alice", "carol")
            role = f"arn:aws:iam::{ACCOUNT}:role/cloudtrail-key-executor"
            desk.run("export", "guardrails", "--trust", "trust-1.json", "--key-arn", KEY, "--executor", role, "--out", "guardrails")
            return json.loads(desk.read("guardrails/executor-policy.json"))

    def told(self, policy: dict[str, Any]) -> Short:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            # This server asks every action of the resource "*": it checks actions, not resources.
            json.dump({**policy, "Statement": [{**statement, "Resource": "*"} for statement in policy["Statement"]]}, file)
            file.flush()
            os.environ["COUNTERSIGN_EXECUTOR_POLICY"] = file.name
            try:
                story = Short()
            finally:
                del os.environ["COUNTERSIGN_EXECUTOR_POLICY"]
        self.addCleanup(story.temporary.cleanup)
        return story

    @staticmethod
    def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
        statements = [{**statement, "Action": [name for name in statement["Action"] if name != action]} for statement in policy["Statement"]]
        return {**policy, "Statement": [statement for statement in statements if statement["Action"]]}

    def test_the_exported_policy_is_enough_and_nothing_to_spare(self) -> None:
        policy = self.exported()
        whole = self.told(policy)
        self.assertTrue(whole.passed, whole.said)
        self.assertEqual(len(whole.entries("execution-completed")), 1)
        self.assertEqual(whole.denied, [f"{call}: 403" for call in ("disable_key", "schedule_key_deletion", "update_key_description")])
        for action, request in {"kms:CreateKey": "create-key", "kms:EnableKeyRotation": "enable-key-rotation", "kms:CreateAlias": "create-alias"}.items():
            with self.subTest(action):
                less = self.told(self.without(policy, action))
                self.assertFalse(less.passed, less.said)
                self.assertEqual([entry["data"]["code"] for entry in less.entries("request-failed")], ["AccessDenied"])
                last = less.entries("request-intended")[-1]
                self.assertEqual((last["data"]["name"], last["seq"]), (request, less.entries("request-failed")[0]["data"]["intent"]))


if __name__ == "__main__":
    unittest.main()

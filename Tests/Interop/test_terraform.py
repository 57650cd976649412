# SPDX-License-Identifier: Apache-2.0
"""The exported module planned and applied by Terraform itself, with HashiCorp's AWS provider, against a KMS server: where both are on the machine.

COUNTERSIGN_TERRAFORM_PLUGINS names a folder that is a filesystem mirror of providers (Terraform, "CLI Configuration File"). The stand-in that the
quickstart uses for `terraform show -json` is held against the same checks, always.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from desk import ROOT
from story import CREATE, Story

PLUGINS = os.environ.get("COUNTERSIGN_TERRAFORM_PLUGINS", "")


class Exported(Story):
    """The story until a bundle has its two approvals and its module stands in `key`; the test goes on from there, with the server up."""

    def __init__(self, go_on: Any) -> None:
        self.go_on = go_on
        super().__init__()

    def tell(self) -> None:
        desk = self.desk
        self.trust(1, "7d", "alice", "carol")
        desk.run("ledger", "create", "ledger.sqlite", "--trust", "trust-1.json", "--key", "exec")
        desk.write("note", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.write("create.yaml", CREATE)
        desk.run("prepare", "create.yaml", "--trust", "trust-1.json", "--checkpoint", "note", "--key", "dana", "--out", "create.json")
        self.approvals = [part for name in ("alice", "carol") for part in ("--approval", self.decide("approve", name, "create.json", "--trust", "trust-1.json"))]
        desk.run("export", "terraform", "create.json", "--trust", "trust-1.json", "--out", "key")
        self.go_on(self)

    def check(self, plan: str | bytes, code: int = 0) -> dict[str, Any]:
        self.desk.write("plan.json", plan)
        return self.desk.json("check-plan", "plan.json", "--bundle", "create.json", "--trust", "trust-1.json", *self.approvals, code=code)

    def made(self, *changed: str) -> bytes:
        arguments = [sys.executable, str(ROOT / "Tests/Support/plan_of_module.py"), str(self.desk.folder / "key"), "123456789012", *changed]
        return subprocess.run(arguments, check=True, capture_output=True, timeout=60).stdout


class Terraform(unittest.TestCase):
    @staticmethod
    def story(go_on: Any) -> None:
        Exported(go_on).temporary.cleanup()

    def test_the_plan_that_stands_for_terraforms(self) -> None:
        def go_on(story: Exported) -> None:
            self.assertEqual(story.check(story.made())["verdict"], "approved")
            policy = story.desk.read("key/policy.json").decode().replace("339712745831:root", "990011223344:root")
            found = story.check(story.made(f"policy={json.dumps(policy)}"), code=1)["findings"]
            self.assertEqual([(each["kind"], each["attribute"]) for each in found], [("different", "policy")])

        self.story(go_on)

    @unittest.skipUnless(shutil.which("terraform") and Path(PLUGINS or "/-").is_dir(), "Terraform and its AWS provider (COUNTERSIGN_TERRAFORM_PLUGINS) are not here")
    def test_terraforms_own_plan(self) -> None:
        self.story(self.planned_and_applied)

    def planned_and_applied(self, story: Exported) -> None:
        folder, desk = story.desk.folder / "key", story.desk
        (folder / "mirror.tfrc").write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(PLUGINS)}\n  }}\n}}\n')
        environment = desk.environment | {
            "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(folder / "mirror.tfrc"), "TF_IN_AUTOMATION": "1", "AWS_PROFILE": "executor",
            "AWS_ENDPOINT_URL": story.url, "AWS_ENDPOINT_URL_KMS": story.url, "AWS_ENDPOINT_URL_STS": story.url, "AWS_EC2_METADATA_DISABLED": "true",
        }

        def terraform(*arguments: str, code: int = 0) -> str:
            done = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return done.stdout + done.stderr

        terraform("init", "-input=false", "-no-color")
        terraform("validate", "-no-color")
        terraform("fmt", "-check", "-diff")
        terraform("plan", "-input=false", "-no-color", "-out", "plan.bin")
        answer = story.check(terraform("show", "-json", "plan.bin"))
        self.assertEqual((answer["verdict"], answer["findings"]), ("approved", []))
        self.assertEqual(sorted(each["address"] for each in answer["matched"]), ["aws_kms_alias.cloudtrail", "aws_kms_key.cloudtrail"])
        # One byte of the policy changed: Terraform itself refuses to plan.
        policy = (folder / "policy.json").read_text()
        (folder / "policy.json").write_text(policy.replace("339712745831:root", "990011223344:root"))
        self.assertIn("policy.json is not the approved policy", terraform("plan", "-input=false", "-no-color", code=1))
        (folder / "policy.json").write_text(policy)
        # Another rotation period is planned by Terraform, and found by check-plan.
        main = (folder / "main.tf").read_text()
        (folder / "main.tf").write_text(main.replace("rotation_period_in_days            = 365", "rotation_period_in_days            = 2560"))
        terraform("plan", "-input=false", "-no-color", "-out", "other.bin")
        found = story.check(terraform("show", "-json", "other.bin"), code=1)["findings"]
        self.assertEqual([(each["kind"], each["attribute"]) for each in found], [("different", "rotation_period_in_days")])
        (folder / "main.tf").write_text(main)
        # The checked plan is applied, and what is there is what was approved.
        terraform("apply", "-input=false", "-no-color", "plan.bin")
        # Nothing is left to do but what this server does not tell: it keeps no rotation period.
        terraform("plan", "-input=false", "-no-color", "-out", "again.bin")
        left = [each["change"] for each in json.loads(terraform("show", "-json", "again.bin"))["resource_changes"] if each["change"]["actions"] != ["no-op"]]
        self.assertEqual([name for each in left for name in each["after"] if each["before"][name] != each["after"][name]], ["rotation_period_in_days"])
        desk.run("snapshot", terraform("output", "-raw", "key_arn"), "--profile", "reader", "--endpoint-url", story.url, "--out", "snapshot.json")
        self.assertEqual(json.loads(json.loads(desk.read("snapshot.json"))["policy"]["document"]), json.loads(policy))


if __name__ == "__main__":
    unittest.main()

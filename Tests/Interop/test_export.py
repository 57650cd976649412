# SPDX-License-Identifier: Apache-2.0
"""Exports of the reference's bundles, read by parsers and checkers of others."""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import hcl2

from desk import ABSENT, REFERENCE, ROOT, Desk, envelope

CHECKOV = os.environ.get("COUNTERSIGN_CHECKOV") or str(Path(sys.prefix) / "checkov/bin/checkov")
# Findings of checkov that are not followed, each with the reason. There are none.
NOT_FOLLOWED: dict[str, str] = {}


def plain(value: Any) -> Any:
    """python-hcl2 keeps the quotes of a literal, and marks blocks."""
    if isinstance(value, dict):
        return {plain(name): plain(member) for name, member in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return json.loads(value) if isinstance(value, str) and value.startswith('"') else value


@unittest.skipUnless(REFERENCE.is_dir(), ABSENT)
class Export(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.desk = Desk(Path(temporary.name))
        self.payload = json.loads(envelope((REFERENCE / "create-key.bundle.json").read_bytes())[1])

    def export(self, kind: str, bundle: str = "create-key.bundle.json", code: int = 0) -> Path:
        self.desk.run("export", kind, str(REFERENCE / bundle), "--trust", str(REFERENCE / "trust-v1.json"), "--trust", str(REFERENCE / "trust-v2.json"), "--out", kind, code=code)
        return self.desk.folder / kind

    def terraform(self, folder: Path) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for file in sorted(folder.glob("*.tf")):
            with file.open() as text:
                for name, blocks in plain(hcl2.load(text)).items():
                    merged.setdefault(name, []).extend(blocks)
        return merged

    def test_terraform_of_a_new_key(self) -> None:
        folder = self.export("terraform")
        module = self.terraform(folder)
        policy = (folder / "policy.json").read_bytes()
        self.assertEqual(policy.decode(), self.payload["policy"]["document"])
        self.assertEqual(module["locals"][0]["approved_policy_sha256"], hashlib.sha256(policy).hexdigest())
        self.assertEqual(module["locals"][0]["approved_policy"], '${file("${path.module}/policy.json")}')
        resources = {kind: body for block in module["resource"] for kind, body in block.items()}
        key, change = resources["aws_kms_key"]["cloudtrail"], self.payload["change"]
        self.assertEqual(
            {name: key[name] for name in key if name not in ("lifecycle", "tags")},
            {
                "description": change["description"], "key_usage": "ENCRYPT_DECRYPT", "customer_master_key_spec": "SYMMETRIC_DEFAULT", "multi_region": False,
                "is_enabled": True, "enable_key_rotation": True, "rotation_period_in_days": change["rotationDays"], "deletion_window_in_days": 30,
                "bypass_policy_lockout_safety_check": False, "policy": "${local.approved_policy}",
            },
        )
        self.assertEqual(key["tags"], {"countersign:change": self.payload["id"], **change["tags"]})
        self.assertIs(key["lifecycle"][0]["prevent_destroy"], True)
        self.assertEqual(
            [condition["condition"] for condition in key["lifecycle"][0]["precondition"]],
            [
                "${sha256(local.approved_policy) == local.approved_policy_sha256}",
                "${data.aws_caller_identity.current.account_id == local.approved_account}",
                "${data.aws_region.current.id == var.region}",
            ],
        )
        alias = resources["aws_kms_alias"]["cloudtrail"]
        self.assertEqual((alias["name"], alias["target_key_id"]), ("alias/${var.ct_key_alias}", "${aws_kms_key.cloudtrail.key_id}"))
        variables = {name: body for block in module["variable"] for name, body in block.items()}
        self.assertEqual({name: body["default"] for name, body in variables.items()}, {"region": "us-east-1", "ct_key_alias": change["alias"].removeprefix("alias/")})
        self.assertEqual(module["provider"][0]["aws"]["allowed_account_ids"], [self.payload["target"]["account"]])

    def test_terraform_of_a_policy(self) -> None:
        folder = self.export("terraform", "put-key-policy.bundle.json")
        payload = json.loads(envelope((REFERENCE / "put-key-policy.bundle.json").read_bytes())[1])
        module = self.terraform(folder)
        self.assertEqual((folder / "policy.json").read_text(), payload["policy"]["document"])
        resource = module["resource"][0]["aws_kms_key_policy"]["cloudtrail"]
        self.assertEqual((resource["key_id"], resource["policy"]), (payload["change"]["key"], "${local.approved_policy}"))

    def test_cloudformation(self) -> None:
        folder = self.export("cloudformation")
        template = json.loads((folder / "template.json").read_bytes())
        for name in ("Key", "Alias"):
            self.assertEqual((template["Resources"][name]["DeletionPolicy"], template["Resources"][name]["UpdateReplacePolicy"]), ("Retain", "Retain"))
        properties = template["Resources"]["Key"]["Properties"]
        self.assertEqual(properties["KeyPolicy"], json.loads(self.payload["policy"]["document"]))
        self.assertEqual(properties["RotationPeriodInDays"], self.payload["change"]["rotationDays"])
        self.assertIs(properties["BypassPolicyLockoutSafetyCheck"], False)
        done = subprocess.run([str(Path(sys.executable).parent / "cfn-lint"), str(folder / "template.json")], capture_output=True, text=True, timeout=300)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def checkov(self, folder: Path, framework: str) -> tuple[set[str], set[str]]:
        """Ids of the checks that passed and that failed. --skip-download: nothing is asked of a network."""
        done = subprocess.run(
            [CHECKOV, "-d", str(folder), "--framework", framework, "--skip-download", "-o", "json"], capture_output=True, text=True, timeout=300, cwd=folder)
        report = json.loads(done.stdout)
        self.assertEqual(report["summary"]["parsing_errors"], 0)
        passed, failed = ({each["check_id"] for each in report["results"][kind]} for kind in ("passed_checks", "failed_checks"))
        self.assertEqual(done.returncode, 1 if failed else 0)
        return passed, failed

    def test_checkov(self) -> None:
        ready = self.desk.folder / "ready"
        shutil.copytree(ROOT / "policies/org-cloudtrail-key/terraform", ready)
        key = {"CKV_AWS_7", "CKV_AWS_33", "CKV_AWS_227", "CKV2_AWS_64"}
        for folder, framework, wanted in (
            (self.export("terraform"), "terraform", key | {"CKV_AWS_41"}), (ready, "terraform", key),
            (self.export("cloudformation"), "cloudformation", {"CKV_AWS_7", "CKV_AWS_33"}),
        ):
            with self.subTest(folder.name):
                passed, failed = self.checkov(folder, framework)
                self.assertEqual(failed, set(NOT_FOLLOWED))
                self.assertLessEqual(wanted, passed)
        # And it does look: without rotation it says so.
        main = ready / "main.tf"
        main.write_text(main.read_text().replace("enable_key_rotation                = true", "enable_key_rotation                = false"))
        self.assertEqual(self.checkov(ready, "terraform")[1], {"CKV_AWS_7"})

    def test_the_exported_policy_passes_the_lint(self) -> None:
        folder = self.export("terraform")
        report = json.loads(self.desk.run("policy", "lint", str(folder / "policy.json"), "--format", "json"))
        # The four that policies/org-cloudtrail-key/README.md says remain; none is high.
        self.assertEqual([(each["rule"], each["severity"]) for each in report["findings"]],
                         [("KP019", "medium"), ("KP019", "medium"), ("KP033", "medium"), ("KP027", "low")])

    def test_a_stack_cannot_change_a_policy_alone(self) -> None:
        self.export("cloudformation", "put-key-policy.bundle.json", code=65)
        self.assertFalse((self.desk.folder / "cloudformation").exists())


if __name__ == "__main__":
    unittest.main()

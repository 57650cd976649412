# SPDX-License-Identifier: Apache-2.0
"""What `policy lint --format sarif`, `policy explain` and their bad input look like from outside."""
from __future__ import annotations

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("COUNTERSIGN") or str(ROOT / ".build/debug/countersign")
EXAMPLE = str(ROOT / "policies/org-cloudtrail-key/examples/analyst.policy.json")
BROKEN = """{"Version": "2012-10-17", "Statement": [
  {"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::604183725190:root"}, "Action": "kms:*", "Resource": "*"},
  {"Sid": "CloudTrail", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*",
   "Action": ["kms:GenerateDataKey*",
              "kms:DescribeKey"],
   "Condition": {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:281474976710:trail/*"}}}]}
"""


def run(*words: str, code: int) -> tuple[str, str]:
    done = subprocess.run([PROGRAM, "policy", *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


class Policy(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, text: str, name: str = "my policy.json") -> str:
        path = Path(self.folder.name) / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def test_sarif_has_what_the_specification_requires(self) -> None:
        """SARIF 2.1.0 §3.13, §3.14, §3.18, §3.19, §3.27, §3.49."""
        path = self.file(BROKEN)
        log = json.loads(run("lint", path, "--format", "sarif", "--help-uri", "https://docs.example.com/key-policies", code=1)[0])
        self.assertEqual(log["version"], "2.1.0")
        run_, = log["runs"]
        driver = run_["tool"]["driver"]
        self.assertEqual(driver["name"], "countersign")
        rules = driver["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        for rule in rules:
            self.assertEqual(rule["helpUri"], f"https://docs.example.com/key-policies#{rule['id'].lower()}")
            self.assertIn(rule["defaultConfiguration"]["level"], ("error", "warning", "note"))
            self.assertTrue(rule["shortDescription"]["text"] and rule["help"]["text"])
        for result in run_["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            place = result["locations"][0]["physicalLocation"]
            self.assertEqual(place["artifactLocation"]["uri"], f"file://{self.folder.name}/my%20policy.json")
            self.assertGreaterEqual(place["region"]["startLine"], 1)
        dead, = [result for result in run_["results"] if result["ruleId"] == "KP024"]
        self.assertEqual((dead["level"], dead["locations"][0]["physicalLocation"]["region"]["startLine"]), ("error", 5))
        self.assertEqual(dead["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "/Statement/1/Action/1")
        self.assertNotIn("helpUri", json.loads(run("lint", path, "--format", "sarif", code=1)[0])["runs"][0]["tool"]["driver"]["rules"][0])

    def test_the_same_findings_in_every_format(self) -> None:
        path = self.file(BROKEN)
        found = json.loads(run("lint", path, "--format", "json", code=1)[0])["findings"]
        sarif = json.loads(run("lint", path, "--format", "sarif", code=1)[0])["runs"][0]["results"]
        text = run("lint", path, code=1)[0]
        self.assertEqual([(f["rule"], f["line"]) for f in found],
                         [(r["ruleId"], r["locations"][0]["physicalLocation"]["region"]["startLine"]) for r in sarif])
        self.assertEqual(text.count("fix: "), len(found))

    def test_explain_ends_with_who_may_do_what(self) -> None:
        text = run("explain", EXAMPLE, code=0)[0]
        self.assertIn("  cloudtrail.amazonaws.com\n    never       never          allowed (1)  never       never     never\n", text)
        rights = {row["who"]: row["rights"] for row in json.loads(run("explain", EXAMPLE, "--format", "json", code=0)[0])["rights"]}
        analyst = rights["arn:aws:iam::339712745831:role/security-analyst"]
        self.assertEqual(analyst["decrypt"]["answer"], "delegated")
        self.assertEqual(analyst["decrypt"]["conditionKeys"], ["kms:EncryptionContext:aws:cloudtrail:arn"])
        self.assertEqual({right: cell["answer"] for right, cell in rights["anyone else"].items()},
                         dict.fromkeys(["administer", "change policy", "encrypt", "decrypt", "delegate", "destroy"], "denied"))

    def test_bad_questions_are_refused_with_what_to_do(self) -> None:
        asked = ["can", EXAMPLE, "--principal", "cloudtrail.amazonaws.com"]
        for words, message in [
            (["lint", EXAMPLE, "--key-account", "60418"], "--key-account 60418 is no account id"),
            (["diff", EXAMPLE, EXAMPLE, "--key-arn", "arn:aws:s3:::x"], "--key-arn arn:aws:s3:::x is no key's ARN"),
            ([*asked, "--action", "kms:Decript"], "did you mean kms:Decrypt?"),
            ([*asked, "--action", "kms:Decrypt", "--context", "kms:ViaServise=x"], "did you mean kms:ViaService?"),
            ([*asked, "--action", "kms:Decrypt", "--context", "x"], "--context KEY=VALUE"),
        ]:
            with self.subTest(words=words):
                self.assertIn(message, run(*words, code=64)[1])


if __name__ == "__main__":
    unittest.main()

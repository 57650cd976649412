# SPDX-License-Identifier: Apache-2.0
"""A checked plan on record: signed by the command line, taken into the ledger, audited by it and by both independent readers."""
from __future__ import annotations

import json
import re
import subprocess
import sys
import unittest
from typing import Any

from desk import ROOT, digest, envelope
from test_terraform import Exported


class PlanChecked(unittest.TestCase):
    def test_from_the_plan_to_the_audit(self) -> None:
        Exported(self.go_on).temporary.cleanup()

    def readers(self, story: Exported) -> list[str]:
        arguments = ["ledger", "ledger.sqlite", "--genesis", self.genesis]
        answers = [
            json.loads(subprocess.run([sys.executable, "-B", str(ROOT / "vectors" / name), *arguments], cwd=story.desk.folder, capture_output=True, timeout=120).stdout)
            for name in ("reader.py", "read.py")
        ]
        return [answer["verdict"] for answer in answers] + [story.desk.json("audit", "verify", "ledger.sqlite", "--genesis", self.genesis)["verdict"]]

    def go_on(self, story: Exported) -> None:
        desk = story.desk
        self.genesis = desk.json("audit", "verify", "ledger.sqlite", code=1)["genesis"]
        plan = story.made()
        desk.write("plan.json", plan)
        check = ["check-plan", "plan.json", "--bundle", "create.json", "--trust", "trust-1.json", *story.approvals]
        # A plan that differs is not signed; a key that nobody lists signs nothing; --key and --out go together.
        desk.write("other.json", story.made("rotation_period_in_days=2560"))
        desk.run("check-plan", "other.json", *check[2:], "--key", "dana", "--out", "no.json", code=1)
        desk.run("key", "generate", "--type", "ed25519", "--out", "stranger", "--no-passphrase")
        desk.run(*check, "--key", "stranger", "--out", "no.json", code=77)
        desk.run(*check, "--key", "dana", code=64)
        self.assertFalse((desk.folder / "no.json").exists())
        answer = desk.json(*check, "--key", "dana", "--out", "plan-checked.json")
        read, payload = envelope(desk.read("plan-checked.json"))
        statement = json.loads(payload)
        bundle = digest(envelope(desk.read("create.json"))[1])
        approvals = sorted(digest(envelope(desk.read(name))[1]) for name in story.approvals[1::2])
        self.assertEqual((read["payloadType"], answer["record"]), ("application/vnd.in-toto+json", digest(payload)))
        self.assertEqual(statement["subject"][0]["digest"]["sha256"], bundle.removeprefix("sha256:"))
        wanted: dict[str, Any] = {"checker": "dana", "plan": {"sha256": digest(plan)}, "result": "exact", "approvals": approvals}
        self.assertEqual({name: statement["predicate"][name] for name in wanted}, wanted)
        # The bundle and its approvals come first.
        record = ["ledger", "record", "ledger.sqlite", "--key", "exec"]
        desk.run(*record, "plan-checked.json", code=77)
        desk.run(*record, "create.json", story.approvals[1], code=0)
        desk.run(*record, "plan-checked.json", code=77)
        added = desk.json(*record, story.approvals[3], "plan-checked.json")["added"]
        self.assertEqual((added, desk.json(*record, "plan-checked.json")["added"]), (2, 0))
        # A second plan.
        desk.write("again.json", plan + b" ")
        desk.run("check-plan", "again.json", *check[2:], "--key", "alice", "--out", "second.json")
        desk.run(*record, "second.json", code=77)
        # The executor leaves the bundle alone; the audit and both readers are content, and the story tells it.
        said = ["--ledger", "ledger.sqlite", "--key", "exec", "--profile", "executor", "--endpoint-url", story.url]
        desk.run("execute", "create.json", *story.approvals, *said, code=77)
        shown = " ".join(desk.run("audit", "show", "ledger.sqlite").decode().split())
        self.assertIn("dana finds a plan of infrastructure code to be EXACTLY WHAT WAS APPROVED", shown)
        self.assertIn("[bundle-plan-checked]", shown)
        self.assertEqual(self.readers(story), ["verified", "verified", "verified"])
        # The auditor's own script (docs/auditor.md) knows it too.
        script = re.findall(r"(?ms)^cat > signatures.py <<'PYTHON'\n(.*?)^PYTHON$", (ROOT / "docs/auditor.md").read_text())[0]
        desk.write("genesis.txt", self.genesis + "\n")
        done = subprocess.run([sys.executable, "-c", script], cwd=desk.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(": plan checked by dana holds\n", done.stdout)


if __name__ == "__main__":
    unittest.main()

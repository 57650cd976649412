#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house: arrows point down only, each C library has one door, nothing below the air-gapped program reaches a network."""
import json
import pathlib
import re
import statistics
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = ["System", "Platform", "Domain", "Steps", "Commands"]
DOORS = {"CLibCrypto": "Cryptography", "CSQLite": "Ledger", "CFileSystem": "Ledger", "CHeap": "Threads", "CCurl": "AWS"}


def described():
    text = subprocess.run(
        ["swift", "package", "describe", "--type", "json"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return json.loads(text[text.index("{"):])


class House(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        package = described()
        cls.targets = {t["name"]: t for t in package["targets"] if t["path"].startswith("Sources/")}
        cls.floor = {name: FLOORS.index(t["path"].split("/")[1]) for name, t in cls.targets.items()}

    def uses(self, name):
        return [n for n in self.targets[name].get("target_dependencies", []) if n in self.targets]

    def below(self, name, seen=None):
        seen = set() if seen is None else seen
        for other in self.uses(name):
            if other not in seen:
                seen.add(other)
                self.below(other, seen)
        return seen

    def test_arrows_point_down_only(self):
        for name in self.targets:
            for other in self.uses(name):
                self.assertLessEqual(self.floor[other], self.floor[name], f"{name} uses {other}, which is above it")

    def test_a_step_never_imports_a_step(self):
        steps = [n for n in self.targets if self.floor[n] == FLOORS.index("Steps")]
        self.assertEqual(sorted(steps), ["Approve", "Audit", "CheckPlan", "Drift", "Execute", "Export", "Prepare", "Publish", "Witness"])
        for name in steps:
            self.assertFalse(set(self.uses(name)) & set(steps), name)

    def test_nothing_below_the_air_gapped_program_reaches_a_network(self):
        below = self.below("countersign-airgap")
        self.assertFalse(below & {"AWS", "CCurl", "HTTPServing", "YAMLInput", "Execute", "Prepare"}, below)

    def test_only_the_networked_program_serves(self):
        for path in (ROOT / "Sources").rglob("*.swift"):
            if "Commands/countersign/Witness/" not in str(path):
                self.assertNotRegex(path.read_text(), r"(?m)^(public )?import HTTPServing$", str(path))
            if "Platform/HTTPServing/" not in str(path):
                self.assertNotIn("SOCK_STREAM", path.read_text(), str(path))

    def test_no_type_of_the_pure_floors_needs_all_of_Foundation(self):
        for path in (ROOT / "Sources").rglob("*.swift"):
            if "Commands/countersign/" in str(path) or "Platform/YAMLInput" in str(path):
                continue
            self.assertNotRegex(path.read_text(), r"(?m)^(public |@testable )?import Foundation$", str(path))

    def test_each_C_library_has_one_door(self):
        for path in (ROOT / "Sources").rglob("*.swift"):
            for module, owner in DOORS.items():
                if re.search(rf"(?m)^(public )?import {module}$", path.read_text()):
                    self.assertIn(f"/{owner}/", str(path), f"{path} imports {module}")

    def test_files_stay_small(self):
        sizes = sorted(len(p.read_text().splitlines()) for p in (ROOT / "Sources").rglob("*.swift"))
        self.assertLessEqual(statistics.median(sizes), 120)
        self.assertLessEqual(sizes[int(len(sizes) * 0.9)], 300)
        self.assertLessEqual(sizes[-1], 500)
        for path in (ROOT / "Tests").rglob("*.swift"):
            self.assertLessEqual(len(path.read_text().splitlines()), 600, str(path))

    def test_no_room_is_a_lumber_room(self):
        for path in (ROOT / "Sources").rglob("*"):
            self.assertNotRegex(path.stem, r"^(Utils?|Common|Helpers?|Managers?|Misc)$", str(path))

    def test_every_rule_is_in_the_documentation(self):
        page = (ROOT / "docs/key-policies.md").read_text()
        seen = set()
        for file in sorted((ROOT / "Sources/Domain/KeyPolicies/Rules").glob("KP*.swift")):
            text = file.read_text()
            found = re.search(r'id: "(KP\d+)", severity: \.(\w+),\s*reason: "((?:[^"\\]|\\.)*)"', text)
            self.assertIsNotNone(found, f"{file.name}: id, severity and reason stand at its head")
            rule, severity, reason = found.groups()
            seen.add(rule)
            self.assertTrue(file.name.startswith(rule), file.name)
            self.assertIn(f"| {rule} | {severity} | {reason} |", page)
            self.assertRegex(page, rf"(?m)^### {rule}\n.*Breaks it: .*Right: ")
        self.assertEqual(seen, set(re.findall(r"(?m)^### (KP\d+)$", page)))

    def test_every_finding_of_an_audit_is_in_the_documentation(self):
        told = re.compile(r"""\b(?:error|warning|note|add|Finding)\(\s*"([a-z]+(?:-[a-z]+)*)"|(?:unrenderedReview = |)"((?:published|review-version)-[a-z-]+)\"""")
        found = set()
        for folder in ("Steps/Audit", "Domain/Ledger/Published"):
            for path in (ROOT / "Sources" / folder).rglob("*.swift"):
                text = path.read_text()
                found |= {one or other for one, other in told.findall(text)} - set(re.findall(r'Refusal\(\s*"([a-z-]+)"', text))
        self.assertGreater(len(found), 100)
        page = (ROOT / "docs/findings.md").read_text().split("\n## ", 1)[1]
        listed = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", page)) - {"resume"}
        self.assertEqual(sorted(found - listed), [], "codes without a line in docs/findings.md")
        self.assertEqual(sorted(listed - found), [], "lines of docs/findings.md without such a code")

    def test_every_attack_of_the_threat_model_has_its_test(self):
        page = (ROOT / "docs/threat-model.md").read_text()
        part = page[page.index("## Attacks on the ledger's file"):page.index("## What it does not protect against")]
        tests = "\n".join(p.read_text() for p in (ROOT / "Tests").rglob("*Tests.swift"))
        rows = [row for row in part.splitlines() if row.startswith("| ")][1:]
        self.assertGreater(len(rows), 20)
        for row in rows:
            attack, _, named = row.strip("| ").split(" | ")
            names = re.findall("`([^`]+)`", named)
            self.assertTrue(names, attack)
            for name in names:
                self.assertIn(f"func `{name}`", tests, attack)

    def test_every_source_file_carries_its_licence(self):
        for folder in ("Sources", "Tests", "vectors", "docs"):
            for pattern in ("*.swift", "*.py", "*.sh", "shim.h"):
                for path in (ROOT / folder).rglob(pattern):
                    self.assertIn("SPDX-License-Identifier: Apache-2.0", "\n".join(path.read_text().splitlines()[:3]), str(path))


if __name__ == "__main__":
    unittest.main()

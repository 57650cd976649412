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

    def findings(self):
        """Every code that an audit can give, with its severities, as the sources say it."""
        found = {}
        for folder in ("Steps/Audit", "Domain/Ledger/Published"):
            for path in (ROOT / "Sources" / folder).rglob("*.swift"):
                text = path.read_text()
                told = [(code, word) for word, code in re.findall(r'\b(error|warning|note)\(\s*"([^"]+)",', text)]
                told += re.findall(r'\bFinding\(\s*"([^"]+)", \.(\w+)', text)
                # Codes that have a name, or that another part of the program gave.
                named = dict(re.findall(r'static let (\w+) = "([a-z-]+)"', text))
                told += [(named[name], word) for word, name in re.findall(r"\b(error|warning|note)\(Self\.(\w+),", text)]
                told += re.findall(r'catch\s+where error\.code == "([^"]+)" \{\s*self\.(error)\(error\.code,', text)
                literal = len(re.findall(r'\b(?:error|warning|note)\(\s*"', text))
                self.assertEqual(len(re.findall(r"(?<!func )\b(?:error|warning|note)\(", text)), literal + text.count("(Self.unrenderedReview,") + text.count("self.error(error.code,"), str(path))
                if "Published" in str(path):
                    refused = re.findall(r'Refusal\(\s*"([^"]+)"', text)
                    told += [(code, "error") for code in re.findall(r'"(published-[a-z-]+)"', text) if code not in refused]
                for code, severity in told:
                    found.setdefault(code, set()).add(severity)
        harmless = re.search(r"isHarmless: Bool \{ \[(.*?)\]", (ROOT / "Sources/Domain/Ledger/Published/PublishedLog.swift").read_text())[1]
        found.update({code: {"note"} for code in re.findall('"([^"]+)"', harmless)})
        return found

    def test_every_finding_of_an_audit_is_in_the_documentation_with_its_severity(self):
        listed = {}
        for codes, severity, words in re.findall(r"(?m)^\| (`.*?`) \| (.*?) \| (.+) \|$", (ROOT / "docs/findings.md").read_text()):
            for code in re.findall(r"`([^`]+)`", codes):
                self.assertNotIn(code, listed, "it has two lines")
                listed[code] = set(re.findall(r"error|warning|note", severity))
        found = self.findings()
        self.assertGreater(len(found), 100)
        self.assertEqual(sorted(found.keys() - listed.keys()), [], "codes without a line in docs/findings.md")
        self.assertEqual(sorted(listed.keys() - found.keys()), [], "lines of docs/findings.md without such a code")
        self.assertEqual({code: listed[code] for code in found if listed[code] != found[code]}, {}, "lines with another severity than the code's")

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

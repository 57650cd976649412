# SPDX-License-Identifier: Apache-2.0
"""The growth simulation of decision 22: its committed table and picture are what the script writes, and its model meets what was measured."""
from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs/decisions/0022-growth"


class Growth(unittest.TestCase):
    def test_the_committed_table_and_picture_are_the_script_s(self) -> None:
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([sys.executable, str(FOLDER / "simulate.py"), out], check=True, timeout=120)
            for name in ("growth.md", "growth.svg"):
                self.assertEqual((Path(out) / name).read_text(), (FOLDER / name).read_text(), name)
        xml.etree.ElementTree.parse(FOLDER / "growth.svg")
        # The record shows the same table.
        self.assertIn((FOLDER / "growth.md").read_text().strip(), (FOLDER.parent / "0022-growth-past-one-machine.md").read_text())

    def test_the_model_predicts_what_it_was_not_calibrated_with(self) -> None:
        off = [float(value) for value in re.findall(r"\| ([+-][0-9.]+)% \|", (FOLDER / "growth.md").read_text())]
        self.assertEqual(len(off), 9)
        self.assertLess(max(map(abs, off)), 3)


if __name__ == "__main__":
    unittest.main()

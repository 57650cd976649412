# SPDX-License-Identifier: Apache-2.0
"""Every command of docs/auditor.md, pasted as it stands; and each of its checks can fail."""
from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import unittest
from pathlib import Path

from desk import PROGRAM, ROOT
from story import Story

BLOCKS = re.findall(r"(?ms)^```sh\n(.*?)^```$", (ROOT / "docs/auditor.md").read_text())


class Auditor(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.story = Story()
        cls.desk = desk = cls.story.desk
        desk.write("genesis.txt", cls.story.genesis + "\n")
        desk.write("log.vkey", cls.story.vkey + "\n")
        desk.write("last.note", desk.read("note-2"))
        desk.run("ledger", "publish", "ledger.sqlite", "--to", "published")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.story.temporary.cleanup()

    def paste(self, block: str, code: int = 0) -> str:
        environment = self.desk.environment | {"CLONE": str(ROOT), "PATH": f"{Path(PROGRAM).resolve().parent}:{Path(sys.executable).parent}:{self.desk.environment['PATH']}"}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=self.desk.folder, env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, block + done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_every_command_works_as_it_stands(self) -> None:
        self.assertEqual(len(BLOCKS), 7)
        said = [self.paste(block) for block in BLOCKS]
        self.assertEqual(said[0].count("VERIFIED:"), 3)
        self.assertIn("the story of sha256:", said[0])
        self.assertEqual(self.desk.read("next.note"), self.desk.read("note-4"))
        self.assertIn("the genesis is the one you were told", said[2])
        for word in ("execution-completed", "alice|approve", "create-key"):
            self.assertIn(word, said[2])
        size = self.desk.json("audit", "verify", "ledger.sqlite", "--genesis", self.story.genesis)["size"]
        self.assertRegex(said[3], rf"^{size} entries lead to \d+ signed states; \d+ artifacts hold what their names say\n$")
        self.assertEqual([line.split()[0] for line in said[4].splitlines()[:-1]].count("approve"), 4)
        self.assertIn("reject by alice holds", said[4])
        self.assertIn('"verdict": "verified"', said[5])
        self.assertIn("the published log begins with the genesis you were told", said[6])

    def test_the_checks_find_a_changed_entry_a_cut_tail_and_a_wrong_signature(self) -> None:
        whole = self.desk.read("ledger.sqlite")
        for change, block, says in (
            ("UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'release-engineering', 'release-engineerinG') AS BLOB) WHERE seq = 5", 3, "was changed"),
            ("DELETE FROM entries WHERE seq > 9", 3, "the tail was cut"),
            ("DELETE FROM entries WHERE seq = 4", 3, "entry 4 is missing"),
            ("UPDATE artifacts SET bytes = CAST(bytes || ' ' AS BLOB)", 3, "an artifact was changed"),
            ("UPDATE entries SET bytes = CAST(bytes || ' ' AS BLOB) WHERE seq = 0", 2, "sha256:"),
            ("UPDATE checkpoints SET note = CAST(replace(CAST(note AS TEXT), char(10) || char(10), char(10) || 'x' || char(10) || char(10)) AS BLOB)", 4, "not signed by the log"),
        ):
            with sqlite3.connect(self.desk.folder / "ledger.sqlite") as database:
                for (trigger,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                    database.execute(f"DROP TRIGGER {trigger}")
                database.execute(change)
            database.close()
            self.assertIn(says, self.paste(BLOCKS[block], code=1), change)
            self.desk.write("ledger.sqlite", whole)
        self.assertIn("lead to", self.paste(BLOCKS[3]))

    def test_the_first_audit_has_no_note_of_its_own(self) -> None:
        note = self.desk.read("last.note")
        (self.desk.folder / "last.note").unlink()
        try:
            self.assertIn("signed states", self.paste(BLOCKS[3]))
            self.assertIn("is signed by whom it names", self.paste(BLOCKS[4]))
        finally:
            self.desk.write("last.note", note)

    def test_a_note_of_another_ledger_is_called_that(self) -> None:
        note = self.desk.read("last.note")
        self.desk.write("last.note", b"example.com/another" + note[note.index(b"\n"):])
        try:
            self.assertIn("last.note is of another ledger", self.paste(BLOCKS[3], code=1))
        finally:
            self.desk.write("last.note", note)

    def test_a_ledger_whose_key_was_replaced_is_checked_with_all_its_keys(self) -> None:
        whole, key = self.desk.read("ledger.sqlite"), self.desk.read("log.vkey")
        try:
            self.desk.write("log.vkey", self.story.replace_key("ledger.sqlite"))
            self.assertIn("signed states", self.paste(BLOCKS[3]))
            self.assertIn("is signed by whom it names", self.paste(BLOCKS[4]))
            self.desk.write("log.vkey", key)
            self.assertIn("not signed by the log", self.paste(BLOCKS[4], code=1))
        finally:
            self.desk.write("ledger.sqlite", whole)
            self.desk.write("log.vkey", key)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Every command of docs/auditor.md, pasted as it stands; and each of its checks can fail."""
from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

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

    def setUp(self) -> None:
        """What the commands of the page make is not there yet."""
        self.paste("rm -rf again.sqlite story next.note next-published.note check")

    def paste(self, block: str, code: int = 0) -> str:
        environment = self.desk.environment | {"CLONE": str(ROOT), "PATH": f"{Path(PROGRAM).resolve().parent}:{Path(sys.executable).parent}:{self.desk.environment['PATH']}"}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=self.desk.folder, env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, block + done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_every_command_works_as_it_stands(self) -> None:
        self.assertEqual(len(BLOCKS), 8)
        said = [self.paste(block) for block in BLOCKS]
        self.assertEqual(said[0].count("VERIFIED:"), 3)
        self.assertIn("the story of sha256:", said[0])
        self.assertEqual(self.desk.read("next.note"), self.desk.read("note-4"))
        self.assertIn("the genesis is the one you were told", said[2])
        for word in ("execution-completed", "alice|approve", "create-key"):
            self.assertIn(word, said[2])
        size = self.desk.json("audit", "verify", "ledger.sqlite", "--genesis", self.story.genesis)["size"]
        self.assertRegex(said[3], rf"^{size} entries lead to \d+ signed states; \d+ artifacts hold what their names say\n$")
        self.assertEqual(self.desk.read("next-published.note"), self.desk.read("note-4"))
        done = [line.split(": ")[1] for line in said[4].splitlines()[:-1]]
        decided = ["prepared by dana", "approve by alice", "approve by carol", "prepared by dana", "approve by bob", "approve by carol", "prepared by dana", "reject by alice"]
        self.assertEqual(done, [f"{what} holds" for what in decided])
        self.assertEqual(said[5].count('"verdict": "verified"'), 2)
        self.assertRegex(said[6], rf"^{size} entries, \d+ checkpoints\n$")
        self.assertIn("the published log begins with the genesis you were told", said[7])

    def changed(self, *changes: str) -> None:
        """The ledger's file as somebody left it who wrote past its triggers."""
        with sqlite3.connect(self.desk.folder / "ledger.sqlite") as database:
            for (trigger,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                database.execute(f"DROP TRIGGER {trigger}")
            for change in changes:
                database.execute(change)
        database.close()

    def restored(self) -> None:
        """After the test, the files that its scripts read are as they were."""
        for name in ("ledger.sqlite", "last.note", "log.vkey", "genesis.txt"):
            self.addCleanup(self.desk.write, name, self.desk.read(name))

    def refused(self, block: int, says: str) -> None:
        said = self.paste(BLOCKS[block], code=1)
        self.assertIn(says, said)
        self.assertNotIn("Traceback", said)

    def test_the_checks_find_a_changed_entry_a_cut_tail_and_a_wrong_signature(self) -> None:
        whole = self.desk.read("ledger.sqlite")
        self.restored()
        for change, block, says in (
            ("UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'release-engineering', 'release-engineerinG') AS BLOB) WHERE seq = 5", 3, "was changed"),
            ("DELETE FROM entries WHERE seq > 9", 3, "the tail was cut"),
            ("DELETE FROM entries WHERE seq = 4", 3, "entry 4 is missing"),
            ("UPDATE artifacts SET bytes = CAST(bytes || ' ' AS BLOB)", 3, "an artifact was changed"),
            ("UPDATE entries SET bytes = CAST(bytes || ' ' AS BLOB) WHERE seq = 0", 2, "sha256:"),
            ("UPDATE entries SET bytes = CAST(bytes || ' ' AS BLOB) WHERE seq = 0", 4, "begins otherwise than you were told"),
            ("UPDATE checkpoints SET note = CAST(replace(CAST(note AS TEXT), char(10) || char(10), char(10) || 'x' || char(10) || char(10)) AS BLOB)", 4, "the checkpoint of size 1 is not signed by the log's key"),
            ("DELETE FROM artifacts", 4, "an artifact of entry 0 is missing"),
            ("DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)", 3, "no signed state covers the last entry"),
            ("DELETE FROM entries", 4, "there is no genesis"),
        ):
            self.changed(change)
            self.refused(block, says)
            self.desk.write("ledger.sqlite", whole)
        self.assertIn("lead to", self.paste(BLOCKS[3]))

    def test_a_wrong_approval_and_a_trust_root_of_somebody_elses_are_found(self) -> None:
        whole = self.desk.read("ledger.sqlite")
        self.restored()
        with sqlite3.connect(self.desk.folder / "ledger.sqlite") as database:
            named = {kind: data["envelope"] for kind, data in (
                (entry["type"], entry["data"]) for entry in (json.loads(row) for (row,) in database.execute("SELECT bytes FROM entries"))) if "envelope" in data}
        database.close()
        for kind, change, says in (
            ("approval-received", lambda parsed: parsed["signatures"][0].update(sig=base64.b64encode(bytes(64)).decode()), "is wrong, or of a key"),
            ("approval-received", lambda parsed: parsed["signatures"][0].update(keyid="sha256:" + "0" * 64), "is wrong, or of a key"),
            ("approval-received", lambda parsed: parsed["signatures"].clear(), "nobody signed what entry"),
            ("bundle-received", lambda parsed: parsed.update(payload=base64.b64encode(b" " + base64.b64decode(parsed["payload"])).decode()), "says something else"),
            ("approval-received", lambda parsed: parsed.update(payload=base64.b64encode(b" " + base64.b64decode(parsed["payload"])).decode()), "is wrong, or of a key"),
            ("trust-updated", lambda parsed: parsed["signatures"].pop(), "too few owners signed the trust root of entry"),
            ("trust-updated", lambda parsed: parsed.update(json.loads(self.desk.read("trust-1.json"))), "does not follow the one before"),
        ):
            name = named[kind][7:]
            with sqlite3.connect(self.desk.folder / "ledger.sqlite") as database:
                parsed = json.loads(database.execute("SELECT bytes FROM artifacts WHERE sha256 = ?", [bytes.fromhex(name)]).fetchone()[0])
            database.close()
            change(parsed)
            self.changed(f"UPDATE artifacts SET bytes = X'{json.dumps(parsed).encode().hex()}' WHERE sha256 = X'{name}'")
            self.refused(4, says)
            self.desk.write("ledger.sqlite", whole)

    def test_an_entry_that_says_something_else_than_it_holds_is_found(self) -> None:
        whole = self.desk.read("ledger.sqlite")
        self.restored()
        with sqlite3.connect(self.desk.folder / "ledger.sqlite") as database:
            rows = [json.loads(row) for (row,) in database.execute("SELECT bytes FROM entries ORDER BY seq")]
        database.close()
        one, two = [entry["bundle"] for entry in rows if entry["type"] == "bundle-received"][:2]
        approved = next(entry["seq"] for entry in rows if entry["type"] == "approval-received")
        for seq, old, new in (
            (approved, '"decision":"approve"', '"decision":"reject"'),
            (approved, '"approver":"alice"', '"approver":"bob"'),
            (approved, one, two),
            (next(entry["seq"] for entry in rows if entry["type"] == "bundle-received"), one, two),
        ):
            self.changed(f"UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '{old}', '{new}') AS BLOB) WHERE seq = {seq}")
            self.refused(4, f"entry {seq} says something else than it holds")
            self.desk.write("ledger.sqlite", whole)

    def test_the_first_audit_has_no_note_of_its_own(self) -> None:
        self.restored()
        (self.desk.folder / "last.note").unlink()
        self.assertRegex(self.paste(BLOCKS[3]), "^there is no last.note: .*\n.* signed states")
        self.assertIn("is signed by whom it names", self.paste(BLOCKS[4]))
        without = re.sub(" --since last.note", "", BLOCKS[0] + BLOCKS[1] + BLOCKS[5])
        self.assertEqual(self.paste(without).count("VERIFIED:"), 3)

    def test_a_published_log_of_another_ledger_or_none_is_found_by_hand(self) -> None:
        self.restored()
        self.desk.write("genesis.txt", "sha256:" + "0" * 64 + "\n")
        self.refused(7, "begins otherwise than you were told")
        shutil.move(self.desk.folder / "published", self.desk.folder / "published-away")
        self.addCleanup(self.paste, "mv published-away published")
        self.refused(7, "published/tile/entries/000 is missing")

    def test_a_note_of_another_ledger_is_called_that(self) -> None:
        note = self.desk.read("last.note")
        self.restored()
        for other in (b"example.com/another" + note[note.index(b"\n"):], b"", b"\n\n"):
            self.desk.write("last.note", other)
            self.refused(3, "last.note is of another ledger")
        for other in (note.replace(b"\n", b"\nten\n", 1), note.split(b"\n")[0] + b"\n\n"):
            self.desk.write("last.note", other)
            self.refused(3, "a checkpoint is not three lines")
            self.refused(4, "last.note is not signed by the log's key")
        self.desk.write("last.note", note[:-9] + b"AAAAAAA=\n")
        self.refused(4, "last.note is not signed by the log's key")

    def test_a_ledger_whose_key_was_replaced_is_checked_with_all_its_keys(self) -> None:
        self.restored()
        first = self.desk.read("log.vkey").decode()
        keys = self.story.replace_key("ledger.sqlite")
        self.assertEqual(keys.split()[0], first.strip())
        self.desk.write("log.vkey", keys)
        shutil.copytree(self.desk.folder / "published", self.desk.folder / "published-before")
        self.addCleanup(self.paste, "rm -r published && mv published-before published")
        self.desk.run("ledger", "publish", "ledger.sqlite", "--to", "published")
        said = [self.paste(block) for block in BLOCKS]
        self.assertEqual(said[0].count("VERIFIED:"), 3)
        self.assertIn("is signed by whom it names", said[4])
        self.assertEqual(said[5].count('"verdict": "verified"'), 2)
        # The newest checkpoint is of the new key, the one of the last audit of the old one.
        self.desk.write("log.vkey", first)
        self.assertIn("no signature by", self.paste('python3 "$CLONE/vectors/reader.py" note next.note --vkey log.vkey', code=1))
        self.paste('python3 "$CLONE/vectors/reader.py" note last.note --vkey log.vkey')

    def test_a_key_that_was_replaced_signs_nothing_after_the_checkpoint_of_its_last_entry(self) -> None:
        self.restored()
        self.story.replace_key("ledger.sqlite")
        with sqlite3.connect(self.desk.folder / "ledger.sqlite") as database:
            (size, note), = database.execute("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchall()
        database.close()
        for key in ("exec", "exec-2"):
            text = note.split(b"\n\n")[0] + b"\n"
            signature = load_pem_private_key(self.desk.read(key), None).sign(text)
            forged = text + b"\n" + "\u2014 {} ".format(text.decode().split("\n")[0]).encode() + base64.b64encode(bytes(4) + signature) + b"\n"
            self.changed(f"UPDATE checkpoints SET note = X'{forged.hex()}' WHERE size = {size}")
            if key == "exec":
                self.refused(4, f"the checkpoint of size {size} is not signed by the log's key of that time")
            else:
                self.assertIn("is signed by whom it names", self.paste(BLOCKS[4]))


if __name__ == "__main__":
    unittest.main()

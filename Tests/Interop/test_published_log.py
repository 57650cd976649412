# SPDX-License-Identifier: Apache-2.0
"""A published log: killed at every file and resumed; checked by Go's own packages, which then prove to us."""
from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from desk import PROGRAM, ROOT, Desk
from story import Story

GO_PACKAGES = "/usr/share/gocode"


class Published(unittest.TestCase):
    story: Story

    @classmethod
    def setUpClass(cls) -> None:
        cls.story = Story()
        cls.desk = cls.story.desk
        cls.go = str(cls.desk.folder / "go-check")
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": GO_PACKAGES, "GOCACHE": str(cls.desk.folder / "go-cache"), "GOFLAGS": ""}
        subprocess.run(["go", "build", "-o", cls.go, str(ROOT / "Tests/Interop/go/check.go")], check=True, env=environment, timeout=300)
        cls.desk.run("ledger", "publish", "ledger.sqlite", "--to", "published")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.story.temporary.cleanup()

    def check(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run([self.go, *arguments], cwd=self.desk.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    # Go's golang.org/x/mod/sumdb

    def test_go_verifies_notes_tiles_inclusion_and_consistency(self) -> None:
        size = self.desk.json("audit", "verify", "ledger.sqlite", "--genesis", self.story.genesis)["size"]
        self.assertRegex(self.check("published", "published", self.story.vkey), rf"^{size} entries, \d+ checkpoints\n$")

    def test_go_verifies_a_log_whose_key_was_replaced_with_all_its_keys(self) -> None:
        self.desk.write("rotated.sqlite", self.desk.read("ledger.sqlite"))
        keys = self.story.replace_key("rotated.sqlite")
        self.assertEqual(len(keys.split()), 2)
        self.desk.run("ledger", "publish", "rotated.sqlite", "--to", "rotated")
        self.assertRegex(self.check("published", "rotated", keys), r"^\d+ entries, \d+ checkpoints\n$")
        for key in keys.split():
            self.assertIn("note has no verifiable signatures", self.check("published", "rotated", key, code=1))
        self.assertIn("a verifier key: does not hold", self.check("published", "rotated", "\n", code=1))

    def test_go_verifies_a_log_with_full_tiles_and_finds_a_changed_one(self) -> None:
        # One full tile at level 0, a partial one, and a partial one at level 1.
        desk = self.desk
        desk.run("ledger", "create", "long.sqlite", "--trust", "trust-1.json", "--key", "exec")
        self.refuse("long.sqlite", 300)
        vkey = desk.run("ledger", "vkey", "long.sqlite").decode().strip()
        desk.run("ledger", "publish", "long.sqlite", "--to", "long")
        self.assertRegex(self.check("published", "long", vkey), r"^301 entries, 301 checkpoints\n$")
        for name in ("tile/0/000", "tile/1/000.p/1", "tile/0/001.p/45", "tile/entries/000", "checkpoint"):
            path = desk.folder / "long" / name
            data = path.read_bytes()
            path.write_bytes(data[:20] + bytes([data[20] ^ 1]) + data[21:])
            self.check("published", "long", vkey, code=1)
            self.assertEqual(desk.json("audit", "verify", "--from", "long", code=1)["verdict"], "failed")
            path.write_bytes(data)

    def test_go_verifies_our_proofs_and_we_verify_those_that_go_makes(self) -> None:
        desk = self.desk
        for entry in (0, 7, 12):
            desk.run("audit", "prove", "ledger.sqlite", "--entry", str(entry), "--out", f"e{entry}.tlog-proof")
            self.assertIn(f"entry {entry} of", self.check("proof", self.story.vkey, f"e{entry}.tlog-proof", f"e{entry}.json"))
        self.check("proof", self.story.vkey, "e0.tlog-proof", "e7.json", code=1)
        for word, extra in (("prove", ["published", self.story.vkey]), ("make", [])):
            out = desk.folder / f"go-{word}"
            out.mkdir()
            self.check(word, *extra, str(out))
            key = str(out / "log.vkey") if word == "make" else self.story.vkey
            proofs = sorted(out.glob("*.tlog-proof"))
            self.assertGreater(len(proofs), 20)
            for proof in proofs:
                desk.run("audit", "check-proof", str(proof), "--log-key", key, "--entry-file", str(proof.with_suffix(".entry")))
            desk.run("audit", "check-proof", str(proofs[0]), "--log-key", key, "--entry-file", str(proofs[1].with_suffix(".entry")), code=1)

    # Rebuilt

    def test_a_published_log_is_made_into_the_same_ledger(self) -> None:
        desk = self.desk
        answer = desk.json("audit", "verify", "--from", "published", "--genesis", self.story.genesis, "--since", "note-4")
        self.assertEqual(answer["verdict"], "verified")
        self.assertEqual(answer, desk.json("audit", "verify", "ledger.sqlite", "--genesis", self.story.genesis, "--since", "note-4"))
        desk.run("audit", "rebuild", "--from", "published", "--out", "rebuilt.sqlite", "--genesis", self.story.genesis)
        self.assertEqual(self.rows("rebuilt.sqlite"), self.rows("ledger.sqlite"))

    def rows(self, name: str) -> list[str]:
        import sqlite3
        with sqlite3.connect(f"file:{self.desk.folder}/{name}?mode=ro", uri=True) as database:
            return [str(row) for table in ("entries", "artifacts", "tiles", "checkpoints", "cosignatures") for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]

    # Killed

    def refuse(self, ledger: str, count: int) -> None:
        """Entries that are quickly made: bundles of another ledger, refused on record, one after the other."""
        for number in range(count):
            self.desk.run("ledger", "record", ledger, ("create.json", "put.json")[number % 2], "--key", "exec", code=77)

    def publish_killed(self, ledger: str, to: str, call: str, when: int, step: int, sizes: set[int]) -> int:
        """Kills each run at its WHENth such call, STEP calls later each time, until one comes to its end. Whatever is published after a kill verifies."""
        kills = 0
        while True:
            done = subprocess.run(
                ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={when + step * kills}", PROGRAM, "ledger", "publish", ledger, "--to", to],
                cwd=self.desk.folder, env=self.desk.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
            if done.returncode == 0:
                return kills
            self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
            kills += 1
            self.assertLess(kills, 400)
            if (self.desk.folder / to / "checkpoint").exists():
                answer = self.desk.json("audit", "verify", "--from", to, code=1)
                self.assertEqual(answer["verdict"], "unanchored", answer)
                self.assertIn(answer["size"], sizes)
            else:
                self.desk.run("audit", "verify", "--from", to, code=66)

    def files(self, folder: str) -> dict[str, str]:
        base = self.desk.folder / folder
        return {str(p.relative_to(base)): hashlib.sha256(p.read_bytes()).hexdigest() for p in base.rglob("*") if p.is_file() and not p.name.startswith(".")}

    def test_publication_is_killed_at_every_file_and_goes_on(self) -> None:
        desk = self.desk
        desk.run("ledger", "create", "short.sqlite", "--trust", "trust-1.json", "--key", "exec")
        self.refuse("short.sqlite", 4)
        # The second rename of a run: each run gives one more file its name.
        kills = self.publish_killed("short.sqlite", "killed", "rename", 2, 0, {5})
        self.assertEqual(kills, 17)
        desk.run("ledger", "publish", "short.sqlite", "--to", "whole")
        self.assertEqual(self.files("killed"), self.files("whole"))
        self.assertEqual(len(self.files("whole")), 18)
        self.refuse("short.sqlite", 2)
        self.assertEqual(self.publish_killed("short.sqlite", "killed", "rename", 2, 0, {5, 7}), 6)
        self.refuse("short.sqlite", 2)
        self.assertGreater(self.publish_killed("short.sqlite", "killed", "fsync", 1, 1, {7, 9}), 4)
        desk.run("ledger", "publish", "short.sqlite", "--to", "whole")
        self.assertEqual(self.files("killed"), self.files("whole"))
        answer = desk.json("audit", "verify", "--from", "killed", code=1)
        self.assertEqual((answer["size"], answer["verdict"]), (9, "unanchored"))

    def test_a_backup_that_is_killed_leaves_nothing_under_its_name(self) -> None:
        for call in ("fsync", "link"):
            done = subprocess.run(
                ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when=1", PROGRAM, "ledger", "backup", "ledger.sqlite", "--to", "copy.sqlite"],
                cwd=self.desk.folder, env=self.desk.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
            self.assertFalse((self.desk.folder / "copy.sqlite").exists())
        self.desk.run("ledger", "backup", "ledger.sqlite", "--to", "copy.sqlite")
        self.assertEqual(self.rows("copy.sqlite"), self.rows("ledger.sqlite"))


if __name__ == "__main__":
    unittest.main()

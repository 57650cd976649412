# SPDX-License-Identifier: Apache-2.0
"""Cosignatures between Go's golang.org/x/mod/sumdb/note and ours, both ways; and the independent reader on the same notes, proofs and ledger."""
from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from pymerkle import InmemoryTree, verify_inclusion

from desk import ROOT, Desk

sys.path.append(str(ROOT / "vectors"))
from notes import Checkpoint, Verifier  # noqa: E402

OURS, THEIRS = "witness.example.com/ours", "go.example/witness"
TRUST = """
origin: example.com/witnessed
expires: 2099-01-01T00:00:00Z
keys: {{ a: {{ owner: alice, file: alice.pub }}, b: {{ owner: bob, file: bob.pub }}, d: {{ owner: dana, file: dana.pub }}, e: {{ owner: exec, file: exec.pub }},
  w: {{ owner: audit-office, file: w1.pub, name: {ours} }}, g: {{ owner: regulator, file: go.pub, name: {theirs} }} }}
roles: {{ root: {{ keys: [a, b], threshold: 2 }}, preparer: {{ keys: [d] }}, approver: {{ keys: [a, b], threshold: 2 }}, ledger: {{ keys: [e] }},
  witness: {{ keys: [w, g], threshold: 2 }} }}
limits: {{ accounts: ["123456789012"], regions: [us-east-1], operations: [create-key] }}
"""


class GoWitness(unittest.TestCase):
    """One ledger, cosigned by our witness and by one that Go makes: everybody verifies both."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.desk = desk = Desk(Path(cls.temporary.name))
        cls.go = str(desk.folder / "go-check")
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(desk.folder / "go-cache"), "GOFLAGS": ""}
        subprocess.run(["go", "build", "-o", cls.go, str(ROOT / "Tests/Interop/go/check.go")], check=True, env=environment, timeout=300)
        for name in ("alice", "bob", "dana", "exec", "w1"):
            desk.run("key", "generate", "--type", "ed25519", "--out", name, "--no-passphrase")
        cls.check("witness", THEIRS, "go")
        pem = base64.b64encode(desk.read("go.der")).decode()
        desk.write("go.pub", f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")
        desk.write("trust.yaml", TRUST.format(ours=OURS, theirs=THEIRS))
        desk.run("trust", "create", "trust.yaml", "--out", "trust.json")
        for name in ("alice", "bob"):
            desk.run("trust", "sign", "trust.json", "--key", name)
        cls.genesis = desk.json("ledger", "create", "l.sqlite", "--trust", "trust.json", "--key", "exec")["genesis"]
        for at in range(6):
            desk.run("ledger", "record", "l.sqlite", desk.write("wrong", ("[]", "{}")[at % 2]), "--key", "exec", code=65)
        desk.run("ledger", "vkey", "l.sqlite")
        cls.vkey = desk.run("ledger", "vkey", "l.sqlite").decode().strip()
        cls.ours = desk.run("witness", "vkey", "w1.pub", "--name", OURS).decode().strip()
        cls.theirs = desk.read("go.vkey").decode().strip()
        # Ours by request, theirs by Go's own hand; the ledger takes in both.
        desk.run("ledger", "witness-request", "l.sqlite", "--old", "0", "--out", "request")
        desk.write("ours.line", desk.run("witness", "cosign", "request", "--key", "w1", "--name", OURS, "--state", "state", "--log-key", cls.vkey))
        desk.write("plain.note", desk.run("ledger", "checkpoint", "l.sqlite"))
        desk.write("theirs.line", cls.check("cosign", THEIRS, "go.seed", "plain.note", str(int(time.time()))))
        cls.taken = desk.json("ledger", "cosign", "l.sqlite", "ours.line", "theirs.line", "--key", "exec")
        desk.write("note", desk.run("ledger", "checkpoint", "l.sqlite"))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.temporary.cleanup()

    @classmethod
    def check(cls, *arguments: str, code: int = 0) -> str:
        done = subprocess.run([cls.go, *arguments], cwd=cls.desk.folder, capture_output=True, text=True, timeout=60)
        if done.returncode != code:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_the_ledger_takes_in_a_cosignature_that_go_made(self) -> None:
        self.assertEqual(sorted(row["name"] for row in self.taken["cosigned"]), sorted([OURS, THEIRS]))
        verdict = self.desk.json("audit", "verify", "l.sqlite", "--genesis", self.genesis, "--require-witness")
        self.assertEqual((verdict["verdict"], verdict["witnessed"], verdict["findings"]), ("verified", 7, []))

    def test_a_cosignature_that_go_made_of_something_else_is_refused(self) -> None:
        desk = self.desk
        other = desk.read("plain.note").replace(b"\n7\n", b"\n8\n")
        desk.write("other.note", other)
        desk.write("other.line", self.check("cosign", THEIRS, "go.seed", "other.note", "1700000000"))
        self.assertIn(b"other.line", desk_error(desk, "ledger", "cosign", "l.sqlite", "other.line", "--key", "exec"))

    def test_go_verifies_our_cosigned_note(self) -> None:
        self.assertEqual(self.check("cosigned", self.vkey, "note", self.ours, self.theirs), "3 signatures, 0 unknown\n")
        self.assertEqual(self.check("cosigned", self.vkey, "note", self.ours), "2 signatures, 1 unknown\n")

    def test_go_refuses_each_cosigned_note_with_a_changed_byte(self) -> None:
        note = self.desk.read("note")
        for at in range(0, len(note), 3):
            self.desk.write("changed", note[:at] + bytes([note[at] ^ 1]) + note[at + 1:])
            with self.subTest(at=at):
                self.check("cosigned", self.vkey, "changed", self.ours, self.theirs, code=1)

    def test_the_independent_reader_verifies_the_note_a_proof_and_the_ledger(self) -> None:
        note = Checkpoint.read(self.desk.read("note"))
        for key in (self.vkey, self.ours, self.theirs):
            note.signed_by(Verifier.read(key))
        self.desk.run("audit", "prove", "l.sqlite", "--entry", "3", "--out", "e3.tlog-proof")
        for words in (["note", "note", "--vkey", self.vkey], ["proof", "e3.tlog-proof", "--vkey", self.vkey, "--entry-file", "e3.json"],
                      ["ledger", "l.sqlite", "--genesis", self.genesis]):
            done = subprocess.run([sys.executable, str(ROOT / "vectors/reader.py"), *words], cwd=self.desk.folder, capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, json.loads(done.stdout)["verdict"]), (0, "verified"), done.stdout + done.stderr)

    def test_our_proof_check_takes_witnesses_of_both(self) -> None:
        desk = self.desk
        desk.run("audit", "prove", "l.sqlite", "--entry", "5", "--out", "e5.tlog-proof")
        words = ["audit", "check-proof", "e5.tlog-proof", "--log-key", self.vkey, "--entry-file", "e5.json"]
        desk.run(*words, "--witness-key", self.ours, "--witness-key", self.theirs)
        self.check("proof", self.vkey, "e5.tlog-proof", "e5.json")
        stranger = desk.run("witness", "vkey", "alice.pub", "--name", "witness.example.com/none").decode().strip()
        self.assertNotEqual(0, subprocess.run([os.environ.get("COUNTERSIGN") or str(ROOT / ".build/debug/countersign"), *words, "--witness-key", stranger],
                                              cwd=desk.folder, env=desk.environment, capture_output=True, timeout=60).returncode)

    def test_pymerkle_has_the_same_root_and_takes_our_proofs(self) -> None:
        desk = self.desk
        note = Checkpoint.read(desk.read("note"))
        tree = InmemoryTree(algorithm="sha256")
        for at in range(note.size):
            desk.run("audit", "prove", "l.sqlite", "--entry", str(at), "--out", f"p{at}.tlog-proof")
            tree.append_entry(desk.read(f"p{at}.json"))
        self.assertEqual(tree.get_root(note.size), note.root)
        for at in range(note.size):
            ours = [base64.b64decode(line) for line in desk.read(f"p{at}.tlog-proof").decode().split("\n\n")[0].split("\n")[2:]]
            theirs = tree.prove_inclusion(at + 1, note.size)
            # The same hashes; pymerkle counts from 1, and its path holds the leaf too, in the tree's order.
            leaf = tree.get_leaf(at + 1)
            self.assertEqual(sorted([leaf, *ours]), sorted(theirs.path))
            verify_inclusion(leaf, note.root, theirs, index=at + 1, size=note.size)


def desk_error(desk: Desk, *arguments: str) -> bytes:
    done = subprocess.run([os.environ.get("COUNTERSIGN") or str(ROOT / ".build/debug/countersign"), *arguments], cwd=desk.folder, env=desk.environment,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode == 0:
        raise AssertionError(done.stdout)
    return done.stderr


if __name__ == "__main__":
    unittest.main()

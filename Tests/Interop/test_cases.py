# SPDX-License-Identifier: Apache-2.0
"""The cases under vectors/cases: made again with fixed keys, ids and times, every byte is the same.

    python Tests/Interop/test_cases.py --write     makes them anew, for a new case"""
from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from desk import ABSENT, REFERENCE, ROOT, Desk, digest, envelope

CASES = ROOT / "vectors/cases"
NAMES = ["create-key", "put-key-policy"]
SAID = ("id", "created", "now", "reason")
ORIGIN = "example.com/cases/ledger"


def checkpoint() -> bytes:
    """A note (C2SP signed-note) by the reference's ledger key, made without countersign."""
    key = load_pem_private_key((REFERENCE / "keys/exec.pem").read_bytes(), None)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    hash = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + raw).digest()[:4]
    text = f"{ORIGIN}\n12345\n{base64.b64encode(hashlib.sha256(b'a state').digest()).decode()}\n".encode()
    return text + b"\n\xe2\x80\x94 " + ORIGIN.encode() + b" " + base64.b64encode(hash + key.sign(text)) + b"\n"


def made(folder: Path) -> dict[str, bytes]:
    """Every file of every case, made by countersign."""
    desk = Desk(folder)
    desk.reference_keys("alice", "bob", "carol", "dana", "exec")
    for policy in ("policy-1.json", "policy-2.json"):
        shutil.copyfile(REFERENCE / policy, folder / policy)
    shutil.copyfile(CASES / "trust.yaml", folder / "trust.yaml")
    desk.run("trust", "create", "trust.yaml", "--created", "2026-11-20T00:00:00Z", "--out", "trust.json")
    for signer in ("alice", "bob"):
        desk.run("trust", "sign", "trust.json", "--key", signer)
    files = {"trust.json": desk.read("trust.json"), "checkpoint.txt": checkpoint()}
    desk.write("checkpoint.txt", files["checkpoint.txt"])
    for name in NAMES:
        said = json.loads((CASES / name / "expect.json").read_bytes())
        change, = (CASES / name).glob("change.*")
        shutil.copyfile(change, folder / f"{name}.change")
        bundle = f"{name}.json"
        desk.run("prepare", f"{name}.change", "--trust", "trust.json", "--checkpoint", "checkpoint.txt", "--key", "dana", "--id", said["id"],
                 "--created", said["created"], "--out", bundle)
        payload = envelope(desk.read(bundle))[1]
        common = [bundle, "--trust", "trust.json", "--expect", digest(payload), "--now", said["now"]]
        approval = desk.json("approve", *common, "--key", "alice", "--out", f"{name}.alice")
        desk.run("reject", *common, "--key", "bob", "--reason", said["reason"], "--out", f"{name}.bob")
        shown = desk.json("review", bundle, "--trust", "trust.json")
        expect = {key: said[key] for key in SAID} | {
            "trust": digest(envelope(files["trust.json"])[1]), "bundle": digest(payload), "fingerprint": proquints(payload), "review": shown["review"],
            "approval": approval["approval"], "pins": {request["name"]: request["sha256"] for request in json.loads(payload)["requests"]},
        }
        assert hashlib.sha256(shown["text"].encode()).hexdigest() == shown["review"]["sha256"][7:]
        files |= {f"{name}/bundle.json": desk.read(bundle), f"{name}/alice.approve.json": desk.read(f"{name}.alice"), f"{name}/bob.reject.json": desk.read(f"{name}.bob"),
                  f"{name}/expect.json": json.dumps(expect, indent=1, ensure_ascii=True).encode() + b"\n"}
    return files


def proquints(payload: bytes) -> list[str]:
    """arXiv:0901.4016: sixteen bits a word, consonant and vowel in turn."""
    value = hashlib.sha256(payload).digest()
    words = []
    for high, low in zip(value[::2], value[1::2]):
        bits = high << 8 | low
        words.append("".join(["bdfghjklmnprstvz"[bits >> 12], "aiou"[bits >> 10 & 3], "bdfghjklmnprstvz"[bits >> 6 & 15], "aiou"[bits >> 4 & 3], "bdfghjklmnprstvz"[bits & 15]]))
    return words


@unittest.skipUnless(REFERENCE.is_dir(), ABSENT)
class Cases(unittest.TestCase):
    def test_the_same_files_come_out_byte_for_byte(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, data in made(folder).items():
            self.assertEqual((CASES / name).read_bytes(), data, name)

    def test_the_independent_reader_verifies_them(self) -> None:
        def read(*arguments: str) -> dict[str, Any]:
            done = subprocess.run([sys.executable, "-B", str(ROOT / "vectors/reader.py"), *arguments], cwd=CASES, capture_output=True, text=True, timeout=60)
            answer = json.loads(done.stdout)
            self.assertEqual((done.returncode, answer["verdict"], answer["findings"]), (0, "verified", []), answer)
            return answer

        for name in NAMES:
            expect = json.loads((CASES / name / "expect.json").read_bytes())
            self.assertEqual(read("trust", "trust.json")["digest"], expect["trust"])
            self.assertEqual(read("bundle", f"{name}/bundle.json", "--trust", "trust.json", "--at", expect["now"])["digest"], expect["bundle"])
            for file, decision, owner in (("alice.approve", "approve", "alice"), ("bob.reject", "reject", "bob")):
                answer = read("approval", f"{name}/{file}.json", "--bundle", f"{name}/bundle.json", "--trust", "trust.json", "--at", expect["now"])
                self.assertEqual((answer["decision"], answer["approver"]), (decision, owner))
            self.assertEqual(read("approval", f"{name}/alice.approve.json", "--bundle", f"{name}/bundle.json", "--trust", "trust.json")["digest"], expect["approval"])


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        with tempfile.TemporaryDirectory() as temporary:
            for name, data in made(Path(temporary)).items():
                (CASES / name).write_bytes(data)
    else:
        unittest.main()

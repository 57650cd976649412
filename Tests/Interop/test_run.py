# SPDX-License-Identifier: Apache-2.0
"""A whole run by countersign, checked by the independent reader and by libraries of others."""
from __future__ import annotations

import base64
import copy
import hashlib
import json
import sqlite3
import subprocess
import sys
import unittest
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pymerkle import InmemoryTree
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from desk import ROOT, digest, envelope
from story import Story


class Run(unittest.TestCase):
    story: Story

    @classmethod
    def setUpClass(cls) -> None:
        cls.story = Story()
        cls.desk = cls.story.desk

    @classmethod
    def tearDownClass(cls) -> None:
        cls.story.temporary.cleanup()

    def reader(self, *arguments: str) -> dict[str, Any]:
        """The answer of vectors/reader.py, a second implementation from the format's text alone."""
        done = subprocess.run([sys.executable, "-B", str(ROOT / "vectors/reader.py"), *arguments], cwd=self.desk.folder, capture_output=True, text=True, timeout=120)
        answer = json.loads(done.stdout)
        self.assertEqual((done.returncode, answer["verdict"]), (0, "verified"), answer)
        return answer

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.desk.folder}/ledger.sqlite?mode=ro", uri=True) as database:
            return database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()

    def keys(self) -> dict[str, dict[str, str]]:
        return {keyid: key for name in self.story.trusts for keyid, key in json.loads(envelope(self.desk.read(name))[1])["keys"].items()}

    # The independent reader

    def test_the_reader_verifies_trust_roots_bundles_and_approvals(self) -> None:
        one = self.reader("trust", "trust-1.json")
        two = self.reader("trust", "trust-2.json", "--previous", "trust-1.json")
        self.assertEqual((one["version"], two["version"], one["findings"], two["findings"]), (1, 2, [], []))
        for name in self.story.bundles:
            self.assertEqual(self.reader("bundle", name, *self.story.both)["digest"], digest(envelope(self.desk.read(name))[1]))
        for name in self.story.approvals:
            bundle = name.split(".json")[0] + ".json"
            self.assertEqual(self.reader("approval", name, "--bundle", bundle, *self.story.both)["findings"], [])

    def test_the_reader_verifies_the_whole_ledger(self) -> None:
        answer = self.reader("ledger", "ledger.sqlite", "--genesis", self.story.genesis, "--since", "note-4")
        severe = [f for f in answer["findings"] if f["severity"] != "note" and f["code"] != "review-version-unknown"]
        # moto does not show how often a key is rotated; nothing else is left open.
        self.assertEqual(severe, [])
        ours = self.desk.json("audit", "verify", "ledger.sqlite", "--genesis", self.story.genesis, "--since", "note-4")
        self.assertEqual((ours["verdict"], ours["size"], ours["root"]), ("verified", answer["size"], answer["root"]))
        self.assertEqual([f["code"] for f in ours["findings"] if f["code"] != "not-shown"], [])

    def test_the_reader_verifies_notes_and_proofs(self) -> None:
        for number in (1, 2, 3, 4):
            self.assertEqual(self.reader("note", f"note-{number}", "--vkey", self.story.vkey)["origin"], "example.com/org-cloudtrail/ledger")
        for seq, entry in self.rows("entries")[::7]:
            self.desk.write("entry", entry)
            self.desk.run("audit", "prove", "ledger.sqlite", "--entry", str(seq), "--out", "proof", *(["--force"] if seq else []))
            self.assertEqual(self.reader("proof", "proof", "--vkey", self.story.vkey, "--entry-file", "entry")["index"], seq)

    # DSSE and in-toto: securesystemslib

    def test_securesystemslib_verifies_every_envelope(self) -> None:
        public = {}
        for keyid, key in self.keys().items():
            loaded = load_der_public_key(base64.b64decode(key["public"]))
            if key["type"] == "ed25519":
                public[keyid] = SSlibKey(keyid, "ed25519", "ed25519", {"public": loaded.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()})
            else:
                pem = loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
                public[keyid] = SSlibKey(keyid, "ecdsa", "ecdsa-sha2-nistp256", {"public": pem})
        for name in [*self.story.trusts, *self.story.bundles, *self.story.approvals]:
            parsed, payload = envelope(self.desk.read(name))
            made = Envelope.from_dict(copy.deepcopy(parsed))
            self.assertEqual((made.payload, made.payload_type), (payload, parsed["payloadType"]))
            signers = [public[signature["keyid"]] for signature in parsed["signatures"]]
            self.assertEqual(len(made.verify(signers, len(signers))), len(signers))
            self.assertEqual(made.to_dict()["payload"], parsed["payload"])

    def test_approvals_are_in_toto_statements_about_the_bundles(self) -> None:
        for name in self.story.approvals:
            parsed, payload = envelope(self.desk.read(name))
            self.assertEqual(parsed["payloadType"], "application/vnd.in-toto+json")
            statement = json.loads(payload)
            bundle = envelope(self.desk.read(name.split(".json")[0] + ".json"))[1]
            self.assertEqual(sorted(statement), ["_type", "predicate", "predicateType", "subject"])
            self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
            self.assertEqual(statement["subject"], [{"name": json.loads(bundle)["id"], "digest": {"sha256": hashlib.sha256(bundle).hexdigest()}}])

    # JCS: rfc8785

    def test_rfc8785_writes_every_payload_entry_and_body_the_same(self) -> None:
        texts = [envelope(self.desk.read(name))[1] for name in [*self.story.trusts, *self.story.bundles, *self.story.approvals]]
        texts += [entry for _, entry in self.rows("entries")]
        for name in self.story.bundles:
            bundle = json.loads(envelope(self.desk.read(name))[1])
            texts += [request["body"].encode() for request in bundle["requests"]] + [bundle["policy"]["document"].encode()]
        lines = [self.desk.read(name) for name in [*self.story.trusts, *self.story.bundles, *self.story.approvals, "snapshot.json"]]
        self.assertTrue(all(line.endswith(b"\n") for line in lines))
        for text in [*texts, *(line[:-1] for line in lines)]:
            self.assertEqual(rfc8785.dumps(json.loads(text)), text)

    # Merkle: pymerkle

    def test_pymerkle_gives_the_root_of_every_checkpoint(self) -> None:
        tree = InmemoryTree(algorithm="sha256")
        for _, entry in self.rows("entries"):
            tree.append_entry(entry)
        checkpoints = self.rows("checkpoints")
        self.assertGreater(len(checkpoints), 10)
        for size, note in checkpoints:
            origin, stated, root = note.decode().split("\n")[:3]
            self.assertEqual((origin, int(stated), base64.b64decode(root)), ("example.com/org-cloudtrail/ledger", size, tree.get_root(size)))
        self.assertEqual(self.story.genesis, "sha256:" + tree.get_root(1).hex())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Private key files and the openssl command: each opens what the other wrote."""
from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from desk import Desk, digest

SECRET = "correct horse battery staple"


class Keys(unittest.TestCase):
    def setUp(self) -> None:
        self.desk = Desk(Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.desk.write("secret", SECRET + "\n")
        (self.desk.folder / "secret").chmod(0o600)

    def openssl(self, *arguments: str) -> bytes:
        return subprocess.run(["openssl", *arguments], cwd=self.desk.folder, check=True, capture_output=True, timeout=60).stdout

    def test_openssl_opens_our_keys_and_agrees_about_the_public_half(self) -> None:
        for kind in ("ed25519", "ecdsa-p256"):
            self.desk.run("key", "generate", "--type", kind, "--out", kind, "--passphrase-file", "secret")
            self.assertTrue(self.desk.read(kind).startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"))
            self.assertEqual(self.openssl("pkey", "-in", kind, "-passin", f"pass:{SECRET}", "-pubout"), self.desk.read(kind + ".pub"))
            form = self.openssl("asn1parse", "-in", kind).decode()
            for part in ("PBES2", ":scrypt", "aes-256-cbc"):
                self.assertIn(part, form)
            wrong = subprocess.run(["openssl", "pkey", "-in", kind, "-passin", "pass:wrong"], cwd=self.desk.folder, capture_output=True)
            self.assertNotEqual(wrong.returncode, 0)
            der = self.openssl("pkey", "-pubin", "-in", kind + ".pub", "-outform", "DER")
            self.assertEqual(self.desk.json("key", "show", kind + ".pub")["keyid"], digest(der))
            self.assertEqual((self.desk.folder / kind).stat().st_mode & 0o777, 0o600)

    def test_keys_that_openssl_made_sign_for_us_and_openssl_verifies(self) -> None:
        self.openssl("genpkey", "-algorithm", "ed25519", "-out", "plain")
        self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "p256-plain")
        for name in ("plain", "p256-plain"):
            self.openssl("pkcs8", "-topk8", "-in", name, "-scrypt", "-passout", f"pass:{SECRET}", "-out", name + "-sealed")
            (self.desk.folder / (name + "-sealed")).chmod(0o600)
            self.desk.write(name + ".pub", self.openssl("pkey", "-in", name, "-pubout"))
        for name in ("exec", "dana"):
            self.openssl("genpkey", "-algorithm", "ed25519", "-out", name)
            self.desk.write(name + ".pub", self.openssl("pkey", "-in", name, "-pubout"))
        self.desk.write("trust.yaml", """
origin: example.com/keys
expires: 2035-01-01T00:00:00Z
keys: { a: { owner: a, file: plain.pub }, b: { owner: b, file: p256-plain.pub }, d: { owner: d, file: dana.pub }, e: { owner: e, file: exec.pub } }
roles: { root: { keys: [a, b], threshold: 2 }, preparer: { keys: [d] }, approver: { keys: [a, b], threshold: 2 }, ledger: { keys: [e] } }
limits: { accounts: ["123456789012"], regions: [us-east-1], operations: [create-key], validity: 1d }
""")
        self.desk.run("trust", "create", "trust.yaml", "--out", "trust.json")
        for name in ("plain", "p256-plain"):
            self.desk.run("trust", "sign", "trust.json", "--key", name + "-sealed", "--passphrase-file", "secret")
        self.desk.run("trust", "verify", "trust.json")
        parsed = json.loads(self.desk.read("trust.json"))
        payload = base64.b64decode(parsed["payload"])
        kind = parsed["payloadType"].encode()
        self.desk.write("pae", b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
        signatures = {entry["keyid"]: base64.b64decode(entry["sig"]) for entry in parsed["signatures"]}
        for name in ("plain", "p256-plain"):
            der = self.openssl("pkey", "-pubin", "-in", name + ".pub", "-outform", "DER")
            self.desk.write("sig", signatures["sha256:" + hashlib.sha256(der).hexdigest()])
            raw = ["-rawin"] if name == "plain" else ["-rawin", "-digest", "sha256"]
            self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", name + ".pub", *raw, "-in", "pae", "-sigfile", "sig")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A whole run by countersign against a KMS server: trust root, two changes, approvals, a trust update, a reject, a ledger."""
from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from desk import ROOT, Desk, digest, envelope

TRUST = """
origin: example.com/org-cloudtrail
expires: {expires}
keys:
  dana:  {{ owner: dana, file: dana.pub }}
  alice: {{ owner: alice, file: alice.pub, comment: "é, \\\\ and \\"quotes\\"" }}
  bob:   {{ owner: bob, file: bob.pub }}
  carol: {{ owner: carol, file: carol.pub }}
  exec:  {{ owner: release-engineering, file: exec.pub }}
roles:
  root:     {{ keys: [alice, bob, carol], threshold: 2 }}
  preparer: {{ keys: [dana] }}
  approver: {{ keys: [alice, bob, carol], threshold: 2 }}
  ledger:   {{ keys: [exec] }}
limits: {{ accounts: ["123456789012"], regions: [us-east-1], operations: [create-key, put-key-policy], endpoints: ["{url}"], validity: {validity} }}
"""
POLICY = """
policy:
  template: org-cloudtrail-key
  parameters:
    managementAccount: "281474976710"
    logArchiveAccount: "339712745831"
    trailName: org-trail
"""
CREATE = """
change: create-key
title: "Key for the organization's CloudTrail: é"
ticket: CHG-1042
valid: 72h
target: { account: "123456789012", region: us-east-1, executor: role/cloudtrail-key-executor }
alias: cloudtrail-org-key
description: Encrypts the organization's CloudTrail logs
rotation: 365
tags: { data-class: audit, Zone: "1" }
""" + POLICY
PUT = """
change: put-key-policy
title: Let the security analysts read the trail
ticket: CHG-1055
valid: 72h
target: {{ account: "123456789012", region: us-east-1, executor: role/cloudtrail-key-executor }}
key: {key}
base: {{ snapshot: snapshot.json }}
""" + POLICY.replace("{", "{{").replace("}", "}}") + """    readerRoles: ["arn:aws:iam::339712745831:role/security-analyst"]
"""


class Story:
    """Made once for all tests; the server is stopped when it is done."""

    def __init__(self) -> None:
        self.temporary = tempfile.TemporaryDirectory(prefix="countersign-interop-")
        self.desk = desk = Desk(Path(self.temporary.name))
        for name in ("dana", "alice", "bob", "carol", "exec"):
            desk.run("key", "generate", "--type", "ecdsa-p256" if name == "carol" else "ed25519", "--out", name, "--no-passphrase")
        server = [sys.executable, str(ROOT / "Tests/Support/kms_server.py")]
        try:
            self.url = subprocess.run([*server, "start", str(desk.folder / "server")], check=True, capture_output=True, text=True, timeout=90).stdout.strip()
            desk.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(desk.folder / "server/credentials")
            self.tell()
        finally:
            subprocess.run([*server, "stop", str(desk.folder / "server")], check=True, timeout=30)

    def trust(self, number: int, validity: str, *signers: str) -> None:
        expires = (datetime.now(timezone.utc) + timedelta(days=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.desk.write(f"trust-{number}.yaml", TRUST.format(url=self.url, validity=validity, expires=expires))
        before = [part for old in range(1, number) for part in ("--previous", f"trust-{old}.json")]
        self.desk.run("trust", "create", f"trust-{number}.yaml", "--out", f"trust-{number}.json", *before)
        for signer in signers:
            self.desk.run("trust", "sign", f"trust-{number}.json", "--key", signer, *before)

    def replace_key(self, ledger: str) -> str:
        """Hands a copy of the ledger over to another key, which writes an entry; gives every key that the log has had, one in a line."""
        desk, before = self.desk, ["--previous", "trust-1.json", "--previous", "trust-2.json"]
        if not (desk.folder / "trust-3.json").exists():
            desk.run("key", "generate", "--type", "ed25519", "--out", "exec-2", "--no-passphrase")
            desk.write("trust-3.yaml", desk.read("trust-2.yaml").decode().replace("file: exec.pub", "file: exec-2.pub"))
            desk.run("trust", "create", "trust-3.yaml", "--out", "trust-3.json", *before)
            for signer in ("alice", "bob"):
                desk.run("trust", "sign", "trust-3.json", "--key", signer, *before)
        desk.run("ledger", "record", ledger, "trust-3.json", "--key", "exec")
        desk.write("note-old", desk.run("ledger", "checkpoint", ledger))
        desk.run("prepare", "create.yaml", *self.both, "--trust", "trust-3.json", "--checkpoint", "note-old", "--key", "dana", "--out", f"{ledger}.json", "--force")
        desk.run("ledger", "record", ledger, f"{ledger}.json", "--key", "exec-2")
        return desk.run("ledger", "vkey", ledger, "--all").decode()

    def decide(self, word: str, name: str, bundle: str, *trust: str) -> str:
        expected = digest(envelope(self.desk.read(bundle))[1])
        out = f"{bundle}.{name}.{word}"
        reason = ["--reason", "no\n\u202e"] if word == "reject" else []
        self.desk.run(word, bundle, *trust, "--key", name, "--expect", expected, *reason, "--out", out)
        return out

    def tell(self) -> None:
        desk, one = self.desk, ["--trust", "trust-1.json"]
        both = [*one, "--trust", "trust-2.json"]
        online = ["--ledger", "ledger.sqlite", "--key", "exec", "--profile", "executor", "--endpoint-url", self.url]
        self.trust(1, "7d", "alice", "carol")
        self.genesis: str = desk.json("ledger", "create", "ledger.sqlite", *one, "--key", "exec")["genesis"]
        desk.write("note-1", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.write("create.yaml", CREATE)
        desk.run("prepare", "create.yaml", *one, "--checkpoint", "note-1", "--key", "dana", "--out", "create.json")
        first = [self.decide("approve", name, "create.json", *one) for name in ("alice", "carol")]
        desk.run("execute", "create.json", "--approval", first[0], *online, code=77)
        desk.run("execute", "create.json", *[part for name in first for part in ("--approval", name)], *online)
        key = desk.json("resume", "ledger.sqlite", "--key", "exec")["key"]
        self.trust(2, "6d", "alice", "bob")
        desk.run("ledger", "record", "ledger.sqlite", "trust-2.json", "--key", "exec")
        desk.run("snapshot", key, "--profile", "reader", "--endpoint-url", self.url, "--out", "snapshot.json")
        desk.write("note-2", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.write("put.yaml", PUT.format(key=key))
        desk.run("prepare", "put.yaml", *both, "--checkpoint", "note-2", "--key", "dana", "--out", "put.json")
        second = [self.decide("approve", name, "put.json", *both) for name in ("bob", "carol")]
        desk.run("execute", "put.json", *[part for name in second for part in ("--approval", name)], *online)
        desk.write("note-3", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        desk.run("prepare", "put.yaml", *both, "--checkpoint", "note-3", "--key", "dana", "--out", "vetoed.json")
        reject = self.decide("reject", "alice", "vetoed.json", *both)
        desk.run("ledger", "record", "ledger.sqlite", "vetoed.json", reject, "--key", "exec")
        desk.write("note-4", desk.run("ledger", "checkpoint", "ledger.sqlite"))
        self.vkey = desk.run("ledger", "vkey", "ledger.sqlite").decode().strip()
        self.trusts, self.bundles, self.approvals = ["trust-1.json", "trust-2.json"], ["create.json", "put.json", "vetoed.json"], [*first, *second, reject]
        self.both = both

# SPDX-License-Identifier: Apache-2.0
"""Both readers over ledgers with a checked plan (docs/formats/plan-checked.md): the good one, and one for each lie about it."""
from __future__ import annotations

import copy
import unittest
from datetime import datetime, timezone
from typing import Any

import read
import test_ledger
from test_reader import EXPECTED, GENESIS, REFERENCE, Entries, Vectors as Base, run, seal

from signatures import Envelope
from strict import digest, instant, jcs, parse

KIND = "application/vnd.in-toto+json"


def stamp(text: str, seconds: int) -> str:
    return datetime.fromtimestamp(instant(text) + seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class PlanChecked(Base):
    history, opened = test_ledger.Ledgers.history, test_ledger.Ledgers.opened

    def told(self, *, signers: tuple[str, ...] = ("dana",), predicate: dict[str, Any] = {}, statement: dict[str, Any] = {}, data: dict[str, Any] = {},
             place: str | None = None, after: int = 0, twice: bool = False, keep: bool = False) -> str:
        """The reference ledger until its first authorization, and then a checked plan, with members changed. `keep`: the execution goes on."""
        bundle = Envelope.read((REFERENCE / "create-key.bundle.json").read_bytes(), "application/vnd.countersign.bundle+json")
        body, sealed = parse(bundle.payload), b""

        def change(entries: Entries) -> None:
            nonlocal sealed
            at = next(n for n, entry in enumerate(entries) if entry["type"] == "execution-authorized")
            before = entries[at]
            approvals = sorted(before["data"]["approvals"])
            root = next(entry["data"]["trust"] for entry in entries if entry["type"] == "genesis")
            made = {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": body["id"], "digest": {"sha256": bundle.digest[7:]}}],
                    "predicateType": "urn:countersign:plan-checked:v1",
                    "predicate": {"checker": "dana", "plan": {"sha256": digest(b"plan")}, "result": "exact", "approvals": approvals, "trust": root,
                                  "created": before["time"], "tool": "test/1"} | predicate} | statement
            payload = jcs(made)
            sealed = seal(KIND, payload, *signers)
            p = made["predicate"]
            entry = {"actor": before["actor"], "bundle": before["bundle"], "type": "plan-checked", "seq": 500, "time": stamp(before["time"], after), "more": False,
                     "data": {"envelope": digest(sealed), "payload": digest(payload), "checker": p["checker"], "keyid": EXPECTED["keys"][signers[0]],
                              "plan": p["plan"]["sha256"], "approvals": p["approvals"]} | data}
            where = at if place is None else next(n for n, e in enumerate(entries) if e["type"] == place)
            if place is not None:
                entry["time"] = entries[where]["time"]
            rest = entries[where:] if keep or place == "approval-received" else []
            entries[where:] = [entry, *([copy.deepcopy(entry) | {"seq": 501}] if twice else []), *rest]

        # The artifact is made while the history is told; history() takes it from here.
        self.history(change)
        return self.history(change, [sealed])

    def both(self, file: str) -> set[str]:
        short = read.read(["ledger", file, "--genesis", GENESIS])
        return {run("ledger", file, "--genesis", GENESIS)["verdict"], short.verdict()}

    def test_a_checked_plan_is_sound(self) -> None:
        for signer in ("dana", "alice", "exec"):
            owner = {"exec": "release-engineering"}.get(signer, signer)
            self.assertEqual(self.both(self.told(signers=(signer,), predicate={"checker": owner})), {"verified"}, signer)

    def test_every_lie_is_found_by_both(self) -> None:
        other = digest(b"other")
        lies: list[dict[str, Any]] = [
            {"predicate": {"checker": "alice"}}, {"predicate": {"result": "differs"}}, {"predicate": {"approvals": []}}, {"predicate": {"approvals": [other]}},
            {"predicate": {"trust": {"version": 2, "digest": other}}}, {"predicate": {"created": "2020-01-01T00:00:00Z"}},
            {"predicate": {"created": "2999-01-01T00:00:00Z"}}, {"predicate": {"more": 1}}, {"statement": {"predicateType": "urn:countersign:plan-checked:v2"}},
            {"statement": {"_type": "x"}}, {"statement": {"subject": []}}, {"statement": {"subject": [{"name": "x", "digest": {"sha256": other[7:]}}]}},
            {"data": {"payload": other}}, {"data": {"checker": "alice"}}, {"data": {"keyid": other}}, {"data": {"plan": other}}, {"data": {"approvals": [other]}},
            {"data": {"envelope": other}}, {"signers": ("dana", "alice")}, {"signers": ("bob",)}, {"after": 400 * 86400},
            {"twice": True}, {"keep": True}, {"place": "approval-received"}, {"place": "execution-completed", "keep": True},
        ]
        for lie in lies:
            with self.subTest(lie):
                self.assertEqual(self.both(self.told(**lie)), {"failed"})
        # The short reader says that it does not look at members that no rule of its own uses.
        self.assertEqual(run("ledger", self.told(data={"more": 1}), "--genesis", GENESIS)["verdict"], "failed")


if __name__ == "__main__":
    unittest.main()

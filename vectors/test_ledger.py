# SPDX-License-Identifier: Apache-2.0
"""The reader over ledgers: the reference ones, damaged copies, and ledgers of other histories whose every hash and signature is right."""
from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import unittest
from typing import Any, Callable

from test_reader import EXPECTED, GENESIS, REFERENCE, Entries, Vectors, codes, flipped, path, private, run, seal

import notes
from changes import pin
from entries import TABLES
from signatures import Envelope
from strict import digest, jcs, parse, sha256


class Ledgers(Vectors):
    def copied(self, name: str = "ledger.sqlite") -> str:
        target = self.folder / "ledger.sqlite"
        shutil.copyfile(REFERENCE / name, target)
        target.chmod(0o600)
        return str(target)

    def audit(self, file: str, *more: str) -> dict[str, Any]:
        return run("ledger", file, "--genesis", GENESIS, *more)

    def test_the_reference_ledger(self) -> None:
        answer = self.audit(path("ledger.sqlite"), "--since", path("checkpoint-last.txt"))
        unknown = ["review-version-unknown"] * 4
        self.assertEqual((answer["verdict"], answer["size"], answer["root"]), ("verified", 26, EXPECTED["ledger"]["root"]))
        self.assertEqual([(f["severity"], f["code"]) for f in answer["findings"]], [("warning", code) for code in unknown])
        answer = self.audit(path("ledger.sqlite"))
        self.assertEqual((answer["verdict"], codes(answer, "warning")), ("verified", [*unknown, "unwitnessed-tail"]))
        self.assertEqual(codes(run("ledger", path("ledger.sqlite"), "--genesis", EXPECTED["witnessed"]["genesis"])), ["genesis"])

    def test_the_witnessed_ledger(self) -> None:
        answer = run("ledger", path("witnessed/ledger.sqlite"), "--genesis", EXPECTED["witnessed"]["genesis"])
        self.assertEqual((answer["verdict"], answer["witnessed"], answer["root"]), ("verified", 21, EXPECTED["witnessed"]["root"]))
        self.assertEqual([(f["severity"], f["code"]) for f in answer["findings"]], [("warning", "review-version-unknown")] * 2)

    def test_a_note_of_another_history_is_refused(self) -> None:
        self.refused(run("ledger", path("witnessed/ledger.sqlite"), "--genesis", EXPECTED["witnessed"]["genesis"], "--since", path("checkpoint-last.txt")))
        self.assertIn("since", codes(self.audit(self.history(lambda entries: None), "--since", path("checkpoint-22.txt"))))

    def test_no_byte_of_any_row_can_change(self) -> None:
        for name, genesis in (("ledger.sqlite", GENESIS), ("witnessed/ledger.sqlite", EXPECTED["witnessed"]["genesis"])):
            file = self.copied(name)
            database = self.opened(file)
            for table, key, column in (("entries", "seq", "bytes"), ("artifacts", "sha256", "bytes"), ("checkpoints", "size", "note"), ("cosignatures", "size || name", "line")):
                for where, data in database.execute(f"SELECT {key}, {column} FROM {table}").fetchall():
                    for place, damaged in flipped(data, max(3, len(data) // 9), start=len(data) % 7):
                        database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (damaged, where))
                        self.refused(run("ledger", file, "--genesis", genesis), (name, table, where, place))
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (data, where))
            self.assertEqual(run("ledger", file, "--genesis", genesis)["verdict"], "verified")

    def test_no_row_can_go(self) -> None:
        for table, allowed in (("entries", set()), ("artifacts", set()), ("checkpoints", set(range(26)))):
            for row in range(len(sqlite3.connect(path("ledger.sqlite")).execute(f"SELECT 1 FROM {table}").fetchall())):
                file = self.copied()
                key = {"entries": "seq", "artifacts": "sha256", "checkpoints": "size"}[table]
                gone = self.opened(file).execute(f"DELETE FROM {table} WHERE {key} = (SELECT {key} FROM {table} ORDER BY 1 LIMIT 1 OFFSET ?) RETURNING {key}", (row,)).fetchone()
                # Without an intermediate checkpoint two transactions read as one, which no rule of the format forbids.
                self.assertEqual(self.audit(file)["verdict"], "verified" if gone[0] in allowed else "failed", (table, gone))

    def test_what_stands_beside_the_schema(self) -> None:
        cases = {
            "CREATE TABLE more(x)": "failed", "CREATE TABLE entries2 AS SELECT * FROM entries": "failed", "DROP TABLE tiles": "failed",
            "ALTER TABLE entries ADD COLUMN more TEXT": "failed", "PRAGMA user_version = 2": "failed", "PRAGMA application_id = 1": "failed",
            "INSERT INTO artifacts VALUES (x'" + sha256(b"x").hex() + "', x'78')": "failed", "INSERT INTO tiles VALUES (0, 0, x'00')": "failed",
            "INSERT INTO checkpoints SELECT 6, note FROM checkpoints WHERE size = 5": "failed",
            "INSERT INTO cosignatures VALUES (26, 'witness.example.com/w1', x'0a')": "failed",
            "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM tiles; END": "failed",
            "CREATE TRIGGER t BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'no'); END": "verified",
            "CREATE VIEW v AS SELECT 1": "verified", "CREATE INDEX i ON entries(bytes)": "failed",
        }
        for statement, verdict in cases.items():
            file = self.copied()
            self.opened(file).execute(statement)
            self.assertEqual(self.audit(file)["verdict"], verdict, statement)
        (self.folder / "no-database").write_bytes(b"no database" * 1000)
        self.refused(self.audit(str(self.folder / "no-database")))
        self.refused(self.audit(str(self.folder / "nothing-here")))

    def test_an_unknown_witness_is_an_error(self) -> None:
        file = self.copied()
        line = (REFERENCE / "cosigned-checkpoint.txt").read_bytes().splitlines(True)[-1]
        self.opened(file).execute("INSERT INTO cosignatures VALUES (26, 'witness.example.com/w1', ?)", (line,))
        self.assertEqual(codes(self.audit(file)), ["cosigner-unknown"])

    def test_intents_without_a_quorum_are_refused_where_it_is_asked_for(self) -> None:
        file = self.copied("witnessed/ledger.sqlite")
        self.opened(file).execute("DELETE FROM cosignatures WHERE size = 8 AND name LIKE '%w2'")
        answer = run("ledger", file, "--genesis", EXPECTED["witnessed"]["genesis"])
        self.assertEqual((codes(answer), answer["witnessed"]), (["witness"], 21))

    # Other histories: entries that the ledger's key could have signed

    def opened(self, file: str) -> sqlite3.Connection:
        database = sqlite3.connect(file, isolation_level=None)
        self.addCleanup(database.close)
        return database

    def history(self, change: Callable[[Entries], Any], artifacts: list[bytes] = []) -> str:
        """The reference ledger up to the end of the first execution, changed, numbered again and signed anew."""
        source = self.opened(path("ledger.sqlite"))
        entries: Entries = [json.loads(data) for _, data in source.execute("SELECT * FROM entries WHERE seq < 21")]
        together = {5, 7, 10, 13, 16, 17, 18}  # the entries that one transaction appends together with the next
        for seq, entry in enumerate(entries):
            entry["more"] = seq in together
        change(entries)
        numbers = {entry["seq"]: number for number, entry in enumerate(entries)}
        stored = {bytes(name): data for name, data in source.execute("SELECT * FROM artifacts")} | {sha256(data): data for data in artifacts}
        named: set[bytes] = set()
        leaves, ends = [], []
        for number, entry in enumerate(entries):
            data = entry["data"]
            more = entry.pop("more", False)
            entry["seq"] = number
            if "intent" in data:
                data["intent"] = numbers.get(data["intent"], data["intent"])
            named |= {bytes.fromhex(data[m][7:]) for m in ("envelope", "body", "response", "report") if isinstance(data.get(m), str)}
            leaves.append(jcs(entry))
            ends += [] if more else [number + 1]
        target = self.folder / "history.sqlite"
        target.unlink(missing_ok=True)
        database = self.opened(str(target))
        database.execute("PRAGMA application_id = 0x4353474E")
        database.execute("PRAGMA user_version = 1")
        for table in TABLES.values():
            database.execute(table)
        database.executemany("INSERT INTO entries VALUES (?, ?)", enumerate(leaves))
        database.executemany("INSERT INTO artifacts VALUES (?, ?)", [(name, stored[name]) for name in named if name in stored])
        key, origin = private("exec"), EXPECTED["ledger"]["origin"]
        hash = notes.key_hash(origin, notes.LOG, key.public_key().public_bytes_raw())
        roots = notes.roots([notes.leaf(data) for data in leaves])
        for size in sorted({*ends, len(leaves)}):
            text = f"{origin}\n{size}\n{base64.b64encode(roots[size]).decode()}\n"
            line = base64.b64encode(hash + key.sign(text.encode())).decode()
            database.execute("INSERT INTO checkpoints VALUES (?, ?)", (size, f"{text}\n— {origin} {line}\n".encode()))
        return str(target)

    def test_histories_that_may_be(self) -> None:
        def failed(code: str) -> Callable[[Entries], None]:
            def change(entries: Entries) -> None:
                again = json.loads(json.dumps(entries[10:12]))
                entries[12]["type"], entries[12]["data"] = "request-failed", {"intent": 10, "code": code, "message": "later"}
                again += [json.loads(json.dumps(reference[12]))]
                again[0]["data"]["attempt"] = 2
                for offset, entry in enumerate(again):
                    entry["seq"] = 110 + offset
                again[1]["data"]["intent"] = again[2]["data"]["intent"] = 110
                entries[13:13] = again
            return change

        def unknown(entries: Entries) -> None:
            lost = json.loads(json.dumps(entries[12])) | {"type": "request-unknown", "data": {"intent": 10, "cause": "timeout"}, "seq": 200}
            entries[12]["type"], entries[12]["data"] = "request-resolved", {"intent": 10, "outcome": "applied", "evidence": {}, "binds": {}}
            entries.insert(12, lost)

        reference: Entries = [json.loads(data) for _, data in self.opened(path("ledger.sqlite")).execute("SELECT * FROM entries")]
        intent_alone = [e | {"seq": 300} for e in reference[7:8]]

        def intended_twice(entries: Entries) -> None:
            entries.insert(7, json.loads(json.dumps(intent_alone[0])))
            entries[8]["data"]["attempt"] = 2

        cases: dict[str, Callable[[Entries], Any]] = {
            "the reference": lambda e: None, "nothing was done": lambda e: e.__delitem__(slice(1, None)),
            "authorized twice": lambda e: e.insert(5, json.loads(json.dumps(e[4])) | {"seq": 100}),
            "a request failed and was tried again": failed("ThrottlingException"), "a connection that never came about": failed("not-sent"),
            "an outcome unknown, then resolved": unknown, "an intent that never left": intended_twice,
            "unfinished": lambda e: e.__delitem__(slice(16, None)), "a policy not shown": lambda e: e[17]["data"].update(result="not-shown"),
            "abandoned": lambda e: (e.__delitem__(slice(16, 20)), e[16].update(type="execution-abandoned")),
            "an endpoint of FIPS": lambda e: e[7]["data"].update(endpoint="https://kms-fips.us-east-1.amazonaws.com"),
        }
        for what, change in cases.items():
            answer = self.audit(self.history(change))
            self.assertEqual((answer["verdict"], codes(answer)), ("verified", []), (what, answer["findings"]))

    def test_histories_that_may_not_be(self) -> None:
        def drop(*places: int) -> Callable[[Entries], Any]:
            return lambda e: [e.pop(place) for place in sorted(places, reverse=True)]

        def data(place: int, **members: Any) -> Callable[[Entries], Any]:
            return lambda e: e[place]["data"].update(members)

        def again(place: int, at: int) -> Callable[[Entries], Any]:
            return lambda e: e.insert(at, json.loads(json.dumps(e[place])) | {"seq": 100 + place, "time": e[at - 1]["time"]})

        alice, role = "sha256:de230fd4471a7b35629a88b5f45aead3e40817a4f191784aeaeeb5c0eae33519", "arn:aws:sts::604183725190:assumed-role/"
        another = "99fbd496-09e4-4b55-b6a6-560d8a2e9c8c"
        another_key = {"id": another, "arn": f"arn:aws:kms:us-east-1:604183725190:key/{another}"}
        other = b'{"KeyId":"ded25d8b-061c-4933-9e3e-1a86bb8d3ae3","RotationPeriodInDays":90}'
        body = "sha256:" + sha256(other).hex()
        cases: dict[str, dict[str, Callable[[Entries], Any]]] = {
            "entry-order": {"no genesis": drop(0), "two geneses": again(0, 5)},
            "entry-time": {"the time goes back": lambda e: e[9].update(time="2026-11-24T11:00:00Z")},
            "entry-type": {"an unknown type": lambda e: e[9].update(type="request-forgotten")},
            "shape": {
                "an unknown member": data(9, more=1), "a member missing": lambda e: e[9]["data"].pop("requestId"),
                "an entry without its bundle": lambda e: e[9].pop("bundle"), "an unknown precondition": data(5, name="all-is-well"),
            },
            "actor": {
                "another actor": lambda e: e[9]["actor"].update(keyid=EXPECTED["keys"]["dana"], owner="dana"),
                "another owner of the key": lambda e: e[9]["actor"].update(owner="alice"),
            },
            "artifact-missing": {"an artifact missing": data(9, response="sha256:" + "1" * 64)},
            "bundle": {
                "no bundle": drop(1), "a bundle twice": again(1, 4),
                "an id said otherwise": data(1, id=EXPECTED["bundles"]["put-key-policy"]["id"]),
            },
            "approval": {
                "an approval missing": drop(3), "other owners": data(4, owners=["alice", "bob"]),
                "an approval said otherwise": data(2, decision="reject"), "an approver said otherwise": data(2, approver="bob"),
            },
            "threshold": {"authorized by one": data(4, approvals=[alice], owners=["alice"])},
            "clock": {"clocks apart": data(4, clock={"aws": "2026-11-24T12:00:00Z", "local": "2026-11-24T12:05:01Z"})},
            "window": {
                "authorized too early": data(4, clock={"aws": "2026-11-24T10:59:59Z", "local": "2026-11-24T10:59:59Z"}),
                "sent too late": lambda e: [x.update(time="2026-11-27T11:00:00Z") for x in e[7:]],
            },
            "review": {"another review": data(4, review={"version": 0, "sha256": "sha256:" + "1" * 64})},
            "trust": {"another root": data(4, trust={"version": 1, "digest": "sha256:" + "1" * 64})},
            "identity": {
                "another role": data(4, identity={"account": "604183725190", "arn": role + "admin/x", "userId": "x"}),
                "another account": data(4, identity={"account": "111111111111", "arn": role + "cloudtrail-key-executor/x", "userId": "x"}),
            },
            "precondition": {"a precondition differs": data(6, result="differs")},
            "life": {
                "not authorized": drop(4), "not sent": drop(8), "not intended": drop(7), "not completed": drop(9),
                "sent twice": again(8, 9), "completed twice": again(9, 10), "an intent and its sending apart": lambda e: e[7].pop("more"),
                "a request left out": drop(10, 11, 12), "another order": lambda e: e.__setitem__(slice(7, 13), e[10:13] + e[7:10]),
                "an expectation too early": lambda e: e.insert(6, e.pop(16)), "ended twice": again(20, 21),
                "sent after the end": lambda e: [again(place, len(e))(e) for place in (13, 14, 15)],
                "done something else": data(20, done=["create-key"]), "another key at the end": data(20, key=another_key),
            },
            "attempt": {"an attempt miscounted": data(7, attempt=2)},
            "pin": {
                "another pin": data(10, pin="sha256:" + "1" * 64), "another sent pin": data(10, sent="sha256:" + "1" * 64),
                "another target": data(10, target="TrentService.DisableKey"),
                "the pin before the substitution": lambda e: e[13]["data"].update(sent=e[13]["data"]["pin"]),
            },
            "body": {"another body": data(10, body=body, sent=pin("kms", "TrentService.EnableKeyRotation", other.decode()))},
            "endpoint": {
                "another endpoint": data(7, endpoint="https://kms.us-east-1.example.com"),
                "another region": data(7, endpoint="https://kms.us-west-2.amazonaws.com"),
            },
            "binds": {
                "another key bound": data(9, binds={"keyId": another_key["id"]}), "no key bound": data(9, binds={}),
                "bound by another request": data(12, binds={"keyId": "ded25d8b-061c-4933-9e3e-1a86bb8d3ae3"}),
            },
            "expectation": {
                "an expectation missing": drop(17), "an expectation differs": data(18, result="differs"),
                "an unknown expectation": data(16, name="fortune"),
            },
        }
        for code, changes in cases.items():
            for what, change in changes.items():
                answer = self.audit(self.history(change, [other]))
                self.assertIn(code, codes(answer), (what, answer["findings"]))

    def test_a_reject_vetoes_what_has_not_been_sent(self) -> None:
        kind = "application/vnd.in-toto+json"
        statement = parse(Envelope.read((REFERENCE / "create-key.alice.approve.json").read_bytes(), kind).payload)
        statement["predicate"] |= {"approver": "bob", "decision": "reject", "reason": "no"}
        reject = seal(kind, jcs(statement), "bob")

        def received(place: int) -> Callable[[Entries], Any]:
            data = {"approver": "bob", "decision": "reject", "envelope": digest(reject), "keyid": EXPECTED["keys"]["bob"], "payload": digest(jcs(statement))}
            return lambda e: e.insert(place, json.loads(json.dumps(e[2])) | {"data": data, "seq": 100, "time": e[place - 1]["time"]})

        for place, errors, late in ((4, True, 0), (7, True, 0), (10, True, 0), (13, True, 0), (16, False, 1), (20, False, 1), (21, False, 1)):
            answer = self.audit(self.history(received(place), [reject]))
            self.assertEqual(("vetoed" in codes(answer), codes(answer, "warning").count("late-reject")), (errors, late), place)

    def test_create_key_is_never_intended_again_after_an_unknown_outcome(self) -> None:
        def change(entries: Entries) -> None:
            lost = json.loads(json.dumps(entries[9])) | {"type": "request-unknown", "data": {"intent": 7, "cause": "timeout"}, "seq": 200}
            resolved = lost | {"type": "request-resolved", "data": {"intent": 7, "outcome": "not-applied", "evidence": {}, "binds": {}}, "seq": 201}
            second = [json.loads(json.dumps(entry)) for entry in entries[7:9]]
            second[0]["data"]["attempt"], second[0]["seq"], second[1]["seq"], second[1]["data"]["intent"] = 2, 300, 301, 300
            entries[9]["data"]["intent"] = 300
            entries[9:9] = [lost, json.loads(json.dumps(resolved)), *second]

        messages = [finding["message"] for finding in self.audit(self.history(change))["findings"]]
        self.assertIn("CreateKey again after an unknown outcome", messages)

    def test_a_clock_that_went_back_is_a_warning(self) -> None:
        answer = self.audit(self.history(lambda e: e[9]["data"].update(clockBehind=61)))
        self.assertEqual((answer["verdict"], codes(answer, "warning").count("clock-behind")), ("verified", 1))


if __name__ == "__main__":
    unittest.main()

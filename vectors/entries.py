# SPDX-License-Identifier: Apache-2.0
"""§6 of formats.md: the schema of a ledger's file and the shapes of its entries."""
from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from bundles import REFERENCE, REVIEW
from strict import ACCOUNT, DIGEST, ID, KEY, KEY_ID, ORIGIN, OWNER, Refused, between, instant, require, shape, unbase64


def nonce(text: Any) -> None:
    require(isinstance(text, str) and len(unbase64(text)) == 32, "shape", "the nonce has not 32 bytes")


NUMBER, BINDS = between(0), {"keyId?": KEY_ID, "keyArn?": KEY}
CHECKED = {"name": str, "result": {"holds", "differs", "not-shown"}, "grade?": str, "observed": dict, "response?": DIGEST, "requestId?": str}
ENDED = {"done": [str], "key?": {"id": KEY_ID, "arn": KEY}, "code?": str, "message?": str}
DATA: dict[str, dict[str, Any]] = {
    "genesis": {"format": {"countersign/ledger/v1"}, "nonce": nonce, "origin": ORIGIN, "envelope": DIGEST, "trust": REFERENCE, "ledgerKey": DIGEST},
    "trust-updated": {"envelope": DIGEST, "trust": REFERENCE},
    "bundle-received": {"id": ID, "envelope": DIGEST},
    "approval-received": {"envelope": DIGEST, "payload": DIGEST, "decision": {"approve", "reject"}, "approver": OWNER, "keyid": DIGEST},
    "execution-authorized": {"approvals": [DIGEST], "owners": [OWNER], "trust": REFERENCE, "review": REVIEW,
                             "clock": {"local": instant, "aws": instant}, "identity": {"account": ACCOUNT, "arn": str, "userId": str}},
    "execution-refused": {"code": str, "message": str},
    "precondition-checked": CHECKED | {"name": {"alias-free", "alias-bound", "no-tagged-key", "policy-is-base"}},
    "expectation-checked": CHECKED,
    "request-intended": {"name": str, "attempt": between(1), "service": str, "target": str, "pin": DIGEST, "sent": DIGEST, "body": DIGEST,
                         "endpoint": str},
    "request-sent": {"intent": NUMBER, "date?": instant},
    "request-completed": {"intent": NUMBER, "status": between(200, 299), "requestId": str, "date": instant, "response": DIGEST, "binds": BINDS},
    "request-failed": {"intent": NUMBER, "status?": between(100, 599), "code": str, "message": str, "requestId?": str, "date?": instant,
                       "response?": DIGEST},
    "request-unknown": {"intent": NUMBER, "cause": str},
    "request-resolved": {"intent": NUMBER, "outcome": {"applied", "not-applied"}, "evidence": dict, "binds": BINDS},
    "execution-completed": ENDED, "execution-failed": ENDED, "execution-abandoned": ENDED,
    "plan-checked": {"envelope": DIGEST, "payload": DIGEST, "checker": OWNER, "keyid": DIGEST, "plan": DIGEST, "approvals": [DIGEST]},
    "reconciled": {"window": {"from": instant, "to": instant}, "explained": NUMBER, "unexplained": NUMBER, "missing": NUMBER, "report": DIGEST},
}
WITHOUT_BUNDLE = {"genesis", "trust-updated", "reconciled"}


def check_entry(entry: Any, seq: int) -> None:
    """The members of an entry, and those of its data by its type."""
    kind = entry.get("type") if isinstance(entry, dict) else None
    require(isinstance(kind, str) and kind in DATA, "entry-type", f"no entry is of type {kind!r}")
    bundle = {} if kind in WITHOUT_BUNDLE else {"bundle?" if kind == "execution-refused" else "bundle": DIGEST}
    actor = {"keyid": DIGEST, "owner": OWNER, "tool": str}
    shape(entry, {"actor": actor, "data": DATA[kind] | {"clockBehind?": between(61)}, "seq": NUMBER, "time": instant, "type": str, **bundle})
    require(entry["seq"] == seq and (kind == "genesis") == (seq == 0), "entry-order", "an entry out of its place")


def artifacts_named(entry: dict[str, Any]) -> set[str]:
    named = {entry["data"][member] for member in ("envelope", "body", "response", "report") if member in entry["data"]}
    review = entry["data"].get("review", {"version": 0})
    return named | {review["sha256"]} if review["version"] else named


TABLES = {
    "entries": "CREATE TABLE entries(seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
    "artifacts": "CREATE TABLE artifacts(sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "tiles": "CREATE TABLE tiles(level INTEGER NOT NULL, idx INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID",
    "checkpoints": "CREATE TABLE checkpoints(size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT",
    "cosignatures": "CREATE TABLE cosignatures(size INTEGER NOT NULL, name TEXT NOT NULL, line BLOB NOT NULL, PRIMARY KEY (size, name))"
                    " STRICT, WITHOUT ROWID",
}
COLUMNS = {"entries": (int, bytes), "artifacts": (bytes, bytes), "tiles": (int, int, bytes), "checkpoints": (int, bytes), "cosignatures": (int, str, bytes)}
# formats.md does not give the program's triggers: one is known by what it does, which is to refuse.
TRIGGER = re.compile(r"CREATE TRIGGER \w+ BEFORE (UPDATE|DELETE) ON (entries|artifacts|checkpoints|cosignatures)(?: FOR EACH ROW)? "
                     r"BEGIN SELECT RAISE ?\( ?(ABORT|FAIL|ROLLBACK), ?'[^']*' ?\); ?END")


def check_schema(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """What is wrong with the file's schema: severity, code, message."""
    found = []
    for pragma, wanted in (("application_id", 0x4353474E), ("user_version", 1)):
        if database.execute(f"PRAGMA {pragma}").fetchone() != (wanted,):
            found.append(("error", "schema", f"{pragma} is another"))
    rows = [(kind, name, " ".join((sql or "").split())) for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_schema")]
    packed = {name: sql.replace(" ", "") for kind, name, sql in rows if kind == "table"}
    for name in sorted(packed.keys() | TABLES.keys()):
        if packed.get(name) != TABLES.get(name, "").replace(" ", ""):
            found.append(("error", "schema", f"the table {name} is missing, unknown or different"))
    for kind, name, sql in rows:
        # SQLite would answer from it, whatever the table says.
        if kind == "index":
            found.append(("error", "schema", f"the index {name} may say something else than its table"))
        if kind == "trigger" and not TRIGGER.fullmatch(sql):
            found.append(("error", "schema", f"the trigger {name} does something else than refuse a change"))
        if kind == "view":
            found.append(("note", "schema", f"the view {name} was not compared: formats.md names none"))
    return found


def read_database(path: str) -> tuple[dict[str, list[tuple[Any, ...]]], list[tuple[str, str, str]]]:
    """All rows of all tables, read without writing anything beside the file."""
    require(Path(path).is_file(), "unreadable", "there is no such file")
    in_use = any(Path(path + suffix).exists() for suffix in ("-wal", "-journal"))
    address = Path(path).resolve().as_uri() + ("?mode=ro" if in_use else "?mode=ro&immutable=1")
    try:
        with sqlite3.connect(address, uri=True) as database:
            problems = check_schema(database)
            rows = {name: list(database.execute(f"SELECT * FROM {name} ORDER BY 1, 2")) for name in TABLES}
    except sqlite3.Error as error:
        raise Refused("database", str(error)) from error
    for name, types in COLUMNS.items():
        require(all(tuple(map(type, row)) == types for row in rows[name]), "database", f"{name} holds a value of another type")
    return rows, problems

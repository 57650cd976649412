# SPDX-License-Identifier: Apache-2.0
"""Measures ledgers that the real program makes, for simulate.py: measured.json, beside this file.

    COUNTERSIGN=.build/debug/countersign PYTHON docs/decisions/0022-growth/measure.py BENCHMARKS

PYTHON has moto and SQLite with dbstat; strace is installed; BENCHMARKS is the built Benchmarks program. Whole changes (a new key: prepare, two
approvals, execute against a KMS server on 127.0.0.1), then ledgers of single refusals with a checkpoint each. Sizes and counts only: no clock.
"""
from __future__ import annotations

import gzip
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Tests/Interop"))
from desk import PROGRAM  # noqa: E402
import story  # noqa: E402

CHANGES = (6, 12, 36)  # the last one only to test the model
REFUSALS = (2_000, 20_000)


def pages(path: Path) -> dict[str, dict[str, int]]:
    ledger = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found: dict[str, dict[str, int]] = {}
    for name, kind, count in ledger.execute("SELECT name, pagetype, count(*) FROM dbstat GROUP BY name, pagetype"):
        found.setdefault(name, {})[kind] = count
    for name in ("entries", "artifacts", "tiles", "checkpoints", "cosignatures"):
        found.setdefault(name, {})["rows"] = ledger.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    found["file"] = {"bytes": path.stat().st_size}
    return found


def lengths(path: Path, table: str, column: str) -> list[int]:
    ledger = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    return [row[0] for row in ledger.execute(f"SELECT length({column}) FROM {table} ORDER BY 1" if table == "artifacts" else f"SELECT length({column}) FROM {table}")]


def system_calls(trace: str) -> dict[str, int]:
    """What one command did to the ledger's files: syncs, and bytes written to its -wal."""
    wal: set[str] = set()
    counted = {"fdatasync": 0, "fsync": 0, "wal_writes": 0, "wal_bytes": 0}
    for line in trace.splitlines():
        if opened := re.search(r'openat\(.*"[^"]*-wal".*\) = (\d+)', line):
            wal.add(opened[1])
        elif synced := re.search(r"\b(fdatasync|fsync)\(", line):
            counted[synced[1]] += 1
        elif written := re.search(r"pwrite64\((\d+),.*\) = (\d+)", line):
            if written[1] in wal:
                counted["wal_writes"] += 1
                counted["wal_bytes"] += int(written[2])
    return counted


class Changes(story.Story):
    """The same change again and again: a key with its alias, each under its own name."""

    def tell(self) -> None:
        desk = self.desk
        self.trust(1, "7d", "alice", "carol")
        trust = ["--trust", "trust-1.json"]
        desk.run("ledger", "create", "ledger.sqlite", *trust, "--key", "exec")
        ledger = desk.folder / "ledger.sqlite"
        self.measured: list[dict[str, object]] = []
        for number in range(1, CHANGES[-1] + 1):
            desk.write("note", desk.run("ledger", "checkpoint", "ledger.sqlite"))
            desk.write("change.yaml", story.CREATE.replace("alias: cloudtrail-org-key", f"alias: cloudtrail-{number:03d}"))
            desk.run("prepare", "change.yaml", *trust, "--checkpoint", "note", "--key", "dana", "--out", "bundle.json")
            parts = [part for name in ("alice", "carol") for part in ("--approval", self.decide("approve", name, "bundle.json", *trust))]
            words = ["execute", "bundle.json", *parts, "--ledger", "ledger.sqlite", "--key", "exec", "--profile", "executor", "--endpoint-url", self.url]
            if number == 2:
                traced = ["strace", "-f", "-e", "trace=openat,fsync,fdatasync,pwrite64", "-o", str(desk.folder / "trace"), PROGRAM, *words]
                subprocess.run(traced, cwd=desk.folder, env=desk.environment, check=True, capture_output=True, timeout=300)
                self.calls = system_calls(desk.read("trace").decode())
            else:
                desk.run(*words)
            for name in ("bundle.json", "bundle.json.alice.approve", "bundle.json.carol.approve"):
                (desk.folder / name).unlink()
            if number <= 2:
                rows = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True).execute("SELECT sha256, length(bytes) FROM artifacts").fetchall()
                self.artifacts = sorted(size for name, size in rows if number == 2 and name not in self.first)
                self.first = dict(rows) if number == 1 else self.first
            if number in CHANGES:
                out = f"published-{number}"
                desk.run("ledger", "publish", "ledger.sqlite", "--to", out)
                files = [path for path in (desk.folder / out).rglob("*") if path.is_file() and not path.name.startswith(".publishing")]
                self.measured.append({"changes": number, "pages": pages(ledger), "artifact_bytes": sum(lengths(ledger, "artifacts", "bytes")),
                                      "files": len(files), "file_bytes": sum(path.stat().st_size for path in files)})
        sizes = lengths(ledger, "entries", "bytes")
        per = (len(sizes) - 1) // CHANGES[-1]
        self.entry = sizes[1:1 + per]
        self.notes = lengths(ledger, "checkpoints", "note")
        desk.run("ledger", "export", "ledger.sqlite", "--out", "lines")
        self.exported = len(desk.read("lines"))
        self.zipped = len(gzip.compress(desk.read("lines"), 6))


def main() -> None:
    benchmarks = Path(sys.argv[1]).resolve()
    told = Changes()
    desk = told.desk
    refusals = []
    for suffix in ("", ".pub"):
        (desk.folder / f"ledger-key{suffix}").write_bytes(desk.read(f"exec{suffix}"))
    (desk.folder / "ledger-key").chmod(0o600)
    desk.write("trust.json", desk.read("trust-1.json"))
    desk.run("ledger", "create", "fresh.sqlite", "--trust", "trust.json", "--key", "exec")
    desk.write("note", desk.run("ledger", "checkpoint", "fresh.sqlite"))
    desk.write("change.yaml", story.CREATE)
    desk.run("prepare", "change.yaml", "--trust", "trust.json", "--checkpoint", "note", "--key", "dana", "--out", "bundle.json")
    for size in REFUSALS:
        subprocess.run([benchmarks, "ledger", ".", f"r{size}.sqlite", str(size), "1"], cwd=desk.folder, env=desk.environment, check=True,
                       capture_output=True, timeout=1800)
        path = desk.folder / f"r{size}.sqlite"
        sizes = lengths(path, "entries", "bytes")
        refusals.append({"entries": size, "pages": pages(path), "entry": sizes[-3:], "note_bytes": sum(lengths(path, "checkpoints", "note"))})
    result = {"entry": told.entry, "note": told.notes[len(told.notes) // 2], "notes_per_change": (len(told.notes) - 1) // CHANGES[-1],
              "artifacts": told.artifacts, "shared_artifacts": len(told.first) - len(told.artifacts),
              "shared_bytes": sum(told.first.values()) - sum(told.artifacts), "calls": told.calls, "changes": told.measured, "refusals": refusals, "exported_bytes": told.exported,
              "zipped_bytes": told.zipped, "exported_entries": 1 + len(told.entry) * CHANGES[-1]}
    (HERE / "measured.json").write_text(json.dumps(result, indent=1) + "\n")
    told.temporary.cleanup()
    print(json.dumps(result))


if __name__ == "__main__":
    main()

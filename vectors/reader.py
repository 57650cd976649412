#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent reader of Countersign's files, written from formats.md alone. Each command prints one line of JSON with a verdict and every
finding; the exit code is 0 for verified, 1 for not. It has no clock: windows are checked at the times that a ledger records, or at --at."""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bundles import Approval, Bundle, within
from ledger import Audit
from notes import Checkpoint, Verifier, inclusion_root, leaf, read_proof
from strict import Refused, instant, require
from trust import Root, chain

Answer = dict[str, Any]


def notes(roots: list[Root]) -> list[dict[str, str]]:
    return [{"severity": "note", "code": "signature-ignored", "message": note} for root in roots for note in root.notes]


def trust(arguments: argparse.Namespace) -> Answer:
    roots = chain([*arguments.previous, arguments.file])
    require(roots[-1].body == Root(arguments.file).body, "trust", "--previous names a newer root")
    return {"version": roots[-1].version, "digest": roots[-1].digest, "findings": notes(roots)}


def opened(arguments: argparse.Namespace, file: bytes) -> tuple[Bundle, list[Root], list[dict[str, str]]]:
    """The bundle, checked under its own root and the newest, and these roots."""
    roots, bundle = chain(arguments.trust), Bundle(file)
    counting = list(dict.fromkeys([bundle.named_root(roots), roots[-1]]))
    for root in counting:
        bundle.holds(root)
    if arguments.at:
        now = instant(arguments.at)
        require(now < instant(roots[-1].body["expires"]), "expired", "the newest trust root has expired")
        require(within(bundle.body, now), "window", f"the bundle is not valid at {arguments.at}")
    return bundle, counting, notes(roots)


def bundle(arguments: argparse.Namespace) -> Answer:
    bundle, _, findings = opened(arguments, arguments.file)
    return {"id": bundle.body["id"], "digest": bundle.digest, "findings": findings}


def approval(arguments: argparse.Namespace) -> Answer:
    bundle, counting, findings = opened(arguments, arguments.bundle)
    approval = Approval(arguments.file)
    approval.counts(bundle, counting)
    late = arguments.at and not approval.rejects and instant(arguments.at) >= instant(approval.predicate["expires"])
    require(not late, "window", "the approval has expired")
    return {"decision": approval.predicate["decision"], "approver": approval.owner, "digest": approval.digest, "findings": findings}


def note(arguments: argparse.Namespace) -> Answer:
    checkpoint = Checkpoint.read(arguments.file)
    checkpoint.signed_by_one(Verifier.read_all(arguments.vkey))
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": "sha256:" + checkpoint.root.hex(), "findings": []}


def proof(arguments: argparse.Namespace) -> Answer:
    index, path, checkpoint = read_proof(arguments.file)
    checkpoint.signed_by_one(Verifier.read_all(arguments.vkey))
    root = inclusion_root(leaf(arguments.entry_file), index, checkpoint.size, path)
    require(root == checkpoint.root, "proof", "the path leads to another root")
    return {"index": index, "size": checkpoint.size, "findings": []}


def ledger(arguments: argparse.Namespace) -> Answer:
    return Audit(arguments.file, arguments.genesis, arguments.since).answer()


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reader.py", description="an independent reader of Countersign's files")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(run: Any, kind: Any = Path) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__)
        added.add_argument("file", type=kind)
        added.set_defaults(run=run)
        return added

    command(trust).add_argument("--previous", type=Path, action="append", default=[])
    for each in (command(bundle), command(approval)):
        each.add_argument("--trust", type=Path, action="append", required=True)
        each.add_argument("--at", help="a time at which the windows must be open")
        if each.prog.endswith("approval"):
            each.add_argument("--bundle", type=Path, required=True)
    proving = command(proof)
    for each in (command(note), proving):
        each.add_argument("--vkey", action="append", required=True, help="a verifier key, or a file of every key that the log has had; may be repeated")
    proving.add_argument("--entry-file", type=Path, required=True)
    auditing = command(ledger, str)
    auditing.add_argument("--genesis", required=True)
    auditing.add_argument("--since", type=Path)
    return parser.parse_args(arguments)


def contents(value: Any) -> Any:
    if isinstance(value, list):
        return [contents(item) for item in value]
    return value.read_bytes() if isinstance(value, Path) else value


def main(arguments: list[str]) -> int:
    given = parsed(arguments)
    try:
        for name, value in vars(given).items():
            setattr(given, name, contents(value))
        answer = given.run(given)
    except (Refused, OSError) as refusal:
        code = refusal.code if isinstance(refusal, Refused) else "unreadable"
        answer = {"findings": [{"severity": "error", "code": code, "message": str(refusal)}]}
    failed = any(finding["severity"] == "error" for finding in answer["findings"])
    print(json.dumps({"verdict": "failed" if failed else "verified", **answer}, ensure_ascii=True))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

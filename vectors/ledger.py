# SPDX-License-Identifier: Apache-2.0
"""§6 of formats.md: the audit of a ledger. It walks the entries in order, keeps what each bundle has come to, and collects every finding."""
from __future__ import annotations

from collections import defaultdict
from typing import Any

from bundles import Approval, Bundle, PlanChecked
from entries import artifacts_named, check_entry, read_database
from execution import Execution
from notes import LOG, WITNESS, Checkpoint, Verifier, key_hash, leaf, roots, signature_line, tiles
from strict import Refused, digest, instant, parse, require
from trust import Root


class Audit:
    def __init__(self, path: str, genesis: str, since: bytes | None) -> None:
        self.findings: list[dict[str, Any]] = []
        self.chain: list[tuple[int, Root]] = []  # each root and the entry that brought it
        self.executions: dict[str, Execution] = {}
        self.origin, self.time = "", 0
        rows, problems = read_database(path)
        for severity, code, message in problems:
            self.find(severity, code, message)
        self.entries: list[bytes] = [bytes for _, bytes in rows["entries"]]
        if not self.entries or [seq for seq, _ in rows["entries"]] != list(range(len(self.entries))):
            raise Refused("entries", "there is no entry, or one is missing")
        self.artifacts = {"sha256:" + name.hex(): bytes for name, bytes in rows["artifacts"]}
        self.leaves = [leaf(entry) for entry in self.entries]
        self.roots = roots(self.leaves)
        self.notes: dict[int, bytes] = dict(rows["checkpoints"])
        self.sizes = sorted(self.notes)
        self.cosignatures: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
        for size, name, line in rows["cosignatures"]:
            self.cosignatures[size].append((name, line))
        if "sha256:" + self.leaves[0].hex() != genesis:
            self.find("error", "genesis", "this is another ledger: its genesis digest is not the one given", 0)
        self.parsed = [self.guarded(seq, self.entry, seq) for seq in range(len(self.entries))]
        self.guarded(None, self.check_artifacts)
        if {(level, index): bytes for level, index, bytes in rows["tiles"]} != tiles(self.leaves):
            self.find("error", "tiles", "the tiles are not those of the entries")
        self.check_checkpoints()
        vouched = [self.check_cosignatures()]
        self.witnessed = vouched[0]
        if since is not None:
            vouched.append(self.guarded(None, self.check_since, since) or 0)
        for execution in self.executions.values():
            for seq, reject in execution.late_rejects():
                self.find("warning", "late-reject", f"{reject.owner} rejected after the last send, which vetoes nothing", seq)
        if max(vouched) < len(self.entries):
            self.find("warning", "unwitnessed-tail", f"nobody but the holder of the ledger key vouches for what follows size {max(vouched)}")

    def find(self, severity: str, code: str, message: str, entry: int | None = None) -> None:
        place = {} if entry is None else {"entry": entry}
        self.findings.append({"severity": severity, "code": code, "message": message, **place})

    def guarded(self, entry: int | None, check: Any, *arguments: Any) -> Any:
        """What the check gives, or nothing and a finding."""
        try:
            return check(*arguments)
        except Refused as refusal:
            self.find("error", refusal.code, refusal.message, entry)
            return None

    def answer(self) -> dict[str, Any]:
        root = "sha256:" + self.roots[-1].hex()
        return {"size": len(self.entries), "root": root, "witnessed": self.witnessed, "findings": self.findings}

    # Roots, transactions and keys

    @property
    def newest(self) -> Root:
        require(self.chain, "trust", "the ledger has no valid trust root")
        return self.chain[-1][1]

    def roots_in_force(self, seq: int) -> list[Root]:
        """Whose ledger key may write the entry, and sign right after it: that in force, and for the entry that updates it the one before too."""
        before = [root for since, root in self.chain if since < seq]
        return before[-1:] + [root for since, root in self.chain if since == seq]

    def artifact(self, name: str) -> bytes:
        require(name in self.artifacts, "artifact-missing", f"{name} is not there")
        return self.artifacts[name]

    def check_artifacts(self) -> None:
        for name, bytes in self.artifacts.items():
            if digest(bytes) != name:
                self.find("error", "artifact", f"{name} holds other bytes")
        named = set().union(*(artifacts_named(entry) for entry in self.parsed if entry))
        for name in sorted(named ^ self.artifacts.keys()):
            self.find("error", "artifact-missing" if name in named else "artifact-unnamed", name)

    # Entries

    def entry(self, seq: int) -> dict[str, Any]:
        entry = parse(self.entries[seq])
        check_entry(entry, seq)
        kind, data = entry["type"], entry["data"]
        require(instant(entry["time"]) >= self.time, "entry-time", "the time goes backwards")
        self.time = instant(entry["time"])
        if "clockBehind" in data:
            self.find("warning", "clock-behind", f"the clock was {data['clockBehind']} s behind", seq)
        self.guarded(seq, getattr(self, "on_" + kind.replace("-", "_"), self.on_execution), seq, entry, data)
        return entry

    def on_genesis(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        root = Root(self.artifact(data["envelope"]))
        root.accept(None)
        require(root.reference == data["trust"], "trust", "the entry names another root than its envelope")
        require(data["ledgerKey"] in root.roles["ledger"]["keys"], "trust", "ledgerKey is no ledger key of the root")
        require(entry["actor"]["keyid"] == data["ledgerKey"], "actor", "the first entry is not by ledgerKey")
        self.origin = data["origin"]
        self.updated(seq, root)

    def on_trust_updated(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        root = Root(self.artifact(data["envelope"]))
        root.accept(self.newest)
        require(root.reference == data["trust"], "trust", "the entry names another root than its envelope")
        self.updated(seq, root)

    def updated(self, seq: int, root: Root) -> None:
        self.chain.append((seq, root))
        for note in root.notes:
            self.find("note", "signature-ignored", note, seq)

    def on_bundle_received(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        bundle = Bundle(self.artifact(data["envelope"]))
        require(bundle.digest == entry["bundle"] and bundle.body["id"] == data["id"], "bundle", "the entry names another bundle than its envelope")
        known = [run.bundle for run in self.executions.values()]
        require(all(data["id"] != other.body["id"] for other in known), "bundle", "a bundle of this id was received before")
        execution = Execution(bundle, bundle.named_root([root for _, root in self.chain]))
        pinned = bundle.body["ledger"]
        require(pinned["origin"] == self.origin and pinned["size"] <= seq, "bundle", "it is for another ledger")
        require("sha256:" + self.roots[pinned["size"]].hex() == pinned["root"], "bundle", "it is for a ledger with another past")
        for root in execution.counting(self.newest):
            bundle.holds(root)
        self.executions[bundle.digest] = execution

    def execution(self, entry: dict[str, Any]) -> Execution:
        require(entry["bundle"] in self.executions, "bundle", "this bundle was never (properly) received")
        return self.executions[entry["bundle"]]

    def alone(self, execution: Execution) -> Execution:
        busy = [run for run in self.executions.values() if run is not execution and run.used and not run.ended]
        require(not busy, "life", "another execution is open")
        return execution

    def on_approval_received(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        execution, approval = self.execution(entry), Approval(self.artifact(data["envelope"]))
        said = {"payload": approval.digest, "decision": approval.predicate["decision"], "approver": approval.owner,
                "keyid": approval.envelope.signatures[0][0] if approval.envelope.signatures else ""}
        require(said.items() <= data.items(), "approval", "the entry says something else than its envelope")
        approval.counts(execution.bundle, execution.counting(self.newest))
        execution.approvals.setdefault(approval.digest, (seq, approval))
        # formats.md describes no review text, so an independent reader can render no version.
        version = approval.predicate["review"]["version"]
        self.find("warning", "review-version-unknown", f"version {version} of the review cannot be rendered", seq)

    def on_plan_checked(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        execution, plan = self.execution(entry), PlanChecked(self.artifact(data["envelope"]))
        said = {"payload": plan.digest, "checker": plan.predicate["checker"], "plan": plan.predicate["plan"]["sha256"],
                "approvals": plan.predicate["approvals"], "keyid": plan.envelope.signatures[0][0] if plan.envelope.signatures else ""}
        require(said == {name: data[name] for name in said}, "plan-checked", "the entry says something else than its envelope")
        execution.check_plan(plan, instant(entry["time"]), self.newest)

    def on_execution_authorized(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        execution = self.alone(self.execution(entry))
        execution.authorize(data, self.newest)

    def on_request_sent(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        execution = self.alone(self.execution(entry))
        execution.send(seq, data, instant(entry["time"]), self.newest)
        between = [size for size in self.sizes if data["intent"] < size <= seq]
        if any(root.limits["witnessBeforeSend"] for root in execution.counting(self.newest)):
            require(any(self.quorum(size) for size in between), "witness", "no quorum of witnesses saw the intent before it was sent")
        else:
            require(seq == data["intent"] + 1 and not between, "life", "the intent and the sending are not one transaction")

    def on_execution_refused(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        pass  # says that nothing was done

    def on_reconciled(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        require(instant(data["window"]["from"]) <= instant(data["window"]["to"]), "entry", "the window ends before it begins")

    def on_execution(self, seq: int, entry: dict[str, Any], data: dict[str, Any]) -> None:
        self.execution(entry).follow(seq, entry["type"], data, self.artifact, self.newest)

    # Checkpoints, cosignatures, and a note from elsewhere

    def signed_by_ledger(self, checkpoint: Checkpoint, roots: list[Root]) -> None:
        require(checkpoint.origin == self.origin, "checkpoint", "it has another origin")
        keys = {key for root in roots for key in root.roles["ledger"]["keys"]}
        points = {root.keys[key].point for root in roots for key in keys if key in root.keys}
        hashes = {key_hash(self.origin, LOG, point): point for point in points}
        own = [hashes[blob[:4]] for name, blob in checkpoint.signatures if name == self.origin and blob[:4] in hashes]
        require(own, "checkpoint", "it is not signed by the ledger key in force")
        checkpoint.signed_by(Verifier(self.origin, LOG, own[0]))

    def checkpoint(self, size: int) -> None:
        checkpoint = Checkpoint.read(self.notes[size])
        require(checkpoint.size == size and 0 < size <= len(self.entries), "checkpoint", "it is of another size")
        require(checkpoint.root == self.roots[size], "checkpoint", "its root is not that of the entries")
        require(len(checkpoint.signatures) == 1, "checkpoint", "it holds more than the ledger's own signature")
        self.signed_by_ledger(checkpoint, self.roots_in_force(size - 1))

    def check_checkpoints(self) -> None:
        if self.sizes[-1:] != [len(self.entries)]:
            self.find("error", "checkpoint", "there is none for the last entry")
        for size in self.sizes:
            self.guarded(size - 1, self.checkpoint, size)
        for seq, entry in enumerate(self.parsed):
            roots, actor = self.roots_in_force(seq), entry["actor"] if entry else {}
            if entry and not any(actor["owner"] in root.owners("ledger", [actor["keyid"]]) for root in roots):
                self.find("error", "actor", "the actor is not the ledger key in force", seq)

    def cosigner(self, size: int, name: str, line: bytes, roots: list[Root]) -> str | None:
        """The owner of the witness key of these roots that made the line, if any."""
        require(line.endswith(b"\n"), "cosignature", "the line has no end")
        read_name, blob = signature_line(line[:-1].decode("utf-8", "replace"))
        require(read_name == name, "cosignature", "the line is of another name")
        require(size in self.notes, "cosignature", f"there is no checkpoint of size {size}")
        text = Checkpoint.read(self.notes[size]).text
        for key in (root.keys[keyid] for root in roots for keyid in root.roles["witness"]["keys"]):
            if key.name == name and key_hash(name, WITNESS, key.point) == blob[:4]:
                require(Verifier(name, WITNESS, key.point).verifies(text, blob), "cosignature", f"that of {name} is wrong")
                return key.owner
        return None

    def quorum(self, size: int) -> bool:
        """Whether a quorum of the witnesses of the root in force cosigned the checkpoint."""
        force = [root for since, root in self.chain if since < size][-1:]
        try:
            owners = {self.cosigner(size, name, line, force) for name, line in self.cosignatures[size]} - {None}
        except Refused:
            return False
        return bool(force) and len(owners) >= max(1, force[0].roles["witness"]["threshold"])

    def check_cosignatures(self) -> int:
        every = [root for _, root in self.chain]
        for size, lines in self.cosignatures.items():
            for name, line in lines:
                if self.guarded(size - 1, self.cosigner, size, name, line, every) is None:
                    self.find("error", "cosigner-unknown", f"no trust root has the witness {name}, or its line is wrong", size - 1)
        return max((size for size in self.sizes if self.quorum(size)), default=0)

    def check_since(self, note: bytes) -> int:
        checkpoint = Checkpoint.read(note)
        self.signed_by_ledger(checkpoint, [root for _, root in self.chain])
        require(checkpoint.size <= len(self.entries), "since", "the ledger is shorter than the note says")
        require(checkpoint.root == self.roots[checkpoint.size], "since", "the ledger has another past than the note says")
        return checkpoint.size

# SPDX-License-Identifier: Apache-2.0
"""The reader over a whole run of files with public test keys, and over damaged copies of them."""
from __future__ import annotations

import base64
import contextlib
import copy
import io
import json
import os
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Iterable

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from cryptography.hazmat.primitives.serialization import load_pem_private_key

import notes
import reader
from changes import KINDS, derive, pin
from signatures import Envelope, Key
from strict import Refused, digest, instant, jcs, parse, shown, unbase64
from trust import Root

VECTORS = Path(os.environ.get("COUNTERSIGN_VECTORS") or Path(__file__).resolve().parents[2] / "shared" / "vectors")
REFERENCE = VECTORS / "reference"
ABSENT = f"the reference files are not in {REFERENCE}: set COUNTERSIGN_VECTORS"
EXPECTED: dict[str, Any] = {}
GENESIS = LOG = ""
if not REFERENCE.is_dir():
    print(ABSENT, file=sys.stderr)
else:
    EXPECTED = json.loads((REFERENCE / "expected.json").read_bytes())
    GENESIS, LOG = (REFERENCE / "genesis.txt").read_text().strip(), (REFERENCE / "log.vkey").read_text().strip()

Entries = list[dict[str, Any]]


def path(name: str) -> str:
    return str(REFERENCE / name)


def run(*arguments: str) -> dict[str, Any]:
    """The answer of the command line, whose exit code must agree with it."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = reader.main(list(arguments))
    answer = json.loads(output.getvalue())
    assert output.getvalue().count("\n") == 1 and code == (0 if answer["verdict"] == "verified" else 1)
    return answer


def codes(answer: dict[str, Any], severity: str = "error") -> list[str]:
    return [finding["code"] for finding in answer["findings"] if finding["severity"] == severity]


def private(name: str) -> Any:
    return load_pem_private_key((REFERENCE / "keys" / f"{name}.pem").read_bytes(), None)


@unittest.skipUnless(REFERENCE.is_dir(), ABSENT)
class Vectors(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, data: bytes) -> str:
        target = self.folder / "file"
        target.write_bytes(data)
        return str(target)

    def refused(self, answer: dict[str, Any], what: object = None) -> None:
        self.assertEqual(answer["verdict"], "failed", what)


class Trust(Vectors):
    def test_every_root_verifies_with_its_digest(self) -> None:
        for name, previous, version in (("trust-v1.json", [], "1"), ("trust-v2.json", ["--previous", path("trust-v1.json")], "2"), ("ssh-trust.json", [], "ssh")):
            answer = run("trust", path(name), *previous)
            self.assertEqual((answer["verdict"], answer["digest"], answer["findings"]), ("verified", EXPECTED["trust"][version], []))
        self.assertEqual(run("trust", path("witnessed/trust.json"))["verdict"], "verified")

    def test_version_2_needs_version_1(self) -> None:
        self.refused(run("trust", path("trust-v2.json")))
        self.refused(run("trust", path("trust-v2.json"), "--previous", path("ssh-trust.json")))
        self.refused(run("trust", path("trust-v1.json"), "--previous", path("trust-v2.json")))

    def test_key_ids_are_those_expected(self) -> None:
        for name, wanted in EXPECTED["keys"].items():
            body = "".join((REFERENCE / "keys" / f"{name}.pub").read_text().splitlines()[1:-1])
            self.assertEqual(digest(unbase64(body)), wanted)

    def test_no_byte_of_a_root_can_change(self) -> None:
        for name, more_signatures_than_needed in (("trust-v1.json", False), ("ssh-trust.json", True)):
            for place, damaged in flipped((REFERENCE / name).read_bytes(), 1):
                answer = run("trust", self.file(damaged))
                if not (more_signatures_than_needed and codes(answer, "note") == ["signature-ignored"]):  # a key id that nobody has
                    self.refused(answer, (name, place))

    def test_unknown_and_repeated_signatures_are_notes(self) -> None:
        envelope = json.loads((REFERENCE / "trust-v1.json").read_bytes())
        envelope["signatures"] += [envelope["signatures"][0], {"keyid": "sha256:" + "0" * 64, "sig": "AAAA"}]
        answer = run("trust", self.file(jcs(envelope)))
        self.assertEqual((answer["verdict"], codes(answer, "note")), ("verified", ["signature-ignored"] * 2))
        envelope["signatures"] = envelope["signatures"][:1] * 2
        self.assertEqual(codes(run("trust", self.file(jcs(envelope)))), ["threshold"])

    def test_roots_of_unsound_form_are_refused_though_signed(self) -> None:
        def threshold(role: str, value: int) -> Callable[[Any], None]:
            return lambda body: body["roles"][role].update(threshold=value)

        changes: dict[str, Callable[[Any], None]] = {
            "no change": lambda body: None,
            "root threshold 1": threshold("root", 1), "root threshold 4": threshold("root", 4), "approver threshold 1": threshold("approver", 1),
            "preparer threshold 2": threshold("preparer", 2), "ledger threshold 0": threshold("ledger", 0), "witness threshold 1": threshold("witness", 1),
            "a key in no role": lambda body: body["roles"]["preparer"].update(keys=[]),
            "a key twice in a role": lambda body: body["roles"]["root"]["keys"].append(body["roles"]["root"]["keys"][0]),
            "a role with an unknown key": lambda body: body["roles"]["root"]["keys"].append("sha256:" + "1" * 64),
            "a ledger key with another role": lambda body: body["roles"]["approver"]["keys"].append(body["roles"]["ledger"]["keys"][0]),
            "two owners that are one": lambda body: [k.update(owner="alice") for i, k in body["keys"].items() if i in body["roles"]["root"]["keys"]],
            "an unknown member": lambda body: body["limits"].update(more=True), "a missing limit": lambda body: body["limits"].pop("endpoints"),
            "null": lambda body: body.update(previous=None), "previous in version 1": lambda body: body.update(previous="sha256:" + "0" * 64),
            "a hidden character": lambda body: next(iter(body["keys"].values())).update(comment="a\u200bb"),
            "an unknown operation": lambda body: body["limits"].update(operations=["delete-key"]),
            "an account twice": lambda body: body["limits"].update(accounts=["604183725190"] * 2),
            "an account as a number": lambda body: body["limits"].update(accounts=[604183725190]),
            "a validity of 0": lambda body: body["limits"].update(maxValiditySeconds=0),
            "true for a number": lambda body: body.update(version=True),
            "expired before made": lambda body: body.update(expires=body["created"]), "another type": lambda body: body.update(type="countersign/trust/v2"),
            "witnesses asked for, none listed": lambda body: body["limits"].update(witnessBeforeSend=True),
        }
        for what, change in changes.items():
            body = parse(Envelope.read((REFERENCE / "trust-v1.json").read_bytes(), "application/vnd.countersign.trust+json").payload)
            change(body)
            signed = seal("application/vnd.countersign.trust+json", jcs(body), "alice", "bob")
            self.assertEqual(run("trust", self.file(signed))["verdict"], "verified" if what == "no change" else "failed", what)


def flipped(data: bytes, step: int, start: int = 0) -> Iterable[tuple[int, bytes]]:
    for place in range(start, len(data), step):
        yield place, data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


def seal(kind: str, payload: bytes, *names: str) -> bytes:
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    signatures = [{"keyid": EXPECTED["keys"][name], "sig": base64.b64encode(private(name).sign(pae)).decode()} for name in names]
    return jcs({"payload": base64.b64encode(payload).decode(), "payloadType": kind, "signatures": signatures}) + b"\n"


class Signatures(Vectors):
    def test_sshsig_vectors(self) -> None:
        vectors = json.loads((REFERENCE / "ssh.json").read_bytes())
        for vector in vectors:
            public = unbase64(vector["public"])
            key = Key.read(digest(public), {"type": "ssh", "public": vector["public"], "owner": "a"})
            valid = key.verifies(unbase64(vector["message"]), unbase64(vector["signature"]), vector["userVerification"])
            self.assertEqual(valid, vector["valid"], vector["why"])
        self.assertEqual(len(vectors), 40)

    def test_no_byte_of_a_signature_can_change(self) -> None:
        for vector in json.loads((REFERENCE / "ssh.json").read_bytes()):
            key = Key.read(digest(unbase64(vector["public"])), {"type": "ssh", "public": vector["public"], "owner": "a"})
            for place, damaged in flipped(unbase64(vector["signature"]), 1) if vector["valid"] else []:
                self.assertFalse(key.verifies(unbase64(vector["message"]), damaged, vector["userVerification"]), (vector["why"], place))

    def test_json_that_is_not_canonical_is_refused(self) -> None:
        for text in (b'{"a":1,"a":1}', b'{"a": 1}', b'{"b":1,"a":1}', b"1.0", b"1e2", b"-0", b"9007199254740992", b'"\\u0061"', b'"\\ud800"', b"[" * 65 + b"]" * 65,
                     b'"\xff"', b"\xef\xbb\xbf1", b"1\n", b"NaN", b"", b'"\\/"', b'"\\u000A"', b"1" * 5000, b"[" * 100000):
            with self.assertRaises(Refused, msg=text[:40]):
                parse(text)
        for text in (b'{"":"\\u0000\\n","\xf0\x9f\x98\x80":1,"\xef\xac\xb3":-9007199254740991}', b"[" * 64 + b"]" * 64, b"true"):
            parse(text)

    def test_time_base64_and_shown_text(self) -> None:
        self.assertEqual(instant("2024-02-29T23:59:59Z"), 1709251199)
        for text in ("2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-1-01T00:00:00Z", "2024-01-01T00:00:00+00:00", "2024-01-01 00:00:00Z", 1, ""):
            self.assertRaises(Refused, instant, text)
        for text in ("AA=", "AB==", "AA", "AA==\n", "_-==", "A A=", "é==="):
            self.assertRaises(Refused, unbase64, text)
        self.assertEqual(unbase64("-_8=", envelope=True), b"\xfb\xff")
        for text in ("a\nb", "\u202e", "\u2028", "\ue000", "\ufe0f", "\u3164", "\u17b4", "\U000e0100", "\xad", "\x7f", None):
            self.assertRaises(Refused, shown, text)
        shown("Schlüssel für 組織 🔑")


class Bundles(Vectors):
    def test_the_bundles_and_approvals_verify(self) -> None:
        both = ["--trust", path("trust-v2.json"), "--trust", path("trust-v1.json")]
        for name, approvals in (("create-key", ("alice.approve", "carol.approve")), ("put-key-policy", ("bob.approve", "carol.reject"))):
            bundle = path(f"{name}.bundle.json")
            answer = run("bundle", bundle, *both)
            self.assertEqual((answer["verdict"], answer["id"], answer["digest"]), ("verified", EXPECTED["bundles"][name]["id"], EXPECTED["bundles"][name]["digest"]))
            for approval in approvals:
                answer = run("approval", path(f"{name}.{approval}.json"), "--bundle", bundle, *both)
                self.assertEqual((answer["verdict"], f"{answer['approver']}.{answer['decision']}"), ("verified", approval))

    def test_windows(self) -> None:
        command = ["bundle", path("create-key.bundle.json"), "--trust", path("trust-v1.json"), "--at"]
        for time, verdict in (("2026-11-24T10:59:59Z", "failed"), ("2026-11-24T11:00:00Z", "verified"), ("2026-11-27T10:59:59Z", "verified"), ("2026-11-27T11:00:00Z", "failed")):
            self.assertEqual(run(*command, time)["verdict"], verdict, time)

    def test_what_belongs_to_another_is_refused(self) -> None:
        one, two = path("create-key.bundle.json"), path("put-key-policy.bundle.json")
        v1, v2 = ["--trust", path("trust-v1.json")], ["--trust", path("trust-v2.json")]
        self.refused(run("bundle", two, *v1))
        self.refused(run("bundle", one, *v2))
        self.refused(run("approval", path("create-key.alice.approve.json"), "--bundle", two, *v1, *v2))
        self.refused(run("approval", path("create-key.bundle.json"), "--bundle", one, *v1))
        self.refused(run("bundle", path("create-key.alice.approve.json"), *v1))
        self.refused(run("bundle", path("no-such-file"), *v1))

    def test_derivations(self) -> None:
        vectors = json.loads((REFERENCE / "derivations.json").read_bytes())
        for vector in vectors:
            requests, expectations = derive(vector["id"], vector["change"], vector.get("policy"))
            self.assertEqual(jcs(requests), jcs(vector["requests"]), vector["change"]["kind"])
            self.assertEqual(jcs(expectations), jcs(vector["expectations"]), vector["change"]["kind"])
        self.assertEqual({vector["change"]["kind"] for vector in vectors}, set(KINDS))

    def test_pins_approved_and_sent(self) -> None:
        bundle = parse(Envelope.read((REFERENCE / "create-key.bundle.json").read_bytes(), "application/vnd.countersign.bundle+json").payload)
        self.assertEqual({r["name"]: r["sha256"] for r in bundle["requests"]}, EXPECTED["bundles"]["create-key"]["pins"])
        sent = {r["name"]: pin(r["service"], r["target"], r["body"].replace("{{keyId}}", "ded25d8b-061c-4933-9e3e-1a86bb8d3ae3")) for r in bundle["requests"]}
        self.assertEqual(sent, EXPECTED["sent"])

    def test_no_byte_of_a_bundle_or_an_approval_can_change(self) -> None:
        trust = ["--trust", path("trust-v1.json"), "--trust", path("trust-v2.json")]
        for name in ("create-key.bundle.json", "put-key-policy.bundle.json"):
            data = (REFERENCE / name).read_bytes()
            for place, damaged in [*flipped(data, 13), *flipped(data, 1, len(data) - 260)]:
                self.refused(run("bundle", self.file(damaged), *trust), (name, place))
        for name in ("create-key.carol.approve.json", "put-key-policy.bob.approve.json", "put-key-policy.carol.reject.json"):
            bundle = path(name.split(".")[0] + ".bundle.json")
            for place, damaged in flipped((REFERENCE / name).read_bytes(), 3):
                self.refused(run("approval", self.file(damaged), "--bundle", bundle, *trust), (name, place))

    def test_bundles_of_unsound_content_are_refused_though_signed(self) -> None:
        changes: dict[str, Callable[[Any], Any]] = {
            "no change": lambda b: None,
            "another body": lambda b: b["requests"][1].update(body=b["requests"][1]["body"].replace("365", "366")),
            "another order": lambda b: b["requests"].reverse(), "a request left out": lambda b: b["requests"].pop(),
            "another expectation": lambda b: b["expectations"].pop(), "another pin": lambda b: b["requests"][0].update(sha256="sha256:" + "0" * 64),
            "another rotation": lambda b: b["change"].update(rotationDays=90), "another id": lambda b: b.update(id="208ed254-c8a1-4f44-a587-5f4859b89b87"),
            "another account": lambda b: b["target"].update(account="111111111111"), "a kind not allowed": lambda b: b["change"].update(kind="disable-key"),
            "another policy": lambda b: b["policy"].update(document="{}"), "a base": lambda b: b.update(base=b["policy"]),
            "an unknown member": lambda b: b.update(more=1), "no waivers": lambda b: b.pop("waivers"), "a title of two lines": lambda b: b.update(title="a\nb"),
            "too long a window": lambda b: b.update(expires="2026-12-01T11:00:01Z"), "an empty window": lambda b: b.update(expires=b["notBefore"]),
            "another preparer": lambda b: b["preparer"].update(owner="alice"), "another root": lambda b: b["trust"].update(digest="sha256:" + "0" * 64),
        }
        kind = "application/vnd.countersign.bundle+json"
        for what, change in changes.items():
            body = parse(Envelope.read((REFERENCE / "create-key.bundle.json").read_bytes(), kind).payload)
            change(body)
            answer = run("bundle", self.file(seal(kind, jcs(body), "dana")), "--trust", path("trust-v1.json"))
            self.assertEqual(answer["verdict"], "verified" if what == "no change" else "failed", what)
        body = Envelope.read((REFERENCE / "create-key.bundle.json").read_bytes(), kind).payload
        for names in ((), ("alice",), ("dana", "alice"), ("dana", "dana")):
            self.refused(run("bundle", self.file(seal(kind, body, *names)), "--trust", path("trust-v1.json")), names)

    def test_approvals_of_unsound_content_are_refused_though_signed(self) -> None:
        changes: dict[str, Callable[[Any], Any]] = {
            "no change": lambda s: None, "another approver": lambda s: s["predicate"].update(approver="bob"),
            "the preparer": lambda s: s["predicate"].update(approver="dana"), "a later end": lambda s: s["predicate"].update(expires="2026-11-27T11:00:01Z"),
            "two subjects": lambda s: s["subject"].append(copy.deepcopy(s["subject"][0])), "another id": lambda s: s["subject"][0].update(name=EXPECTED["bundles"]["put-key-policy"]["id"]),
            "two digests": lambda s: s["subject"][0]["digest"].update(sha1="0"), "a reject without a reason": lambda s: s["predicate"].update(decision="reject"),
            "another root": lambda s: s["predicate"]["trust"].update(version=2), "another type": lambda s: s.update(predicateType="urn:countersign:approval:v2"),
        }
        kind, trust = "application/vnd.in-toto+json", ["--bundle", path("create-key.bundle.json"), "--trust", path("trust-v1.json")]
        for what, change in changes.items():
            body = parse(Envelope.read((REFERENCE / "create-key.alice.approve.json").read_bytes(), kind).payload)
            change(body)
            answer = run("approval", self.file(seal(kind, jcs(body), "alice")), *trust)
            self.assertEqual(answer["verdict"], "verified" if what == "no change" else "failed", what)
        body = Envelope.read((REFERENCE / "create-key.alice.approve.json").read_bytes(), kind).payload
        for names in ((), ("bob",), ("dana",), ("exec",), ("alice", "bob")):
            self.refused(run("approval", self.file(seal(kind, body, *names)), *trust), names)


class Trees(Vectors):
    def setUp(self) -> None:
        super().setUp()
        self.leaves = [notes.leaf(b"entry-%d" % n) for n in range(300)]
        self.vectors = json.loads((REFERENCE / "merkle.json").read_bytes())

    def test_roots(self) -> None:
        self.assertEqual([root.hex() for root in notes.roots(self.leaves)], self.vectors["roots"])

    def test_every_proof_holds_and_no_other(self) -> None:
        roots = notes.roots(self.leaves[:17])

        def leads(check: Callable[..., Any], wanted: Any, *arguments: Any) -> bool:
            try:
                return bool(check(*arguments) == wanted)
            except Refused:
                return False

        def others(path: list[bytes]) -> Iterable[list[bytes]]:
            yield [*path, bytes(32)]
            for place, hash in enumerate(path):
                yield path[:place] + path[place + 1:]
                yield [*path[:place], bytes([hash[0] ^ 1]) + hash[1:], *path[place + 1:]]

        for vector in self.vectors["inclusion"]:
            index, size, path = vector["index"], vector["size"], [bytes.fromhex(h) for h in vector["proof"]]
            leaf = self.leaves[index]
            self.assertTrue(leads(notes.inclusion_root, roots[size], leaf, index, size, path))
            self.assertFalse(any(leads(notes.inclusion_root, roots[size], leaf, index, size, other) for other in others(path)))
            self.assertFalse(any(leads(notes.inclusion_root, roots[size], leaf, other, size, path) for other in range(-1, size + 1) if other != index))
        for vector in self.vectors["consistency"]:
            old, new, path = vector["old"], vector["new"], [bytes.fromhex(h) for h in vector["proof"]]
            wanted = (roots[old], roots[new])
            self.assertTrue(leads(notes.consistency_roots, wanted, old, new, path, roots[old]))
            self.assertFalse(any(leads(notes.consistency_roots, wanted, old, new, other, roots[old]) for other in others(path)))
            self.assertFalse(any(leads(notes.consistency_roots, (roots[other], roots[new]), other, new, path, roots[other]) for other in range(new + 1) if other != old))
        self.assertEqual((len(self.vectors["inclusion"]), len(self.vectors["consistency"])), (153, 153))

    def test_tiles_of_70000(self) -> None:
        wanted = json.loads((REFERENCE / "tiles-70000.json").read_bytes())
        leaves = [notes.leaf(b"entry-%d" % n) for n in range(70000)]
        rows = [{"idx": index, "length": len(data), "level": level, "sha256": digest(data)[7:]} for (level, index), data in sorted(notes.tiles(leaves).items())]
        self.assertEqual(rows, wanted["rows"])
        self.assertEqual(notes.roots(leaves)[-1].hex(), wanted["root"])

    def test_notes_and_the_proof(self) -> None:
        witness = (REFERENCE / "witness.vkey").read_text()
        for name, vkey in (("checkpoint-1.txt", LOG), ("checkpoint-22.txt", LOG), ("checkpoint-last.txt", LOG), ("cosigned-checkpoint.txt", LOG), ("cosigned-checkpoint.txt", witness)):
            self.assertEqual(run("note", path(name), "--vkey", vkey)["verdict"], "verified", name)
        self.refused(run("note", path("checkpoint-last.txt"), "--vkey", witness))
        self.refused(run("note", path("checkpoint-last.txt"), "--vkey", LOG.replace("6bb0aa47", "6bb0aa48")))
        proof = run("proof", path("entry-5.tlog-proof"), "--vkey", LOG, "--entry-file", path("entry-5.json"))
        self.assertEqual((proof["verdict"], proof["index"], proof["size"]), ("verified", 5, 26))
        self.refused(run("proof", path("entry-5.tlog-proof"), "--vkey", LOG, "--entry-file", path("policy-1.json")))

    def test_a_verifier_key_may_stand_in_a_file_beside_others(self) -> None:
        other = (REFERENCE / "witnessed" / "witness.vkey") if (REFERENCE / "witnessed" / "witness.vkey").exists() else REFERENCE / "witness.vkey"
        every = self.file((other.read_text().strip() + "\n\n" + LOG + "\n").encode())
        for keys in (["--vkey", path("log.vkey")], ["--vkey", every], ["--vkey", str(other), "--vkey", LOG]):
            self.assertEqual(run("note", path("checkpoint-last.txt"), *keys)["verdict"], "verified", keys)
            self.assertEqual(run("proof", path("entry-5.tlog-proof"), *keys, "--entry-file", path("entry-5.json"))["verdict"], "verified", keys)
        for keys in ([str(other)], [self.file(b"\n")], [self.file(b"\xff+")], [path("missing.vkey")]):
            self.refused(run("note", path("checkpoint-last.txt"), "--vkey", *keys))

    def test_no_byte_of_a_note_or_a_proof_can_change(self) -> None:
        for place, damaged in flipped((REFERENCE / "checkpoint-last.txt").read_bytes(), 1):
            self.refused(run("note", self.file(damaged), "--vkey", LOG), place)
        for place, damaged in flipped((REFERENCE / "entry-5.tlog-proof").read_bytes(), 1):
            self.refused(run("proof", self.file(damaged), "--vkey", LOG, "--entry-file", path("entry-5.json")), place)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Witnesses: ours of another's log, another's of our ledger; two at once, a rollback, a death between storing and answering."""
from __future__ import annotations

import base64
import hashlib
import http.client
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from desk import PROGRAM, ROOT, Desk

sys.path.insert(0, str(ROOT / "vectors"))
from notes import leaf, roots, split  # noqa: E402

ORIGIN = "example.com/another-log"
NAME = "witness.example.com/w1"


def key_id(name: str, kind: int, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def vkey(name: str, kind: int, point: bytes) -> str:
    return f"{name}+{key_id(name, kind, point).hex()}+{base64.b64encode(bytes([kind]) + point).decode()}"


class Log:
    """A log made here: leaves, checkpoints, consistency proofs (RFC 6962 §2.1.2, from its text)."""

    def __init__(self, count: int, changed: int | None = None, key: Ed25519PrivateKey | None = None) -> None:
        self.leaves = [leaf(b"another" if at == changed else b"entry %d" % at) for at in range(count)]
        self.roots = roots(self.leaves)
        self.key = key or Ed25519PrivateKey.generate()
        self.vkey = vkey(ORIGIN, 1, raw(self.key))

    def text(self, size: int) -> bytes:
        return f"{ORIGIN}\n{size}\n{base64.b64encode(self.roots[size]).decode()}\n".encode()

    def note(self, size: int) -> bytes:
        line = base64.b64encode(key_id(ORIGIN, 1, raw(self.key)) + self.key.sign(self.text(size))).decode()
        return self.text(size) + f"\n— {ORIGIN} {line}\n".encode()

    def proof(self, old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
        if old == len(leaves):
            return [] if whole else [roots(leaves)[-1]]
        half = split(len(leaves))
        if old <= half:
            return [*self.proof(old, leaves[:half], whole), roots(leaves[half:])[-1]]
        return [*self.proof(old - half, leaves[half:], False), roots(leaves[:half])[-1]]

    def request(self, old: int, new: int) -> bytes:
        hashes = self.proof(old, self.leaves[:new]) if old else []
        return b"old %d\n" % old + b"".join(base64.b64encode(h) + b"\n" for h in hashes) + b"\n" + self.note(new)


class Witnessing(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.desk = Desk(Path(temporary.name))
        self.desk.run("key", "generate", "--type", "ed25519", "--out", "w1", "--no-passphrase")
        self.point = base64.b64decode(self.desk.json("key", "show", "w1.pub")["public"])[-32:]
        self.log = Log(64)
        self.state = self.desk.folder / "state" / (hashlib.sha256(ORIGIN.encode()).hexdigest() + ".checkpoint")

    def words(self, request: str) -> list[str]:
        return ["witness", "cosign", request, "--key", "w1", "--name", NAME, "--state", "state", "--log-key", self.log.vkey]

    def cosign(self, old: int, new: int, code: int = 0, log: Log | None = None) -> bytes:
        return self.desk.run(*self.words(self.desk.write("request", (log or self.log).request(old, new))), code=code)

    def check(self, line: bytes, text: bytes) -> int:
        """Verifies a cosignature/v1 line with nothing of ours; gives its time."""
        dash, name, blob = line.decode().rstrip("\n").split(" ")
        data = base64.b64decode(blob)
        self.assertEqual((dash, name, data[:4], len(data)), ("—", NAME, key_id(NAME, 4, self.point), 76))
        when = int.from_bytes(data[4:12], "big")
        Ed25519PublicKey.from_public_bytes(self.point).verify(data[12:], b"cosignature/v1\ntime %d\n" % when + text)
        return when

    def remembered(self) -> int:
        return int(self.state.read_text().split("\n")[1])

    def test_its_cosignatures_verify_elsewhere(self) -> None:
        self.assertEqual(self.desk.run("witness", "vkey", "w1.pub", "--name", NAME).decode(), vkey(NAME, 4, self.point) + "\n")
        old = 0
        for new in (1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 63, 64, 64):
            when = self.check(self.cosign(old, new), self.log.text(new))
            self.assertLess(abs(when - time.time()), 60)
            self.assertEqual(self.remembered(), new)
            old = new
        # What it keeps is the log's note with its cosignature, as a monitor would fetch it.
        kept = self.state.read_bytes().splitlines(True)
        self.assertEqual(b"".join(kept[:-1]), self.log.note(64))
        self.check(kept[-1], self.log.text(64))

    def test_no_way_back_and_no_other_past(self) -> None:
        self.cosign(0, 40)
        for old, new in ((0, 39), (39, 39), (0, 41), (39, 41)):
            self.cosign(old, new, code=1)
        rewritten = Log(64, changed=12, key=self.log.key)
        self.cosign(40, 50, code=1, log=rewritten)
        self.assertEqual(self.remembered(), 40)
        # Of one size: both notes, side by side and kept; Python alone confirms that the log signed two states.
        shown = self.cosign(40, 40, code=1, log=rewritten).decode()
        for log in (self.log, rewritten):
            self.assertIn(base64.b64encode(log.roots[40]).decode(), shown)
        (evidence,) = self.state.parent.glob("*.fork-40-*")
        self.assertEqual(evidence.read_bytes(), self.log.note(40) + b"\n" + rewritten.note(40))
        self.cosign(40, 64)

    def test_two_at_once_never_roll_back(self) -> None:
        for attempt in range(12):
            self.state.unlink(missing_ok=True)
            self.cosign(0, 10)
            jobs = []
            for size in (20, 60, 30, 50):
                self.desk.write(f"request-{size}", self.log.request(10, size))
                jobs.append((size, subprocess.Popen([PROGRAM, *self.words(f"request-{size}")], cwd=self.desk.folder, env=self.desk.environment,
                                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)))
            answers = {size: (job.communicate(timeout=60)[0], job.returncode) for size, job in jobs}
            won = [size for size, (_, code) in answers.items() if code == 0]
            self.assertEqual((len(won), {code for _, code in answers.values()}), (1, {0, 1}), answers)
            self.assertEqual(self.remembered(), won[0])
            self.check(answers[won[0]][0], self.log.text(won[0]))

    def test_a_death_between_storing_and_answering_leaves_the_newer_record(self) -> None:
        self.cosign(0, 10)
        self.desk.write("request", self.log.request(10, 20))
        # Nobody takes the answer: the pipe is full, so the witness hangs in writing it, after it has stored.
        out, full = os.pipe()
        os.set_blocking(full, False)
        try:
            while True:
                os.write(full, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(full, True)
        job = subprocess.Popen([PROGRAM, *self.words("request")], cwd=self.desk.folder, env=self.desk.environment, stdout=full,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        os.close(full)
        deadline = time.monotonic() + 30
        while self.remembered() != 20 and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIsNone(job.poll(), "it has answered")
        job.send_signal(signal.SIGKILL)
        self.assertEqual(job.wait(timeout=30), -signal.SIGKILL)
        os.close(out)
        # The record is whole and newer; the same request is too old now, and asking again from there gets the answer.
        self.assertEqual(self.remembered(), 20)
        self.cosign(10, 20, code=1)
        self.check(self.cosign(20, 20), self.log.text(20))

    def test_an_answer_that_cannot_be_stored_is_not_given(self) -> None:
        self.cosign(0, 10)
        before = self.state.read_bytes()
        self.desk.write("request", self.log.request(10, 20))

        def no_room() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        done = subprocess.run([PROGRAM, *self.words("request")], cwd=self.desk.folder, env=self.desk.environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, preexec_fn=no_room)
        self.assertEqual((done.returncode, done.stdout), (74, b""), done.stderr)
        self.assertEqual(self.state.read_bytes(), before)
        self.cosign(10, 20)


class Serving(Witnessing):
    """The same witness over HTTP: status codes, bodies and types of C2SP tlog-witness."""

    def serve(self, *logs: str) -> int:
        words = ["witness", "serve", "--listen", "127.0.0.1:0", "--key", "w1", "--name", NAME, "--state", "state"]
        job = subprocess.Popen([PROGRAM, *words, *(word for log in logs for word in ("--log-key", log))], cwd=self.desk.folder,
                               env=self.desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

        def stop() -> None:
            job.terminate()
            job.communicate(timeout=30)
        self.addCleanup(stop)
        line = job.stderr.readline() if job.stderr else ""
        self.assertRegex(line, f"witness {NAME} listens on 127.0.0.1:0, port [0-9]+")
        return int(line.split()[-1])

    def call(self, port: int, body: bytes | None, path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET" if body is None else "POST", path, body)
        answer = connection.getresponse()
        found = (answer.status, answer.getheader("Content-Type", ""), answer.read())
        connection.close()
        return found

    def test_status_codes_and_bodies(self) -> None:
        port = self.serve(self.log.vkey)
        hash = hashlib.sha256(ORIGIN.encode()).hexdigest()
        self.assertEqual(self.call(port, None, f"/{hash}/checkpoint")[0], 404)
        status, _, line = self.call(port, self.log.request(0, 20))
        self.assertEqual(status, 200)
        self.check(line, self.log.text(20))
        other = Log(64)
        rewritten = Log(64, changed=3, key=self.log.key)
        spoilt = self.log.request(20, 30).replace(b"\n30\n", b"\n31\n")
        unknown = self.log.request(20, 30).replace(ORIGIN.encode(), b"example.com/unknown")
        for body, status in ((b"old 20", 400), (b"", 400), (self.log.request(20, 30)[:-1], 400), (self.log.request(20, 30).replace(b"old 20", b"old 99"), 400),
                             (other.request(20, 30), 403), (spoilt, 403), (unknown, 404),
                             (rewritten.request(20, 30), 422), (rewritten.request(20, 20), 422), (self.log.request(20, 30).replace(b"old 20\n", b"old 20\n" + b"A" * 43 + b"=\n"), 422)):
            with self.subTest(status=status, body=body[:40]):
                self.assertEqual(self.call(port, body)[0], status)
                self.assertEqual(self.remembered(), 20)
        for old in (0, 19):
            self.assertEqual(self.call(port, self.log.request(old, 30)), (409, "text/x.tlog.size", b"20\n"))
        self.assertEqual(self.call(port, self.log.request(0, 10)), (409, "text/x.tlog.size", b"20\n"))
        self.assertEqual(self.call(port, b"x" * 1_000_000)[0], 413)
        self.assertEqual(self.call(port, self.log.request(20, 64))[0], 200)
        # Monitors see what was cosigned last.
        status, _, note = self.call(port, None, f"/{hash}/checkpoint")
        self.assertEqual((status, note), (200, self.state.read_bytes()))
        self.assertTrue(note.startswith(self.log.note(64)))
        for path in ("/../w1/checkpoint", f"/{hash.upper()}/checkpoint", "/w1/checkpoint", "/"):
            self.assertEqual(self.call(port, None, path)[0], 404, path)

    def test_many_at_once_never_roll_back(self) -> None:
        port = self.serve(self.log.vkey)
        size = 0
        for attempt in range(10):
            sizes = [size + 1 + (3 * at + attempt) % 5 for at in range(8)]
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda new: self.call(port, self.log.request(size, new)), sizes))
            # Whoever asks for the very size that won, from before, is told of it.
            won = [new for new, (status, _, _) in zip(sizes, answers) if status == 200]
            self.assertEqual(len(won), 1, answers)
            self.assertEqual({answer for answer in answers if answer[0] != 200}, {(409, "text/x.tlog.size", b"%d\n" % won[0])})
            size = won[0]
            self.assertEqual(self.remembered(), size)

    def test_a_ledger_asks_and_takes_in(self) -> None:
        for name in ("alice", "bob", "dana", "exec"):
            self.desk.run("key", "generate", "--out", name, "--no-passphrase")
        self.desk.write("trust.json.yaml", f"""
origin: example.com/asked
expires: 2099-01-01T00:00:00Z
keys: {{ a: {{ owner: alice, file: alice.pub }}, b: {{ owner: bob, file: bob.pub }}, d: {{ owner: dana, file: dana.pub }}, e: {{ owner: exec, file: exec.pub }},
  w: {{ owner: audit-office, file: w1.pub, name: {NAME} }} }}
roles: {{ root: {{ keys: [a, b], threshold: 2 }}, preparer: {{ keys: [d] }}, approver: {{ keys: [a, b], threshold: 2 }}, ledger: {{ keys: [e] }},
  witness: {{ keys: [w], threshold: 1 }} }}
limits: {{ accounts: ["123456789012"], regions: [us-east-1], operations: [create-key] }}
""")
        self.desk.run("trust", "create", "trust.json.yaml", "--out", "trust.json")
        for name in ("alice", "bob"):
            self.desk.run("trust", "sign", "trust.json", "--key", name)
        genesis = self.desk.json("ledger", "create", "l.sqlite", "--trust", "trust.json", "--key", "exec")["genesis"]
        port = self.serve(self.desk.run("ledger", "vkey", "l.sqlite").decode().strip())
        ask = ("ledger", "witness", "l.sqlite", "--url", f"http://127.0.0.1:{port}", "--key", "exec")
        self.assertEqual(self.desk.json(*ask)["cosigned"], [{"size": 1, "name": NAME, "new": True}])
        shutil.copyfile(self.desk.folder / "l.sqlite", self.desk.folder / "old.sqlite")
        for _ in range(3):
            for wrong in ("{}", "[]"):
                self.desk.run("ledger", "record", "l.sqlite", self.desk.write("wrong", wrong), "--key", "exec", code=65)
        self.assertEqual(self.desk.json(*ask)["cosigned"], [{"size": 7, "name": NAME, "new": True}])
        self.assertEqual(self.desk.json(*ask)["cosigned"], [{"size": 7, "name": NAME, "new": False}])
        note = self.desk.run("ledger", "checkpoint", "l.sqlite")
        text, _, lines = note.rpartition(b"\n\n")
        self.check(lines.splitlines(True)[1], text + b"\n")
        verdict = self.desk.json("audit", "verify", "l.sqlite", "--genesis", genesis, "--require-witness")
        self.assertEqual((verdict["verdict"], verdict["witnessed"], verdict["findings"]), ("verified", 7, []))
        # An old copy of the ledger is told so; so is one that was gone on with.
        old = ("ledger", "witness", "old.sqlite", "--url", f"http://127.0.0.1:{port}", "--key", "exec")
        self.desk.run(*old, code=77)
        for at in range(8):
            self.desk.run("ledger", "record", "old.sqlite", self.desk.write("wrong", ("[]", "{}")[at % 2]), "--key", "exec", code=65)
        self.desk.run(*old, code=1)
        # Nobody there, and somebody who is no witness.
        self.desk.run("ledger", "witness", "l.sqlite", "--url", "http://127.0.0.1:9", "--key", "exec", code=69)
        self.desk.run("ledger", "witness", "l.sqlite", "--url", f"http://127.0.0.1:{port}/elsewhere", "--key", "exec", code=1)


# Run once, not again for the class that has more.
for name in [name for name in dir(Witnessing) if name.startswith("test_")]:
    setattr(Serving, name, None)


if __name__ == "__main__":
    unittest.main()

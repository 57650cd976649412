# SPDX-License-Identifier: Apache-2.0
"""Witnesses: ours of another's log, another's of our ledger; two at once, a rollback, a death between storing and answering."""
from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import http.client
import os
import resource
import shutil
import signal
import socket
import socketserver
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from desk import PROGRAM, ROOT, Desk

sys.path.append(str(ROOT / "vectors"))
from notes import leaf, roots, split  # noqa: E402

ORIGIN = "example.com/another-log"
NAME = "witness.example.com/w1"


def key_id(name: str, kind: int, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def vkey(name: str, kind: int, point: bytes) -> str:
    return f"{name}+{key_id(name, kind, point).hex()}+{base64.b64encode(bytes([kind]) + point).decode()}"


@contextlib.contextmanager
def untrusted() -> Iterator[str]:
    """The URL of a server whose certificate it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(hours=1))
    with tempfile.NamedTemporaryFile() as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)

    class Server(socketserver.TCPServer):
        def finish_request(self, request: socket.socket, client: object) -> None:
            with contextlib.suppress(OSError), context.wrap_socket(request, server_side=True) as wrapped:
                wrapped.recv(1)

    with Server(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        serving.join(timeout=30)


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

    def test_a_log_whose_key_changed_goes_on(self) -> None:
        self.cosign(0, 10)
        first, next = self.log, Log(64)
        self.cosign(10, 20, code=77, log=next)
        self.log.vkey = self.desk.write("keys", first.vkey + "\n" + next.vkey + "\n")
        for size, log in ((20, next), (30, next), (40, first)):
            self.check(self.cosign(self.remembered(), size, log=log), log.text(size))
        # Another past under either key is none.
        for key in (first.key, next.key):
            self.cosign(40, 50, code=1, log=Log(64, changed=12, key=key))
        self.log.vkey = self.desk.write("keys", first.vkey + "\nno key\n")
        self.cosign(40, 50, code=65)

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

    def test_the_specification_line_by_line(self) -> None:
        """Each MUST of tlog-witness 1.0, "add-checkpoint", that a request can meet; in the specification's order."""
        second = Ed25519PrivateKey.generate()
        port = self.serve(self.log.vkey, vkey(ORIGIN, 1, raw(second)))
        hash64 = base64.b64encode(b"h" * 32) + b"\n"

        def with_lines(old: int, new: int, *lines: bytes) -> bytes:
            return self.log.request(old, new) + b"".join(lines)

        def line(name: str, key: Ed25519PrivateKey, size: int, id: bytes | None = None) -> bytes:
            return f"\u2014 {name} ".encode() + base64.b64encode((id or key_id(name, 1, raw(key))) + key.sign(self.log.text(size))) + b"\n"
        # Never cosigned: the latest size is 0, whatever is asked.
        self.assertEqual(self.call(port, self.log.request(5, 9)), (409, "text/x.tlog.size", b"0\n"))
        # Each line ends in a newline; the old size is a decimal without leading zeroes; a hash a line, in base64; at most 63 of them.
        good = self.log.request(0, 20)
        for body in (good.replace(b"\n", b"\r\n"), good.replace(b"old 0", b"old 00"), good.replace(b"old 0", b"old  0"), good.replace(b"old 0", b"old +0"),
                     good.replace(b"old 0", b"old -1"), good.replace(b"old 0", b"Old 0"), good.replace(b"old 0\n", b"old 0\nnot base64\n"), good.replace(b"old 0\n", b"old 0\nAAAA\n"),
                     good.replace(b"old 0\n", b"old 0\n" + hash64 * 64), good.replace(b"old 0\n\n", b"old 0\n"), b"\n" + good, good.replace(b"\n20\n", b"\n020\n")):
            with self.subTest(body=body[:40]):
                self.assertEqual(self.call(port, body)[0], 400)
        self.assertEqual(self.call(port, good.replace(b"old 0\n", b"old 0\n" + hash64 * 63))[0], 422)
        # Unknown keys are ignored: of another name, and of the log's name with another key id; with no known key's line among them it is forbidden.
        stranger = Ed25519PrivateKey.generate()
        strange = [line("example.com/stranger", stranger, 20), line(ORIGIN, stranger, 20)]
        text = good.split(b"\n\n")[0] + b"\n\n" + self.log.text(20)
        self.assertEqual(self.call(port, text + b"\n" + b"".join(strange))[0], 403)
        # A line with a known key's name and id that does not verify spoils the note, beside a good one too.
        self.assertEqual(self.call(port, with_lines(0, 20, line(ORIGIN, stranger, 20, key_id(ORIGIN, 1, raw(second)))))[0], 403)
        self.assertFalse(self.state.exists())
        # An empty tree has one root.
        empty = Log(1, key=self.log.key)
        self.assertEqual(self.call(port, empty.request(0, 0).replace(b"0\n47DEQ", b"0\n47DER"))[0], 403)
        empty.roots[0] = empty.roots[1]
        self.assertEqual(self.call(port, empty.request(0, 0))[0], 422)
        # The old size is at most the checkpoint's.
        self.assertEqual(self.call(port, good.replace(b"old 0", b"old 21"))[0], 400)
        # A proof where none belongs; then all holds, and the answer is lines by the witness alone, with a time.
        self.assertEqual(self.call(port, good.replace(b"old 0\n", b"old 0\n" + hash64))[0], 422)
        status, _, answer = self.call(port, with_lines(0, 20, *strange))
        self.assertEqual((status, answer.count(b"\n")), (200, 1))
        self.assertGreater(self.check(answer, self.log.text(20)), 1_700_000_000)
        # Either key of the log will do; the same size again, with the same root, and with another.
        self.assertEqual(self.call(port, self.log.request(20, 20).split(b"\n\n")[0] + b"\n\n" + self.log.text(20) + b"\n" + line(ORIGIN, second, 20))[0], 200)
        self.assertEqual(self.call(port, Log(64, changed=1, key=self.log.key).request(20, 20))[0], 422)
        self.assertEqual(self.call(port, self.log.request(20, 30).replace(b"old 20\n", b"old 20\n" + hash64))[0], 422)
        # What is asked must be a POST to this name.
        for method, path in (("GET", "/add-checkpoint"), ("PUT", "/add-checkpoint"), ("POST", "/")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(method, path, self.log.request(20, 30))
            self.assertIn(connection.getresponse().status, (404, 405), (method, path))
            connection.close()
        self.assertEqual(self.remembered(), 20)

    def test_one_connection_carries_many_requests(self) -> None:
        port = self.serve(self.log.vkey)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for old, new in ((0, 3), (3, 4), (4, 64)):
            connection.request("POST", "/add-checkpoint", self.log.request(old, new))
            if old == 0:
                socket = connection.sock
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.check(answer.read(), self.log.text(new))
            self.assertIs(connection.sock, socket)
        connection.close()

    def test_a_server_killed_between_storing_and_answering(self) -> None:
        self.cosign(0, 10)
        # The rename that stores the record comes back late: that is when it dies.
        slow = ["strace", "-f", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2", "-e", "inject=rename,renameat,renameat2:delay_exit=20000000"]
        words = ["witness", "serve", "--listen", "127.0.0.1:0", "--key", "w1", "--name", NAME, "--state", "state", "--log-key", self.log.vkey]
        job = subprocess.Popen([*slow, PROGRAM, *words], cwd=self.desk.folder, env=self.desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True)
        port = int(job.stderr.readline().split()[-1])
        (child,) = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(self.call, port, self.log.request(10, 20))
            deadline = time.monotonic() + 15
            while self.remembered() != 20 and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertFalse(asked.done(), "it has answered")
            os.kill(int(child), signal.SIGKILL)
            self.assertIsInstance(asked.exception(timeout=60), (http.client.HTTPException, OSError))
        job.communicate(timeout=60)
        # It knows more than it has said: asked from there, it answers.
        self.assertEqual(self.remembered(), 20)
        port = self.serve(self.log.vkey)
        self.assertEqual(self.call(port, self.log.request(10, 20)), (409, "text/x.tlog.size", b"20\n"))
        status, _, answer = self.call(port, self.log.request(20, 20))
        self.assertEqual(status, 200)
        self.check(answer, self.log.text(20))

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

    def held(self, origin: str) -> bytes:
        """What a witness remembers of a log."""
        return (self.desk.folder / "state" / (hashlib.sha256(origin.encode()).hexdigest() + ".checkpoint")).read_bytes()

    def database(self, name: str, words: str) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(self.desk.folder / name)) as ledger, ledger:
            if not words.startswith("SELECT"):
                for (trigger,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                    ledger.execute("DROP TRIGGER " + trigger)
            return ledger.execute(words).fetchall()

    def checkpoint(self, name: str, size: int) -> bytes:
        ((note,),) = self.database(name, f"SELECT note FROM checkpoints WHERE size = {size}")
        return note

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
        # Both signed states are shown and kept: Python alone confirms them, and another command too.
        origin = note.decode().splitlines()[0]
        refused = self.desk.json(*old, "--evidence", "fork.notes", code=1)
        other = self.checkpoint("old.sqlite", 7)
        self.assertEqual(refused, {"cosigned": [], "contradictions": [{"url": f"http://127.0.0.1:{port}", "fork": True,
                                                                      "notes": [self.held(origin).decode(), other.decode()]}]})
        self.assertEqual(self.desk.read("fork.notes"), self.held(origin) + b"\n" + other)
        said = subprocess.run([PROGRAM, *old], cwd=self.desk.folder, env=self.desk.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(said.returncode, 1)
        self.assertIn(f"FORK: {origin} signed two different states of its first 7 entries", said.stderr.decode())
        for note in (self.held(origin), other):
            self.assertIn(note.decode().splitlines()[2], said.stdout.decode())
        # Evidence that is there already is not written over.
        self.desk.run(*old, "--evidence", "fork.notes", code=73)
        # A copy that has no state of that size: its newest stands beside what the witness holds.
        self.database("old.sqlite", "DELETE FROM checkpoints WHERE size = 7")
        last = self.desk.run("ledger", "checkpoint", "old.sqlite")
        refused = self.desk.json(*old, "--evidence", "two.notes", code=1)
        self.assertEqual(refused["contradictions"], [{"url": f"http://127.0.0.1:{port}", "fork": False,
                                                      "notes": [self.held(origin).decode(), last.decode()]}])
        self.assertEqual(self.desk.read("two.notes"), self.held(origin) + b"\n" + last)
        # Nobody there, somebody whose certificate nobody knows, and somebody who is no witness.
        with untrusted() as elsewhere:
            said = subprocess.run([PROGRAM, "ledger", "witness", "l.sqlite", "--url", elsewhere, "--key", "exec"], cwd=self.desk.folder,
                                  env=self.desk.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(said.returncode, 69)
            self.assertIn("hint: the server's certificate is not trusted; AWS_CA_BUNDLE names a file", said.stderr.decode())
        self.desk.run("ledger", "witness", "l.sqlite", "--url", "http://127.0.0.1:9", "--key", "exec", code=69)
        self.desk.run("ledger", "witness", "l.sqlite", "--url", f"http://127.0.0.1:{port}/elsewhere", "--key", "exec", code=1)


# Run once, not again for the class that has more.
for name in [name for name in dir(Witnessing) if name.startswith("test_")]:
    setattr(Serving, name, None)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A witness's door, with a real process: whatever one client sends, or does not send, another is answered within two seconds."""
from __future__ import annotations

import base64
import hashlib
import http.client
import os
import re
import resource
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from desk import PROGRAM, Desk
from test_witness import NAME, ORIGIN, Log

HASH = hashlib.sha256(ORIGIN.encode()).hexdigest()
HEAD = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"


class Door(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.desk = Desk(Path(temporary.name))
        self.desk.run("key", "generate", "--type", "ed25519", "--out", "w1", "--no-passphrase")
        self.log = Log(64)
        self.said: list[str] = []
        self.port = self.serve(1024)
        self.size = 0

    def words(self, listen: str = "127.0.0.1:0") -> list[str]:
        return [PROGRAM, "witness", "serve", "--listen", listen, "--key", "w1", "--name", NAME, "--state", "state", "--log-key", self.log.vkey]

    def serve(self, files: int) -> int:
        """With so many files open at most."""
        begins_anew = not (self.desk.folder / "state").exists()
        job = subprocess.Popen(self.words(), cwd=self.desk.folder, env=self.desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
        assert job.stderr
        line = job.stderr.readline()
        if begins_anew:
            self.assertEqual(job.stderr.readline(), "countersign: state was made: this witness knows no log's past. If it knew one, stop it and bring that folder back\n")
        listening = threading.Thread(target=lambda: self.said.extend(job.stderr or []))
        listening.start()

        def stop() -> None:
            job.terminate()
            job.wait(timeout=30)
            listening.join(timeout=30)
            if job.stderr:
                job.stderr.close()
        self.addCleanup(stop)
        self.pid = job.pid
        return int(line.split()[-1])

    def cpu(self) -> float:
        """Seconds that the server has worked."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self, *pieces: bytes) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.addCleanup(client.close)
        for piece in pieces:
            client.sendall(piece)
        return client

    def rest(self, client: socket.socket) -> bytes:
        """All that comes until the server ends the connection."""
        found = b""
        try:
            while piece := client.recv(65536):
                found += piece
        except ConnectionResetError:
            pass
        return found

    def another(self) -> None:
        """Somebody else's request, now."""
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", "/add-checkpoint", self.log.request(self.size, self.size + 1))
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.read().count(b"\n")), (200, 1))
        connection.close()
        self.size += 1
        self.assertLess(time.monotonic() - begun, 2)

    def sent(self, data: bytes) -> bytes:
        """Sends what the server may end early; gives what it answered."""
        client = self.connect()
        try:
            for at in range(0, len(data), 65536):
                client.sendall(data[at:at + 65536])
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.another()
        return self.rest(client)

    def test_a_long_head_costs_nothing(self) -> None:
        before = self.cpu()
        for head in (b"X: " + b"a" * 400_000 + b"\r\n\r\n", b"X: y\r\n" * 80_000 + b"\r\n", b"a" * 400_000, b"\r\n" * 200_000):
            begun = time.monotonic()
            self.assertRegex(self.sent(HEAD + head), b"\\AHTTP/1.1 (431|400) ")
            self.assertLess(time.monotonic() - begun, 5)
        self.assertRegex(self.sent(b"GET /" + b"a" * 400_000), b"\\AHTTP/1.1 431 ")
        self.assertLess(self.cpu() - before, 1)

    def test_a_body_that_is_too_large_is_not_taken_for_another_request(self) -> None:
        before = self.cpu()
        for _ in range(5):
            answer = self.sent(HEAD + b"Content-Length: 900000\r\n\r\n" + (b"GET /%s/checkpoint HTTP/1.1\r\nHost: w\r\n\r\n" % HASH.encode()) * 9000)
            self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:80])
            self.assertIn(b"\r\nConnection: close\r\n", answer)
            self.assertEqual(answer.count(b"HTTP/1.1"), 1)
        # Without a length there is no telling where it ends.
        self.assertTrue(self.sent(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"5\r\nhello\r\n" * 1000).startswith(b"HTTP/1.1 411 "))
        self.assertLess(self.cpu() - before, 1)

    def test_eight_megabytes_over_each_of_ten_connections(self) -> None:
        before = self.cpu()

        def push() -> None:
            client = self.connect()
            try:
                client.sendall(HEAD + b"Content-Length: 8000000\r\n\r\n")
                for _ in range(125):
                    client.sendall(b"x" * 64_000)
            except (BrokenPipeError, ConnectionResetError):
                pass
        pushing = [threading.Thread(target=push) for _ in range(10)]
        for thread in pushing:
            thread.start()
        for _ in range(5):
            self.another()
        for thread in pushing:
            thread.join(timeout=30)
            self.assertFalse(thread.is_alive())
        self.another()
        self.assertLess(self.cpu() - before, 1)

    def test_silence_and_slowness_hold_no_place(self) -> None:
        before = self.cpu()
        # More than there are places: who is silent longest loses theirs.
        idle = [self.connect() for _ in range(300)]
        self.another()
        slow = [self.connect(HEAD + b"Content-Length: 10\r\n\r\n") for _ in range(20)] + [self.connect(HEAD + b"X: ") for _ in range(20)]
        begun = time.monotonic()
        ended = False
        while time.monotonic() - begun < 9:
            for client in slow:
                try:
                    client.sendall(b"a" if client not in slow[:20] or time.monotonic() - begun < 3 else b"")
                except (BrokenPipeError, ConnectionResetError):
                    ended = True
            time.sleep(0.5)
            self.another()
        self.assertFalse(ended)
        # Ten seconds for the whole of a request, however much of it keeps coming.
        for client in slow:
            self.assertTrue(self.rest(client).startswith(b"HTTP/1.1 408 "))
        self.assertLess(time.monotonic() - begun, 14)
        for client in idle:
            self.assertEqual(self.rest(client), b"")
        self.another()
        self.assertLess(self.cpu() - before, 2)

    def test_few_files_are_enough(self) -> None:
        self.port = self.serve(64)
        idle = [self.connect() for _ in range(100)]
        self.another()
        for client in idle[:60]:
            self.assertEqual(self.rest(client), b"")

    def test_who_takes_no_answer_is_left(self) -> None:
        self.another()
        # Requests without end, and nobody reads what is answered.
        client = self.connect()
        client.settimeout(1)
        try:
            while True:
                client.sendall(b"GET /%s/checkpoint HTTP/1.1\r\nHost: w\r\n\r\n" % HASH.encode() * 50)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
        self.another()
        client.settimeout(20)
        # A hundred over one connection, then another is needed.
        self.assertLessEqual(self.rest(client).count(b"HTTP/1.1 200 OK"), 100)

    def test_how_http_is_spoken(self) -> None:
        def once(data: bytes) -> bytes:
            client = self.connect(data)
            return self.rest(client)
        body = self.log.request(0, 1)
        length = b"Content-Length: %d\r\n" % len(body)
        answer = once(HEAD + length + b"Connection: close\r\n\r\n" + body)
        self.assertRegex(answer, b"\\AHTTP/1.1 200 OK\r\nDate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\r\n")
        # By an older client, which waits for the end; and by one that waits for a word before it sends.
        self.assertTrue(once(b"POST /add-checkpoint HTTP/1.0\r\n" + length + b"\r\n" + body).startswith(b"HTTP/1.1 409 "))
        client = self.connect(HEAD + length + b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
        self.assertEqual(client.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(body)
        self.assertTrue(self.rest(client).startswith(b"HTTP/1.1 409 "))
        # Two at once are answered in their order.
        two = once((b"GET /%s/checkpoint HTTP/1.1\r\nHost: w\r\n\r\n" % HASH.encode()) + b"PUT / HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n")
        self.assertEqual(re.findall(b"HTTP/1.1 ([0-9]{3})", two), [b"200", b"405"])
        self.assertIn(b"\r\nAllow: GET, POST\r\n", two)

    def test_one_line_a_request_with_its_time(self) -> None:
        self.another()
        for data in (b"GET /%s/checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n" % HASH.encode(),
                     b"GET /\x1b[31mred HTTP/1.1\r\nHost: w\r\n\r\n", b"GET /%5Cn" + b"a" * 500 + b" HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n",
                     HEAD + b"Content-Length: 70000\r\n\r\n"):
            self.rest(self.connect(data))
        deadline = time.monotonic() + 10
        while len(self.said) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        when = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
        for line, words in zip(self.said, (f"200 POST /add-checkpoint: cosigned at {when}", f"200 GET /{HASH}/checkpoint: the last checkpoint",
                                           "400 -: malformed HTTP: request line", "404 GET /%5Cna{94}…: this witness has cosigned no checkpoint of that log",
                                           "413 -: a request has at most 65536 bytes"), strict=True):
            self.assertRegex(line, f"\\Acountersign: {when} {words}\n\\Z")

    def test_a_fork_is_called_one_whatever_it_was_asked_from(self) -> None:
        for size in range(1, 24):
            self.another()
        forked = Log(64, changed=3, key=self.log.key)
        found = []
        for old in (0, 23):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request("POST", "/add-checkpoint", forked.request(old, 23))
            answer = connection.getresponse()
            found.append((answer.status, answer.getheader("Content-Type"), answer.read()))
            connection.close()
        self.assertEqual(found, [(409, "text/x.tlog.size", b"23\n"),
                                 (422, "text/plain; charset=utf-8", b"another state of the first 23 entries was cosigned before\n")])
        (evidence,) = (self.desk.folder / "state").glob("*.fork-23-*")
        self.assertEqual(evidence.read_bytes(), self.log.note(23) + b"\n" + forked.note(23))
        deadline = time.monotonic() + 10
        while len(self.said) < 25 and time.monotonic() < deadline:
            time.sleep(0.01)
        for line, status in zip(self.said[23:], (409, 422), strict=True):
            self.assertTrue(line.endswith(f" {status} POST /add-checkpoint: FORK of {ORIGIN} at size 23: both signed notes are kept in "
                                          f"state/{evidence.name}\n"), line)
        # The command says it too, with both notes, from whatever size it was asked.
        done = subprocess.run([PROGRAM, "witness", "cosign", self.desk.write("forked", forked.request(0, 23)), "--key", "w1", "--name", NAME,
                               "--state", "state", "--log-key", self.log.vkey], cwd=self.desk.folder, env=self.desk.environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"FORK", done.stderr)
        self.assertIn(evidence.name.encode(), done.stderr)
        for log in (self.log, forked):
            self.assertIn(base64.b64encode(log.roots[23]), done.stdout)

    def test_a_port_that_is_taken_is_told_at_once(self) -> None:
        begun = time.monotonic()
        done = subprocess.run(self.words(f"127.0.0.1:{self.port}"), cwd=self.desk.folder, env=self.desk.environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertEqual(done.returncode, 69)
        self.assertRegex(done.stderr.decode(), f"cannot listen on 127.0.0.1:{self.port}: the port is taken\n")


if __name__ == "__main__":
    unittest.main()

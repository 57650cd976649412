# SPDX-License-Identifier: Apache-2.0
"""A published log read from a web server over TLS: good, refused, cut, lied about, stopped in the middle."""
from __future__ import annotations

import gzip
import json
import os
import pty
import select
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

from desk import PROGRAM, Desk
from published_server import Answer, PublishedServer, certificates
from story import TRUST

FULL = 256


class Web(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory(prefix="countersign-web-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.desk = desk = Desk(Path(cls.temporary.name))
        cls.authority, certificate, key = certificates(desk.folder)
        desk.environment["AWS_CA_BUNDLE"] = str(cls.authority)
        for name in ("dana", "alice", "bob", "carol", "exec"):
            desk.run("key", "generate", "--out", name, "--no-passphrase")
        desk.write("trust.yaml", TRUST.format(url="https://kms.example", validity="7d", expires="2099-01-01T00:00:00Z"))
        desk.run("trust", "create", "trust.yaml", "--out", "trust.json")
        for signer in ("alice", "bob"):
            desk.run("trust", "sign", "trust.json", "--key", signer)
        cls.genesis = desk.json("ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "exec")["genesis"]
        for mark in ("a", "b"):
            desk.write(f"bad-{mark}.json", '{"payload":"bnVsbA==","payloadType":"application/vnd.countersign.bundle+json","signatures":[{"keyid":"sha256:' + mark * 64 + '","sig":"AAAA"}]}')
        cls.grow(3)
        desk.run("ledger", "publish", "ledger.sqlite", "--to", "published")
        desk.write("early", desk.read("published/checkpoint"))
        cls.grow(FULL + 3)
        desk.run("ledger", "publish", "ledger.sqlite", "--to", "published")
        cls.server = PublishedServer(desk.folder / "published", certificate, key)
        cls.addClassCleanup(cls.server.stop)
        cls.pair = (certificate, key)

    @classmethod
    def grow(cls, size: int) -> None:
        """Entries that are quickly made: a bundle of nobody's, refused on record."""
        have = int(cls.desk.read("published/checkpoint").split(b"\n")[1]) if (cls.desk.folder / "published").exists() else 1
        for number in range(size - have):
            cls.desk.run("ledger", "record", "ledger.sqlite", ("bad-a.json", "bad-b.json")[number % 2], "--key", "exec", code=77)

    def setUp(self) -> None:
        self.server.faults, self.server.asked, self.server.headers = {}, [], []
        self.server.peak = self.server.connections = 0

    def verify(self, *more: str, code: int = 0) -> dict:
        return self.desk.json("audit", "verify", "--from", self.server.url, "--genesis", self.genesis, *more, code=code)

    def refused(self, code: int, *words: str, url: str | None = None, environment: dict[str, str] | None = None) -> dict:
        words = words or ("audit", "verify", "--from", url or self.server.url, "--genesis", self.genesis)
        done = subprocess.run([PROGRAM, *words, "--format", "json"], cwd=self.desk.folder, env=self.desk.environment | (environment or {}), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def rows(self, name: str) -> list[str]:
        with sqlite3.connect(f"file:{self.desk.folder}/{name}?mode=ro", uri=True) as database:
            return [str(row) for table in ("entries", "artifacts", "tiles", "checkpoints", "cosignatures") for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]

    # Good

    def test_it_says_what_the_folder_says_and_asks_for_each_file_once(self) -> None:
        answer = self.verify()
        self.assertEqual(answer["verdict"], "verified")
        self.assertEqual(answer["size"], FULL + 3)
        self.assertEqual(answer, self.desk.json("audit", "verify", "--from", "published", "--genesis", self.genesis))
        self.assertEqual(len(self.server.asked), len(set(self.server.asked)))
        self.assertIn("tile/entries/001.p/3", self.server.asked)
        self.assertNotIn("tile/entries/001.p/2", self.server.asked)
        for headers in self.server.headers:
            self.assertEqual(headers["Accept-Encoding"], "identity")
            self.assertFalse({"Authorization", "Cookie", "Referer"} & set(headers))

    def test_a_ledger_is_rebuilt_from_it_row_for_row(self) -> None:
        self.desk.run("audit", "rebuild", "--from", self.server.url + "/", "--out", "rebuilt.sqlite", "--genesis", self.genesis)
        self.assertEqual(self.rows("rebuilt.sqlite"), self.rows("ledger.sqlite"))

    def test_what_fails_once_is_asked_for_again(self) -> None:
        def once(answer: Answer):
            return lambda _, count: answer if count == 0 else None
        self.server.faults = {
            "checkpoint": once(Answer(503, headers={"Retry-After": "1"})), "tile/0/000": once(Answer(500)), "cosigned": once(Answer(429)),
            "tile/entries/000": lambda data, count: Answer(200, data[:1000], length=len(data)) if count == 0 else None,
        }
        self.assertEqual(self.verify()["verdict"], "verified")
        for name in self.server.faults:
            self.assertEqual(self.server.asked.count(name), 2, name)

    def test_an_older_checkpoint_is_verified_from_newer_files_and_is_no_match_for_a_newer_note(self) -> None:
        self.server.faults["checkpoint"] = lambda *_: Answer(200, self.desk.read("early"))
        self.assertEqual(self.verify()["size"], 3)
        self.desk.write("newest", self.desk.read("published/checkpoint"))
        answer = self.verify("--since", "newest", code=1)
        self.assertEqual(answer["verdict"], "failed", answer)

    # Refused

    def test_each_refusal_has_its_own_code(self) -> None:
        always = lambda answer: lambda *_: answer  # noqa: E731
        for name, answer, code, expected in (
            ("checkpoint", Answer(404), 66, "published-nothing"),
            ("checkpoint", Answer(403), 77, "web-forbidden"), ("tile/0/000", Answer(401), 77, "web-forbidden"),
            ("checkpoint", Answer(301, headers={"Location": "https://127.0.0.1/elsewhere"}), 69, "web-redirected"),
            ("tile/0/000", Answer(302, headers={"Location": self.server.url + "/tile/0/000"}), 69, "web-redirected"),
            ("tile/0/000", Answer(500), 69, "web-server-error"), ("tile/1/000.p/1", Answer(503, headers={"Retry-After": "600"}), 75, "web-busy"),
            ("tile/entries/000", Answer(200, gzip.compress(b"x"), {"Content-Encoding": "gzip"}), 69, "web-encoded"),
            ("tile/entries/000", Answer(206, b"part"), 69, "web-answer"),
            ("tile/entries/000", Answer(200, b"part", length=100_000), 69, "web-no-answer"),
            ("checkpoint", Answer(200, b"x" * (2 << 20)), 65, "web-file-too-large"),
            ("checkpoint", Answer(200, b"<html>It works!</html>"), 65, None),
        ):
            self.server.faults = {name: always(answer)}
            error = self.refused(code)
            if expected:
                self.assertEqual(error["code"], expected, (name, answer.status))

    def test_who_is_not_the_server_is_not_asked(self) -> None:
        error = self.refused(69, environment={"AWS_CA_BUNDLE": "/etc/hostname"})
        self.assertEqual(error["code"], "web-unreachable")
        error = self.refused(69, environment={"AWS_CA_BUNDLE": ""})
        self.assertEqual(error["code"], "web-unreachable")
        self.assertIn("certificate", error["hint"])
        self.assertEqual(self.server.asked, [])
        # This certificate is for 127.0.0.1, not for localhost.
        self.assertEqual(self.refused(69, url=self.server.url.replace("127.0.0.1", "localhost"))["code"], "web-unreachable")
        for url, code in (
            ("http://log.example.com/log", "endpoint-insecure"), (self.server.url + "?x", "web-address"), (self.server.url + "/../x", "web-address"),
            ("https://user:word@127.0.0.1/log", "endpoint-invalid"),
        ):
            self.assertEqual(self.refused(64, url=url)["code"], code, url)
        self.assertEqual(self.server.asked, [])

    def test_the_airgapped_program_reads_folders_alone(self) -> None:
        airgap = str(Path(PROGRAM).with_name("countersign-airgap"))
        for place in (self.server.url, "s3://bucket/log", "http://127.0.0.1/log"):
            for words in (["verify"], ["rebuild", "--out", "r.sqlite"]):
                done = subprocess.run([airgap, "audit", *words, "--from", place], cwd=self.desk.folder, env=self.desk.environment, capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 64, done.stderr)
                self.assertIn(f"countersign: this program reaches no network: {place} cannot be read here\n  hint: give a folder that holds a copy", done.stderr)
        self.assertEqual(self.server.asked, [])
        text = subprocess.run([airgap, "audit", "verify", "--help"], capture_output=True, text=True, timeout=60).stdout
        self.assertNotIn("https", text)

    # Lied about

    def test_every_lie_is_found(self) -> None:
        self.verify()
        names = [name for name in self.server.asked if name != "cosigned"]
        self.assertGreater(len(names), 8)
        lies = {
            "changed": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:],
            "short": lambda data: data[:-1], "long": lambda data: data + b"\n", "page": lambda data: b"<html><body>It works!</body></html>",
        }
        for name in names:
            for what, lie in lies.items():
                self.server.faults = {name: lambda data, _, lie=lie: Answer(200, lie(data))}
                done = subprocess.run(
                    [PROGRAM, "audit", "verify", "--from", self.server.url, "--genesis", self.genesis, "--format", "json"],
                    cwd=self.desk.folder, env=self.desk.environment, capture_output=True, text=True, timeout=60)
                if name == "checkpoint" and done.returncode == 65:
                    continue
                self.assertEqual(done.returncode, 1, f"{name} {what}: {done.stdout}{done.stderr}")
                self.assertEqual(json.loads(done.stdout)["verdict"], "failed")
            self.server.faults = {name: lambda *_: Answer(404)}
            if name != "checkpoint":
                self.assertEqual(self.verify(code=1)["verdict"], "failed", name)
        # More than can stand under a name is not taken, whatever its length: 64 MiB of one tile.
        self.server.faults = {"tile/0/000": lambda *_: Answer(200, b"\0" * (64 << 20))}
        answer = self.verify(code=1)
        self.assertIn(("published-malformed", "error"), [(finding["code"], finding["severity"]) for finding in answer["findings"]])

    # Stopped

    def test_stopped_in_the_middle_nothing_is_left_and_the_next_run_is_whole(self) -> None:
        before = sorted(os.listdir(self.desk.folder))
        temporary = self.desk.folder / "tmp"
        temporary.mkdir()
        copy = PublishedServer(self.desk.folder / "published", *self.pair)
        try:
            for after in (1, 2, 4, 7):
                copy.asked = []
                # The connection ends with no answer from that request on.
                copy.faults = {"*": lambda data, _, after=after: Answer(200, b"", length=10) if len(copy.asked) > after else None}
                error = self.refused(69, "audit", "rebuild", "--from", copy.url, "--out", "stopped.sqlite", environment={"TMPDIR": str(temporary)})
                self.assertEqual(error["code"], "web-no-answer")
                self.assertEqual(os.listdir(temporary), [])
        finally:
            copy.stop()
        error = self.refused(69, "audit", "verify", "--from", copy.url, environment={"TMPDIR": str(temporary)})
        self.assertEqual(error["code"], "web-unreachable")
        temporary.rmdir()
        self.assertEqual(sorted(os.listdir(self.desk.folder)), before)
        self.assertEqual(self.verify()["verdict"], "verified")

    def test_a_server_that_is_slow_is_read_from_several_connections_at_once(self) -> None:
        self.server.faults["*"] = lambda data, _: Answer(200, data, delay=0.2) if data else None
        self.assertEqual(self.verify()["verdict"], "verified")
        # Six at once, as the source says; a connection that is there is used again.
        self.assertGreater(self.server.peak, 2)
        self.assertLessEqual(self.server.peak, 6)
        self.assertLess(self.server.connections, len(self.server.asked))

    # Progress

    def at_a_terminal(self, *words: str) -> tuple[int, bytes]:
        """Runs the program with its standard error at a terminal."""
        own, other = pty.openpty()
        process = subprocess.Popen([PROGRAM, *words], cwd=self.desk.folder, env=self.desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=other)
        os.close(other)
        shown = b""
        while select.select([own], [], [], 60)[0]:
            try:
                chunk = os.read(own, 4096)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
        os.close(own)
        return process.wait(timeout=60), shown

    def test_progress_is_one_line_on_a_terminal_and_nothing_elsewhere(self) -> None:
        code, shown = self.at_a_terminal("audit", "verify", "--from", self.server.url, "--genesis", self.genesis)
        self.assertEqual(code, 0)
        self.assertIn(b"\r\x1b[K256 of 259 entries read", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"))
        self.assertNotIn(b"\n", shown)
        shutil.rmtree(self.desk.folder / "again", ignore_errors=True)
        code, shown = self.at_a_terminal("ledger", "publish", "ledger.sqlite", "--to", "again")
        shutil.rmtree(self.desk.folder / "again")
        self.assertEqual(code, 0)
        self.assertRegex(shown, rb"\A\r\x1b\[K\d+ of 259 entries published[^\n]*\r\x1b\[K\Z")
        quiet = subprocess.run([PROGRAM, "audit", "verify", "--from", self.server.url, "--genesis", self.genesis], cwd=self.desk.folder, env=self.desk.environment, capture_output=True, timeout=60)
        self.assertEqual(quiet.stderr, b"")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A ledger published to S3 (moto, which checks signatures and IAM actions): written once, resumed, never written over, locked, read back."""
from __future__ import annotations

import datetime
import http.client
import http.server
import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from collections.abc import Callable
from pathlib import Path

import boto3
from botocore.config import Config

from desk import PROGRAM, Desk
from story import TRUST


Fault = Callable[[str, str, int], "str | tuple[int, str] | None"]


class Between:
    """A proxy before moto. `fault`, given method, path and how often it came, says what goes wrong: `lost` hands on and then hangs up, `cut` hangs up
    in the middle of the answer, a status and a code answer instead. Each answer comes `delay` seconds later."""

    def __init__(self, url: str, fault: Fault, delay: float = 0) -> None:
        port = int(url.rsplit(":", 1)[1])
        self.seen: list[tuple[str, str]] = []
        # How many calls were under way as each of them began, itself included.
        self.beside: list[int] = []
        self.running = 0
        lock = threading.Lock()
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def handle_all(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    count = between.seen.count((self.command, self.path))
                    between.seen.append((self.command, self.path))
                    between.running += 1
                    between.beside.append(between.running)
                time.sleep(delay)
                try:
                    self.hand_on(body, count)
                finally:
                    with lock:
                        between.running -= 1

            def hand_on(self, body: bytes, count: int) -> None:
                wrong = fault(self.command, self.path, count)
                if isinstance(wrong, tuple):
                    text = f"<Error><Code>{wrong[1]}</Code><Message>as the test wants it</Message></Error>".encode()
                    return self.reply(wrong[0], [("x-amz-request-id", "R1"), ("Date", "Tue, 24 Nov 2026 12:00:00 GMT")], text, len(text))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for key, value in self.headers.items():
                    connection.putheader(key, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                data = answer.read()
                connection.close()
                if wrong == "lost":
                    self.close_connection = True
                    return None
                kept = [(key, value) for key, value in answer.getheaders() if key.lower() in ("etag", "x-amz-request-id", "content-type")]
                return self.reply(answer.status, kept, data[: len(data) // 2] if wrong == "cut" else data, len(data))

            do_GET = do_PUT = handle_all

            def reply(self, status: int, headers: list[tuple[str, str]], data: bytes, length: int) -> None:
                self.send_response_only(status)
                for key, value in headers:
                    self.send_header(key, value)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(data)
                if len(data) != length:
                    self.close_connection = True

            def log_message(self, *words: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> Between:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


class Bucket(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory(prefix="countersign-bucket-")
        cls.desk = desk = Desk(Path(cls.temporary.name))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cls.url = f"http://127.0.0.1:{port}"
        program = Path(sys.executable).parent / "moto_server"
        cls.server = subprocess.Popen([str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.addClassCleanup(cls.stop)
        for _ in range(300):
            try:
                urllib.request.urlopen(cls.url + "/moto-api/data.json", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        root = {"endpoint_url": cls.url, "region_name": "us-east-1", "aws_access_key_id": "root", "aws_secret_access_key": "root"}
        iam = boto3.client("iam", **root)
        keys = {}
        for name, actions in (
            ("publisher", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]), ("looker", ["s3:GetObject"]),
            ("locker", ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:PutObjectRetention"]), ("owner", ["s3:*"]),
        ):
            iam.create_user(UserName=name)
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
            made = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = (made["AccessKeyId"], made["SecretAccessKey"])
        cls.s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}), endpoint_url=cls.url, region_name="us-east-1",
                              aws_access_key_id=keys["publisher"][0], aws_secret_access_key=keys["publisher"][1])
        cls.owner = boto3.client("s3", config=Config(s3={"addressing_style": "path"}), endpoint_url=cls.url, region_name="us-east-1",
                                 aws_access_key_id=keys["owner"][0], aws_secret_access_key=keys["owner"][1])
        boto3.client("s3", **root).create_bucket(Bucket="ledgers")
        boto3.client("s3", **root).create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        desk.write("credentials", "".join(f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n" for name, (key, secret) in keys.items())
                   + f"[wrong]\naws_access_key_id = {keys['publisher'][0]}\naws_secret_access_key = {'x' * 40}\n")
        request = urllib.request.Request(cls.url + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        desk.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(desk.folder / "credentials")
        for name in ("dana", "alice", "bob", "carol", "exec"):
            desk.run("key", "generate", "--out", name, "--no-passphrase")
        desk.write("trust.yaml", TRUST.format(url=cls.url, validity="7d", expires="2099-01-01T00:00:00Z"))
        desk.run("trust", "create", "trust.yaml", "--out", "trust.json")
        for signer in ("alice", "bob"):
            desk.run("trust", "sign", "trust.json", "--key", signer)
        cls.genesis = desk.json("ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "exec")["genesis"]
        desk.write("old.sqlite", desk.read("ledger.sqlite"))
        cls.refuse("ledger.sqlite", b"a")

    @classmethod
    def stop(cls) -> None:
        cls.server.terminate()
        cls.server.wait(timeout=20)

    @classmethod
    def refuse(cls, ledger: str, mark: bytes) -> None:
        """One entry more: an approval of a bundle that is not there, refused on record."""
        cls.desk.write("bad.json", b'{"payload":"' + b"bnVsbA==" + b'","payloadType":"application/vnd.countersign.bundle+json","signatures":[{"keyid":"sha256:' + mark * 64 + b'","sig":"AAAA"}]}')
        subprocess.run([PROGRAM, "ledger", "record", ledger, "bad.json", "--key", "exec"], cwd=cls.desk.folder, env=cls.desk.environment, capture_output=True, timeout=60)

    def publish(self, ledger: str = "ledger.sqlite", place: str = "s3://ledgers/org/log", profile: str = "publisher", code: int = 0, more: tuple[str, ...] = (), url: str = "") -> dict:
        return self.said(["ledger", "publish", ledger, "--to", place, *more], profile, code, url)

    def verify(self, place: str, profile: str = "looker", code: int = 0, url: str = "", words: tuple[str, ...] = ("verify",)) -> dict:
        return self.said(["audit", *words, "--from", place, "--genesis", self.genesis], profile, code, url)

    def said(self, words: list[str], profile: str, code: int, url: str) -> dict:
        """The answer, or the refusal."""
        words += ["--endpoint-url", url or self.url, "--region", "us-east-1", "--profile", profile]
        if code <= 1 and words[0] == "audit" or code == 0:
            return self.desk.json(*words, code=code)
        done = subprocess.run([PROGRAM, *words, "--format", "json"], cwd=self.desk.folder, env=self.desk.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def objects(self, prefix: str) -> dict[str, bytes]:
        listed = self.s3.list_objects_v2(Bucket="ledgers", Prefix=prefix + "/").get("Contents", [])
        return {item["Key"][len(prefix) + 1:]: self.s3.get_object(Bucket="ledgers", Key=item["Key"])["Body"].read() for item in listed}

    def folder(self, name: str) -> dict[str, bytes]:
        base = self.desk.folder / name
        return {str(p.relative_to(base)): p.read_bytes() for p in base.rglob("*") if p.is_file() and not p.name.startswith(".")}

    def test_a_bucket_holds_what_a_folder_holds_and_is_never_written_over(self) -> None:
        first = self.publish()
        self.assertEqual(self.publish()["files"], 0)
        self.desk.run("ledger", "publish", "ledger.sqlite", "--to", "folder")
        self.assertEqual(self.objects("org/log"), self.folder("folder"))
        self.assertEqual(first["files"], len(self.folder("folder")))
        # What is in the bucket is a published log: fetched, it verifies.
        for name, data in self.objects("org/log").items():
            path = self.desk.folder / "fetched" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.assertEqual(self.desk.json("audit", "verify", "--from", "fetched", code=1)["verdict"], "unanchored")
        self.assertEqual(self.publish("old.sqlite", code=1)["code"], "published-ahead")
        # Another's bytes under a name that must be ours, and a run that was stopped before its checkpoint.
        self.publish("old.sqlite", "s3://ledgers/part")
        self.s3.put_object(Bucket="ledgers", Key="part/tile/0/000.p/2", Body=b"other")
        self.assertEqual(self.publish(place="s3://ledgers/part", code=73)["code"], "published-differs")
        self.assertEqual(self.objects("part")["checkpoint"].split(b"\n")[1], b"1")

    def test_refusals_of_s3_are_said(self) -> None:
        for place, profile, code, name in (
            ("s3://nobody-here/x", "publisher", 66, "bucket-missing"), ("s3://ledgers/denied", "looker", 77, "aws-access-denied"),
            ("s3://ledgers/wrong", "wrong", 77, "aws-signature-refused"), ("s3://ledgers/a b", "publisher", 64, "bucket-invalid"),
            ("s3://ledgers//x", "publisher", 64, "bucket-invalid"), ("s3://l", "publisher", 64, "bucket-invalid"),
        ):
            self.assertEqual(self.publish(place=place, profile=profile, code=code)["code"], name, place)
        self.assertEqual(self.objects("denied"), {})

    # Read back

    def test_a_bucket_is_verified_and_rebuilt_by_who_may_read_its_objects_alone(self) -> None:
        self.publish(place="s3://ledgers/read")
        self.desk.run("ledger", "publish", "ledger.sqlite", "--to", "read")
        answer = self.verify("s3://ledgers/read")
        self.assertEqual(answer, self.desk.json("audit", "verify", "--from", "read", "--genesis", self.genesis))
        self.assertEqual(answer["verdict"], "verified")
        self.verify("s3://ledgers/read", words=("rebuild", "--out", "from-bucket.sqlite"))
        self.assertEqual(self.rows("from-bucket.sqlite"), self.rows("ledger.sqlite"))
        for place, profile, code, name in (
            ("s3://ledgers/nothing", "publisher", 66, "published-nothing"),
            ("s3://nobody-here/x", "publisher", 66, "bucket-missing"), ("s3://ledgers/read", "wrong", 77, "aws-signature-refused"),
            ("s3://l", "publisher", 64, "bucket-invalid"),
        ):
            self.assertEqual(self.verify(place, profile, code)["code"], name, (place, profile))

    def test_what_was_changed_in_a_bucket_is_found(self) -> None:
        self.publish(place="s3://ledgers/lies")
        size = self.objects("lies")["checkpoint"].split(b"\n")[1].decode()
        for name, data in self.objects("lies").items():
            # A part of another width than the checkpoint's is not asked for.
            if ".p/" in name and not name.endswith(f".p/{size}"):
                continue
            for changed in (data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:], data[:-1], data + b"x"):
                self.s3.put_object(Bucket="ledgers", Key="lies/" + name, Body=changed)
                done = subprocess.run(
                    [PROGRAM, "audit", "verify", "--from", "s3://ledgers/lies", "--genesis", self.genesis, "--endpoint-url", self.url, "--region", "us-east-1", "--profile", "looker"],
                    cwd=self.desk.folder, env=self.desk.environment, capture_output=True, text=True, timeout=60)
                self.assertIn(done.returncode, (1, 65) if name == "checkpoint" else (1,), name)
            self.s3.put_object(Bucket="ledgers", Key="lies/" + name, Body=data)
        self.assertEqual(self.verify("s3://ledgers/lies")["verdict"], "verified")

    def rows(self, name: str) -> list[str]:
        with sqlite3.connect(f"file:{self.desk.folder}/{name}?mode=ro", uri=True) as database:
            return [str(row) for table in ("entries", "artifacts", "tiles", "checkpoints", "cosignatures") for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]

    # Several at once

    def test_six_are_under_way_at_once_and_the_list_and_the_checkpoint_come_alone_and_last(self) -> None:
        self.desk.run("ledger", "create", "many.sqlite", "--trust", "trust.json", "--key", "exec")
        for number in range(12):
            self.refuse("many.sqlite", (b"a", b"b")[number % 2])
        self.desk.run("ledger", "publish", "many.sqlite", "--to", "many")
        files = self.folder("many")
        for more, new in (((), len(files)), (("--compare-all",), 0)):
            with Between(self.url, lambda method, path, count: None, delay=0.02) as proxy:
                done = self.publish("many.sqlite", "s3://ledgers/many", more=more, url=proxy.url)
            self.assertEqual(done["files"], new)
            puts = [(name.removeprefix("/ledgers/many/"), beside) for (method, name), beside in zip(proxy.seen, proxy.beside) if method == "PUT"]
            self.assertEqual(max(proxy.beside), 6)
            self.assertEqual(sorted({name for name, _ in puts}), sorted(files) if new else sorted(set(files) - {"cosigned", "checkpoint"}))
            if new:
                self.assertEqual(puts[-2:], [("cosigned", 1), ("checkpoint", 1)])
            self.assertEqual(self.objects("many"), files)

    # Trouble on the way

    def test_what_passes_is_sent_again_and_a_lost_answer_is_settled_by_reading(self) -> None:
        kinds: list[str | tuple[int, str]] = ["lost", (503, "SlowDown"), (500, "InternalError"), (409, "ConditionalRequestConflict")]
        with Between(self.url, lambda method, path, count: kinds[len(path) % 4] if method == "PUT" and count == 0 else None) as proxy:
            done = self.publish(place="s3://ledgers/bumpy", url=proxy.url)
        self.desk.run("ledger", "publish", "ledger.sqlite", "--to", "smooth")
        self.assertEqual(self.objects("bumpy"), self.folder("smooth"))
        puts = [path for method, path in proxy.seen if method == "PUT"]
        self.assertTrue(all(puts.count(path) == 2 for path in puts))
        # What an attempt wrote whose answer was lost counts as found.
        self.assertLessEqual(done["files"], len(self.folder("smooth")))
        # All answers to the checkpoint's PUT are lost: it stands there, and is known again.
        self.refuse_more()
        with Between(self.url, lambda method, path, count: "lost" if method == "PUT" and path.endswith("/checkpoint") and count == 0 else None) as proxy:
            self.publish(place="s3://ledgers/bumpy", url=proxy.url)
        self.assertEqual(self.publish(place="s3://ledgers/bumpy")["files"], 0)
        with Between(self.url, lambda method, path, count: ["cut", (503, "SlowDown"), None][min(count, 2)]) as proxy:
            self.assertEqual(self.verify("s3://ledgers/bumpy", url=proxy.url)["verdict"], "verified")
        self.assertTrue(all(proxy.seen.count(call) == 3 for call in proxy.seen))

    @classmethod
    def refuse_more(cls) -> None:
        cls.refuse("ledger.sqlite", b"b")
        cls.refuse("ledger.sqlite", b"a")

    def test_credentials_that_run_out_a_wrong_clock_and_a_write_that_meets_another_are_said_and_gone_on_with(self) -> None:
        for number, (answer, code, name, hint) in enumerate((
            ((400, "ExpiredToken"), 77, "aws-credentials-expired", "the session has ended; get new credentials; then run it again: what was written stays, and is not written twice"),
            ((403, "RequestTimeTooSkewed"), 78, "bucket-clock", "S3's says 2026-11-24T12:00:00Z"),
            ((503, "SlowDown"), 75, "aws-throttled", "run it again: what was written stays"),
            ((409, "ConditionalRequestConflict"), 75, "published-meanwhile", "run it again"),
            ((500, "InternalError"), 69, "aws-server-error", "run it again: what was written stays"),
        )):
            place = f"s3://ledgers/stopped-{number}"

            names: list[str] = []

            # From the third name on.
            def fault(method: str, path: str, count: int, answer: tuple[int, str] = answer, names: list[str] = names) -> tuple[int, str] | None:
                if method == "PUT" and path not in names:
                    names.append(path)
                return answer if method == "PUT" and len(names) > 2 else None

            with Between(self.url, fault) as proxy:
                error = self.publish(place=place, code=code, url=proxy.url)
            self.assertEqual(error["code"], name)
            self.assertIn(hint, error["hint"])
            self.assertNotIn("checkpoint", self.objects(place[len("s3://ledgers/"):]))
            self.publish(place=place)
            self.assertEqual(self.verify(place)["verdict"], "verified")

    # Object Lock

    def test_what_stays_for_ever_is_locked_and_nothing_else(self) -> None:
        self.desk.run("ledger", "create", "long.sqlite", "--trust", "trust.json", "--key", "exec")
        for number in range(256):
            self.refuse("long.sqlite", (b"a", b"b")[number % 2])
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        for prefix, words, mode in (
            ("governed", ("--object-lock-days", "30"), "GOVERNANCE"), ("complied", ("--object-lock-days", "30", "--object-lock-mode", "COMPLIANCE"), "COMPLIANCE"),
        ):
            self.publish("long.sqlite", f"s3://locked/{prefix}", "locker", more=words)
            locked, free = {}, []
            for item in self.owner.list_objects_v2(Bucket="locked", Prefix=prefix + "/")["Contents"]:
                name = item["Key"][len(prefix) + 1:]
                head = self.owner.head_object(Bucket="locked", Key=item["Key"])
                if "ObjectLockMode" in head:
                    locked[name] = head
                    with self.assertRaises(self.owner.exceptions.ClientError, msg=name):
                        self.owner.delete_object(Bucket="locked", Key=item["Key"], VersionId=head["VersionId"])
                else:
                    free.append(name)
            self.assertEqual({name for name in locked if not name.startswith("artifact/")}, {"tile/0/000", "tile/entries/000", "checkpoints/000"})
            self.assertTrue(any(name.startswith("artifact/") for name in locked))
            self.assertTrue({"checkpoint", "cosigned", "tile/0/001.p/1", "tile/entries/001.p/1", "tile/1/000.p/1"} <= set(free), free)
            for kept in locked.values():
                self.assertEqual(kept["ObjectLockMode"], mode)
                self.assertLessEqual(abs(kept["ObjectLockRetainUntilDate"] - before - datetime.timedelta(days=30)), datetime.timedelta(minutes=5))
            # Nothing is written twice, locked or not.
            self.assertEqual(self.publish("long.sqlite", f"s3://locked/{prefix}", "locker", more=words)["files"], 0)

    def test_a_bucket_that_locks_nothing_and_options_that_do_not_fit_are_said(self) -> None:
        error = self.publish(place="s3://ledgers/unlocked", more=("--object-lock-days", "1"), profile="locker", code=78)
        self.assertEqual(error["code"], "bucket-without-object-lock")
        self.assertIn("Object Lock", error["hint"])
        self.assertEqual(self.objects("unlocked"), {})
        for place, more in (
            ("s3://ledgers/x", ("--object-lock-days", "0")), ("s3://ledgers/x", ("--object-lock-mode", "GOVERNANCE")),
            ("s3://ledgers/x", ("--object-lock-days", "1", "--object-lock-mode", "governance")), ("folder", ("--object-lock-days", "1")),
        ):
            self.assertEqual(self.publish(place=place, more=more, code=64)["code"], "usage", more)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A ledger published to S3 (moto, which checks signatures and IAM actions): written once, resumed, never written over."""
from __future__ import annotations

import json

import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

from desk import PROGRAM, Desk
from story import TRUST


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
        for name, actions in (("publisher", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]), ("looker", ["s3:GetObject"])):
            iam.create_user(UserName=name)
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
            made = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = (made["AccessKeyId"], made["SecretAccessKey"])
        cls.s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}), endpoint_url=cls.url, region_name="us-east-1",
                              aws_access_key_id=keys["publisher"][0], aws_secret_access_key=keys["publisher"][1])
        boto3.client("s3", **root).create_bucket(Bucket="ledgers")
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
        desk.run("ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "exec")
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

    def publish(self, ledger: str = "ledger.sqlite", place: str = "s3://ledgers/org/log", profile: str = "publisher", code: int = 0) -> dict:
        words = ["ledger", "publish", ledger, "--to", place, "--endpoint-url", self.url, "--region", "us-east-1", "--profile", profile]
        if code == 0:
            return self.desk.json(*words)
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
            ("s3://nobody-here/x", "publisher", 77, "bucket-refused"), ("s3://ledgers/denied", "looker", 77, "bucket-refused"),
            ("s3://ledgers/wrong", "wrong", 77, "bucket-refused"), ("s3://ledgers/a b", "publisher", 64, "bucket-invalid"),
            ("s3://ledgers//x", "publisher", 64, "bucket-invalid"), ("s3://l", "publisher", 64, "bucket-invalid"),
        ):
            self.assertEqual(self.publish(place=place, profile=profile, code=code)["code"], name, place)
        self.assertEqual(self.objects("denied"), {})


if __name__ == "__main__":
    unittest.main()

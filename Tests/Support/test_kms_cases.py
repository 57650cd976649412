#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One table of cases (kms_cases.json), run against the strict stand-in and, where it follows AWS, moto. The model runs the same
table in RehearsalTests. A case that moto answers otherwise says how, in its member "moto"."""
import datetime
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import kms_server  # noqa: E402

TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/org-trail"
with open(os.path.join(HERE, "kms_cases.json")) as file:
    TABLE = json.load(file)


class Server:
    """Requests to one server, signed by botocore, and the pseudo-steps of the table."""

    def __init__(self, url, keys):
        import botocore.auth
        import botocore.awsrequest
        import botocore.credentials
        self.url, self.request = url, botocore.awsrequest.AWSRequest
        self.auth = lambda service: botocore.auth.SigV4Auth(botocore.credentials.Credentials(*keys), service, "us-east-1")

    def call(self, operation, body):
        trail = operation in ("UpdateTrail", "GetTrail", "CreateTrail")
        target = ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." if trail else "TrentService.") + operation
        data = json.dumps(body).encode()
        request = self.request("POST", self.url + "/", data=data, headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target})
        self.auth("cloudtrail" if trail else "kms").add_auth(request)
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + "/", data, dict(request.headers)), timeout=20) as answer:
                text = answer.read()
                return None, json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            text = error.read()
            name = json.loads(text).get("__type", "") if text.startswith(b"{") else f"status {error.code}"
            return name.split("#")[-1].split(":")[0], {}

    def must(self, operation, body):
        error, answer = self.call(operation, body)
        if error:
            raise AssertionError(f"{operation} was refused: {error}")
        return answer


class Run:
    """One case, in a fresh account."""

    def __init__(self, server, test):
        self.server, self.test, self.saved = server, test, {}

    def filled(self, value):
        if isinstance(value, dict):
            return {k: self.filled(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.filled(v) for v in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value[1:] in self.saved:
            return self.saved[value[1:]]
        text = TABLE["texts"][value[1:]]
        return text if isinstance(text, str) else TABLE["texts"][text["text"]] + " " * text["spaces"]

    def save(self, name, answer):
        self.saved[name], self.saved[name + ".arn"] = answer["KeyMetadata"]["KeyId"], answer["KeyMetadata"]["Arn"]

    def step(self, step):
        kind = step[0]
        if kind == "Key":
            self.save(step[1], self.server.must("CreateKey", {"Policy": self.filled("$root"), "Description": ""}))
        elif kind == "Grant":
            grant = {"KeyId": self.saved[step[2]], "GranteePrincipal": "arn:aws:iam::123456789012:role/reader", "Operations": ["Decrypt"]}
            self.saved[step[1]] = self.server.must("CreateGrant", grant)["GrantId"]
        elif kind == "Trail":
            self.server.make_trail(step[1])
        elif kind == "Read":
            self.read(self.saved[step[1]], self.filled(step[2]))
        elif kind == "ReadTrail":
            trail = self.server.must("GetTrail", {"Name": TRAIL})["Trail"]
            self.test.assertEqual(trail.get("KmsKeyId"), self.filled(step[1])["key"])
        else:
            more = step[2] if len(step) > 2 else {}
            error, answer = self.server.call(kind, self.filled(step[1]))
            self.test.assertEqual(error, more.get("error"), step)
            if "save" in more:
                self.save(more["save"], answer)

    def read(self, key, wanted):
        must = self.server.must
        seen = {}
        metadata = must("DescribeKey", {"KeyId": key})["KeyMetadata"]
        for name, value in wanted.items():
            if name == "state":
                seen[name] = metadata["KeyState"]
            elif name == "description":
                seen[name] = metadata["Description"]
            elif name == "deletionDays":
                left = metadata["DeletionDate"] - datetime.datetime.now().timestamp()
                seen[name] = round(left / 86400)
            elif name == "rotation":
                status = must("GetKeyRotationStatus", {"KeyId": key})
                # moto drops the period.
                seen[name] = status.get("RotationPeriodInDays", value) if status["KeyRotationEnabled"] else None
            elif name == "tags":
                seen[name] = {tag["TagKey"]: tag["TagValue"] for tag in must("ListResourceTags", {"KeyId": key})["Tags"]}
            elif name == "aliases":
                seen[name] = [alias["AliasName"] for alias in must("ListAliases", {"KeyId": key})["Aliases"]]
            elif name == "grants":
                seen[name] = len(must("ListGrants", {"KeyId": key})["Grants"])
            elif name == "policy":
                policy = must("GetKeyPolicy", {"KeyId": key, "PolicyName": "default"})["Policy"]
                seen[name], wanted[name] = normal(json.loads(policy)), normal(json.loads(value))
            else:
                raise AssertionError(f"nobody reads {name}")
        self.test.assertEqual(seen, wanted)


def normal(value):
    """A policy, whatever the order of its lists and however lists of one are written."""
    if isinstance(value, dict):
        return {k: normal(v) for k, v in value.items()}
    if isinstance(value, list):
        return normal(value[0]) if len(value) == 1 else sorted((normal(v) for v in value), key=json.dumps)
    return value


class StandIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        url = subprocess.run([sys.executable, os.path.join(HERE, "strict_kms.py"), "start", cls.folder.name], check=True, capture_output=True, text=True).stdout.strip()
        cls.server = Server(url, ("ASIASTRICTEXECUTOR", "executor-secret", "executor-token"))
        cls.server.make_trail = lambda home: cls.server.must("CreateTrail", {"Name": "org-trail", "S3BucketName": "logs", "HomeRegion": home})

    @classmethod
    def tearDownClass(cls):
        subprocess.run([sys.executable, os.path.join(HERE, "strict_kms.py"), "stop", cls.folder.name], check=True)
        cls.folder.cleanup()

    @classmethod
    def control(cls, **wishes):
        urllib.request.urlopen(urllib.request.Request(cls.server.url + "/control", json.dumps(wishes).encode()), timeout=10).read()

    def test_every_case_of_the_table(self):
        for case in TABLE["cases"]:
            with self.subTest(case["name"]):
                self.control(reset=True)
                run = Run(self.server, self)
                for step in case["steps"]:
                    run.step(step)

    def test_signatures(self):
        self.control(reset=True)
        for keys, error in [(("ASIASTRICTEXECUTOR", "wrong", "executor-token"), "InvalidSignatureException"), (("ASIASTRICTEXECUTOR", "executor-secret", "x"), "UnrecognizedClientException"),
                            (("AKIANOBODY", "x"), "UnrecognizedClientException")]:
            self.assertEqual(Server(self.server.url, keys).call("ListKeys", {})[0], error)

    def test_pages_and_markers(self):
        self.control(reset=True, page=2)
        made = sorted(self.server.must("CreateKey", {"Policy": TABLE["texts"]["root"]})["KeyMetadata"]["KeyId"] for _ in range(5))
        found, marker, pages = [], {}, 0
        while pages < 5:
            page = self.server.must("ListKeys", marker)
            found += [key["KeyId"] for key in page["Keys"]]
            pages += 1
            if not page["Truncated"]:
                break
            marker = {"Marker": page["NextMarker"]}
        self.assertEqual((sorted(found), pages), (made, 3))
        self.assertEqual(self.server.call("ListKeys", {"Marker": "nothing"})[0], "InvalidMarkerException")

    def test_reads_lag_behind_writes(self):
        self.control(reset=True, lag=0.6)
        key = self.server.must("CreateKey", {"Policy": TABLE["texts"]["root"]})["KeyMetadata"]["KeyId"]
        self.assertEqual(self.server.call("DescribeKey", {"KeyId": key})[0], "NotFoundException")
        import time
        time.sleep(0.7)
        self.server.must("DescribeKey", {"KeyId": key})

    def test_throttling(self):
        self.control(reset=True, throttle=2)
        self.assertEqual([self.server.call("ListKeys", {})[0] for _ in range(3)], ["ThrottlingException", "ThrottlingException", None])


class Moto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = kms_server.free_port()
        cls.process = subprocess.Popen([os.path.join(os.path.dirname(sys.executable), "moto_server"), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
        kms_server.wait_until_up(port, cls.process)
        cls.server = Server(f"http://127.0.0.1:{port}", ("setup", "setup"))
        cls.server.make_trail = cls.make_trail

    @classmethod
    def make_trail(cls, home):
        import boto3
        s3 = boto3.client("s3", endpoint_url=cls.server.url, region_name="us-east-1", aws_access_key_id="setup", aws_secret_access_key="setup")
        s3.create_bucket(Bucket="logs")
        cls.server.must("CreateTrail", {"Name": "org-trail", "S3BucketName": "logs"})

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.wait()

    def carry_out(self, case):
        urllib.request.urlopen(urllib.request.Request(self.server.url + "/moto-api/reset", b"", method="POST"), timeout=20).read()
        run = Run(self.server, self)
        for step in case["steps"]:
            run.step(step)

    def test_every_case_where_moto_follows_AWS(self):
        for case in TABLE["cases"]:
            with self.subTest(case["name"]):
                if case["moto"] is True:
                    self.carry_out(case)
                else:
                    # A reason that no longer holds is taken out of the table.
                    with self.assertRaises(AssertionError, msg=case["moto"]):
                        self.carry_out(case)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What is sent to AWS, signed: botocore computes the same signature over what a listener received."""
from __future__ import annotations

import http.server
import json
import tempfile
import threading
import unittest
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from desk import Desk

KEY = "arn:aws:kms:us-east-1:123456789012:key/ded25d8b-061c-4933-9e3e-1a86bb8d3ae3"


class Listener(http.server.BaseHTTPRequestHandler):
    """Keeps every request, and answers as STS and KMS would."""
    seen: list[tuple[str, dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Listener.seen.append((self.path, dict(self.headers.items()), body))
        target = self.headers.get("X-Amz-Target", "")
        answers = {
            "DescribeKey": {"KeyMetadata": {"KeyId": KEY[-36:], "Arn": KEY, "KeyState": "Enabled", "Description": "d", "KeySpec": "SYMMETRIC_DEFAULT",
                                            "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": False, "CreationDate": 1.7952e9, "KeyManager": "CUSTOMER", "Enabled": True}},
            "GetKeyPolicy": {"Policy": "{\"Statement\":[],\"Version\":\"2012-10-17\"}"}, "ListKeyPolicies": {"PolicyNames": ["default"], "Truncated": False},
        }
        answer = json.dumps(answers.get(target.split(".")[-1], {})).encode()
        if not target:
            answer = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/reader</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
        self.send_response(200)
        self.send_header("x-amzn-RequestId", "r")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


class SignatureV4(unittest.TestCase):
    def setUp(self) -> None:
        self.desk = Desk(Path(self.enterContext(tempfile.TemporaryDirectory())))
        Listener.seen = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def test_botocore_computes_the_same_signature(self) -> None:
        credentials = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
        for token in (None, "a-token/with+signs=="):
            self.desk.environment |= credentials | ({"AWS_SESSION_TOKEN": token} if token else {})
            url = f"http://127.0.0.1:{self.server.server_port}"
            self.desk.run("snapshot", KEY, "--endpoint-url", url, "--out", "snapshot.json", "--force")
            self.assertGreater(len(Listener.seen), 1)
            for path, headers, body in Listener.seen:
                lower = {name.lower(): value for name, value in headers.items()}
                scope, signed, _ = (part.split("=", 1)[1] for part in lower["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(", "))
                _, _, region, service, _ = scope.split("/")
                self.assertEqual(region, "us-east-1")
                self.assertLessEqual({"host", "x-amz-date"} | ({"x-amz-security-token"} if token else set()), set(signed.split(";")))
                request = AWSRequest(method="POST", url=url + path, data=body, headers={name: lower[name] for name in signed.split(";")})
                request.context["timestamp"] = lower["x-amz-date"]
                signer = SigV4Auth(Credentials(credentials["AWS_ACCESS_KEY_ID"], credentials["AWS_SECRET_ACCESS_KEY"], token), service, region)
                signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
                self.assertEqual(lower["authorization"].rsplit("=", 1)[1], signature, (service, headers))
            Listener.seen = []


if __name__ == "__main__":
    unittest.main()

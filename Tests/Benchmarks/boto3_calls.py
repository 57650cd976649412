# SPDX-License-Identifier: Apache-2.0
"""The median processor time, in seconds, that boto3 takes for each call of a new key: CreateKey, EnableKeyRotation, CreateAlias.

    boto3_calls.py ROUNDS      against a server of its own on 127.0.0.1, whose time is not counted
"""
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import boto3

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import kms_server  # noqa: E402


def calls(url: str, credentials: str, rounds: int) -> list[float]:
    import botocore.session

    session = botocore.session.Session(profile="executor")
    session.set_config_variable("credentials_file", credentials)
    kms = boto3.Session(botocore_session=session, region_name="us-east-1").client("kms", endpoint_url=url)
    taken: list[float] = []

    def timed(call, **arguments):
        start = time.process_time()
        answer = call(**arguments)
        taken.append(time.process_time() - start)
        return answer

    for _ in range(rounds + 3):
        key = timed(kms.create_key, Description="benchmark")["KeyMetadata"]["KeyId"]
        timed(kms.enable_key_rotation, KeyId=key)
        timed(kms.create_alias, AliasName=f"alias/benchmark-{uuid.uuid4()}", TargetKeyId=key)
    return taken[9:]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        import contextlib
        import io

        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            kms_server.start(folder)
        try:
            print(statistics.median(calls(out.getvalue().strip(), f"{folder}/credentials", int(sys.argv[1]))))
        finally:
            kms_server.stop(folder)


if __name__ == "__main__":
    main()

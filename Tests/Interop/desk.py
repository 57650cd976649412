# SPDX-License-Identifier: Apache-2.0
"""The command line under test, and the folder that it works in."""
from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests/Support"))
PROGRAM = os.environ.get("COUNTERSIGN") or str(ROOT / ".build/debug/countersign")
VECTORS = Path(os.environ.get("COUNTERSIGN_VECTORS") or ROOT.parent / "shared" / "vectors")
REFERENCE = VECTORS / "reference"
ABSENT = f"the reference files are not in {REFERENCE}: set COUNTERSIGN_VECTORS"
if not REFERENCE.is_dir():
    print(ABSENT, file=sys.stderr)


class Desk:
    """A folder with keys; every command runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment |= {"COUNTERSIGN_HOME": str(folder / "home"), "COUNTERSIGN_POLICIES": str(ROOT / "policies"), "AWS_EC2_METADATA_DISABLED": "true"}

    def run(self, *arguments: str, code: int = 0) -> bytes:
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != code:
            raise AssertionError(f"{' '.join(arguments)} ended with {done.returncode}, not {code}:\n{done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        return json.loads(self.run(*arguments, "--format", "json", code=code))

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, text: str | bytes) -> str:
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def reference_keys(self, *names: str) -> None:
        """The reference's public test keys, with the mode that private keys must have."""
        for name in names:
            shutil.copyfile(REFERENCE / "keys" / f"{name}.pem", self.folder / name)
            (self.folder / name).chmod(0o600)
            shutil.copyfile(REFERENCE / "keys" / f"{name}.pub", self.folder / f"{name}.pub")


def envelope(data: bytes) -> tuple[dict[str, Any], bytes]:
    """An envelope and its decoded payload."""
    parsed = json.loads(data)
    return parsed, base64.b64decode(parsed["payload"])


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()

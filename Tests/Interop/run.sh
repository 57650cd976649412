#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What countersign writes, checked by programs that share no code with it.
#   Tests/Interop/run.sh [PYTHON]
# PYTHON has moto, boto3, cryptography, rfc8785, pymerkle and securesystemslib (default: .venv/bin/python). Builds nothing: it
# needs .build/debug/countersign, or the program that COUNTERSIGN names.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
exec "${1:-.venv/bin/python}" -m unittest discover -s Tests/Interop -p 'test_*.py'

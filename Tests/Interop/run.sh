#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What countersign writes, checked by programs that share no code with it.
#   Tests/Interop/run.sh [PYTHON]
# PYTHON has moto, boto3, cryptography, rfc8785, pymerkle, securesystemslib and z3-solver (default: .venv/bin/python). Builds
# nothing: it needs .build/debug/countersign, or the program that COUNTERSIGN names.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
python="${1:-.venv/bin/python}"
# The prover against z3: random pairs of policies, the seed is printed (Z3_PAIRS and Z3_SEED repeat a run or make it longer).
"$python" Tests/Interop/z3_oracle.py "${COUNTERSIGN:-.build/debug/countersign}" "${Z3_PAIRS:-60}" ${Z3_SEED:+"$Z3_SEED"}
exec "$python" -m unittest discover -s Tests/Interop -p 'test_*.py'

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets everything up and runs every test: one command on a fresh Debian 12 with Swift 6.
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/Support/setup.sh

step() { printf '\n== %s\n' "$*"; }
strict=(--explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors)

step "setting up"
install_packages strace:strace gcc:gcc ssh-keygen:openssh-client sqlite3:sqlite3 \
  go:golang-go /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go:golang-golang-x-mod-dev
install_python "${python_packages[@]}" "${checker_packages[@]}"
install_checkov
export COUNTERSIGN_PYTHON="$PWD/.venv/bin/python" COUNTERSIGN_MOTO="$PWD/.venv/bin"

step "form: one format, and the house"
if [ -z "${COUNTERSIGN_SKIP_FORMAT:-}" ]; then swift format lint --strict --recursive Package.swift Sources Tests; fi
.venv/bin/python Tests/House/test_house.py

step "building (debug, warnings are errors)"
swift build --build-tests "${strict[@]}" --quiet

step "Swift tests of each room"
swift test --skip-build --skip EndToEndTests

step "end to end, against real servers"
swift test --skip-build --filter EndToEndTests

# Each of these keeps one core busy, and has servers and folders of its own.
step "two lanes beside one another; what each says is shown when both have ended"
source Tests/Support/lanes.sh
bin="$(swift build --show-bin-path)"
kills_and_vectors() {
  .venv/bin/python Tests/Support/kill_test.py "$bin"
  .venv/bin/python -m unittest discover -s vectors -p 'test_*.py'
}
cases_and_interop() {
  .venv/bin/python Tests/Support/test_kms_cases.py
  if [ -x Tests/Interop/run.sh ]; then Tests/Interop/run.sh .venv/bin/python; fi
}
lane "kills, cut networks, two executors, a full disk, every kind of change; the independent reader" kills_and_vectors
lane "one table of cases: the stand-in and moto (the model ran it above); independent programs" cases_and_interop
join_lanes
echo
echo "all tests passed"

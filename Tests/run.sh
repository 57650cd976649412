#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets everything up and runs every test: one command on a fresh Debian 12 with Swift 6.
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/Support/setup.sh

step() { printf '\n== %s\n' "$*"; }
strict=(--explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors)

source Tests/Support/lanes.sh

step "setting up"
install_packages strace:strace gcc:gcc ssh-keygen:openssh-client sqlite3:sqlite3 \
  go:golang-go /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go:golang-golang-x-mod-dev
step "the house"
python3 Tests/House/test_house.py

step "form and the build, while Python packages are installed; what each says is shown when all have ended"
python_packages() {
  install_python "${python_packages[@]}" "${checker_packages[@]}"
  install_checkov
}
form() { if [ -z "${COUNTERSIGN_SKIP_FORMAT:-}" ]; then swift format lint --strict --recursive Package.swift Sources Tests; fi; }
debug_build() { swift build --build-tests "${strict[@]}" --quiet; }
lane "Python packages" python_packages
lane "one format" form
lane "building (debug, warnings are errors)" debug_build
join_lanes

export COUNTERSIGN_PYTHON="$PWD/.venv/bin/python" COUNTERSIGN_MOTO="$PWD/.venv/bin"
bin="$(swift build --show-bin-path)"
rooms_and_kills() {
  swift test --skip-build --skip EndToEndTests
  .venv/bin/python Tests/Support/kill_test.py "$bin"
}
# Beside the rooms, which have what both only read: the lock on the build folder.
end_to_end_and_vectors() {
  swift test --ignore-lock --skip-build --filter EndToEndTests
  .venv/bin/python -m unittest discover -s vectors -p 'test_*.py'
}
interop_and_cases() {
  Tests/Interop/run.sh .venv/bin/python
  .venv/bin/python Tests/Support/test_kms_cases.py
}

# Much of this waits for servers and disks: three at a time keep two cores busy. Each has servers and folders of its own.
step "every test, in three lanes; what each says is shown when all have ended"
lane "Swift tests of each room; kills, cut networks, two executors, a full disk, every kind of change" rooms_and_kills
lane "end to end, against real servers; the independent reader" end_to_end_and_vectors
lane "independent programs; one table of cases: the stand-in and moto (the model runs it in its room)" interop_and_cases
join_lanes
echo
echo "all tests passed"

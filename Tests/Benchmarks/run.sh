#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures Countersign against its peers, both sides in one run, and prints a table of ratios (also results.md and
# results.json beside what was measured). Exit 1 where a target is missed.
#
#   Tests/Benchmarks/run.sh               with what is built already
#   Tests/Benchmarks/run.sh --clean       builds from nothing first, and measures that too: only on a quiet machine
#   COUNTERSIGN_LARGEST=10000000          … measures a ledger of ten million entries too (12 GB of disk)
set -euo pipefail
cd "$(dirname "$0")/../.."
source Tests/Support/setup.sh
install_packages ssh-keygen:openssh-client strip:binutils ldd:libc-bin \
  go:golang-go /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go:golang-golang-x-mod-dev
install_python "${python_packages[@]}" "${checker_packages[@]}"

build=.build-release
seconds=()
if [ "${1:-}" = --clean ]; then rm -rf "$build"; fi
source Tests/Support/release_flags.sh # as docs/build-release.sh builds
flags=("${release_flags[@]}" --quiet)
if [ "${1:-}" = --clean ]; then
  swift package --scratch-path "$build" resolve >/dev/null # downloads are not the build
  start=$(date +%s)
  for product in countersign countersign-airgap; do swift build "${flags[@]}" --product "$product"; done
  seconds=($(($(date +%s) - start)))
fi
swift build "${flags[@]}"
bin="$(swift build "${flags[@]}" --show-bin-path)"

# A small ceremony by the commands themselves: keys, a trust root, a ledger, a bundle of the main template.
folder="$PWD/$build/benchmarks"
rm -rf "$folder"
mkdir -p -m 700 "$folder"
export COUNTERSIGN_HOME="$folder/home"
countersign="$bin/countersign"
(
  cd "$folder"
  for name in dana alice bob carol ledger-key; do "$countersign" key generate --type ed25519 --out "$name" --no-passphrase; done
  ssh-keygen -q -t ed25519 -N '' -f ssh-key
  cat > trust.yaml <<YAML
origin: example.com/benchmark
expires: $(date -u -d '+365 days' +%Y-%m-%dT%H:%M:%SZ)
keys:
  dana:  { owner: dana, file: dana.pub }
  alice: { owner: alice, file: alice.pub }
  bob:   { owner: bob, file: bob.pub }
  carol: { owner: carol, file: carol.pub }
  exec:  { owner: release-engineering, file: ledger-key.pub }
roles:
  root:     { keys: [alice, bob, carol], threshold: 2 }
  preparer: { keys: [dana] }
  approver: { keys: [alice, bob, carol], threshold: 2 }
  ledger:   { keys: [exec] }
limits: { accounts: ["604183725190"], regions: [us-east-1], operations: [create-key], validity: 7d }
YAML
  cat > change.yaml <<YAML
change: create-key
title: Key for the organization's CloudTrail
ticket: CHG-1042
valid: 72h
target: { account: "604183725190", region: us-east-1, executor: role/cloudtrail-key-executor }
alias: cloudtrail-org-key
description: Encrypts the organization's CloudTrail logs
rotation: 365
tags: { data-class: audit }
policy:
  template: org-cloudtrail-key
  parameters: { managementAccount: "281474976710", logArchiveAccount: "339712745831", trailName: org-trail }
YAML
  "$countersign" trust create trust.yaml --out trust.json
  for name in alice bob; do "$countersign" trust sign trust.json --key "$name"; done
  digest=$("$countersign" trust show trust.json --format json | grep -o '"digest":"sha256:[0-9a-f]*"' | head -1 | cut -d'"' -f4)
  "$countersign" trust pin trust.json --digest "$digest"
  "$countersign" ledger create ledger.sqlite --trust trust.json --key ledger-key
  "$countersign" ledger checkpoint ledger.sqlite > ledger.note
) > "$folder/ceremony.log"
"$countersign" prepare "$folder/change.yaml" --trust "$folder/trust.json" --checkpoint "$folder/ledger.note" --key "$folder/dana" \
  --out "$folder/bundle.json" >> "$folder/ceremony.log" 2>&1

# The executable as it is shipped: without symbols it is loaded in half the time.
strip -o "$folder/countersign-airgap" "$bin/countersign-airgap"
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$folder/go-cache" GOFLAGS= go build -o "$folder/tlog_root" Tests/Benchmarks/tlog_root.go
exec "$bin/Benchmarks" measure "$folder" "$folder/countersign-airgap" "${seconds[@]}"

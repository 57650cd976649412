#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole path on this machine, without an AWS account: prepare, two approvals, execute, audit.
# Installs what is missing, builds, runs a KMS server on 127.0.0.1, and leaves everything under .quickstart/.
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/Support/setup.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
expect() { # expect CODE COMMAND…: runs a command that must end with that exit code
  local wanted=$1 code=0
  shift
  printf '$ %s\n' "$*"
  "$@" || code=$?
  printf '(exit code %s)\n' "$code"
  [ "$code" -eq "$wanted" ] || { echo "expected exit code $wanted"; exit 1; }
}
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say "Setting up: what is missing is installed, then Countersign is built."
install_packages
install_python "${python_packages[@]}" "${plan_packages[@]}"
configuration=${COUNTERSIGN_BUILD:-debug}
swift build -c "$configuration" --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors --quiet
bin="$(swift build -c "$configuration" --show-bin-path)"

q=.quickstart
.venv/bin/python Tests/Support/kms_server.py stop "$q/server" 2>/dev/null || true
rm -rf "$q"
mkdir -p -m 700 "$q"
export COUNTERSIGN_HOME="$PWD/$q/home"
countersign() { "$bin/countersign" "$@"; }
# The approver's machine has no network: a namespace of its own where the kernel lets us make one.
if unshare -rn true 2>/dev/null; then airgap=(unshare -rn "$bin/countersign-airgap"); else airgap=("$bin/countersign-airgap"); fi
offline() { "${airgap[@]}" "$@"; }

say "A KMS server on 127.0.0.1 that checks signatures and IAM actions stands in for AWS."
trap '.venv/bin/python Tests/Support/kms_server.py stop "$q/server"' EXIT
url=$(.venv/bin/python Tests/Support/kms_server.py start "$q/server")
export AWS_SHARED_CREDENTIALS_FILE="$PWD/$q/server/credentials"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_KMS AWS_ENDPOINT_URL_STS 2>/dev/null || true
echo "$url"

say "1. Keys: dana prepares; alice, bob and carol approve; the release engineers hold the ledger's key."
for name in dana alice bob carol; do
  run countersign key generate --type "$([ "$name" = carol ] && echo ecdsa-p256 || echo ed25519)" --out "$q/$name" --no-passphrase
done
run countersign key generate --type ed25519 --out "$q/ledger-key" --no-passphrase

cat > "$q/trust.yaml" <<YAML
origin: example.com/org-cloudtrail
expires: $(date -u -d '+365 days' +%Y-%m-%dT%H:%M:%SZ)
keys:
  dana:  { owner: dana, file: dana.pub }
  alice: { owner: alice, file: alice.pub }
  bob:   { owner: bob, file: bob.pub }
  carol: { owner: carol, file: carol.pub, comment: P-256 }
  exec:  { owner: release-engineering, file: ledger-key.pub }
roles:
  root:     { keys: [alice, bob, carol], threshold: 2 }
  preparer: { keys: [dana] }
  approver: { keys: [alice, bob, carol], threshold: 2 }
  ledger:   { keys: [exec] }
limits: { accounts: ["123456789012"], regions: [us-east-1], operations: [create-key, put-key-policy], endpoints: ["$url"], validity: 7d }
YAML

say "   The trust root says who may do what. Two of its owners sign it; its digest is read out, and pinned."
run countersign trust create "$q/trust.yaml" --out "$q/trust.json"
run countersign trust sign "$q/trust.json" --key "$q/alice" >/dev/null
run countersign trust sign "$q/trust.json" --key "$q/carol"
digest=$(countersign trust show "$q/trust.json" --format json | .venv/bin/python -c 'import json,sys; print(json.load(sys.stdin)["digest"])')
run countersign trust pin "$q/trust.json" --digest "$digest"

say "2. The ledger. Its genesis digest is what an auditor keeps; its first checkpoint is what dana prepares against."
run countersign ledger create "$q/ledger.sqlite" --trust "$q/trust.json" --key "$q/ledger-key"
countersign audit verify "$q/ledger.sqlite" --format json 2>/dev/null | .venv/bin/python -c 'import json,sys; print(json.load(sys.stdin)["genesis"])' > "$q/genesis.txt" || true
countersign ledger checkpoint "$q/ledger.sqlite" > "$q/checkpoint-1.note"
cat "$q/checkpoint-1.note"

cat > "$q/create-key.yaml" <<YAML
change: create-key
title: Key for the organization's CloudTrail
ticket: CHG-1042
valid: 72h
target: { account: "123456789012", region: us-east-1, executor: role/cloudtrail-key-executor }
alias: cloudtrail-org-key
description: Encrypts the organization's CloudTrail logs
rotation: 365
tags: { data-class: audit }
policy:
  template: org-cloudtrail-key
  parameters:
    managementAccount: "281474976710"
    logArchiveAccount: "339712745831"
    trailName: org-trail
    readers: named
    readerRoles: ["arn:aws:iam::339712745831:role/incident-response"]
YAML

say "3. dana prepares the change. No credentials are needed; the output is every byte that will be sent."
run countersign prepare "$q/create-key.yaml" --trust "$q/trust.json" --checkpoint "$q/checkpoint-1.note" --key "$q/dana" --out "$q/create-key.json"
bundle=$(.venv/bin/python -c 'import json,base64,hashlib,sys; print("sha256:"+hashlib.sha256(base64.b64decode(json.load(open(sys.argv[1]))["payload"])).hexdigest())' "$q/create-key.json")

say "4. alice approves, on a machine without a network. This is all that she sees and signs:"
run offline approve "$q/create-key.json" --trust "$q/trust.json" --key "$q/alice" --expect "$bundle" --out "$q/create-key.alice.json"

say "   One approval is not enough: execution is refused, and the refusal is on record."
expect 77 countersign execute "$q/create-key.json" --approval "$q/create-key.alice.json" --ledger "$q/ledger.sqlite" --key "$q/ledger-key" --profile executor --endpoint-url "$url"

say "5. carol approves too."
run offline approve "$q/create-key.json" --trust "$q/trust.json" --key "$q/carol" --expect "$bundle" --out "$q/create-key.carol.json" >/dev/null
tail -n +1 "$q/create-key.carol.json" | head -c 120; echo "…"

say "6. The release engineer executes: one key, its rotation, its alias, everything read back."
run countersign execute "$q/create-key.json" --approval "$q/create-key.alice.json" --approval "$q/create-key.carol.json" --ledger "$q/ledger.sqlite" --key "$q/ledger-key" --profile executor --endpoint-url "$url"
key=$(countersign resume "$q/ledger.sqlite" --key "$q/ledger-key" --format json | .venv/bin/python -c 'import json,sys; print(json.load(sys.stdin)["key"])')

say "7. A second change: the security analysts may read. It is based on the policy that the key has now."
run countersign snapshot "$key" --profile reader --endpoint-url "$url" --out "$q/snapshot.json"
countersign ledger checkpoint "$q/ledger.sqlite" > "$q/checkpoint-2.note"
cat > "$q/add-reader.yaml" <<YAML
change: put-key-policy
title: Let the security analysts read the trail
ticket: CHG-1055
valid: 72h
backout: Put the base policy back (the inverse bundle is written beside this one)
target: { account: "123456789012", region: us-east-1, executor: role/cloudtrail-key-executor }
key: $key
base: { snapshot: snapshot.json }
policy:
  template: org-cloudtrail-key
  parameters:
    managementAccount: "281474976710"
    logArchiveAccount: "339712745831"
    trailName: org-trail
    readers: named
    readerRoles: ["arn:aws:iam::339712745831:role/incident-response", "arn:aws:iam::339712745831:role/security-analyst"]
YAML
run countersign prepare "$q/add-reader.yaml" --trust "$q/trust.json" --checkpoint "$q/checkpoint-2.note" --key "$q/dana" --out "$q/add-reader.json"
bundle=$(.venv/bin/python -c 'import json,base64,hashlib,sys; print("sha256:"+hashlib.sha256(base64.b64decode(json.load(open(sys.argv[1]))["payload"])).hexdigest())' "$q/add-reader.json")
echo "What bob sees of the difference, proven for every caller and every request:"
offline review "$q/add-reader.json" --trust "$q/trust.json" | sed -n '/^NEWLY ALLOWED/,/^WHAT MUST BE TRUE/p' | sed '$d'
for name in alice bob; do
  run offline approve "$q/add-reader.json" --trust "$q/trust.json" --key "$q/$name" --expect "$bundle" --out "$q/add-reader.$name.json" >/dev/null
done
run countersign execute "$q/add-reader.json" --approval "$q/add-reader.alice.json" --approval "$q/add-reader.bob.json" --ledger "$q/ledger.sqlite" --key "$q/ledger-key" --profile executor --endpoint-url "$url"

say "   A third change has the same innocent title, but its role belongs to a stranger's account. It never becomes a bundle:"
sed 's#339712745831:role/security-analyst#990011223344:role/security-analyst#' "$q/add-reader.yaml" > "$q/add-stranger.yaml"
expect 1 countersign prepare "$q/add-stranger.yaml" --trust "$q/trust.json" --checkpoint "$q/checkpoint-2.note" --key "$q/dana" --out "$q/add-stranger.json"
[ ! -e "$q/add-stranger.json" ] && echo "(nothing was written)"

countersign ledger checkpoint "$q/ledger.sqlite" > "$q/checkpoint-last.note"
countersign snapshot "$key" --profile reader --endpoint-url "$url" --out "$q/final.json" >/dev/null
.venv/bin/python -c 'import json,sys; print(json.load(open(sys.argv[1]))["policy"]["document"])' "$q/final.json" > "$q/policy.json"

say "8. The auditor trusts none of this: the ledger file, the genesis digest and an older checkpoint are enough."
run offline audit verify "$q/ledger.sqlite" --genesis "$(cat "$q/genesis.txt")" --since "$q/checkpoint-last.note"
run offline audit show "$q/ledger.sqlite"

say "   And if a single byte of it is changed?"
cp "$q/ledger.sqlite" "$q/tampered.sqlite"
.venv/bin/python - "$q/tampered.sqlite" <<'PY'
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1])
ledger.execute("DROP TRIGGER entries_no_update")
seq, data = ledger.execute("SELECT seq, bytes FROM entries WHERE CAST(bytes AS TEXT) LIKE '%\"decision\":\"approve\"%' ORDER BY seq LIMIT 1").fetchone()
at = data.index(b'"approver":"') + len(b'"approver":"')
ledger.execute("UPDATE entries SET bytes = ? WHERE seq = ?", (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], seq))
ledger.commit()
print(f"(one bit of entry {seq} was changed)")
PY
expect 1 offline audit verify "$q/tampered.sqlite" --genesis "$(cat "$q/genesis.txt")"

say "9. A team that may change resources only through Terraform exports the first change as a module, and holds its plan against the approvals."
run countersign export terraform "$q/create-key.json" --trust "$q/trust.json" --out "$q/cloudtrail-key"
echo "(This plan stands for what terraform show -json says: a script computed it from the module's files. Nothing was planned against AWS.)"
.venv/bin/python Tests/Support/plan_of_module.py "$q/cloudtrail-key" 123456789012 > "$q/plan.json"
check_plan=(countersign check-plan --bundle "$q/create-key.json" --trust "$q/trust.json" --approval "$q/create-key.alice.json" --approval "$q/create-key.carol.json")
run "${check_plan[@]}" "$q/plan.json"

say "   A plan whose policy lets a stranger's account read is not what was approved:"
stranger=$(.venv/bin/python -c 'import json,sys; print(json.dumps(open(sys.argv[1]).read().replace("339712745831:role/incident-response", "990011223344:role/incident-response")))' "$q/cloudtrail-key/policy.json")
.venv/bin/python Tests/Support/plan_of_module.py "$q/cloudtrail-key" 123456789012 "policy=$stranger" > "$q/other-plan.json"
expect 1 "${check_plan[@]}" "$q/other-plan.json"

say "Done. Everything is under $q/: trust root, bundles, approvals, ledger.sqlite, checkpoints, the policy, the Terraform module."

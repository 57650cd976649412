#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the real executor at injected stops and at random times, cuts its network, and then runs `resume` as a person would.

    kill_test.py BIN [--kills N] [--seed N] [--keep FOLDER] [--only STAGE]

Stages: stops (injected stops, cut networks, two executors, a full disk, syncs that fail, against moto, which checks signatures and IAM), matrix (every
request of create-key and put-key-policy under every fault of the wire), kinds (every kind of change over HTTP), kills (random kills);
the last three against the strict stand-in (strict_kms.py).

BIN is the folder of the built executables. It needs a Python with moto (the project's virtual environment). The server
checks signatures and IAM actions; every request goes through fault_proxy.py. What must hold, each time and in the end:
at most one key for a bundle; alias and policy as approved; no request on the wire without its intent in the ledger;
`audit verify` without an error; the exit codes of formats.md §9.
"""
import argparse
import base64
import collections
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import test_kms_cases  # noqa: E402
OPERATIONS = ["CreateKey", "EnableKeyRotation", "CreateAlias"]
CHANGES = OPERATIONS + ["PutKeyPolicy", "UpdateAlias", "TagResource", "UntagResource", "UpdateKeyDescription", "EnableKey", "DisableKey", "ScheduleKeyDeletion",
                        "CancelKeyDeletion", "RevokeGrant", "UpdateTrail"]
KINDS = ["create-key", "put-key-policy", "set-rotation", "add-alias", "move-alias", "set-tags", "set-description", "attach-trail", "disable-key", "enable-key",
         "schedule-deletion", "cancel-deletion", "revoke-grant", "acknowledge"]
PARAMETERS = {"managementAccount": "281474976710", "logArchiveAccount": "339712745831", "trailName": "org-trail"}


class Failure(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


def normal(value):
    """A policy, whatever the order of its lists and however lists of one are written."""
    if isinstance(value, dict):
        return {name: normal(member) for name, member in value.items()}
    if isinstance(value, list):
        return normal(value[0]) if len(value) == 1 else sorted((normal(element) for element in value), key=json.dumps)
    return value


class Ceremony:
    """One server, one proxy, one trust root, one ledger; a bundle for each round."""

    def __init__(self, bin_folder, folder, server="kms_server.py"):
        self.bin, self.folder, self.server_tool = bin_folder, folder, server
        self.rounds = 0
        tool = lambda *arguments: subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout.strip()
        self.tool = tool
        self.server = tool(os.path.join(HERE, server), "start", self.path("server"))
        self.url = tool(os.path.join(HERE, "fault_proxy.py"), "start", self.path("proxy"), self.server)
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        self.environment = {**keep, "HOME": folder, "COUNTERSIGN_HOME": self.path("home"), "AWS_SHARED_CREDENTIALS_FILE": self.path("server/credentials"),
                            "AWS_ENDPOINT_URL_CLOUDTRAIL": self.url,
                            "COUNTERSIGN_POLICIES": os.path.join(HERE, "..", "..", "policies")}
        for name in ["dana", "alice", "bob", "exec"]:
            self.call(0, "key", "generate", "--type", "ed25519", "--out", self.path(name), "--no-passphrase")
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400 * 30))
        owners = {"dana": "dana", "alice": "alice", "bob": "bob", "exec": "release-engineering"}
        self.write("trust.yaml", {
            "origin": "example.com/kill-test", "expires": expires, "keys": {name: {"owner": owner, "file": name + ".pub"} for name, owner in owners.items()},
            "roles": {"root": {"keys": ["alice", "bob"], "threshold": "2"}, "preparer": {"keys": ["dana"]}, "approver": {"keys": ["alice", "bob"], "threshold": "2"},
                      "ledger": {"keys": ["exec"]}},
            "limits": {"accounts": ["123456789012"], "regions": ["us-east-1"], "operations": KINDS, "endpoints": [self.url], "validity": "7d"}})
        self.call(0, "trust", "create", self.path("trust.yaml"), "--out", self.path("trust.json"))
        for name in ["alice", "bob"]:
            self.call(0, "trust", "sign", self.path("trust.json"), "--key", self.path(name))
        digest = json.loads(self.call(0, "trust", "show", self.path("trust.json"), "--format", "json").stdout)["digest"]
        self.call(0, "trust", "pin", self.path("trust.json"), "--digest", digest)
        self.ledger = self.path("ledger.sqlite")
        created = self.call(0, "ledger", "create", self.ledger, "--trust", self.path("trust.json"), "--key", self.path("exec"), "--format", "json").stdout
        self.genesis = json.loads(created)["genesis"]
        with open(self.path("start.note"), "w") as file:
            file.write(self.call(0, "ledger", "checkpoint", self.ledger).stdout)
        import boto3
        session = boto3.session.Session(region_name="us-east-1")
        with open(self.path("server/credentials")) as file:
            text = file.read().split("[reader]")[1].split("[")[0]
        values = dict(line.split(" = ") for line in text.strip().splitlines())
        self.kms = session.client("kms", endpoint_url=self.server, aws_access_key_id=values["aws_access_key_id"], aws_secret_access_key=values["aws_secret_access_key"])
        self.known = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, value):
        with open(self.path(name), "w") as file:
            json.dump(value, file)

    def stop(self):
        for tool, name in [("fault_proxy.py", "proxy"), (self.server_tool, "server")]:
            subprocess.run([sys.executable, os.path.join(HERE, tool), "stop", self.path(name)], check=False)

    # what a person types

    def start(self, *arguments, limit=None, **more):
        def limited():
            # A file may grow no more: a disk that is full, as far as the program can see.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.Popen([os.path.join(self.bin, "countersign"), *arguments], env={**self.environment, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, preexec_fn=limited if limit else None)

    def call(self, wanted, *arguments, limit=None):
        process = self.start(*arguments, limit=limit)
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failure(f"{arguments[0]} took longer than a minute")
        done = subprocess.CompletedProcess(arguments, process.returncode, out, err)
        wanted = {wanted} if isinstance(wanted, int) else wanted
        expect(wanted is None or done.returncode in wanted, f"{' '.join(arguments[:2])} exited {done.returncode}, not {wanted}: {done.stdout}{done.stderr}")
        return done

    def live(self, wait):
        return ["--key", self.path("exec"), "--profile", "executor", "--endpoint-url", self.url, "--wait", str(wait), "--format", "json"]

    def execute(self, paper, wait=1):
        return ["execute", paper["file"], "--approval", paper["file"] + ".alice", "--approval", paper["file"] + ".bob", "--ledger", self.ledger, *self.live(wait)]

    def resume(self, wait=1, *more):
        return ["resume", self.ledger, *self.live(wait), *more]

    def prepare(self, change):
        """A bundle with two approvals."""
        self.rounds += 1
        name = f"change-{self.rounds}"
        target = {"account": "123456789012", "region": "us-east-1", "executor": "role/cloudtrail-key-executor"}
        self.write(name + ".yaml", {"title": name, "ticket": "CHG-1", "valid": "24h", "target": target, **change})
        identity = str(uuid.uuid4())
        file = self.path(name + ".json")
        self.call(0, "prepare", self.path(name + ".yaml"), "--trust", self.path("trust.json"), "--checkpoint", self.path("start.note"), "--key", self.path("dana"), "--out", file,
                  "--id", identity)
        with open(file) as handle:
            payload = base64.b64decode(json.load(handle)["payload"])
        digest = "sha256:" + hashlib.sha256(payload).hexdigest()
        for person in ["alice", "bob"]:
            self.call(0, "approve", file, "--trust", self.path("trust.json"), "--key", self.path(person), "--expect", digest, "--out", f"{file}.{person}")
        return {"file": file, "id": identity, "digest": digest, "payload": json.loads(payload), "alias": f"alias/key-{self.rounds}"}

    def create_key(self):
        return self.prepare({"change": "create-key", "alias": f"key-{self.rounds + 1}", "description": "logs", "rotation": "365", "tags": {"data-class": "audit"},
                             "policy": {"template": "org-cloudtrail-key", "parameters": PARAMETERS}})

    def put_policy(self, key, reader):
        self.call(0, "snapshot", key, "--profile", "reader", "--endpoint-url", self.server, "--out", self.path("snapshot.json"), "--force")
        return self.prepare({"change": "put-key-policy", "key": key, "base": {"snapshot": "snapshot.json"},
                             "policy": {"template": "org-cloudtrail-key", "parameters": {**PARAMETERS, "readerRoles": [f"arn:aws:iam::339712745831:role/{reader}"]}}})

    # faults

    def faults(self, **faults):
        self.write("proxy/faults.json", faults)

    def log(self):
        try:
            with open(self.path("proxy/requests.jsonl")) as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def wait_until_held(self, before, process):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if any(line.get("step") == "held" for line in self.log()[before:]):
                return
            if process.poll() is not None:
                raise Failure(f"the executor ended before it was held: {process.communicate()}")
            time.sleep(0.02)
        raise Failure("the request never reached the proxy")

    # what must hold

    def keys_of(self, paper):
        for key in [key["KeyId"] for key in self.kms.list_keys()["Keys"]]:
            if key not in self.known:
                tags = {tag["TagKey"]: tag["TagValue"] for tag in self.kms.list_resource_tags(KeyId=key)["Tags"]}
                self.known[key] = tags.get("countersign:change")
        return [key for key, change in self.known.items() if change == paper["id"]]

    def check_key(self, paper, completed):
        keys = self.keys_of(paper)
        expect(len(keys) <= 1, f"{len(keys)} keys carry the tag of one bundle")
        if not completed:
            return
        expect(len(keys) == 1, "the execution is completed without a key")
        policy = self.kms.get_key_policy(KeyId=keys[0], PolicyName="default")["Policy"]
        expect(normal(json.loads(policy)) == normal(json.loads(paper["payload"]["policy"]["document"])), "the key's policy is not the approved one")
        aliases = [alias["AliasName"] for alias in self.kms.list_aliases(KeyId=keys[0])["Aliases"]]
        expect(aliases == [paper["alias"]], f"the key's aliases are {aliases}")
        expect(self.kms.get_key_rotation_status(KeyId=keys[0])["KeyRotationEnabled"], "the key does not rotate")

    def go_on(self, paper):
        """What a person does after a crash: resume; and execute again where nothing was sent. Gives the last exit code."""
        done = self.call(None, *self.resume())
        # Killed before it wrote anything, resume tells how the bundle before ended.
        if done.returncode == 1 and '"nothing-open"' in done.stderr or paper["digest"] not in done.stdout + done.stderr and done.returncode in (0, 1):
            done = self.call(None, *self.execute(paper))
        if done.returncode == 75:
            done = self.call(None, *self.resume())
        return done

    def end(self, paper):
        """Brings a round to an end, and checks what is left of it."""
        done = self.go_on(paper)
        if done.returncode == 75:
            expect('"outcome-unknown"' in done.stderr, f"75 without an unknown outcome: {done.stderr}")
            expect(self.keys_of(paper) == [], "a key is there and was not found")
            done = self.call(1, *self.resume(0, "--abandon"))
        else:
            expect(done.returncode == 0, f"it ended with {done.returncode}: {done.stdout}{done.stderr}")
        self.check_key(paper, done.returncode == 0)
        expect(self.call(None, *self.resume()).returncode == done.returncode, "resume after the end answers otherwise")
        return done.returncode == 0

    def audit(self):
        verdict = json.loads(self.call({0, 1}, "audit", "verify", self.ledger, "--genesis", self.genesis, "--format", "json").stdout)
        errors = [finding for finding in verdict["findings"] if finding["severity"] == "error"]
        expect(verdict["verdict"] == "verified" and not errors, f"the audit found {errors}")
        return verdict["size"]

    def check_wire(self):
        """No change on the wire without an intent for exactly these bytes, sent as often as it came."""
        entries = [json.loads(row[0]) for row in sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True).execute("SELECT bytes FROM entries ORDER BY seq")]
        intents = {entry["seq"]: entry["data"]["body"].removeprefix("sha256:") for entry in entries if entry["type"] == "request-intended"}
        sent = collections.Counter(intents[entry["data"]["intent"]] for entry in entries if entry["type"] == "request-sent")
        came = collections.Counter(line["sha256"] for line in self.log() if line["step"] == "came" and line["operation"] in CHANGES)
        for digest, count in came.items():
            expect(count <= sent[digest], f"{count} requests with the body {digest} came, {sent[digest]} stand in the ledger")
        return sum(came.values())


def injected_stops(ceremony):
    """kill -9 while a request is on its way, and while its answer is."""
    for operation in OPERATIONS:
        for fault in ["hold-before", "hold-after"]:
            paper = ceremony.create_key()
            ceremony.faults(**{operation: [fault]})
            before = len(ceremony.log())
            process = ceremony.start(*ceremony.execute(paper))
            ceremony.wait_until_held(before, process)
            process.kill()
            process.communicate()
            completed = ceremony.end(paper)
            expect(completed != (operation == "CreateKey" and fault == "hold-before"), f"{operation} {fault}: completed is {completed}")
    key = "arn:aws:kms:us-east-1:123456789012:key/" + ceremony.keys_of(paper)[0]
    for index, fault in enumerate(["hold-before", "hold-after"]):
        paper = ceremony.put_policy(key, f"reader-{index}")
        ceremony.faults(PutKeyPolicy=[fault])
        before = len(ceremony.log())
        process = ceremony.start(*ceremony.execute(paper))
        ceremony.wait_until_held(before, process)
        process.kill()
        process.communicate()
        expect(ceremony.go_on(paper).returncode == 0, f"PutKeyPolicy {fault} was not completed")


# How the first command ends: what proves that nothing happened is sent again or fails, everything else is unknown.
WIRE_FAULTS = {
    "cut-before": 75, "cut-after": 75, "reset-after": 75, "error-before": 75, "error-after": 75, "unavailable": 75, "garbage": 75, "half": 75, "half-head": 75,
    "wrong-length": 75, "no-request-id": 75, "redirect": 75, "throttle": 0, "deny": 1, "deny-half": 1,
}


def wire_faults(ceremony, chance):
    """Every fault of the wire at one request each, and each request at least four times."""
    for index, (fault, wanted) in enumerate(WIRE_FAULTS.items()):
        operation = OPERATIONS[(index + chance.randrange(3)) % 3]
        paper = ceremony.create_key()
        ceremony.faults(**{operation: [fault]})
        ceremony.call(wanted, *ceremony.execute(paper))
        if wanted == 75:
            ceremony.end(paper)
        else:
            ceremony.check_key(paper, wanted == 0)
            ceremony.call(wanted, *ceremony.resume())


def unreachable(ceremony):
    """Nobody there: nothing is used up."""
    paper = ceremony.create_key()
    ceremony.faults(refuse=True)
    time.sleep(0.5)
    ceremony.call(69, *ceremony.execute(paper))
    ceremony.faults()
    time.sleep(0.5)
    ceremony.call(0, *ceremony.execute(paper))
    ceremony.call(77, *ceremony.execute(paper))
    ceremony.check_key(paper, True)


def two_executors(ceremony):
    """One writes, the other is told who holds the ledger and since when; a dead holder's lock is taken over."""
    paper = ceremony.create_key()
    ceremony.faults(CreateKey=["hold-after"])
    before = len(ceremony.log())
    holder = ceremony.start(*ceremony.execute(paper))
    ceremony.wait_until_held(before, holder)
    start = time.monotonic()
    others = [ceremony.start(*ceremony.execute(paper)), ceremony.start(*ceremony.resume())]
    for other in others:
        out, err = other.communicate(timeout=30)
        expect(other.returncode == 75, f"the second executor exited {other.returncode}: {out}{err}")
        expect(f"process {holder.pid} (" in err and " since 2" in err, f"it is not said who holds the ledger: {err}")
    expect(time.monotonic() - start < 12, "the second executor waited too long")
    holder.kill()
    holder.communicate()
    expect(ceremony.end(paper), "the lock of a dead holder was not taken over")


def full_disk(ceremony):
    """No file may grow any more: 74, nothing sent, and nothing lost."""
    paper = ceremony.create_key()
    before = ceremony.audit()
    ceremony.call(74, *ceremony.execute(paper), limit=20_000)
    expect(ceremony.audit() >= before, "the ledger lost entries")
    expect(ceremony.keys_of(paper) == [], "something was sent with a full disk")
    expect(ceremony.end(paper), "it could not be executed afterwards")


SYNC_FAILS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* From the SYNC_FAILS-th on, no sync of a ledger succeeds. */
static int fails(int fd) {
    static int seen = 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, ".sqlite")) return 0;
    if (++seen < atoi(getenv("SYNC_FAILS"))) return 0;
    errno = EIO;
    return 1;
}
int fsync(int fd) { return fails(fd) ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


def failing_syncs(ceremony):
    """Every fsync of an execution fails, by turns: 74, nothing on the wire that is not in the ledger, nothing twice."""
    with open(ceremony.path("sync.c"), "w") as file:
        file.write(SYNC_FAILS)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", ceremony.path("sync.so"), ceremony.path("sync.c"), "-ldl"], check=True)
    rounds, ends = 0, collections.Counter()
    while True:
        rounds += 1
        expect(rounds < 100, "an execution does not end whatever fails")
        paper = ceremony.create_key()
        process = ceremony.start(*ceremony.execute(paper), LD_PRELOAD=ceremony.path("sync.so"), SYNC_FAILS=str(rounds))
        _, err = process.communicate(timeout=60)
        if process.returncode == 0:
            expect(rounds > 8, f"only {rounds} syncs were seen")
            break
        expect(process.returncode == 74, f"sync {rounds} failed: exit {process.returncode}, {err}")
        ends["completed" if ceremony.end(paper) else "abandoned without a key"] += 1
        ceremony.check_wire()
        ceremony.audit()
    return f"each of {rounds - 1} syncs of an execution failed by turns: {dict(ends)}"


def random_kills(ceremony, count, chance):
    """kill -9 at any moment of execute, and again of resume."""
    paper = ceremony.create_key()
    start = time.monotonic()
    ceremony.call(0, *ceremony.execute(paper))
    whole = time.monotonic() - start
    outcomes = collections.Counter()
    killed = 0
    while killed < count:
        paper = ceremony.create_key()
        for command in [ceremony.execute(paper)] + [ceremony.resume()] * chance.randrange(4):
            process = ceremony.start(*command)
            try:
                process.wait(timeout=chance.uniform(0, whole * 0.8))
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
            process.communicate()
        outcomes["completed" if ceremony.end(paper) else "abandoned without a key"] += 1
    return killed, dict(outcomes)


# What each fault does to every request but CreateKey: exit of execute, of resume. (CreateKey that was not carried out stays unknown.)
MATRIX = {fault: (code, {75: 0, 0: 0, 1: 1}[code]) for fault, code in WIRE_FAULTS.items()}
NOT_CARRIED_OUT = {"cut-before", "error-before", "unavailable", "redirect"}


def matrix(ceremony):
    """Every request of create-key and put-key-policy under every fault of the wire, over real HTTP."""
    base = ceremony.create_key()
    ceremony.call(0, *ceremony.execute(base))
    key = "arn:aws:kms:us-east-1:123456789012:key/" + ceremony.keys_of(base)[0]
    cells = 0
    for fault, (first, last) in MATRIX.items():
        for operation in OPERATIONS + ["PutKeyPolicy"]:
            paper = ceremony.create_key() if operation != "PutKeyPolicy" else ceremony.put_policy(key, f"reader-{cells}")
            ceremony.faults(**{operation: [fault]})
            # These answers have no body: half of it is all of it.
            ceremony.call(0 if fault == "half" and operation != "CreateKey" else first, *ceremony.execute(paper))
            wanted = 75 if operation == "CreateKey" and fault in NOT_CARRIED_OUT else last
            # Nothing is waited for that cannot come.
            ceremony.call(wanted, *ceremony.resume(0 if wanted == 75 else 1))
            if wanted == 75:
                ceremony.call(1, *ceremony.resume(0, "--abandon"))
            elif operation != "PutKeyPolicy":
                ceremony.check_key(paper, wanted == 0)
            else:
                policy = ceremony.kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
                is_new = normal(json.loads(policy)) == normal(json.loads(paper["payload"]["policy"]["document"]))
                expect(is_new == (wanted == 0), f"{fault}: the policy is {'the new one' if is_new else 'the old one'}")
            cells += 1
    return f"{cells} cells of requests and faults over HTTP, each ended as docs/faults.md says"


def kinds(ceremony):
    """Every kind of change over HTTP, with reads that lag and short pages; a key that a trail names is not scheduled for deletion."""
    control(ceremony, lag=0.3, page=3)
    server = test_kms_cases.Server(ceremony.server, ("ASIASTRICTEXECUTOR", "executor-secret", "executor-token"))
    root = test_kms_cases.TABLE["texts"]["root"]
    make = lambda: server.must("CreateKey", {"Policy": root, "Description": "made elsewhere"})["KeyMetadata"]
    old, new = make(), make()
    time.sleep(0.5)
    grant = server.must("CreateGrant", {"KeyId": new["KeyId"], "GranteePrincipal": "arn:aws:iam::123456789012:role/reader", "Operations": ["Decrypt"]})
    trail = server.must("CreateTrail", {"Name": "org-trail", "S3BucketName": "logs"})["TrailARN"]
    ceremony.write("key-policy.json", json.loads(test_kms_cases.TABLE["texts"]["trail"]))
    with open(ceremony.path("key-policy.json")) as file:
        server.must("PutKeyPolicy", {"KeyId": new["KeyId"], "PolicyName": "default", "Policy": file.read()})
    time.sleep(0.5)
    arn = new["Arn"]

    def run(wanted, change):
        paper = ceremony.prepare(change)
        return ceremony.call(wanted, *ceremony.execute(paper, 10))

    run(0, {"change": "add-alias", "key": old["Arn"], "alias": "logs"})
    run(0, {"change": "move-alias", "alias": "logs", "fromKey": old["Arn"], "key": arn})
    run(1, {"change": "move-alias", "alias": "logs", "fromKey": old["Arn"], "key": arn})
    run(1, {"change": "add-alias", "key": old["Arn"], "alias": "logs"})
    run(0, {"change": "set-rotation", "key": arn, "rotation": "180"})
    run(0, {"change": "set-tags", "key": arn, "tags": {"data-class": "audit", "old": "x"}})
    run(0, {"change": "set-tags", "key": arn, "tags": {"data-class": "secret"}, "removed": ["old"]})
    run(0, {"change": "set-description", "key": arn, "description": "Logs of the organization"})
    run(0, {"change": "attach-trail", "key": arn, "trail": trail, "keyPolicy": {"document": "key-policy.json"}})
    run(0, {"change": "revoke-grant", "key": arn, "grantId": grant["GrantId"]})
    run(1, {"change": "revoke-grant", "key": arn, "grantId": grant["GrantId"]})
    done = run(1, {"change": "schedule-deletion", "key": arn, "reason": "a mistake"})
    expect('"key-in-use"' in done.stderr and trail in done.stderr, f"the trail is not named: {done.stderr}")
    run(0, {"change": "disable-key", "key": old["Arn"]})
    run(1, {"change": "set-rotation", "key": old["Arn"], "rotation": "180"})
    run(0, {"change": "enable-key", "key": old["Arn"]})
    run(0, {"change": "schedule-deletion", "key": old["Arn"], "reason": "replaced", "days": "7"})
    run(1, {"change": "disable-key", "key": old["Arn"]})
    run(0, {"change": "cancel-deletion", "key": old["Arn"]})
    run(0, {"change": "acknowledge", "events": [str(uuid.uuid4())], "reason": "an emergency"})
    time.sleep(0.5)
    read = test_kms_cases.Run(server, Expecting())
    read.read(new["KeyId"], {"rotation": 180, "tags": {"data-class": "secret"}, "description": "Logs of the organization", "aliases": ["alias/logs"], "grants": 0, "state": "Enabled"})
    read.read(old["KeyId"], {"state": "Enabled", "aliases": []})
    expect(server.must("GetTrail", {"Name": trail})["Trail"]["KmsKeyId"] == arn, "the trail is not attached")


class Expecting:
    """What the case table's reader compares with."""

    def assertEqual(self, seen, wanted, *_):
        expect(seen == wanted, f"{seen} is not {wanted}")


def control(ceremony, **wishes):
    urllib.request.urlopen(urllib.request.Request(ceremony.server + "/control", json.dumps(wishes).encode()), timeout=10).read()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["stops", "matrix", "kinds", "kills"], help="run this stage alone")
    parser.add_argument("--keep", help="leave everything in this folder")
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="kills-")
    chance = random.Random(options.seed)
    begun = time.monotonic()
    say = lambda text: print(f"{time.monotonic() - begun:5.1f} s  {text}", flush=True)

    def stage(name, parts, server="strict_kms.py"):
        """Some parts against a server and a ledger of their own: an executor reads the tags of all keys there are."""
        part = None
        os.makedirs(os.path.join(folder, name), mode=0o700, exist_ok=True)
        ceremony = Ceremony(os.path.abspath(options.bin), os.path.join(folder, name), server)
        try:
            for part in parts:
                say(part(ceremony) or part.__doc__.split("\n")[0])
            say(f"every one of {ceremony.check_wire()} requests on the wire has its intent; audit clean over {ceremony.audit()} entries")
        except Failure as failure:
            sys.exit(f"{part.__name__ if part else name}, seed {options.seed}, bundle {ceremony.rounds}: {failure}")
        finally:
            ceremony.stop()

    def wire(ceremony):
        """Every fault of the wire at one request."""
        wire_faults(ceremony, chance)

    def kills(number):
        """Random kills, a hundred to a ledger: an execution reads all of it, and the tags of all keys."""
        def part(ceremony):
            killed, outcomes = random_kills(ceremony, min(100, options.kills - number), chance)
            return f"{number + killed} random kills: {outcomes}"

        return part

    wanted = lambda name: options.only in (None, name)
    try:
        if wanted("stops"):
            stage("stops", [injected_stops, wire, unreachable, two_executors, full_disk, failing_syncs], "kms_server.py")
        if wanted("kinds"):
            stage("kinds", [kinds])
        if wanted("matrix"):
            stage("matrix", [matrix])
        if wanted("kills"):
            for number in range(0, options.kills, 100):
                stage(f"kills-{number}", [kills(number)])
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

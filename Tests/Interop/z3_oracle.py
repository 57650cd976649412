#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks z3 the prover's question and compares the answers.

    z3_oracle.py PROGRAM [PAIRS [SEED]]        PROGRAM: countersign or countersign-airgap

Random pairs of policies in the operators that z3 can express (texts, wildcards, numbers, presence). Each is encoded
independently of the prover, from the IAM User Guide: for each kind of caller, is there a context in which the answer is
higher in the new policy, or lower? Needs z3-solver (Tests/Support/setup.sh installs it).
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import z3

OWN, OTHER, THIRD = "604183725190", "339712745831", "999999999999"
ROOT = f"arn:aws:iam::{OWN}:root"
# name: (account, names it is met by directly, account principal, whether it is the root user)
CALLERS = {
    "named role": (OWN, {f"arn:aws:iam::{OWN}:role/r"}, False),
    "own role": (OWN, set(), False),
    "own root": (OWN, set(), True),
    "other role": (OTHER, set(), False),
    "other root": (OTHER, set(), True),
    "stranger": (THIRD, set(), False),
    "service": (None, {"cloudtrail.amazonaws.com"}, False),
    "another service": (None, set(), False),
}
VALUES = ["a", "b", "ab", "a*", "*b", "a?b", "*", "aab*", ""]
KEYS = ["kms:EncryptionContext:k", "kms:EncryptionContext:m"]
NUMBER = "kms:EncryptionContext:n"


def condition(dice):
    kind = dice.randrange(8)
    if kind < 5:
        operator = dice.choice(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "StringNotLikeIfExists"])
        return operator, dice.choice(KEYS), dice.sample(VALUES, dice.randint(1, 2))
    if kind < 6:
        return "Null", dice.choice(KEYS), [dice.choice(["true", "false"])]
    operator = dice.choice(["NumericLessThan", "NumericEquals", "NumericGreaterThanEquals", "NumericNotEquals"])
    return operator, NUMBER, [str(dice.choice([1, 2, 5, 10]))]


def statement(dice):
    principal = dice.choice(["*", {"AWS": ROOT}, {"AWS": OTHER}, {"AWS": f"arn:aws:iam::{OWN}:role/r"}, {"Service": "cloudtrail.amazonaws.com"}])
    result = {"Effect": dice.choice(["Allow", "Allow", "Deny"]), "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    for _ in range(dice.randrange(3)):
        operator, key, values = condition(dice)
        result.setdefault("Condition", {}).setdefault(operator, {})[key] = values
    return result


def pattern(text, wildcards):
    parts = []
    for character in text:
        if wildcards and character == "*":
            parts.append(z3.Full(z3.ReSort(z3.StringSort())))
        elif wildcards and character == "?":
            parts.append(z3.AllChar(z3.ReSort(z3.StringSort())))
        else:
            parts.append(z3.Re(character))
    if not parts:
        return z3.Re("")
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


class Request:
    def __init__(self):
        self.there = {key: z3.Bool(f"there {key}") for key in KEYS + [NUMBER]}
        self.text = {key: z3.String(key) for key in KEYS}
        self.number = z3.Real(NUMBER)

    def holds(self, operator, key, values):
        there = self.there[key]
        if operator == "Null":
            return z3.Or([z3.Not(there) if value == "true" else there for value in values])
        if_exists = operator.endswith("IfExists")
        plain = operator.removesuffix("IfExists")
        if plain.startswith("Numeric"):
            bound = int(values[0])
            test = {"NumericLessThan": self.number < bound, "NumericEquals": self.number == bound,
                    "NumericGreaterThanEquals": self.number >= bound, "NumericNotEquals": self.number != bound}[plain]
        else:
            test = z3.Or([z3.InRe(self.text[key], pattern(value, "Like" in plain)) for value in values])
            test = z3.Not(test) if "Not" in plain else test
        return z3.If(there, test, if_exists or "Not" in plain)


def answer(policy, caller, request):
    account, names, is_root = CALLERS[caller]
    denies, allows, delegates = [], [], []
    for entry in policy["Statement"]:
        principal = entry["Principal"]
        name = principal if principal == "*" else next(iter(principal.values()))
        owner = {ROOT: OWN, OTHER: OTHER}.get(name)
        by_account = owner is not None and owner == account
        if not (name == "*" or name in names or by_account):
            continue
        truth = z3.And([request.holds(op, key, values) for op, tests in entry.get("Condition", {}).items() for key, values in tests.items()])
        if entry["Effect"] == "Deny":
            denies.append(truth)
        elif account is None or (account == OWN and (is_root or not by_account)):
            allows.append(truth)
        else:
            delegates.append(truth)
    return z3.If(z3.Or(denies), 0, z3.If(z3.Or(allows), 2, z3.If(z3.Or(delegates), 1, 0)))


def oracle(old, new):
    higher = lower = False
    for caller in CALLERS:
        request = Request()
        before, after = answer(old, caller, request), answer(new, caller, request)
        for question in ("higher", "lower"):
            solver = z3.Solver()
            solver.set("timeout", 10_000)
            solver.add(after > before if question == "higher" else after < before)
            result = solver.check()
            if result == z3.unknown:
                return None
            if question == "higher":
                higher |= result == z3.sat
            else:
                lower |= result == z3.sat
    return higher, lower


def prover(program, old, new, folder):
    names = []
    for name, policy in (("old", old), ("new", new)):
        names.append(os.path.join(folder, f"{name}.json"))
        with open(names[-1], "w", encoding="utf-8") as file:
            json.dump(policy, file)
    done = subprocess.run([program, "policy", "diff", *names, "--key-account", OWN, "--format", "json"], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["complete"], found
    return bool(found["newlyAllowed"]), bool(found["noLongerAllowed"])


def main():
    program = sys.argv[1]
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    print(f"seed {seed}, {pairs} pairs")
    dice = random.Random(seed)
    wrong = unknown = 0
    z3_seconds = own_seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(pairs):
            old = {"Version": "2012-10-17", "Statement": [statement(dice) for _ in range(dice.randint(1, 3))]}
            new = json.loads(json.dumps(old))
            new["Statement"][dice.randrange(len(new["Statement"]))] = statement(dice)
            start = time.monotonic()
            expected = oracle(old, new)
            middle = time.monotonic()
            seen = prover(program, old, new, folder)
            z3_seconds += middle - start
            own_seconds += time.monotonic() - middle
            if expected is None:
                unknown += 1
            elif expected != seen:
                wrong += 1
                print("differs: z3", expected, "prover", seen, json.dumps(old), json.dumps(new))
    print(f"{pairs - wrong - unknown} agree, {wrong} differ, z3 does not know {unknown}; z3 {z3_seconds:.2f} s, prover with start-up {own_seconds:.2f} s")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

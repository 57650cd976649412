#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks z3 whether a new key policy permits what an old one did not, and the reverse: the peer that the prover is measured against.

    z3_diff.py OLD NEW KEY-ACCOUNT      prints seconds, then the two answers

One symbolic request: the caller's account, its ARN and whether it is a service or a root user, the action as a text, each condition
key as a text that may be missing. Written as one would write it; only the operators that the measured policies use are known.
"""
import json
import sys
import time

import z3


def listed(value):
    return value if isinstance(value, list) else [value]


def pattern(text):
    parts = []
    for piece in text.replace("*", "\0*\0").split("\0"):
        if piece == "*":
            parts.append(z3.Full(z3.ReSort(z3.StringSort())))
        elif piece:
            parts.append(z3.Re(piece))
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


class Request:
    def __init__(self):
        self.account, self.arn, self.action = z3.Strings("account arn action")
        self.is_service, self.is_root = z3.Bools("service root")
        self.keys = {}

    def matches(self, variable, text):
        return z3.InRe(variable, pattern(text)) if "*" in text else variable == text

    def key(self, name):
        if name not in self.keys:
            self.keys[name] = (z3.Bool(f"has {name}"), z3.String(name))
        return self.keys[name]

    def condition(self, operator, name, values):
        has, text = self.key(name)
        if operator == "Null":
            return z3.Or([z3.Not(has) if value == "true" else has for value in values])
        any_of = z3.Or([self.matches(text, value) if operator == "StringLike" else text == value for value in values])
        return z3.And(has, any_of)

    def answer(self, policy, key_account):
        denies, allows, delegates = [], [], []
        for entry in policy["Statement"]:
            action = z3.Or([self.matches(self.action, value) for value in listed(entry["Action"])])
            tests = [self.condition(op, name, listed(values)) for op, keys in entry.get("Condition", {}).items() for name, values in keys.items()]
            common = z3.And([action] + tests)
            principal = entry["Principal"]
            for kind, value in [("AWS", "*")] if principal == "*" else [(k, v) for k, vs in principal.items() for v in listed(vs)]:
                if kind == "Service":
                    direct, account = z3.And(self.is_service, self.arn == value), z3.BoolVal(False)
                elif value == "*":
                    direct, account = z3.BoolVal(True), z3.BoolVal(False)
                elif value.endswith(":root"):
                    mine = z3.And(z3.Not(self.is_service), self.account == value.split(":")[4])
                    direct, account = z3.And(mine, self.is_root), mine
                else:
                    direct, account = z3.And(z3.Not(self.is_service), self.account == value.split(":")[4], self.arn == value), z3.BoolVal(False)
                if entry["Effect"] == "Deny":
                    denies.append(z3.And(common, z3.Or(direct, account)))
                else:
                    own = z3.Or(self.is_service, self.account == key_account)
                    allows.append(z3.And(common, direct, own))
                    delegates.append(z3.And(common, z3.Or(account, z3.And(direct, z3.Not(own)))))
        return z3.If(z3.Or(denies), 0, z3.If(z3.Or(allows), 2, z3.If(z3.Or(delegates), 1, 0)))


def main():
    old, new = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:3])
    start = time.monotonic()
    request = Request()
    before, after = request.answer(old, sys.argv[3]), request.answer(new, sys.argv[3])
    answers = []
    for question in (after > before, after < before):
        solver = z3.Solver()
        solver.set("timeout", 60_000)
        solver.add(question)
        answers.append(str(solver.check()))
    print(f"{time.monotonic() - start:.6f} {' '.join(answers)}")


if __name__ == "__main__":
    main()

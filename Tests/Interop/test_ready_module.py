# SPDX-License-Identifier: Apache-2.0
"""The ready Terraform module: the same inputs give the bytes of `policy render`, and what one refuses, the other refuses too."""
from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from desk import PROGRAM, ROOT
from hcl_evaluation import Module

TEMPLATE = ROOT / "policies/org-cloudtrail-key"
PARAMETERS: dict[str, dict[str, Any]] = json.loads((TEMPLATE / "parameters.json").read_text())
OWN = {
    "region": "us-east-1", "ct_key_alias": "cloudtrail-org-key", "description": "Encrypts the organization's CloudTrail logs", "rotation_period_in_days": 365,
    "deletion_window_in_days": 30, "tags": {}, "approved_policy_sha256": "",
}
ROUNDS = int(os.environ.get("COUNTERSIGN_MODULE_ROUNDS", "50"))
SEED = int(os.environ.get("COUNTERSIGN_MODULE_SEED", "7"))


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name)


def variables(parameters: dict[str, Any]) -> dict[str, Any]:
    return {snake(name): value for name, value in parameters.items()}


def rendered(parameters: dict[str, Any]) -> str | None:
    """What `policy render` prints; None where it refuses the parameters."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(parameters, file)
        file.flush()
        done = subprocess.run(
            [PROGRAM, "policy", "render", "org-cloudtrail-key", "--policies", str(ROOT / "policies"), "--parameters", file.name],
            capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 65):
        raise AssertionError(done.stderr)
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def random_parameters(pick: random.Random) -> dict[str, Any]:
    """Any set of parameters that may be given: every member of an alternative, lists of none to three, doubles in lists."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    partition = pick.choice(["aws", "aws-us-gov", "aws-cn"])
    region = {"aws": "eu-central-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}[partition]
    account = lambda: "".join(pick.choice("0123456789") for _ in range(12))
    role = lambda: "/".join("".join(pick.choice(letters + "+=,.@_-") for _ in range(pick.randint(1, 12))) for _ in range(pick.randint(1, 3)))
    named = lambda make, least: [value for value in [make() for _ in range(pick.randint(least, 3))] for _ in range(pick.choice([1, 1, 1, 2]))]
    principal = lambda kind: f"arn:{partition}:iam::{account()}:" + ("root" if kind == "root" else f"{kind}/{role()}")
    readers = pick.choice(["accounts", "named"])
    full = {
        "partition": partition, "keyAccount": account(), "homeRegion": region, "managementAccount": account(), "logArchiveAccount": account(),
        "trailName": pick.choice(letters) + "".join(pick.choice(letters + "._-") for _ in range(pick.randint(1, 30))) + pick.choice(letters),
        "administratorRoles": named(role, 1), "executorRole": principal(pick.choice(["role", "user"])), "readers": readers,
        "readerRoles": named(lambda: principal(pick.choice(["role", "user", "root"])), 1 if readers == "named" else 0),
        "trustedAccounts": named(account, 0), "organization": pick.choice(["", "o-" + "".join(pick.choice(letters[:26]) for _ in range(10))]),
        "readersThrough": pick.choice(["", f"s3.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")]), "breakGlassRoles": named(role, 0),
        "minimumDeletionDays": str(pick.randint(7, 30)), "bucketKeys": pick.random() < 0.5, "eventDataStore": pick.random() < 0.5,
        "encryptionContext": pick.choice(["documented", "exact"]),
    }
    # A default stands for what is not given.
    return {name: value for name, value in full.items() if "default" not in PARAMETERS[name] or name in ("partition", "readers", "readerRoles") or pick.random() < 0.8}


BAD: dict[str, list[Any]] = {
    "partition": ["aws-iso", "aws\n", ""], "keyAccount": ["60418372519", "604183725190\n", "111122223333", "60418372519O"],
    "homeRegion": ["us-east", "US-EAST-1", "us-east-1 "], "trailName": ["trailName", "your-trail", "a", "a<b", "org&trail", "org\u2028trail", "${aws:username}"],
    "managementAccount": ["000000000000", ""], "administratorRoles": [[], ["a b"], ["role_name"], ["YOUR-ROLE"], ["ok", "<x>"]],
    "executorRole": ["arn:aws:iam::604183725190:role/your-role", "arn:aws:iam::444455556666:role/x", "arn:aws:sts::604183725190:role/x", "x"],
    "readers": ["account", "accounts|named"], "readerRoles": [["arn:aws:iam::339712745831:role/"], ["*"], ["arn:aws:iam::339712745831:role/rolename"]],
    "trustedAccounts": [["999988887777"], ["1"]], "readersThrough": ["s3.amazonaws.com", "ec2.us-east-1.amazonaws.com"], "organization": ["o-short", "o-4KX9M2Q7VD"],
    "breakGlassRoles": [["username"], ["é"]], "minimumDeletionDays": ["6", "31", "07"], "encryptionContext": ["any"],
}


class ReadyModule(unittest.TestCase):
    module = Module(TEMPLATE / "terraform")
    examples = {file.name.removesuffix(".parameters.json"): json.loads(file.read_text()) for file in sorted(TEMPLATE.glob("examples/*.parameters.json"))}

    def test_its_variables_are_the_parameters(self) -> None:
        self.assertEqual(list(self.module.variables), [*list(OWN)[:2], *map(snake, PARAMETERS), *list(OWN)[2:]])
        self.assertEqual({name: self.module.default(name) for name in OWN}, OWN)
        kinds = {"text": "string", "list": "${list(string)}", "boolean": "bool"}
        for name, parameter in PARAMETERS.items():
            with self.subTest(name):
                body = self.module.variables[snake(name)]
                self.assertEqual((body["type"], json.loads(body["description"]), body["nullable"]), (kinds[parameter["type"]], parameter["description"], False))
                self.assertEqual("default" in body, "default" in parameter)
                if "default" in parameter:
                    self.assertEqual(self.module.default(snake(name)), parameter["default"])
                if "pattern" in parameter:
                    self.assertIn(f'regex({json.dumps("^(" + parameter["pattern"] + ")$")}, ', body["validation"][0]["condition"])

    def policy(self, parameters: dict[str, Any]) -> str:
        values = self.module.with_values(variables(parameters))
        self.assertEqual(self.module.refused(values), [])
        return self.module.local("policy", values)

    def test_every_example_gives_its_bytes(self) -> None:
        self.assertGreaterEqual(len(self.examples), 8)
        for name, parameters in self.examples.items():
            with self.subTest(name):
                self.assertEqual(self.policy(parameters), (TEMPLATE / f"examples/{name}.policy.json").read_text().removesuffix("\n"))

    def random_sets(self) -> list[dict[str, Any]]:
        pick = random.Random(SEED)
        return [random_parameters(pick) for _ in range(ROUNDS)]

    def test_random_parameters_give_the_bytes_of_render(self) -> None:
        seen = set()
        for parameters in self.random_sets():
            with self.subTest(seed=SEED, parameters=parameters):
                self.assertEqual(self.policy(parameters), rendered(parameters))
                seen |= {statement["Sid"] for statement in json.loads(self.policy(parameters))["Statement"]}
        self.assertEqual(len(seen), 12, "every statement must have been rendered at least once")

    def test_what_render_refuses_the_module_refuses(self) -> None:
        for name, values in BAD.items():
            for value in values:
                with self.subTest(name, value=value):
                    parameters = {**self.examples["hardened"], name: value}
                    self.assertIsNone(rendered(parameters))
                    refused = self.module.refused(self.module.with_values(variables(parameters)))
                    self.assertTrue(refused and all(message.startswith(snake(name) + " ") for message in refused), refused)

    def test_no_reader_is_refused_by_both(self) -> None:
        parameters = {**self.examples["analyst"], "readers": "named", "readerRoles": []}
        self.assertIsNone(rendered(parameters))
        # The module's precondition: length(local.readers) > 0.
        self.assertEqual(self.module.local("readers", self.module.with_values(variables(parameters))), [])

    @unittest.skipUnless(shutil.which("terraform"), "terraform is not on this machine: the own evaluation stands alone")
    def test_terraform_itself_gives_the_same_bytes(self) -> None:
        sets = {f"example-{name}": parameters for name, parameters in self.examples.items()} | {f"random-{at}": each for at, each in enumerate(self.random_sets())}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "module").mkdir()
            # The variables and the policy alone: they need no provider.
            for file in ("variables.tf", "policy.tf"):
                shutil.copyfile(TEMPLATE / "terraform" / file, folder / "module" / file)
            (folder / "module/result.tf").write_text('output "policy" {\n  value = local.policy\n}\n')
            (folder / "main.tf.json").write_text(json.dumps({
                "module": {name: {"source": "./module", **variables(parameters)} for name, parameters in sets.items()},
                "output": {name: {"value": f"${{module.{name}.policy}}"} for name in sets},
            }))
            (folder / "empty.tfrc").write_text("")
            environment = os.environ | {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(folder / "empty.tfrc"), "TF_IN_AUTOMATION": "1"}

            def terraform(*arguments: str) -> str:
                done = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                return done.stdout

            terraform("init", "-input=false")
            terraform("plan", "-input=false", "-out", "plan.bin")
            outputs = json.loads(terraform("show", "-json", "plan.bin"))["planned_values"]["outputs"]
        self.assertEqual(set(outputs), set(sets))
        for name, parameters in sets.items():
            with self.subTest(name):
                self.assertEqual(outputs[name]["value"], self.policy(parameters))

    def test_its_digest_is_the_one_that_prepare_pins(self) -> None:
        values = self.module.with_values(variables(self.examples["hardened"]))
        text = rendered(self.examples["hardened"]) or ""
        self.assertEqual(hashlib.sha256(self.module.local("policy", values).encode()).hexdigest(), hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    unittest.main()

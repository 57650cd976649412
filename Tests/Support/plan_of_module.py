#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `terraform show -json` says of a plan that makes the resources of an exported module, for machines without Terraform.

    plan_of_module.py FOLDER ACCOUNT [ARGUMENT=JSON …]   prints the plan; an ARGUMENT changes that argument of the key

The arguments are computed from the module's files; the form is Terraform's documented "JSON Output Format" (1.2). Nothing is asked of AWS: the account that
the credentials would show is given. That the module's preconditions hold is checked here, as Terraform would.
"""
import json
import sys
from pathlib import Path

import hcl2

from hcl_evaluation import FUNCTIONS, Locals, Module, evaluate

PROVIDER = "registry.terraform.io/hashicorp/aws"
# What the provider computes once the resource is there (hashicorp/aws, "Attribute Reference").
COMPUTED = {"aws_kms_key": ["arn", "id", "key_id"], "aws_kms_alias": ["arn", "id", "target_key_arn", "target_key_id"]}


def references(value):
    """The references of an argument, each before the object that it is a part of."""
    text = value.removeprefix("${").removesuffix("}") if isinstance(value, str) else ""
    parts = text.split(".")
    return [text, ".".join(parts[:2])] if parts[0].startswith("aws_") else [text]


def main():
    folder, account = Path(sys.argv[1]), sys.argv[2]
    changed = {name: json.loads(value) for name, value in (argument.split("=", 1) for argument in sys.argv[3:])}
    FUNCTIONS["file"] = lambda name: Path(name).read_text(encoding="utf-8")
    module = Module(folder)
    variables = module.with_values({})
    if wrong := module.refused(variables):
        sys.exit("\n".join(wrong))
    data = {"aws_caller_identity": {"current": {"account_id": account, "id": account}}, "aws_region": {"current": {"id": variables["region"], "name": variables["region"]}}}
    scope = {"var": variables, "path": {"module": str(folder)}, "data": data}
    scope["local"] = Locals(module.locals, variables, scope)
    main_file, providers = (hcl2.loads((folder / name).read_text()) for name in ("main.tf", "providers.tf"))
    changes, configured = [], []
    for block in main_file["resource"]:
        for kind, body in block.items():
            kind = json.loads(kind)
            for name, arguments in body.items():
                name = json.loads(name)
                for condition in arguments["lifecycle"][0].get("precondition", []):
                    if not changed and not evaluate(condition["condition"], scope):
                        sys.exit(evaluate(condition["error_message"], scope))
                own = {key: value for key, value in arguments.items() if key != "lifecycle" and not key.startswith("__")}
                after = {key: evaluate(value, scope) for key, value in own.items() if key not in COMPUTED[kind]}
                if kind == "aws_kms_key":
                    after |= changed
                    after["tags_all"] = after["tags"]
                address = f"{kind}.{name}"
                common = {"address": address, "mode": "managed", "type": kind, "name": name}
                changes.append(common | {"provider_name": PROVIDER, "change": {
                    "actions": ["create"], "before": None, "after": after, "after_unknown": dict.fromkeys(COMPUTED[kind], True),
                    "before_sensitive": False, "after_sensitive": {}}})
                configured.append(common | {"provider_config_key": "aws", "expressions": {
                    key: {"references": references(value)} if isinstance(value, str) and value.startswith("${") else {"constant_value": after.get(key)}
                    for key, value in own.items()}})
    provider = {key: value for key, value in providers["provider"][0]['"aws"'].items() if not key.startswith("__")}
    state = [{"address": f"data.{kind}.current", "mode": "data", "type": kind, "name": "current", "values": values["current"]} for kind, values in data.items()]
    print(json.dumps({
        "format_version": "1.2", "terraform_version": "1.9.8", "variables": {name: {"value": value} for name, value in variables.items()},
        "resource_changes": changes, "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": state}}},
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": PROVIDER, "expressions": {
                "region": {"references": references(provider["region"])},
                "allowed_account_ids": {"constant_value": evaluate(provider["allowed_account_ids"], scope)}}}},
            "root_module": {"resources": configured}},
        "applyable": True, "complete": True, "errored": False}))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main()

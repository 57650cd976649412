# SPDX-License-Identifier: Apache-2.0
"""§6 of formats.md, the life of a bundle: received, authorized, each request in order, expectations, one end."""
from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Callable

from bundles import Approval, Bundle, PlanChecked, within
from changes import pin
from strict import EXECUTOR, KEY_ID, Refused, instant, jcs, require
from trust import Root


def at_pointer(response: bytes, *names: str) -> Any:
    """A member of AWS's own JSON, which is not canonical and holds floats."""
    try:
        value = json.loads(response)
        for name in names:
            value = value[name]
        return value
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


class Execution:
    def __init__(self, bundle: Bundle, root: Root) -> None:
        self.bundle, self.root = bundle, root
        self.requests: list[dict[str, Any]] = bundle.body["requests"]
        self.approvals: dict[str, tuple[int, Approval]] = {}
        self.authorized: list[Approval] | None = None
        self.open: dict[str, Any] | None = None  # the request under way: its intent, and whether it was sent or its outcome is unknown
        self.done: list[str] = []
        self.binds: dict[str, str] = {}
        self.attempts: Counter[str] = Counter()
        self.preconditions: dict[str, str] = {}
        self.expectations: dict[str, str] = {}
        self.used = self.ended = self.unknown_create = self.plan_checked = False
        self.last_sent = -1

    def counting(self, newest: Root) -> list[Root]:
        """The roots under which everything must hold: that of the bundle and the newest of the chain."""
        return list(dict.fromkeys([self.root, newest]))

    def rejects(self, newest: Root) -> list[tuple[int, Approval]]:
        def holds(approval: Approval) -> bool:
            try:
                approval.counts(self.bundle, self.counting(newest))
                return True
            except Refused:
                return False

        return [(seq, each) for seq, each in self.approvals.values() if each.rejects and holds(each)]

    def late_rejects(self) -> list[tuple[int, Approval]]:
        return [(seq, each) for seq, each in self.approvals.values() if each.rejects and self.used and seq > self.last_sent]

    def may_go_on(self, approvals: list[Approval], now: int, newest: Root) -> None:
        """What is checked before an authorization and again before each send."""
        require(now < instant(newest.body["expires"]), "expired", "the newest trust root has expired")
        require(within(self.bundle.body, now), "window", "outside of the bundle's window")
        require(not self.rejects(newest), "vetoed", "the bundle was rejected")
        for root in self.counting(newest):
            self.bundle.holds(root)
            for approval in approvals:
                approval.holds(self.bundle, root)
            keyids = [approval.envelope.signatures[0][0] for approval in approvals]
            require(root.quorum("approver", keyids), "threshold", f"too few approvers under version {root.version}")
        require(all(now < instant(approval.predicate["expires"]) for approval in approvals), "window", "an approval has expired")

    def named(self, names: list[str]) -> list[Approval]:
        found = [self.approvals[name][1] for name in names if name in self.approvals]
        require(len(found) == len(names) and not any(a.rejects for a in found), "approval", "an approval that was not received")
        return found

    def check_plan(self, plan: PlanChecked, now: int, newest: Root) -> None:
        """Once, before anything was sent, on approvals that were enough when it was signed and when it was recorded."""
        require(not (self.used or self.ended or self.plan_checked), "plan-checked", "the bundle was used up, or another plan was checked before")
        self.plan_checked = True
        kind, created = self.bundle.body["change"]["kind"], instant(plan.predicate["created"])
        require(kind not in ("schedule-deletion", "cancel-deletion", "revoke-grant", "acknowledge"), "plan-checked", f"no plan makes a {kind}")
        for root in self.counting(newest):
            plan.holds(self.bundle, root)
        require(plan.predicate["trust"] == newest.reference, "trust", "it names another root than the newest")
        require(created <= now + 300, "time", "it is dated after the entry that holds it")
        found = self.named(plan.predicate["approvals"])
        require(len({jcs(a.predicate["review"]) for a in found}) == 1, "review", "the approvals name different reviews")
        for moment in (created, now):
            self.may_go_on(found, moment, newest)

    def authorize(self, data: dict[str, Any], newest: Root) -> None:
        require(not self.ended, "life", "authorized after the end")
        require(not self.plan_checked, "plan-checked", "authorized after a plan was checked")
        found = self.named(data["approvals"])
        require({a.owner for a in found} == set(data["owners"]), "approval", "the owners are not those of the approvals")
        require(data["trust"] == newest.reference, "trust", "it names another root than the newest")
        require(all(a.predicate["review"] == data["review"] for a in found), "review", "the approvals name different reviews")
        local, aws = instant(data["clock"]["local"]), instant(data["clock"]["aws"])
        require(abs(local - aws) <= 300, "clock", "the clocks differ by more than 300 s")
        self.may_go_on(found, aws, newest)
        self.check_identity(data["identity"])
        self.authorized = found

    def check_identity(self, identity: dict[str, str]) -> None:
        target = self.bundle.body["target"]
        executor = EXECUTOR.fullmatch(target["executor"])
        assert executor is not None
        partition, account, kind, name = executor.groups()
        role = re.escape(f"arn:{partition}:sts::{account}:assumed-role/{name}/") + "[A-Za-z0-9_=,.@-]+"
        arn = role if kind == "role" else re.escape(target["executor"])
        require(identity["account"] == account and re.fullmatch(arn, identity["arn"]), "identity", "not the executor of the bundle")

    def follow(self, seq: int, kind: str, data: dict[str, Any], artifact: Callable[[str], bytes], newest: Root) -> None:
        require(not self.ended, "life", f"{kind} after the end")
        require(not self.plan_checked, "plan-checked", f"{kind} after a plan was checked")
        require(self.authorized is not None or kind.startswith("execution-"), "life", f"{kind} before execution-authorized")
        getattr(self, kind.replace("-", "_"))(seq, data, artifact, newest)

    def precondition_checked(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        self.preconditions[data["name"]] = data["result"]

    def expectation_checked(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        require(data["name"] in {e["kind"] for e in self.bundle.body["expectations"]}, "expectation", f"{data['name']} is not expected")
        require(self.open is None and len(self.done) == len(self.requests), "life", "an expectation before the last request")
        self.expectations[data["name"]] = data["result"]

    def request_intended(self, seq: int, data: dict[str, Any], artifact: Callable[[str], bytes], newest: Root) -> None:
        require(self.open is None or self.open["state"] == "intended", "life", "another request is under way")
        require(len(self.done) < len(self.requests), "life", "all requests are done")
        request = self.requests[len(self.done)]
        require(data["name"] == request["name"], "life", f"the next request is {request['name']}")
        self.attempts[data["name"]] += 1
        require(data["attempt"] == self.attempts[data["name"]], "attempt", "the attempts are not counted from 1")
        require("differs" not in self.preconditions.values(), "precondition", "a precondition differs")
        require(not (data["name"] == "create-key" and self.unknown_create), "life", "CreateKey again after an unknown outcome")
        same = data["service"] == request["service"] and data["target"] == request["target"] and data["pin"] == request["sha256"]
        require(same, "pin", "not the approved request")
        body = request["body"]
        for name in request["uses"]:
            body = body.replace('"{{%s}}"' % name, '"%s"' % self.binds.get(name, ""))
        require(artifact(data["body"]) == body.encode(), "body", "the body is not the approved one with its bound values")
        require(data["sent"] == pin(data["service"], data["target"], body), "pin", "the sent pin is not that of the body")
        region = re.escape(self.bundle.body["target"]["region"])
        usual = re.fullmatch(rf"https://{data['service']}(-fips)?\.{region}\.(amazonaws\.com(\.cn)?|api\.aws)", data["endpoint"])
        listed = all(data["endpoint"] in root.limits["endpoints"] for root in self.counting(newest))
        require(usual or listed, "endpoint", f"{data['endpoint']} is no endpoint that may be spoken to")
        self.open = {"intent": seq, "state": "intended", "request": request, "was_used": self.used}

    def outcome_of(self, data: dict[str, Any], *states: str) -> dict[str, Any]:
        """The request that is under way, if it is the one meant and in one of these states."""
        require(self.open and self.open["intent"] == data["intent"] and self.open["state"] in states, "life", f"no such request is {' or '.join(states)}")
        assert self.open is not None
        return self.open

    def send(self, seq: int, data: dict[str, Any], now: int, newest: Root) -> None:
        require(not self.ended, "life", "a send after the end")
        require(not self.plan_checked, "plan-checked", "a send after a plan was checked")
        request = self.outcome_of(data, "intended")
        request["state"], self.used, self.last_sent = "sent", True, seq
        self.may_go_on(self.authorized or [], now, newest)

    def finished(self, request: dict[str, Any], binds: dict[str, str]) -> None:
        wanted = set(request["request"]["binds"])
        require(set(binds) == wanted, "binds", f"it binds {sorted(binds)}, not {sorted(wanted)}")
        self.binds |= binds
        self.done.append(request["request"]["name"])

    def request_completed(self, seq: int, data: dict[str, Any], artifact: Callable[[str], bytes], _: Root) -> None:
        request, self.open = self.outcome_of(data, "sent"), None
        response = artifact(data["response"])
        self.finished(request, data["binds"])
        require(data["binds"].get("keyId") in (None, at_pointer(response, "KeyMetadata", "KeyId")), "binds", "the response gives another key id")

    def request_failed(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        request, self.open = self.outcome_of(data, "sent"), None
        if data["code"] == "not-sent":
            self.used = request["was_used"]

    def request_unknown(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        request = self.outcome_of(data, "sent")
        request["state"] = "unknown"
        self.unknown_create |= request["request"]["name"] == "create-key"

    def request_resolved(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        request, self.open = self.outcome_of(data, "unknown"), None
        if data["outcome"] == "applied":
            self.finished(request, data["binds"])
        else:
            require(not data["binds"], "binds", "what was not applied binds nothing")

    def end(self, data: dict[str, Any]) -> None:
        self.ended = True
        require(data["done"] == self.done, "life", f"done were {self.done}, not {data['done']}")
        target, key = self.bundle.body["target"], self.binds.get("keyId")
        place = f"arn:{target['partition']}:kms:{target['region']}:{target['account']}:key/"
        wanted = {"id": key, "arn": f"{place}{key}"} if key and KEY_ID.fullmatch(key) else None
        require(data.get("key") == wanted, "life", "it names another key than the one created")

    def execution_completed(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        self.end(data)
        require(self.authorized is not None and len(self.done) == len(self.requests), "life", "completed before all requests were done")
        for kind in {e["kind"] for e in self.bundle.body["expectations"]}:
            require(self.expectations.get(kind) in ("holds", "not-shown"), "expectation", f"completed, but {kind} does not hold")

    def execution_failed(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        self.end(data)
        require(self.open is None or self.open["state"] == "intended", "life", "failed with an open request")

    def execution_abandoned(self, seq: int, data: dict[str, Any], *_: Any) -> None:
        self.end(data)
        require(self.open is None or self.open["state"] != "sent", "life", "abandoned with a request of which nothing is known")

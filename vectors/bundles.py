# SPDX-License-Identifier: Apache-2.0
"""§4 and §5 of formats.md: bundles and approvals. Their form is checked once, what a trust root says of them under each root that counts."""
from __future__ import annotations

import re
from typing import Any

from changes import KINDS, derive
from signatures import Envelope
from strict import ACCOUNT, DIGEST, EXECUTOR, ID, ORIGIN, OWNER, REGION, Refused, between, digest, instant, jcs, parse, require, shape, shown
from trust import Root

REFERENCE = {"version": between(1), "digest": DIGEST}
REVIEW = {"version": between(0), "sha256": DIGEST}
BUNDLE = {
    "type": {"countersign/bundle/v1"}, "id": ID, "title": shown, "ticket": shown, "backout?": shown,
    "preparer": {"owner": OWNER, "keyid": DIGEST}, "created": instant, "notBefore": instant, "expires": instant, "trust": REFERENCE,
    "ledger": {"origin": ORIGIN, "size": between(1), "root": DIGEST},
    "target": {"partition": REGION, "account": ACCOUNT, "region": REGION, "executor": EXECUTOR}, "change": dict,
    "policy?": {"template?": {"name": shown, "digest": DIGEST}, "parameters?": dict, "digest": DIGEST, "document": str},
    "base?": {"digest": DIGEST, "document": str}, "waivers": [{"rule": shown, "pointer": shown, "reason": shown}],
    "requests": [dict], "expectations": [dict],
}
STATEMENT = {
    "_type": {"https://in-toto.io/Statement/v1"}, "predicateType": {"urn:countersign:approval:v1"},
    "subject": [{"name": ID, "digest": {"sha256": re.compile("[0-9a-f]{64}")}}],
    "predicate": {"decision": {"approve", "reject"}, "approver": OWNER, "reason": str, "review": REVIEW, "trust": REFERENCE,
                  "created": instant, "expires": instant},
}

PLAN_CHECKED = STATEMENT | {
    "predicateType": {"urn:countersign:plan-checked:v1"},
    "predicate": {"checker": OWNER, "plan": {"sha256": DIGEST}, "result": {"exact"}, "approvals": [DIGEST], "trust": REFERENCE, "created": instant,
                  "tool": str},
}


def within(body: dict[str, Any], now: int) -> bool:
    return instant(body["notBefore"]) <= now < instant(body["expires"])


class Bundle:
    """A bundle of sound form whose requests are those of its change."""

    def __init__(self, data: bytes) -> None:
        self.envelope = Envelope.read(data, "application/vnd.countersign.bundle+json")
        self.digest, self.body = self.envelope.digest, parse(self.envelope.payload)
        body = self.body
        shape(body, BUNDLE)
        kind = body["change"].get("kind")
        require(isinstance(kind, str) and kind in KINDS, "change", f"no change is called {kind!r}")
        shape(body["change"], {"kind": str} | KINDS[kind], "/change")
        require(instant(body["notBefore"]) < instant(body["expires"]), "window", "it closes before it opens")
        require(("policy" in body) == (kind in ("create-key", "put-key-policy")), "policy", f"a policy does (not) belong to {kind}")
        require("base" not in body or kind == "put-key-policy", "policy", f"a base does not belong to {kind}")
        for name in ("policy", "base"):
            if name in body:
                require(digest(body[name]["document"].encode()) == body[name]["digest"], "policy", f"the digest of {name} is another")
        if "template" in body.get("policy", {}):
            parse(body["policy"]["document"].encode())
        self.check_target()
        requests, expectations = derive(body["id"], body["change"], body.get("policy"))
        require(jcs(requests) == jcs(body["requests"]), "derivation", "the requests are not those of the change")
        require(jcs(expectations) == jcs(body["expectations"]), "derivation", "the expectations are not those of the change")

    def check_target(self) -> None:
        target, change = self.body["target"], self.body["change"]
        executor = EXECUTOR.fullmatch(target["executor"])
        require(executor and executor.groups()[:2] == (target["partition"], target["account"]), "target", "the executor is of another account")
        for member, service in (("key", "kms"), ("fromKey", "kms"), ("trail", "cloudtrail")):
            if member in change and not (change["kind"] == "attach-trail" and member == "key"):
                place = f"arn:{target['partition']}:{service}:{target['region']}:{target['account']}:"
                require(change[member].startswith(place), "target", f"{member} is outside of the target")

    def named_root(self, roots: list[Root]) -> Root:
        named = [root for root in roots if root.reference == self.body["trust"]]
        require(named, "trust", "the trust root that the bundle names is not in the chain")
        return named[0]

    def holds(self, root: Root) -> None:
        """Signed by its preparer and inside the limits, as this root has them."""
        body, target, limits = self.body, self.body["target"], root.limits
        keyid = root.one_signer(self.envelope, "preparer", body["preparer"]["owner"])
        require(keyid == body["preparer"]["keyid"], "signature", "signed by another key than the preparer's")
        require(target["partition"] == limits["partition"], "limits", f"the partition under version {root.version}")
        require(target["account"] in limits["accounts"], "limits", f"the account under version {root.version}")
        require(target["region"] in limits["regions"], "limits", f"the region under version {root.version}")
        require(body["change"]["kind"] in limits["operations"], "limits", f"the operation under version {root.version}")
        longest = instant(body["expires"]) - instant(body["notBefore"])
        require(longest <= limits["maxValiditySeconds"], "limits", f"the length of the window under version {root.version}")


class Approval:
    """An approval or a reject of sound form; `holds` checks it for a bundle under a root."""

    def __init__(self, data: bytes) -> None:
        self.envelope = Envelope.read(data, "application/vnd.in-toto+json")
        self.digest, self.body = self.envelope.digest, parse(self.envelope.payload)
        shape(self.body, STATEMENT)
        require(len(self.body["subject"]) == 1, "approval", "there is not exactly one subject")
        self.predicate: dict[str, Any] = self.body["predicate"]
        self.owner, self.rejects = self.predicate["approver"], self.predicate["decision"] == "reject"
        require(self.predicate["reason"] or not self.rejects, "approval", "a reject without a reason")
        require(instant(self.predicate["created"]) < instant(self.predicate["expires"]), "approval", "it expires before it is made")
        self.bundle = "sha256:" + self.body["subject"][0]["digest"]["sha256"]

    def holds(self, bundle: Bundle, root: Root) -> None:
        require(self.bundle == bundle.digest and self.body["subject"][0]["name"] == bundle.body["id"], "approval", "it is for another bundle")
        require(self.predicate["trust"] == bundle.body["trust"], "approval", "it names another trust root than the bundle")
        require(instant(self.predicate["expires"]) <= instant(bundle.body["expires"]), "approval", "it outlives the bundle")
        require(self.owner != bundle.body["preparer"]["owner"], "approval", "the preparer cannot approve")
        executors = root.owners("ledger", root.roles["ledger"]["keys"])
        require(root.limits["executorMayApprove"] or self.owner not in executors, "approval", "the executor cannot approve")
        root.one_signer(self.envelope, "approver", self.owner)

    def counts(self, bundle: Bundle, roots: list[Root]) -> None:
        """An approval holds under each root that counts, a reject under one of them."""
        refusals = []
        for root in roots:
            try:
                self.holds(bundle, root)
            except Refused as refusal:
                refusals.append(refusal)
        if refusals and (len(refusals) == len(roots) or not self.rejects):
            raise refusals[0]


class PlanChecked:
    """Somebody's word that a plan is what was approved (docs/formats/plan-checked.md); `holds` checks who says it, of which bundle, under a root."""

    def __init__(self, data: bytes) -> None:
        self.envelope = Envelope.read(data, "application/vnd.in-toto+json")
        self.digest, self.body = self.envelope.digest, parse(self.envelope.payload)
        shape(self.body, PLAN_CHECKED)
        self.predicate: dict[str, Any] = self.body["predicate"]
        named = self.predicate["approvals"]
        require(len(self.body["subject"]) == 1 and named and named == sorted(set(named)), "plan-checked", "its subject, or its approvals' order")

    def holds(self, bundle: Bundle, root: Root) -> None:
        subject = {"name": bundle.body["id"], "digest": {"sha256": bundle.digest.removeprefix("sha256:")}}
        require(self.body["subject"] == [subject], "plan-checked", "it is about another bundle")
        require(len(self.envelope.signatures) == 1, "signature", "there is not exactly one signature")
        roles = [role for role in ("preparer", "approver", "ledger") if self.envelope.signatures[0][0] in root.roles[role]["keys"]]
        require(roles, "role", f"signed by nobody who may check a plan in version {root.version}")
        root.one_signer(self.envelope, roles[0], self.predicate["checker"])

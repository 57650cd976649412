# SPDX-License-Identifier: Apache-2.0
"""§3 of formats.md: trust roots, their roles, and the chain from version 1."""
from __future__ import annotations

from collections import Counter
from typing import Iterable

from changes import KINDS
from signatures import Envelope, Key
from strict import ACCOUNT, DIGEST, ORIGIN, OWNER, REGION, URL, between, instant, parse, require, shape, shown

ROLE = {"keys": [DIGEST], "threshold": between(0)}
TRUST = {
    "type": {"countersign/trust/v1"}, "version": between(1), "origin": ORIGIN, "previous?": DIGEST, "created": instant, "expires": instant,
    "keys": (DIGEST, {"type": {"ed25519", "ecdsa-p256", "ssh"}, "public": str, "owner": OWNER, "comment?": shown, "name?": shown}),
    "roles": {"root": ROLE, "preparer": ROLE, "approver": ROLE, "ledger": ROLE, "witness": ROLE},
    "limits": {"partition": REGION, "accounts": [ACCOUNT], "regions": [REGION], "operations": [set(KINDS)], "endpoints": [URL],
               "maxValiditySeconds": between(1), "executorMayApprove": bool, "witnessBeforeSend": bool, "userVerification": bool},
}


class Root:
    """A trust root whose form and roles are sound; `accept` checks who signed it."""

    def __init__(self, data: bytes) -> None:
        self.envelope = Envelope.read(data, "application/vnd.countersign.trust+json")
        self.body = body = parse(self.envelope.payload)
        shape(body, TRUST)
        self.digest, self.version = self.envelope.digest, body["version"]
        self.reference = {"version": self.version, "digest": self.digest}
        self.roles, self.limits = body["roles"], body["limits"]
        self.keys = {keyid: Key.read(keyid, member) for keyid, member in body["keys"].items()}
        self.notes: list[str] = []
        require(instant(body["created"]) < instant(body["expires"]), "trust", "it expires before it is made")
        require(("previous" in body) == (self.version > 1), "trust", "`previous` stands in all versions but the first")
        require(len({(k.curve, k.point) for k in self.keys.values()}) == len(self.keys), "trust", "one public key stands twice")
        self.check_roles()

    def check_roles(self) -> None:
        held = Counter(keyid for role in self.roles.values() for keyid in role["keys"])
        require(set(held) == set(self.keys), "trust", "a key in no role, or a role with a key that is not there")
        least = {"root": 2, "approver": 2, "preparer": 1, "ledger": 1, "witness": 1 if self.limits["witnessBeforeSend"] else 0}
        for name, role in self.roles.items():
            listed = len(self.owners(name, role["keys"]))
            most = min(1, listed) if name in ("preparer", "ledger") else listed
            require(least[name] <= role["threshold"] <= most, "trust", f"the threshold of {name} cannot be {role['threshold']}")
            for keyid in role["keys"] if name in ("ledger", "witness") else []:
                require(held[keyid] == 1, "trust", f"a {name} key holds another role")
                require(self.keys[keyid].type == "ed25519", "trust", f"a {name} key that is not ed25519")
                require(name == "ledger" or self.keys[keyid].name, "trust", "a witness without a name")

    def owners(self, role: str, keyids: Iterable[str]) -> set[str]:
        """The distinct owners of those keys that are listed for the role."""
        return {self.keys[keyid].owner for keyid in keyids if keyid in self.roles[role]["keys"]}

    def quorum(self, role: str, keyids: Iterable[str]) -> bool:
        return len(self.owners(role, keyids)) >= max(1, self.roles[role]["threshold"])

    def one_signer(self, envelope: Envelope, role: str, owner: str) -> str:
        """The key id of the one signature: valid, and by a key that is listed for the role and belongs to the owner."""
        require(len(envelope.signatures) == 1, "signature", "there is not exactly one signature")
        keyid, signature = envelope.signatures[0]
        require(owner in self.owners(role, [keyid]), "role", f"{keyid} is no {role} key of {owner} in version {self.version}")
        valid = self.keys[keyid].verifies(envelope.pae, signature, self.limits["userVerification"])
        require(valid, "signature", f"the signature of {owner} is wrong")
        return keyid

    def accept(self, previous: Root | None) -> None:
        """Signed by its own root role, and by that of the version before."""
        links = [self, previous] if previous else [self]
        if previous:
            require(self.version == previous.version + 1, "trust", f"version {self.version} does not follow version {previous.version}")
            require(self.body.get("previous") == previous.digest, "trust", "`previous` names another root")
            require(self.body["origin"] == previous.body["origin"], "trust", "the origin changed")
        signers: set[str] = set()
        for keyid, signature in self.envelope.signatures:
            key = next((link.keys[keyid] for link in links if keyid in link.keys), None)
            if key is None or keyid in signers:
                self.notes.append(f"a signature by {keyid}, unknown or repeated, counts for nothing")
                continue
            verified_user = any(link.limits["userVerification"] for link in links)
            require(key.verifies(self.envelope.pae, signature, verified_user), "signature", f"the signature of {key.owner} is wrong")
            signers.add(keyid)
        for link in links:
            require(link.quorum("root", signers), "threshold", f"too few signatures for the root role of version {link.version}")


def chain(files: Iterable[bytes]) -> list[Root]:
    """All versions from 1 to the newest, given in any order."""
    roots = sorted((Root(data) for data in files), key=lambda root: root.version)
    require(roots and roots[0].version == 1, "trust", "the chain does not begin with version 1")
    roots[0].accept(None)
    for previous, root in zip(roots, roots[1:]):
        root.accept(previous)
    return roots

# SPDX-License-Identifier: Apache-2.0
"""The short reader of Countersign's files: one program, to read in one sitting, from formats.md (and docs/formats/plan-checked.md) alone.
read.py trust FILE [PREVIOUS…] | bundle FILE TRUST… | approval FILE BUNDLE TRUST… | ledger L.sqlite --genesis sha256:… [--since NOTE]
It prints one line, {"verdict":"verified" or "failed","findings":[…]}; failed (exit 1) is what has a finding of severity `error`.
It checks JSON, envelopes, signatures (ed25519, ecdsa-p256), key ids, roles, thresholds, chains of trust roots (from version 1, in a ledger
from its genesis), bundles (of create-key and put-key-policy), approvals, checked plans, a whole ledger, each bundle's life in it. It says
`not-covered` of other change kinds, ssh signatures, sends after a witness (errors: no verdict stands on what was not read), and of
cosignatures, triggers, views, indexes. It does not look at: the present time, pins of a trust root, hidden characters, forms of aliases and
tags, policies, review texts (`review-version-unknown`), sessions, clocks, endpoints, columns of tables, what else was answered, which
preconditions a change needs, one key given as two types, members that no rule here uses. `reader.py` is the thorough one."""
import argparse, base64, collections, contextlib, datetime, functools, hashlib, json, pathlib, re, sqlite3, sys, types
from cryptography.exceptions import InvalidSignature; from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
class NotCovered(Exception): pass
def need(condition, message):
    if not condition: raise ValueError(message)
class Report(list):
    def verdict(self): return "failed" if any(f["severity"] == "error" for f in self) else "verified"
    def add(self, severity, code, at, text): self.append({"severity": severity, "code": code, "at": at, "message": text[:300]})
    @contextlib.contextmanager
    def guard(self, at):        # what goes wrong inside is a finding, whatever it is, and the reader goes on after it
        try: yield
        except Exception as e: self.add("error", "not-covered" if isinstance(e, NotCovered) else "broken", at, f"{type(e).__name__}: {e}")
# --- §1, §2: bytes, JSON, shapes, envelopes, keys, signatures ---
def sha(raw): return "sha256:" + hashlib.sha256(raw).hexdigest()
def b64(text, url=False):
    plain = text.translate({45: "+", 95: "/"}) if url and not re.search("[+/]", text) else text
    return need(base64.b64encode(raw := base64.b64decode(plain, validate=True)).decode() == plain, "base64 is not canonical") or raw
def ordered(v):
    if type(v) is dict: return {k: ordered(v[k]) for k in sorted(v, key=lambda k: k.encode("utf-16-be"))}
    return [ordered(x) for x in v] if type(v) is list else v
def jcs(value): return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()     # raises for a lone surrogate
def strict(raw, canonical=True):
    def members(pairs): return need(len(dict(pairs)) == len(pairs), "a member name is there twice") or dict(pairs)
    def number(text): return int(text) if re.fullmatch("-?[0-9]{1,16}", text) and abs(int(text)) < 2 ** 53 else None     # not as it was
    value = json.loads(raw.decode(), object_pairs_hook=members, parse_int=number, parse_float=number, parse_constant=number)
    return need(len(raw) <= 4 << 20 and (jcs(value) == raw or not canonical), "JSON is not canonical, or larger than 4 MiB") or value
def fits(v, spec, at="document"):   # v, if it has the shape: {member: spec} (`name?`: optional), [spec], a type, a pattern, a test to call
    if isinstance(spec, dict):
        names = {n.rstrip("?"): s for n, s in spec.items()}
        need(type(v) is dict and {n for n in spec if n[-1] != "?"} <= set(v) <= set(names), f"{at}: a member is unknown or missing")
        for n in v: fits(v[n], names[n], f"{at}.{n}")
    elif isinstance(spec, list): [fits(x, spec[0], at) for x in fits(v, list, at)]
    elif isinstance(spec, (str, type)): need(type(v) is spec or type(spec) is type(v) is str and re.fullmatch(spec, v), f"{at}: not {spec}")
    else: spec(v, at)
    return v
def seconds(text): return datetime.datetime.strptime(text + "+0000", "%Y-%m-%dT%H:%M:%SZ%z").timestamp()
def time(v, at): seconds(fits(v, "[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z", at))
SHA, ORIGIN, OWNER = "sha256:[0-9a-f]{64}", "[a-z0-9._/-]{1,255}", "[a-z0-9][a-z0-9._@-]{0,63}"
UUID, ROOT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", {"version": int, "digest": SHA}
Envelope = collections.namedtuple("Envelope", "doc digest signatures pae")      # digest: of the payload; pae: what is signed
def parse(raw, kind, spec):
    envelope = {"payload": str, "payloadType": re.escape(kind), "signatures": [{"keyid": SHA, "sig": str}]}
    payload = b64((e := fits(strict(raw, canonical=False), envelope, "envelope"))["payload"], url=True)
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    return Envelope(fits(strict(payload), spec), sha(payload), [(s["keyid"], b64(s["sig"], url=True)) for s in e["signatures"]], pae)
def public(kind, text):
    if kind == "ssh": raise NotCovered("a signature by an ssh key is not read here")
    key, which = serialization.load_der_public_key(b64(text)), ed25519.Ed25519PublicKey if kind == "ed25519" else ec.EllipticCurvePublicKey
    same = b64(text) == key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return need(same and isinstance(key, which) and (kind == "ed25519" or key.curve.name == "secp256r1"), f"a bad {kind} key") or key
def good(key, signature, message):
    scheme = [ec.ECDSA(hashes.SHA256())] * (key["type"] == "ecdsa-p256")
    try: return public(key["type"], key["public"]).verify(signature, message, *scheme) is None
    except InvalidSignature: return False
def signer(env, root):
    [(keyid, signature)] = env.signatures
    return need(keyid in root["keys"] and good(root["keys"][keyid], signature, env.pae), "a wrong signature, or by an unknown key") or keyid
ROLES = {"root": 2, "preparer": 1, "approver": 2, "ledger": 1, "witness": 0}    # the least thresholds; §3: trust roots
KEY = {"type": "ed25519|ecdsa-p256|ssh", "public": str, "owner": OWNER, "comment?": str, "name?": str}
TRUST = "application/vnd.countersign.trust+json", {
    "type": "countersign/trust/v1", "version": int, "origin": ORIGIN, "previous?": SHA, "created": time, "expires": time,
    "keys": lambda keys, _: [fits(key, KEY) for name, key in fits(keys, dict).items() if fits(name, SHA)],
    "roles": {r: {"keys": [SHA], "threshold": int} for r in ROLES}, "limits": {
        "partition": str, "accounts": [str], "regions": [str], "operations": [str], "endpoints": [str], "maxValiditySeconds": int,
        "executorMayApprove": bool, "witnessBeforeSend": bool, "userVerification": bool}}
def owner(root, role, keyid): return root["keys"][keyid]["owner"] if keyid in root["roles"][role]["keys"] else None
def owners(root, role, keyids): return {owner(root, role, k) for k in keyids} - {None}
def reference(env): return {"version": env.doc["version"], "digest": env.digest}
def link(r, env, chain, genesis=False):         # adds to the chain what enough have signed, by its own root threshold and by the last one's
    t, old, signed = env.doc, chain[-1].doc if chain else env.doc, []
    need(t["version"] > 0 and ("previous" in t) == (t["version"] > 1) and t["created"] < t["expires"], "its version, previous, or times")
    for keyid, key in t["keys"].items():
        roles = {n for n in ROLES if keyid in t["roles"][n]["keys"]}
        need(sha(b64(key["public"])) == keyid and roles, "a key id is not the hash of its key, or a key has no role")
        need(not roles & {"ledger", "witness"} or len(roles) == 1 and key["type"] == "ed25519", "a ledger's or witness's key: role or type")
    for name, role in t["roles"].items():
        most = min(1 if name in ("preparer", "ledger") else 999, len(owners(t, name, role["keys"])))
        least = max(ROLES[name], name == "witness" and t["limits"]["witnessBeforeSend"])
        need(set(role["keys"]) <= set(t["keys"]) and least <= role["threshold"] <= most, f"{name}: an unknown key, or the threshold")
    follows = chain and [t["version"] - 1, t["previous"], t["origin"]] == [old["version"], chain[-1].digest, old["origin"]]
    need(follows or not chain and (t["version"] == 1 or genesis), "the chain does not reach version 1, or is broken here")
    for keyid, signature in env.signatures:
        key = t["keys"].get(keyid) or old["keys"].get(keyid)
        if not key or keyid in signed: r.add("note", "signature-ignored", f"trust version {t['version']}", f"unknown or repeated: {keyid}")
        else: need(good(key, signature, env.pae), f"a wrong signature by {keyid}"), signed.append(keyid)
    for x in (t, old): need(len(owners(x, "root", signed)) >= x["roles"]["root"]["threshold"], f"too few for version {x['version']}")
    chain.append(env)
def counting(bundle, chain):    # the roots that count: the one that the bundle names, which must be in the chain, and the newest
    own = [x.doc for x in chain if reference(x) == bundle["trust"]]
    return need(own, "the bundle's trust root is not in the chain") or own + [chain[-1].doc] * (chain[-1].doc is not own[0])
BUNDLE = "application/vnd.countersign.bundle+json", {    # --- §4, §5: bundles, approvals
    "type": "countersign/bundle/v1", "id": UUID, "title": str, "ticket": str, "backout?": str, "preparer": dict, "target": dict,
    "created": time, "notBefore": time, "expires": time, "trust": ROOT, "ledger": {"origin": ORIGIN, "size": int, "root": SHA},
    "change": dict, "policy?": dict, "base?": dict, "waivers": [dict], "requests": [dict], "expectations": [dict]}
def pin(*texts): return sha(b" ".join([b"countersign/request/v1"] + [b"%d %s" % (len(t.encode()), t.encode()) for t in texts]))
def request(operation, body, binds=(), uses=()):
    name, target, text = re.sub("(?<!^)([A-Z])", r"-\1", operation).lower(), "TrentService." + operation, jcs(body).decode()
    return dict(name=name, service="kms", target=target, body=text, sha256=pin("kms", target, text), binds=[*binds], uses=[*uses])
def derived(b):                 # requests and expectations: from id, target, change, policy and base alone
    c, policy = b["change"], {"kind": "key-policy", "digest": b["policy"]["digest"]}
    text = {"Policy": b["policy"]["document"], "BypassPolicyLockoutSafetyCheck": False}
    if c["kind"] == "put-key-policy": return [[request("PutKeyPolicy", text | {"KeyId": c["key"], "PolicyName": "default"})], [policy]]
    tags = [{"TagKey": k, "TagValue": v} for k, v in [("countersign:change", b["id"]), *ordered(c["tags"]).items()]]
    key = {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False, "Origin": "AWS_KMS"}
    return [[request("CreateKey", key | text | {"Description": c["description"], "Tags": tags}, binds=["keyId"]),
             request("EnableKeyRotation", {"KeyId": "{{keyId}}", "RotationPeriodInDays": c["rotationDays"]}, uses=["keyId"]),
             request("CreateAlias", {"AliasName": c["alias"], "TargetKeyId": "{{keyId}}"}, uses=["keyId"])],
            [{n[0].lower() + n[1:]: v for n, v in key.items()} | {"kind": "key-settings", "state": "Enabled"}, policy,
             {"kind": "rotation", "days": c["rotationDays"]}, {"kind": "alias", "name": c["alias"]}]]
def permitted(env, chain):      # who prepared it and what it may touch, under each root that counts
    b, by, t = env.doc, env.doc["preparer"], env.doc["target"]; span = seconds(b["expires"]) - seconds(b["notBefore"])
    for may, root in ((x["limits"], x) for x in counting(b, chain)):
        need(signer(env, root) == by["keyid"] and owner(root, "preparer", by["keyid"]) == by["owner"], "not by the preparer it names")
        place = t["partition"] == may["partition"] and t["account"] in may["accounts"] and t["region"] in may["regions"]
        need(place and b["change"]["kind"] in may["operations"] and span <= may["maxValiditySeconds"], "outside the limits")
def content(env, _):
    b, c, t = env.doc, env.doc["change"], env.doc["target"]
    for p in (b[n] for n in ("policy", "base") if n in b): need(sha(p["document"].encode()) == p["digest"], "a policy's digest is wrong")
    for q in b["requests"]: need(pin(q["service"], q["target"], q["body"]) == q["sha256"], f"the pin of {q['name']} is wrong")
    members = {"create-key": "alias description kind rotationDays tags", "put-key-policy": "key kind"}.get(c["kind"])
    if not members: raise NotCovered("the requests of this kind of change are not derived here")
    need(" ".join(sorted(c)) == members and b"{{" not in jcs(c) and ("base" not in b or "key" in c), "its change, or {{ in it")
    key, last = f"arn:{t['partition']}:kms:{t['region']}:{t['account']}:key/", max(b["notBefore"], b["created"])
    need(c.get("key", key).startswith(key) and last < b["expires"], "a key elsewhere, or it expires before it begins")
    need(jcs(derived(b)) == jcs([b["requests"], b["expectations"]]), "its requests or expectations are not those of its change")
def check_bundle(r, at, env, chain):
    for rule in (permitted, content):
        with r.guard(at): rule(env, chain)
APPROVAL = "application/vnd.in-toto+json", {
    "_type": "https://in-toto[.]io/Statement/v1", "subject": list, "predicateType": "urn:countersign:approval:v1", "predicate": {
        "decision": "approve|reject", "approver": OWNER, "reason": str, "review": dict, "trust": ROOT, "created": time, "expires": time}}
PLAN = APPROVAL[0], APPROVAL[1] | {"predicateType": "urn:countersign:plan-checked:v1", "predicate": {
    "checker": OWNER, "plan": {"sha256": SHA}, "result": "exact", "approvals": [SHA], "trust": ROOT, "created": time, "tool": str}}
def check_approval(r, at, env, bundle, chain):
    a, b, faults, roots = env.doc["predicate"], bundle.doc, [], counting(bundle.doc, chain)
    need(env.doc["subject"] == [{"name": b["id"], "digest": {"sha256": bundle.digest[7:]}}], "it is about another bundle")
    need(a["trust"] == b["trust"] and a["created"] < a["expires"] <= b["expires"], "its trust root or its times are not the bundle's")
    need(a["approver"] != b["preparer"]["owner"] and (a["reason"] or a["decision"] == "approve"), "by the preparer, or without a reason")
    for root in roots:
        barred = set() if root["limits"]["executorMayApprove"] else owners(root, "ledger", root["roles"]["ledger"]["keys"])
        try: need(owner(root, "approver", signer(env, root)) == a["approver"] not in barred, f"no approver in version {root['version']}")
        except ValueError as e: faults.append(e)
    if faults and (a["decision"] == "approve" or len(faults) == len(roots)): raise faults[0]        # one root is enough for a reject
    if at: r.add("warning", "review-version-unknown", at, "a review is not rendered here")
# --- §6: the ledger ---
ENTRY = {"actor": {"keyid": SHA, "owner": OWNER, "tool": str}, "bundle?": SHA, "data": dict, "seq": int, "time": time, "type": str}
def h(*parts): return hashlib.sha256(b"".join(parts)).digest()
def merkle(leaves):             # the root at every size
    roots, stack = [h()], []
    for n, leaf in enumerate(leaves, 1):
        stack.append(leaf)
        while n % 2 == 0: stack[-2:], n = [h(b"\1", *stack[-2:])], n // 2
        roots.append(functools.reduce(lambda right, left: h(b"\1", left, right), reversed(stack)))
    return roots
def tiles(row, level=0):        # full tiles alone at level 0, the last, partial one too above
    parts = [row[i:i + 256] for i in range(0, len(row), 256)]; rows = {(level, i): b"".join(p) for i, p in enumerate(parts) if level or len(p) == 256}
    return rows | tiles([merkle(p)[-1] for p in parts if len(p) == 256], level + 1) if row else rows
class Ledger:
    def __init__(self, r, db, genesis, since=None):
        self.r, self.chain, self.bundles, self.named, self.before, self.origin, signers, vouched = r, [], {}, set(), "", None, {}, 0
        with r.guard("schema"):
            marks = [db.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version", "integrity_check")]
            found = db.execute("SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
            for kind, name in found: kind == "table" or r.add("note", "not-covered", name, f"a {kind} beside the tables")
            tables, must = {n for kind, n in found if kind == "table"}, {"entries", "artifacts", "tiles", "checkpoints", "cosignatures"}
            need(marks == [0x4353474E, 1, "ok"] and tables == must and "index" not in dict(found), "not a ledger, or not its tables")
        entries, self.notes, stored = (dict(db.execute(f"SELECT * FROM {n} ORDER BY 1")) for n in ("entries", "checkpoints", "artifacts"))
        self.artifacts, rows = {f"sha256:{n.hex()}": raw for n, raw in stored.items()}, db.execute("SELECT level, idx, bytes FROM tiles")
        self.roots, size = merkle(leaves := [h(b"\0", raw) for raw in entries.values()]), len(entries)
        r.extra = {"size": size, "root": f"sha256:{self.roots[-1].hex()}"}
        with r.guard("entries"): need([*entries] == [*range(size)] and f"sha256:{leaves[0].hex()}" == genesis, "a gap, or another genesis")
        with r.guard("tiles"): need({(level, i): raw for level, i, raw in rows} == tiles(leaves), "not the tiles of these entries")
        with r.guard("checkpoints"): need(min(self.notes) > 0 and max(self.notes) == size, "the last one is not of exactly these entries")
        for i, raw in enumerate(entries.values()):
            force = self.chain[-1:]                                   # the root in force before it: with its successor where it brings one
            with r.guard(f"entry {i}"): self.entry(i, raw, force)
            signers[i + 1] = [x.doc["keys"][k] for x in force + self.chain[-1:] for k in x.doc["roles"]["ledger"]["keys"]]
            with r.guard(f"checkpoint {i + 1}"): i + 1 in self.notes and self.checkpoint(i + 1, self.notes[i + 1], signers, alone=True)
        with r.guard("artifacts"): need({n: sha(raw) for n, raw in self.artifacts.items()} == {n: n for n in self.named}, "not those named")
        with r.guard("since"): vouched = self.checkpoint(int(since.split(b"\n")[1]), since, signers) if since else 0
        if db.execute("SELECT 1 FROM cosignatures").fetchone(): r.add("warning", "not-covered", "cosignatures", "they are not read here")
        if vouched < size: r.add("warning", "unwitnessed-tail", f"entry {vouched}", "nobody outside vouches for the entries from here on")
    def checkpoint(self, size, raw, signers, alone=False):
        text, _, rest = raw.decode().partition("\n\n")
        need(text == f"{self.origin}\n{size}\n{base64.b64encode(self.roots[size]).decode()}", "not this ledger's origin, size and root")
        lines = [re.fullmatch(r"— (\S+) (\S+)", x) for x in rest.split("\n")[:-1]]
        need(rest.endswith("\n") and all(lines) and (len(lines) == 1 or not alone), "not a signed note, or more than one signature")
        [ours] = [b64(x[2]) for x in lines if x[1] == self.origin]
        hint = lambda k: h(f"{self.origin}\n\1".encode(), public(k["type"], k["public"]).public_bytes_raw())[:4]
        return need(any(ours[:4] == hint(k) and good(k, ours[4:], f"{text}\n".encode()) for k in signers[size]), "not by its key") or size
    def entry(self, i, raw, force):
        kind, d, bundle = (e := fits(strict(raw), ENTRY))["type"], e["data"], e.get("bundle")
        self.named |= {d[n] for n in ("envelope", "body", "response", "report") if n in d}
        if kind == "execution-authorized" and d["review"]["version"]: self.named.add(d["review"]["sha256"])
        before, self.before = self.before, max(self.before, e["time"])
        need(e["seq"] == i and before <= e["time"] and (kind == "genesis") == (i == 0), "its seq, its time, or a genesis here")
        need((bundle is None) == (bare := kind in ("genesis", "trust-updated", "reconciled")) or kind == "execution-refused", "its bundle")
        if "trust" in d and bare:
            env, self.origin = parse(self.artifacts[d["envelope"]], *TRUST), d.get("origin", self.origin)
            need(d["trust"] == reference(env) and (i or owner(env.doc, "ledger", d["ledgerKey"])), "not the envelope's trust root or key")
            link(self.r, env, self.chain, genesis=i == 0)
        need(e["actor"]["owner"] in [owner(x.doc, "ledger", e["actor"]["keyid"]) for x in force + self.chain[-1:]], "not by its key")
        if kind == "bundle-received":
            b = (env := parse(self.artifacts[d["envelope"]], *BUNDLE)).doc; ids = [s.bundle.doc["id"] for s in self.bundles.values()]
            need((env.digest, b["id"]) == (bundle, d["id"]) and b["id"] not in ids, "not the envelope's bundle, or a second one of its id")
            self.bundles[bundle] = types.SimpleNamespace(
                bundle=env, approvals={}, rejects=0, auth=None, differs=set(), tries=[], intent=None, state="", sends=0, unsure=False,
                done=[], binds={}, checked={}, ended=False, plan=False)
            check_bundle(self.r, f"entry {i}", env, self.chain); past, root = b["ledger"], f"sha256:{self.roots[b['ledger']['size']].hex()}"
            need((past["origin"], past["root"]) == (self.origin, root) and 1 <= past["size"] <= i, "made for another ledger or past")
        elif bundle and kind != "execution-refused": self.step(i, kind, e["time"], d, self.bundles[bundle])
    def gate(self, s, now):     # what must hold at an authorization, and again at every intent and every send
        b, newest, people = s.bundle.doc, self.chain[-1].doc, set()
        need(s.auth and not s.rejects, "not authorized, or rejected"), permitted(s.bundle, self.chain)
        need(b["notBefore"] <= now < min(b["expires"], newest["expires"]), "outside the bundle's window, or the newest root is over")
        for a, env in ((s.approvals[x].doc["predicate"], s.approvals[x]) for x in s.auth["approvals"]):
            check_approval(self.r, None, env, s.bundle, self.chain), people.add(a["approver"])
            need(a["decision"] == "approve" and now < a["expires"] and a["review"] == s.auth["review"], "an approval is over or different")
        enough = max(root["roles"]["approver"]["threshold"] for root in counting(b, self.chain))
        need(enough <= len(people) and people == set(s.auth["owners"]), "too few approvals, or owners that are not theirs")
    def step(self, i, kind, now, d, s):
        b, q = s.bundle.doc, (s.bundle.doc["requests"] + [None])[len(s.done)]           # q: the request whose turn it is, if one is left
        need(not (s.ended or s.plan) or kind == "approval-received", "something after the end, or after a plan was checked")
        s.auth = d if kind == "execution-authorized" else s.auth
        if kind in ("execution-authorized", "request-intended", "request-sent"): self.gate(s, now)
        if kind == "approval-received":
            a = (env := parse(self.artifacts[d["envelope"]], *APPROVAL)).doc["predicate"]; check_approval(self.r, f"entry {i}", env, s.bundle, self.chain)
            s.approvals[env.digest], s.rejects, said = env, s.rejects + (a["decision"] == "reject"), (d["payload"], d["keyid"])
            need(said == (env.digest, env.signatures[0][0]) and all(d[n] == a[n] for n in ("decision", "approver")), "not its envelope's")
        elif kind == "execution-authorized": need(d["trust"] == reference(self.chain[-1]), "not under the newest root")
        elif kind == "plan-checked":
            p, given = (env := parse(self.artifacts[d["envelope"]], *PLAN)).doc["predicate"], [s.approvals[n].doc["predicate"] for n in d["approvals"]]
            said, whose = [d[n] for n in ("payload", "keyid", "checker", "plan", "approvals")], ("preparer", "approver", "ledger")
            need(said == [env.digest, env.signatures[0][0], p["checker"], p["plan"]["sha256"], sorted({*p["approvals"]})], "not its envelope's")
            about, timely = [{"name": b["id"], "digest": {"sha256": s.bundle.digest[7:]}}], seconds(p["created"]) <= seconds(now) + 300
            need(env.doc["subject"] == about and p["trust"] == reference(self.chain[-1]) and timely and given and not s.sends, "other, or late")
            for x in counting(b, self.chain): need(p["checker"] in [owner(x, n, signer(env, x)) for n in whose], "by nobody who may check")
            s.auth, s.plan = d | {"review": given[0]["review"], "owners": [a["approver"] for a in given]}, True; self.gate(s, p["created"]), self.gate(s, now)
        elif kind == "precondition-checked": (s.differs.add if d["result"] == "differs" else s.differs.discard)(d["name"])
        elif kind == "expectation-checked": s.checked[d["name"]] = d["result"]
        elif kind == "request-intended":
            need(q and s.state in ("", "intended") and not s.differs, "nothing to send, a request is open, or a precondition differs")
            need(not any(o.sends and not o.ended for o in self.bundles.values() if o is not s), "another execution is open")
            s.intent, s.state, body, s.tries = i, "intended", q["body"], [*s.tries, q["name"]]
            for n in q["uses"]: body = body.replace(f'"{{{{{n}}}}}"', f'"{s.binds[n]}"')
            need(all(d[n] == q[n] for n in ("name", "service", "target")) and d["pin"] == q["sha256"], "not the approved request")
            need(d["attempt"] == s.tries.count(q["name"]), "not its next attempt")
            need(self.artifacts[d["body"]] == body.encode() and d["sent"] == pin(q["service"], q["target"], body), "not the approved body")
        elif kind == "request-sent":
            need(d["intent"] == s.intent and s.state == "intended" and not s.unsure, "not intended last, or CreateKey again")
            s.sends, s.state = s.sends + 1, "sent"
            if any(x["limits"]["witnessBeforeSend"] for x in counting(b, self.chain)): raise NotCovered("what a witness saw is not read")
            need(i == s.intent + 1 and i not in self.notes, "intended and sent are not one transaction")
        elif kind in ("request-completed", "request-failed", "request-unknown", "request-resolved"):
            need(d["intent"] == s.intent and s.state == ("unknown" if kind == "request-resolved" else "sent"), "not what is open")
            s.state = "unknown" if kind == "request-unknown" else ""
            s.unsure = q["name"] == "create-key" and (s.unsure or s.state == "unknown")     # CreateKey is never sent again after that
            s.sends -= d.get("code") == "not-sent"
            if kind == "request-completed" or d.get("outcome") == "applied":
                key = json.loads(self.artifacts[d["response"]])["KeyMetadata"] if d["binds"] and "response" in d else {}
                same = all(key.get(n[0].upper() + n[1:], v) == fits(v, f"{UUID}|mrk-[0-9a-f]{{32}}") for n, v in d["binds"].items())
                need(same and [*d["binds"]] == q["binds"], "binds something else than approved, or than the response gave")
                s.done, s.binds, s.checked, s.unsure = s.done + [q["name"]], s.binds | d["binds"], {}, False
        else:
            open_at = {"execution-completed": (), "execution-failed": (), "execution-abandoned": ("unknown",)}[kind]     # no other is left
            s.ended, held = True, all(s.checked.get(x["kind"]) in ("holds", "not-shown") for x in b["expectations"])
            need(d["done"] == s.done and s.state in ("", "intended", *open_at), "done is wrong, or a request is open")
            need(kind != "execution-completed" or s.auth and not q and held, "completed, but a request or an expectation is missing")
def load(path, spec): return parse(pathlib.Path(path).read_bytes(), *spec)
def read(words):                # the report for a command line
    p, r, chain = argparse.ArgumentParser(usage=__doc__), Report(), []
    p.add_argument("command", choices=["trust", "bundle", "approval", "ledger"]), p.add_argument("files", nargs="+")
    p.add_argument("--genesis"), p.add_argument("--since"); path, *others = (a := p.parse_args(words)).files
    roots = {"trust": a.files, "bundle": others, "approval": others[1:], "ledger": []}[a.command]
    with r.guard("trust"): [link(r, env, chain) for env in sorted((load(n, TRUST) for n in roots), key=lambda x: x.doc["version"])]
    with r.guard(path):
        if a.command == "ledger":
            need(not any(pathlib.Path(path + x).exists() for x in ("-wal", "-journal")), "a -wal or -journal beside it: not at rest")
            db = sqlite3.connect(pathlib.Path(path).resolve().as_uri() + "?mode=ro&immutable=1", uri=True)
            Ledger(r, db, a.genesis, pathlib.Path(a.since).read_bytes() if a.since else None)
        elif a.command == "trust": need(chain[-1].digest == load(path, TRUST).digest, "a newer version is given as a previous one")
        else:
            check_bundle(r, (bundle := others[0] if a.command == "approval" else path), (env := load(bundle, BUNDLE)), chain)
            if a.command == "approval": check_approval(r, path, load(path, APPROVAL), env, chain)
    return r
if __name__ == "__main__":
    print(json.dumps({"verdict": (report := read(sys.argv[1:])).verdict(), "findings": report, **getattr(report, "extra", {})}))
    sys.exit(report.verdict() == "failed")

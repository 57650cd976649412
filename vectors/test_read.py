# SPDX-License-Identifier: Apache-2.0
"""The short reader over the reference files: what is whole verifies, and one flipped bit in every 37th byte never does."""
import base64, contextlib, functools, hashlib, json, os, pathlib, sqlite3, subprocess, sys, unittest, unittest.mock
from cryptography.hazmat.primitives import serialization

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import read

VECTORS = pathlib.Path(os.environ.get("COUNTERSIGN_VECTORS") or HERE.parent.parent / "shared" / "vectors")
FILES = VECTORS / "reference"
V1, V2 = "trust-v1.json", "trust-v2.json"
CREATE, POLICY = "create-key.bundle.json", "put-key-policy.bundle.json"
WHOLE = {("trust", V1): 0, ("trust", V2, V1): 0, ("bundle", CREATE, V1): 0, ("bundle", CREATE, V1, V2): 0, ("bundle", POLICY, V1, V2): 0,
         ("approval", "create-key.alice.approve.json", CREATE, V1): 1, ("approval", "create-key.carol.approve.json", CREATE, V1): 1,
         ("approval", "put-key-policy.bob.approve.json", POLICY, V1, V2): 1,
         ("approval", "put-key-policy.carol.reject.json", POLICY, V1, V2): 1}

SWAP = """CREATE TEMP TABLE pair AS SELECT * FROM artifacts LIMIT 2;
    UPDATE artifacts SET bytes = (SELECT bytes FROM pair WHERE pair.sha256 != artifacts.sha256) WHERE sha256 IN (SELECT sha256 FROM pair)"""


def setUpModule():
    if not FILES.is_dir():
        raise unittest.SkipTest(f"no reference files in {FILES}: set COUNTERSIGN_VECTORS")
    good = functools.cache(lambda kind, public, *signed, good=read.good: good({"type": kind, "public": public}, *signed))
    read.good = lambda key, *signed: good(key["type"], key["public"], *signed)      # the same few signatures and times, thousands of times
    read.public, read.seconds = functools.cache(read.public), functools.cache(read.seconds)


def paths(words):
    return [words[0], *(str(FILES / w) for w in words[1:])]


@functools.cache
def whole(path):
    with open(path, "rb") as file:
        return file.read()


def codes(report, *but):
    return [f["code"] for f in report if f["code"] not in but]


def genesis():
    return (FILES / "genesis.txt").read_text().strip()


def flips(raw):
    """Copies of the bytes with one bit flipped in every 37th byte, another bit each time."""
    for n, at in enumerate(range(0, len(raw), 37)):
        yield at, raw[:at] + bytes([raw[at] ^ 1 << n % 8]) + raw[at + 1:]


class Files(unittest.TestCase):
    def test_whole(self):
        for words, warnings in WHOLE.items():
            with self.subTest(words):
                report = read.read(paths(words))
                self.assertEqual((report.verdict(), codes(report)), ("verified", ["review-version-unknown"] * warnings))

    def test_not_enough(self):
        for words in (("trust", V2), ("trust", V1, V2), ("bundle", POLICY, V1), ("bundle", POLICY, V2), ("bundle", CREATE, V2),
                      ("trust", CREATE), ("bundle", V1, V1), ("approval", "create-key.alice.approve.json", POLICY, V1, V2),
                      ("trust", "absent.json"), ("trust", "ledger.sqlite"), ("bundle", CREATE)):
            with self.subTest(words):
                self.assertEqual(read.read(paths(words)).verdict(), "failed")

    def test_not_covered(self):
        report = read.read(paths(("trust", "ssh-trust.json")))
        self.assertEqual((report.verdict(), codes(report)[0]), ("failed", "not-covered"))

    def test_flipped(self):
        """Each file as a command names it, and a previous version of a trust root."""
        for words, flipped in [*((words, 1) for words in WHOLE), (("trust", V2, V1), 2)]:
            command, name = paths(words), paths(words)[flipped]
            for at, bad in flips((FILES / words[flipped]).read_bytes()):
                with unittest.mock.patch.object(pathlib.Path, "read_bytes", lambda path: bad if str(path) == name else whole(str(path))):
                    self.assertEqual(read.read(command).verdict(), "failed", (words, at))

    def test_derivations(self):
        seen = 0
        for case in json.loads((FILES / "derivations.json").read_bytes()):
            if case["change"]["kind"] in ("create-key", "put-key-policy"):
                self.assertEqual(read.jcs(read.derived(case)), read.jcs([case["requests"], case["expectations"]]))
                seen += 1
        self.assertGreater(seen, 1)

    def test_json(self):
        for raw in (b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b"1.0", b"1e3", b"-0", b"NaN", b"9007199254740992", b"9" * 5000,
                    b'"\\ud800"', b'"\\u0041"',
                    b"\xef\xbb\xbf1", b'"\xff"', b"[" * 100000, b"", b"1 1", '{"\ue000":1,"\U00010000":1}'.encode()):
            with self.subTest(raw[:20]), self.assertRaises(Exception):
                read.strict(raw)
        for raw in (b'{"a":[1,-9007199254740991,true,null,"\\n\\u001f/"]}', '{"\U00010000":1,"\ue000":1}'.encode()):
            self.assertEqual(read.jcs(read.strict(raw)), raw)

    def test_command_line(self):
        def run(*words):
            done = subprocess.run([sys.executable, str(HERE / "read.py"), *words], capture_output=True)
            return done.returncode, json.loads(done.stdout)["verdict"], done.stdout.count(b"\n")
        self.assertEqual(run(*paths(("trust", V1))), (0, "verified", 1))
        self.assertEqual(run(*paths(("trust", V2))), (1, "failed", 1))


class Ledgers(unittest.TestCase):
    def setUp(self):
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.addCleanup(self.db.close)
        with contextlib.closing(sqlite3.connect(f"file:{FILES / 'ledger.sqlite'}?mode=ro&immutable=1", uri=True)) as source:
            source.backup(self.db)
        self.since = (FILES / "checkpoint-last.txt").read_bytes()

    def audit(self, since=True, start=None):
        report = read.Report()
        with report.guard("ledger"):
            read.Ledger(report, self.db, start or genesis(), self.since if since else None)
        return report

    def test_whole(self):
        for since in ("checkpoint-last.txt", "cosigned-checkpoint.txt", "checkpoint-22.txt", None):
            words = ["ledger", str(FILES / "ledger.sqlite"), "--genesis", genesis(), *(["--since", str(FILES / since)] if since else [])]
            report = read.read(words)
            tail = [] if since in ("checkpoint-last.txt", "cosigned-checkpoint.txt") else ["unwitnessed-tail"]
            self.assertEqual((report.verdict(), codes(report)), ("verified", ["review-version-unknown"] * 4 + tail))
            expected = json.loads((FILES / "expected.json").read_bytes())["ledger"]
            self.assertEqual(report.extra, {n: expected[n] for n in ("size", "root")})

    def test_witnessed(self):
        """What is not read is said, and is not called verified."""
        start = json.loads((FILES / "expected.json").read_bytes())["witnessed"]["genesis"]
        report = read.read(["ledger", str(FILES / "witnessed" / "ledger.sqlite"), "--genesis", start])
        self.assertEqual(report.verdict(), "failed")
        self.assertEqual({f["code"] for f in report if f["severity"] == "error"}, {"not-covered"})

    def test_another_past(self):
        self.assertEqual(self.audit(start="sha256:" + 64 * "0").verdict(), "failed")
        for at, bad in flips(self.since):
            self.since = bad
            self.assertEqual(self.audit().verdict(), "failed", at)

    def test_flipped(self):
        for table, name, column in (("entries", "seq", "bytes"), ("artifacts", "sha256", "bytes"), ("checkpoints", "size", "note")):
            for key, raw in self.db.execute(f"SELECT {name}, {column} FROM {table}").fetchall():
                for at, bad in flips(raw):
                    self.db.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", (bad, key))
                    self.assertEqual(self.audit().verdict(), "failed", (table, key, at))
                self.db.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", (raw, key))
        self.assertEqual(self.audit().verdict(), "verified")

    def test_changed(self):
        """Rows that are gone, moved or too many, and schemas that are not the format's."""
        for sql in ("DELETE FROM entries WHERE seq = 25", "DELETE FROM entries WHERE seq = 3", "UPDATE entries SET seq = 99 WHERE seq = 25",
                    "DELETE FROM entries", "DELETE FROM checkpoints WHERE size = 26", "DELETE FROM checkpoints", "DROP TABLE tiles",
                    "INSERT INTO checkpoints VALUES (0, x'00')", "INSERT INTO checkpoints SELECT 99, note FROM checkpoints WHERE size = 26",
                    "UPDATE checkpoints SET size = 27 WHERE size = 26", "INSERT INTO artifacts VALUES (zeroblob(32), x'00')", SWAP,
                    "DELETE FROM artifacts WHERE sha256 IN (SELECT sha256 FROM artifacts LIMIT 1)", "CREATE TABLE more (x)",
                    f"INSERT INTO artifacts VALUES (x'{hashlib.sha256(b'x').hexdigest()}', x'78')", "DROP TABLE cosignatures",
                    "INSERT INTO tiles VALUES (0, 0, zeroblob(32))", "PRAGMA user_version = 2", "PRAGMA application_id = 0",
                    "DROP TABLE entries; CREATE TABLE entries (seq, bytes); INSERT INTO entries VALUES ('x', 1.5), (NULL, NULL)",
                    "DROP TABLE checkpoints; CREATE TABLE checkpoints (size, note); INSERT INTO checkpoints VALUES ('x', 1.5)"):
            with self.subTest(sql):
                self.setUp()
                self.db.executescript(sql)
                self.assertEqual(self.audit().verdict(), "failed")

    def test_beside(self):
        self.db.executescript("CREATE VIEW v AS SELECT 1; CREATE TRIGGER t BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'no'); END")
        report = self.audit()
        self.assertEqual((report.verdict(), codes(report, "review-version-unknown")), ("verified", ["not-covered"] * 2))

    def test_tree(self):
        leaves = [read.h(b"\0", b"entry-%d" % i) for i in range(70000)]
        self.assertEqual([root.hex() for root in read.merkle(leaves[:300])], json.loads((FILES / "merkle.json").read_bytes())["roots"])
        rows = json.loads((FILES / "tiles-70000.json").read_bytes())["rows"]
        self.assertEqual({(row["level"], row["idx"]): (row["length"], row["sha256"]) for row in rows},
                         {at: (len(raw), hashlib.sha256(raw).hexdigest()) for at, raw in read.tiles(leaves).items()})

    def again(self, change, size=21):
        """The first bundle's ledger with its entries changed and everything written, hashed and signed again by the ledger's own key."""
        entries = [json.loads(raw) for raw, in self.db.execute("SELECT bytes FROM entries ORDER BY seq LIMIT ?", (size,))]
        origin, sizes = entries[0]["data"]["origin"], [n for n, in self.db.execute("SELECT size FROM checkpoints WHERE size <= ?", (size,))]
        entries = change(entries) or entries
        raws = [read.jcs(e | {"seq": n}) for n, e in enumerate(entries)]
        for table in ("entries", "checkpoints"):
            self.db.execute(f"DELETE FROM {table}")
        self.db.executemany("INSERT INTO entries VALUES (?, ?)", enumerate(raws))
        key = serialization.load_pem_private_key((FILES / "keys" / "exec.pem").read_bytes(), None)
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        roots = read.merkle([read.h(b"\0", x) for x in raws])
        for n in {*(n for n in sizes if n < len(raws)), len(raws)}:
            text = f"{origin}\n{n}\n{base64.b64encode(roots[n]).decode()}\n"
            signature = read.h(f"{origin}\n\1".encode(), raw)[:4] + key.sign(text.encode())
            note = f"{text}\n— {origin} {base64.b64encode(signature).decode()}\n".encode()
            self.db.execute("INSERT INTO checkpoints VALUES (?, ?)", (n, note))
        named = {e["data"][n] for e in entries for n in ("envelope", "body", "response") if n in e["data"]}
        for name, in self.db.execute("SELECT sha256 FROM artifacts").fetchall():
            if f"sha256:{name.hex()}" not in named:
                self.db.execute("DELETE FROM artifacts WHERE sha256 = ?", (name,))
        return self.audit(False)

    def test_signed_again(self):
        """A ledger whose own key signs something that may not be: the tree and the notes hold, the bundle's life does not."""
        def data(seq, **members): return lambda e: e[seq]["data"].update(members)
        def times(seq, time): return lambda e: [x.update(time=max(x["time"], time)) for x in e[seq:]] and None
        def swap(a, b): return lambda e: [*e[:a], e[b], *e[a + 1:b], e[a], *e[b + 1:]]
        def without(*seqs): return lambda e: [x for n, x in enumerate(e) if n not in seqs]
        self.assertEqual(self.again(lambda e: None).verdict(), "verified")
        zeros, carol = "sha256:" + 64 * "0", "sha256:40664e93b6fbc9dc3e5576bb79e33d265a119f1b9bf651cd4a6f717b281a8709"
        for name, change in {
                "one approval": data(4, approvals=[carol], owners=["carol"]), "one approval twice": data(4, approvals=[carol, carol]),
                "other owners": data(4, owners=["alice", "bob"]), "unknown approvals": data(4, approvals=[zeros, carol]),
                "not authorized": without(4), "approved after": swap(3, 4), "not received": without(1), "bundle after approval": swap(1, 2),
                "window over": times(7, "2026-11-27T11:00:00Z"), "time back": lambda e: e[12].update(time="2026-11-24T11:00:00Z"),
                "another review": data(4, review={"sha256": zeros, "version": 1}),
                "another root": data(4, trust={"version": 2, "digest": zeros}),
                "differs": data(5, result="differs"), "another pin": data(10, pin=zeros), "another sent pin": data(10, sent=zeros),
                "another body": lambda e: e[10]["data"].update(body=e[13]["data"]["body"]), "attempt 2": data(13, attempt=2),
                "another target": data(7, target="X"), "another order": lambda e: [*e[:10], *e[13:16], *e[10:13], *e[16:]],
                "not sent": without(8), "no outcome": without(9), "sent twice": lambda e: [*e[:9], e[8], *e[9:]],
                "binds another": data(9, binds={"keyId": "ded25d8b-061c-4933-9e3e-1a86bb8d3ae4"}), "binds nothing": data(9, binds={}),
                "differs after": data(18, result="differs"), "no expectation": without(17), "nothing done": data(20, done=[]),
                "early expectation": lambda e: [*e[:13], e[16], *e[13:16], *e[17:]], "after the end": lambda e: [*e, e[16]],
                "again": lambda e: [*e, e[4], e[7], e[8]], "another intent": data(11, intent=7), "genesis again": lambda e: [*e, e[0]],
                "another actor": lambda e: e[6]["actor"].update(owner="alice"), "another key": lambda e: e[6]["actor"].update(keyid=zeros),
                "unknown member": lambda e: e[6].update(more=1), "unknown type": lambda e: e[6].update(type="more"),
                "received twice": lambda e: [*e[:2], e[1], *e[2:]], "unknown end": lambda e: e[20].update(type="execution-ended"),
                "failed while open": lambda e: [*e[:9], e[20] | {"type": "execution-failed"}]}.items():
            with self.subTest(name):
                self.setUp()
                report = self.again(change)
                self.assertTrue([f for f in report if f["severity"] == "error" and f["at"].startswith("entry")], report)

    def test_vetoed(self):
        """The second bundle was rejected: were it authorized after that, it would show."""
        def authorize(e):
            more = {"trust": e[21]["data"]["trust"], "approvals": [e[23]["data"]["payload"]], "owners": ["bob"]}
            e[25].update(type="execution-authorized", data=e[4]["data"] | more)
        self.assertEqual(self.again(lambda e: None, size=26).verdict(), "verified")
        self.setUp()
        self.assertIn("rejected", json.dumps(self.again(authorize, size=26)))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""§6 and §7 of formats.md: Merkle trees (RFC 6962), tiles, signed notes, checkpoints and proofs (C2SP)."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from strict import ORIGIN, Refused, require, sha256, unbase64

LOG, WITNESS = 1, 4  # C2SP signature types: a log's own Ed25519, and cosignature/v1


def leaf(entry: bytes) -> bytes:
    return sha256(b"\0" + entry)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right)


def roots(leaves: list[bytes]) -> list[bytes]:
    """The roots of all sizes from 0 to that of the list."""
    found, peaks = [sha256(b"")], []
    for hash in leaves:
        peaks.append((1, hash))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (size, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * size, node(left, right)))
        root = peaks[-1][1]
        for _, left in reversed(peaks[:-1]):
            root = node(left, root)
        found.append(root)
    return found


def split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_root(hash: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that this path leads to (RFC 6962 §2.1.1)."""
    require(0 <= index < size and (size == 1) == (not path), "proof", "the path has another length")
    if size == 1:
        return hash
    half = split(size)
    if index < half:
        return node(inclusion_root(hash, index, half, path[:-1]), path[-1])
    return node(path[-1], inclusion_root(hash, index - half, size - half, path[:-1]))


def consistency_roots(old: int, new: int, path: list[bytes], old_root: bytes, whole: bool = True) -> tuple[bytes, bytes]:
    """The old and the new root that this path leads to (RFC 6962 §2.1.2)."""
    require(0 < old <= new and len(path) >= (0 if old == new and whole else 1), "proof", "the path has another length")
    if old == new:
        require(len(path) == (0 if whole else 1), "proof", "the path has another length")
        return (old_root, old_root) if whole else (path[0], path[0])
    half = split(new)
    if old <= half:
        before, after = consistency_roots(old, half, path[:-1], old_root, whole)
        return before, node(after, path[-1])
    before, after = consistency_roots(old - half, new - half, path[:-1], old_root, False)
    return node(path[-1], before), node(path[-1], after)


def tiles(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    """The rows of a ledger's tiles: full ones at level 0, above it the partial last ones too."""
    rows: dict[tuple[int, int], bytes] = {}
    level, hashes = 0, leaves
    while hashes:
        parts = [hashes[start:start + 256] for start in range(0, len(hashes), 256)]
        rows |= {(level, index): b"".join(part) for index, part in enumerate(parts) if level or len(part) == 256}
        hashes = [roots(part)[-1] for part in parts if len(part) == 256]
        level += 1
    return rows


def key_hash(name: str, kind: int, raw: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + raw)[:4]


@dataclass(frozen=True)
class Verifier:
    name: str
    kind: int
    raw: bytes

    @classmethod
    def read(cls, vkey: str) -> Verifier:
        name, hash, key = (vkey.strip().split("+", 2) + ["", ""])[:3]
        kind, raw = unbase64(key)[:1], unbase64(key)[1:]
        require(name and kind in (b"\1", b"\4") and len(raw) == 32, "vkey", "no Ed25519 verifier key of a log or a witness")
        require(hash == key_hash(name, kind[0], raw).hex(), "vkey", "its hash is another")
        return cls(name, kind[0], raw)

    @classmethod
    def read_all(cls, given: list[str]) -> list[Verifier]:
        """Each verifier key itself, or a file of some, one in a line."""
        texts = [text if "+" in text and not Path(text).exists() else Path(text).read_bytes().decode("utf-8", "replace") for text in given]
        keys = [cls.read(line) for text in texts for line in text.splitlines() if line.strip()]
        require(keys, "vkey", "there is no verifier key in it")
        return keys

    def verifies(self, text: bytes, blob: bytes) -> bool:
        if self.kind == WITNESS:
            text = b"cosignature/v1\ntime %d\n%s" % (int.from_bytes(blob[4:12], "big"), text)
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(blob[4:] if self.kind == LOG else blob[12:], text)
            return True
        except InvalidSignature:
            return False


def signature_line(line: str) -> tuple[str, bytes]:
    fields = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
    require(fields, "note", "a malformed signature line")
    assert fields is not None
    return fields[1], unbase64(fields[2])


@dataclass(frozen=True)
class Checkpoint:
    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes]]

    @classmethod
    def read(cls, data: bytes) -> Checkpoint:
        text, blank, lines = data.rpartition(b"\n\n")
        text += b"\n"
        try:
            body, signatures = text.decode().split("\n"), lines.decode().split("\n")
        except UnicodeDecodeError as error:
            raise Refused("note", str(error)) from error
        require(blank and len(body) == 4 and signatures.pop() == "" and signatures, "note", "no checkpoint of three lines and its signatures")
        require(ORIGIN.fullmatch(body[0]) and re.fullmatch("0|[1-9][0-9]{0,15}", body[1]), "note", "a malformed origin or size")
        root = unbase64(body[2])
        require(len(root) == 32, "note", "a root of another length")
        return cls(text, body[0], int(body[1]), root, [signature_line(line) for line in signatures])

    def signed_by_one(self, verifiers: list[Verifier]) -> None:
        """By one of the keys that a log has had. The one that left a signature is taken; which was in force when is for the ledger's audit."""
        left = {(name, blob[:4]) for name, blob in self.signatures}
        self.signed_by(next((key for key in verifiers if (key.name, key_hash(key.name, key.kind, key.raw)) in left), verifiers[0]))

    def signed_by(self, verifier: Verifier) -> None:
        hash = key_hash(verifier.name, verifier.kind, verifier.raw)
        own = [blob for name, blob in self.signatures if name == verifier.name and blob[:4] == hash]
        require(own, "note", f"no signature by {verifier.name}")
        require(all(verifier.verifies(self.text, blob) for blob in own), "note", f"the signature of {verifier.name} is wrong")


def read_proof(data: bytes) -> tuple[int, list[bytes], Checkpoint]:
    """A C2SP tlog-proof: the index, the path, and the checkpoint."""
    head, blank, note = data.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    require(blank and lines[0] == "c2sp.org/tlog-proof@v1" and len(lines) > 1, "proof", "no tlog-proof")
    index = re.fullmatch("index (0|[1-9][0-9]{0,15})", lines[1])
    require(index, "proof", "no index")
    assert index is not None
    path = [unbase64(line) for line in lines[2:]]
    require(all(len(hash) == 32 for hash in path), "proof", "a hash of another length")
    return int(index[1]), path, Checkpoint.read(note)

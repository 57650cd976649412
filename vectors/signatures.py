# SPDX-License-Identifier: Apache-2.0
"""§2 of formats.md: public keys, signatures (SSHSIG with FIDO flags included) and DSSE envelopes."""
from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from strict import DIGEST, Refused, digest, parse, require, sha256, shape, unbase64

# How many SSH strings stand in the public key blob of each type.
SSH_FIELDS = {b"ssh-ed25519": 2, b"ecdsa-sha2-nistp256": 3, b"sk-ssh-ed25519@openssh.com": 3, b"sk-ecdsa-sha2-nistp256@openssh.com": 4}


def strings(data: bytes, count: int) -> list[bytes]:
    """`count` SSH strings, and the rest of the bytes as one more."""
    found = []
    for _ in range(count):
        require(len(data) >= 4 and len(data) - 4 >= int.from_bytes(data[:4], "big"), "ssh", "cut short")
        end = 4 + int.from_bytes(data[:4], "big")
        found.append(data[4:end])
        data = data[end:]
    return [*found, data]


def ssh(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def ssh_integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


@dataclass(frozen=True)
class Key:
    type: str
    owner: str
    name: str | None
    public: bytes
    curve: str
    point: bytes
    format: bytes = b""
    application: bytes = b""

    @classmethod
    def read(cls, keyid: str, member: dict[str, Any]) -> Key:
        public = unbase64(member["public"])
        require(digest(public) == keyid, "key-id", f"{keyid} is not the hash of its key")
        try:
            fields = cls.ssh_fields(public) if member["type"] == "ssh" else cls.spki_fields(public, member["type"])
            key = cls(member["type"], member["owner"], member.get("name"), public, *fields)
            key.opened()
        except (ValueError, AttributeError) as error:
            raise Refused("key", f"{keyid}: {error}") from error
        return key

    @staticmethod
    def spki_fields(public: bytes, kind: str) -> tuple[str, bytes]:
        loaded: Any = serialization.load_der_public_key(public)
        plain = loaded.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        wanted = ed25519.Ed25519PublicKey if kind == "ed25519" else ec.EllipticCurvePublicKey
        require(plain == public and isinstance(loaded, wanted), "key", f"not the one DER form of an {kind} key")
        if kind == "ed25519":
            return "ed25519", loaded.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        require(isinstance(loaded.curve, ec.SECP256R1), "key", "another curve")
        return "p256", loaded.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    @staticmethod
    def ssh_fields(public: bytes) -> tuple[str, bytes, bytes, bytes]:
        format = strings(public, 1)[0]
        require(format in SSH_FIELDS, "key", "an SSH key of another type")
        fields = strings(public, SSH_FIELDS[format])
        is_p256 = b"ecdsa" in format
        require(fields[-1] == b"" and (not is_p256 or fields[1] == b"nistp256"), "key", "a malformed SSH key")
        application = fields[-2] if format.startswith(b"sk-") else b""
        return ("p256", fields[2], format, application) if is_p256 else ("ed25519", fields[1], format, application)

    def opened(self) -> Any:
        if self.curve == "ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(self.point)
        require(len(self.point) == 65 and self.point[0] == 4, "key", "not an uncompressed point")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)

    def verifies(self, message: bytes, signature: bytes, user_verification: bool = False) -> bool:
        try:
            if self.type == "ssh":
                message, signature = self.sshsig(message, signature, user_verification)
            if self.curve == "ed25519":
                self.opened().verify(signature, message)
            else:
                again = utils.encode_dss_signature(*utils.decode_dss_signature(signature))
                require(again == signature, "signature", "not the one DER form")
                self.opened().verify(signature, message, ec.ECDSA(hashes.SHA256()))
            return True
        except (InvalidSignature, ValueError, Refused):
            return False

    def sshsig(self, message: bytes, blob: bytes, user_verification: bool) -> tuple[bytes, bytes]:
        """The bytes that an SSHSIG blob signs, and the bare signature over them."""
        require(blob[:10] == b"SSHSIG\0\0\0\1", "ssh", "no SSHSIG of version 1")
        public, namespace, reserved, algorithm, inner, rest = strings(blob[10:], 5)
        require(public == self.public and namespace == b"countersign" and rest == b"", "ssh", "another key, another use, or bytes after the end")
        require(algorithm in (b"sha256", b"sha512"), "ssh", "another hash")
        message = b"SSHSIG" + ssh(namespace, reserved, algorithm, hashlib.new(algorithm.decode(), message).digest())
        format, signature, rest = strings(inner, 2)
        is_token = self.format.startswith(b"sk-")
        require(format == self.format and len(rest) == (5 if is_token else 0), "ssh", "another type of signature")
        if is_token:  # flags: 1 is presence (a touch), 4 verification (a PIN or a finger); then a counter of 4 bytes
            require(rest[0] & 1, "ssh", "nobody touched the token")
            require(rest[0] & 4 or not user_verification, "ssh", "the token verified nobody")
            message = sha256(self.application) + rest + sha256(message)
        if self.curve == "p256":
            *pair, _ = strings(signature, 2)
            r, s = (int.from_bytes(part, "big") for part in pair)
            require(ssh(ssh_integer(r), ssh_integer(s)) == signature, "ssh", "no proper integers")
            signature = utils.encode_dss_signature(r, s)
        return message, signature


@dataclass(frozen=True)
class Envelope:
    payload: bytes
    pae: bytes
    file_digest: str
    signatures: list[tuple[str, bytes]]

    @classmethod
    def read(cls, data: bytes, payload_type: str) -> Envelope:
        require(len(data) <= 4 << 20, "envelope", "longer than 4 MiB")
        members = parse(data, canonical=False)
        shape(members, {"payload": str, "payloadType": {payload_type}, "signatures": [{"keyid": DIGEST, "sig": str}]})
        payload, kind = unbase64(members["payload"], envelope=True), payload_type.encode()
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        return cls(payload, pae, digest(data), [(s["keyid"], unbase64(s["sig"], envelope=True)) for s in members["signatures"]])

    @property
    def digest(self) -> str:
        return digest(self.payload)

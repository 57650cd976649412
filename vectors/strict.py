# SPDX-License-Identifier: Apache-2.0
"""§1 of formats.md: canonical JSON, base64, time, text, and the shapes of documents. Everything is read whole or refused."""
from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from datetime import datetime
from typing import Any, Callable


class Refused(Exception):
    """Why something is not believed: a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def require(truth: object, code: str, message: str) -> None:
    if not truth:
        raise Refused(code, message)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def digest(data: bytes) -> str:
    return "sha256:" + sha256(data).hex()


def utf16(text: str) -> bytes:
    """The order of members: that of UTF-16 code units."""
    return text.encode("utf-16-be")


def jcs(value: Any) -> bytes:
    def ordered(v: Any) -> Any:
        if isinstance(v, dict):
            return {name: ordered(v[name]) for name in sorted(v, key=utf16)}
        return [ordered(x) for x in v] if isinstance(v, list) else v

    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def depth(value: Any) -> int:
    if not isinstance(value, (dict, list)):
        return 1
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


def parse(data: bytes, canonical: bool = True) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        require(len(dict(pairs)) == len(pairs), "json", "a member stands twice")
        return dict(pairs)

    def integer(text: str) -> int:
        require(len(text) <= 17 and abs(int(text)) < 2**53, "json", "an integer beyond ±(2^53−1)")
        return int(text)

    def refuse(text: str) -> None:
        raise Refused("json", f"{text} is no integer")

    try:
        value = json.loads(data.decode(), object_pairs_hook=members, parse_int=integer, parse_float=refuse, parse_constant=refuse)
        require(depth(value) <= 64, "json", "nested too deep")
        require(jcs(value) == data or not canonical, "json", "not the canonical form (RFC 8785)")
    except (ValueError, RecursionError) as error:
        raise Refused("json", str(error)) from error
    return value


def unbase64(text: str, envelope: bool = False) -> bytes:
    """Canonical base64; in envelopes the URL-safe alphabet too, never both in one string."""
    standard = text.translate({ord("-"): "+", ord("_"): "/"}) if envelope and not set("+/") & set(text) else text
    try:
        raw = base64.b64decode(standard, validate=True)
    except ValueError as error:
        raise Refused("base64", str(error)) from error
    require(base64.b64encode(raw).decode() == standard, "base64", "not canonical base64")
    return raw


def instant(text: Any) -> int:
    form = isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z", text)
    try:
        return int(datetime.fromisoformat((text if form else "")[:-1] + "+00:00").timestamp())
    except ValueError:
        raise Refused("time", f"{text!r} is no time") from None


FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5}  # Hangul and Khmer
SELECTORS = {*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


def hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Co"} or ord(character) in FILLERS | SELECTORS


def shown(text: Any) -> None:
    """A string that people read (§9): nothing in it is invisible."""
    require(isinstance(text, str) and not any(map(hidden, text)), "text", f"{text!r} is no string that can be shown")


def plain(text: Any) -> None:
    shown(text)
    require("{{" not in text, "text", "{{ stands in a text")


def tag(text: Any) -> None:
    plain(text)
    require(not text.startswith(("aws:", "countersign:")), "tag", f"the tag {text} is reserved")


def between(low: int, high: int = 2**53 - 1) -> Callable[[Any], None]:
    return lambda v: require(type(v) is int and low <= v <= high, "shape", f"{v!r} is not within {low} and {high}")


UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
ID = re.compile(UUID)
OWNER = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
ORIGIN = re.compile(r"[a-z0-9._/-]{1,255}")
ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z0-9-]+")
KEY_ID = re.compile(rf"{UUID}|mrk-[0-9a-f]{{32}}")
KEY = re.compile(rf"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{{12}}:key/({UUID}|mrk-[0-9a-f]{{32}})")
TRAIL = re.compile(r"arn:[a-z-]+:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[A-Za-z0-9._-]{3,128}")
EXECUTOR = re.compile(r"arn:([a-z-]+):iam::([0-9]{12}):(role|user)/(?:[!-~]+/)?([A-Za-z0-9_+=,.@-]{1,64})")
ALIAS = re.compile(r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}")
URL = re.compile(r"https://[a-z0-9.-]+(:[0-9]+)?|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")


def shape(value: Any, spec: Any, at: str = "") -> None:
    """Refuses what is not exactly of this form. A dict names all members ("x?" may be absent), [s] is a list, (k, s) a map,
    {…} a choice of strings, a type that type, a pattern or a function what it says."""
    if isinstance(spec, (dict, tuple)) or spec is dict:
        require(isinstance(value, dict), "shape", f"{at or '/'}: not an object")
    if isinstance(spec, dict):
        for name in value:
            require(name in spec or name + "?" in spec, "shape", f"{at}/{name}: unknown member")
        for name, part in spec.items():
            if name.rstrip("?") in value:
                shape(value[name.rstrip("?")], part, f"{at}/{name.rstrip('?')}")
            else:
                require(name.endswith("?"), "shape", f"{at}/{name}: missing")
    elif isinstance(spec, tuple):
        for name in value:
            shape(name, spec[0], at)
            shape(value[name], spec[1], f"{at}/{name}")
    elif isinstance(spec, list):
        require(isinstance(value, list), "shape", f"{at}: not a list")
        for index, part in enumerate(value):
            shape(part, spec[0], f"{at}/{index}")
            require(not isinstance(part, str) or part not in value[:index], "shape", f"{at}/{index}: stands twice")
    elif isinstance(spec, re.Pattern):
        require(isinstance(value, str) and spec.fullmatch(value), "shape", f"{at}: {value!r} has not the form {spec.pattern}")
    elif isinstance(spec, set):
        require(isinstance(value, str) and value in spec, "shape", f"{at}: {value!r} is none of {sorted(spec)}")
    elif isinstance(spec, type):
        require(type(value) is spec, "shape", f"{at}: not of type {spec.__name__}")
    else:
        spec(value)

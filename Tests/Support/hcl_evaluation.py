# SPDX-License-Identifier: Apache-2.0
"""A small evaluation of Terraform's expressions: the constructs that the exported modules and the one in policies/org-cloudtrail-key use, and no others.

python-hcl2 parses the files and hands expressions back as text; here they are read by the grammar of the HCL Native Syntax Specification and computed as
the Terraform language says. What is not known here is an error, never a guess.
"""
from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any, Callable

import hcl2

TOKEN = re.compile(r'\s*(?:(?P<number>\d+)|(?P<word>[A-Za-z_][A-Za-z0-9_-]*)|(?P<quote>")|(?P<sign>=>|==|!=|<=|>=|&&|\|\||[][(){}.,:?!<>=]))')
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def jsonencode(value: Any) -> str:
    """Terraform's: members by their names' bytes, no white space, and <, >, &, U+2028, U+2029 escaped (Go's encoding/json)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def regex(pattern: str, text: str) -> str:
    """RE2's `$` is the end of the text alone; Python's is also before a last line feed."""
    found = re.search(re.sub(r"\$(?=\)|$)", r"\\Z", pattern), text)
    if found is None:
        raise LookupError("no match")
    return found[0]


def distinct(values: list[Any]) -> list[Any]:
    return [value for at, value in enumerate(values) if value not in values[:at]]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "jsonencode": jsonencode, "jsondecode": json.loads, "regex": regex, "distinct": distinct, "length": len, "alltrue": all, "lower": str.lower,
    "concat": lambda *lists: [value for each in lists for value in each], "contains": lambda values, value: value in values,
    "startswith": str.startswith, "strcontains": lambda text, part: part in text, "floor": math.floor, "range": lambda low, high: list(range(low, high)),
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
}


class Expression:
    """One expression's text, computed while it is read; what is not chosen is read all the same and not computed."""

    def __init__(self, text: str, scope: dict[str, Any]) -> None:
        self.text, self.at, self.scope = text, 0, scope

    def whole(self) -> Any:
        value = self.conditional()
        if self.text[self.at:].strip():
            raise ValueError(f"not understood: {self.text[self.at:][:60]}")
        return value()

    def peek(self) -> str:
        found = TOKEN.match(self.text, self.at)
        return found[0].strip() if found else ""

    def take(self, *wanted: str) -> bool:
        found = TOKEN.match(self.text, self.at)
        if not found or found[0].strip() not in wanted:
            return False
        self.at = found.end()
        return True

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise ValueError(f"{wanted} is missing at: {self.text[self.at:][:60]}")

    def word(self) -> str:
        found = TOKEN.match(self.text, self.at)
        if not found or not found["word"]:
            raise ValueError(f"a name is missing at: {self.text[self.at:][:60]}")
        self.at = found.end()
        return found["word"]

    # Each reader gives a computation: `for` reads its body once and computes it for every element.
    def conditional(self) -> Callable[[], Any]:
        test = self.binary(0)
        if not self.take("?"):
            return test
        yes = self.conditional()
        self.need(":")
        no = self.conditional()
        return lambda: yes() if test() else no()

    LEVELS: list[dict[str, Callable[[Callable[[], Any], Callable[[], Any]], Any]]] = [
        {"||": lambda a, b: a() or b()},
        {"&&": lambda a, b: a() and b()},
        {"==": lambda a, b: a() == b(), "!=": lambda a, b: a() != b()},
        {"<=": lambda a, b: a() <= b(), ">=": lambda a, b: a() >= b(), "<": lambda a, b: a() < b(), ">": lambda a, b: a() > b()},
    ]

    def binary(self, level: int) -> Callable[[], Any]:
        if level == len(self.LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while (sign := self.peek()) in self.LEVELS[level]:
            self.need(sign)
            left = (lambda rule, a, b: lambda: rule(a, b))(self.LEVELS[level][sign], left, self.binary(level + 1))
        return left

    def unary(self) -> Callable[[], Any]:
        if self.take("!"):
            value = self.unary()
            return lambda: not value()
        value = self.term()
        while True:
            if self.take("."):
                value = (lambda inner, name: lambda: inner()[name])(value, self.word())
            elif self.take("["):
                index = self.conditional()
                self.need("]")
                value = (lambda inner, at: lambda: inner()[at()])(value, index)
            else:
                return value

    def term(self) -> Callable[[], Any]:
        sign = self.peek()
        if self.take("("):
            value = self.conditional()
            self.need(")")
            return value
        if sign == '"':
            return self.template()
        if self.take("["):
            return self.loop("]") if self.take("for") else self.items()
        if self.take("{"):
            return self.loop("}") if self.take("for") else self.members()
        if sign.isdigit():
            self.need(sign)
            return lambda: int(sign)
        name = self.word()
        if name in ("true", "false"):
            return lambda: name == "true"
        if self.take("("):
            arguments = []
            while not self.take(")"):
                arguments.append(self.conditional())
                self.take(",")
            return lambda: self.call(name, arguments)
        return lambda: self.scope[name]

    def call(self, name: str, arguments: list[Callable[[], Any]]) -> Any:
        if name == "can":
            try:
                arguments[0]()
            except LookupError:
                return False
            return True
        return FUNCTIONS[name](*[argument() for argument in arguments])

    def items(self) -> Callable[[], Any]:
        values = []
        while not self.take("]"):
            values.append(self.conditional())
            self.take(",")
        return lambda: [value() for value in values]

    def members(self) -> Callable[[], Any]:
        pairs = []
        while not self.take("}"):
            name = self.template() if self.peek() == '"' else (lambda text: lambda: text)(self.word())
            if not self.take("=", ":"):
                raise ValueError(f"a value is missing at: {self.text[self.at:][:60]}")
            pairs.append((name, self.conditional()))
            self.take(",")
        return lambda: {name(): value() for name, value in pairs}

    def loop(self, end: str) -> Callable[[], Any]:
        names = [self.word()]
        if self.take(","):
            names.append(self.word())
        self.need("in")
        source = self.conditional()
        self.need(":")
        key = None
        value = self.conditional()
        if self.take("=>"):
            key, value = value, self.conditional()
        test = self.conditional() if self.take("if") else lambda: True
        self.need(end)

        def run() -> Any:
            values, found, outer = source(), [], dict(self.scope)
            # Terraform goes through an object by its names' order; a list's index is its first name.
            pairs = sorted(values.items()) if isinstance(values, dict) else list(enumerate(values))
            for pair in pairs:
                self.scope.update(zip(names, pair if len(names) == 2 else pair[1:]))
                if test():
                    found.append((key() if key else None, value()))
            self.scope.clear()
            self.scope.update(outer)
            return dict(found) if key else [each for _, each in found]

        return run

    def template(self) -> Callable[[], Any]:
        self.need('"')
        pieces: list[Callable[[], Any]] = []
        while (sign := self.text[self.at]) != '"':
            if self.text.startswith("${", self.at):
                self.at += 2
                pieces.append(self.conditional())
                self.need("}")
                continue
            if sign == "\\":
                self.at += 1
                sign = ESCAPES[self.text[self.at]]
            elif self.text.startswith(("$${", "%{"), self.at):
                raise ValueError("template directives are not used")
            pieces.append((lambda text: lambda: text)(sign))
            self.at += 1
        self.at += 1
        return lambda: "".join(piece() for piece in pieces)


def evaluate(value: Any, scope: dict[str, Any]) -> Any:
    """What python-hcl2 made of an argument: nested lists and objects, with expressions as `"…"` and `${…}`."""
    if isinstance(value, dict):
        return {evaluate(name, scope) if name.startswith('"') else name: evaluate(member, scope) for name, member in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [evaluate(element, scope) for element in value]
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        return Expression(value[2:-1], scope).whole()
    return Expression(value, scope).whole() if isinstance(value, str) and value.startswith('"') else value


class Locals(dict[str, Any]):
    """Local values, each computed when it is asked for."""

    def __init__(self, source: dict[str, Any], variables: dict[str, Any], beside: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.source, self.scope = source, {**(beside or {}), "var": variables, "local": self}

    def __missing__(self, name: str) -> Any:
        self[name] = evaluate(self.source[name], dict(self.scope))
        return self[name]


class Module:
    """The variables and the local values of a folder's *.tf files."""

    def __init__(self, folder: Path) -> None:
        self.locals: dict[str, Any] = {}
        self.variables: dict[str, dict[str, Any]] = {}
        for file in sorted(folder.glob("*.tf")):
            with file.open() as text:
                parsed = hcl2.load(text)
            for block in parsed.get("locals", []):
                self.locals |= {name: value for name, value in block.items() if not name.startswith("__")}
            for block in parsed.get("variable", []):
                self.variables |= {json.loads(name): body for name, body in block.items() if not name.startswith("__")}

    def default(self, name: str) -> Any:
        return evaluate(self.variables[name]["default"], {})

    def with_values(self, given: dict[str, Any]) -> dict[str, Any]:
        """Given values and defaults. An unknown name is a KeyError, as is one that is missing."""
        return {name: given[name] if name in given else self.default(name) for name in self.variables | given if self.variables[name]}

    def refused(self, values: dict[str, Any]) -> list[str]:
        """The error messages of the validations that do not hold."""
        return [
            evaluate(validation["error_message"], {}) for name in self.variables for validation in self.variables[name].get("validation", [])
            if not evaluate(validation["condition"], {"var": values})
        ]

    def local(self, name: str, values: dict[str, Any]) -> Any:
        return Locals(self.locals, values)[name]

# SPDX-License-Identifier: Apache-2.0
"""Draws how `audit verify` grows with a ledger: time beside hashing and scanning the same bytes, and peak memory.

    plot.py GROWTH.json OUT.svg        GROWTH.json is what Tests/Benchmarks/run.sh leaves beside its results
"""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 860, 340, 70, 50, 46
PANEL = 330


def axis(values: list[float]) -> tuple[int, int]:
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def tick(power: int, unit: str) -> str:
    if unit == "entries":
        return {3: "1 k", 4: "10 k", 5: "100 k", 6: "1 M", 7: "10 M"}.get(power, f"10^{power}")
    return f"{10 ** power:g} {unit}"


class Panel:
    def __init__(self, left: int, title: str, sizes: list[int], low: float, high: float, steps: list[tuple[float, str]], log: bool) -> None:
        self.left, self.sizes, self.low, self.high, self.log = left, sizes, low, high, log
        first, last = axis([float(size) for size in sizes])
        self.first, self.last = first, max(last, first + 1)
        self.parts = [f'<text x="{left}" y="{TOP - 18}" class="title">{title}</text>']
        for value, label in steps:
            y = self.y(value)
            self.parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + PANEL}" y2="{y:.1f}" class="grid"/>')
            self.parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" class="label" text-anchor="end">{label}</text>')
        for power in range(self.first, self.last + 1):
            x = self.x(10**power)
            self.parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" class="label" text-anchor="middle">{tick(power, "entries")}</text>')
        self.parts.append(f'<text x="{left + PANEL / 2}" y="{HEIGHT - 10}" class="label" text-anchor="middle">entries in the ledger</text>')

    def x(self, size: float) -> float:
        return self.left + (math.log10(size) - self.first) / (self.last - self.first) * PANEL

    def y(self, value: float) -> float:
        if self.log:
            share = (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def line(self, values: list[float], name: str, kind: str, above: bool) -> None:
        points = [(self.x(size), self.y(value)) for size, value in zip(self.sizes, values)]
        self.parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" class="{kind}"/>')
        self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="{kind} dot"/>' for x, y in points]
        x, y = points[-2] if len(points) > 1 else points[-1]
        self.parts.append(
            f'<text x="{x + (-8 if above else 10):.1f}" y="{y + (-8 if above else 16):.1f}" class="label {kind}-name" '
            f'text-anchor="{"end" if above else "start"}">{name}</text>')


def main(source: str, target: str) -> None:
    with open(source) as stream:
        points = json.load(stream)
    sizes = [point["entries"] for point in points]
    ours = [point["microseconds"] / 1e6 for point in points]
    peer = [point["peerMicroseconds"] / 1e6 for point in points]
    memory = [point["peakKiB"] / 1024 for point in points]
    low, high = axis(ours + peer)
    time = Panel(LEFT, "time", sizes, 10.0**low, 10.0**high, [(10.0**p, tick(p, "s")) for p in range(low, high + 1)], True)
    time.line(ours, "audit verify", "ours", True)
    time.line(peer, "hash + scan alone", "peer", False)
    room = Panel(LEFT + PANEL + 90, "peak memory", sizes, 0, 72, [(value, f"{value} MiB") for value in range(0, 72, 16)], False)
    room.line(memory, "audit verify", "ours", True)
    limit = room.y(64)
    room.parts.append(f'<line x1="{room.left}" y1="{limit:.1f}" x2="{room.left + PANEL}" y2="{limit:.1f}" class="peer"/>')
    room.parts.append(f'<text x="{room.left + 4}" y="{limit - 6:.1f}" class="label peer-name">the limit</text>')
    style = (
        "text{font-family:sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}.label{font-size:12px}.grid{stroke:#ddd}"
        ".ours{stroke:#0b6e4f;stroke-width:2;fill:none}.peer{stroke:#8a5a00;stroke-width:1.5;stroke-dasharray:5 4;fill:none}"
        ".dot{fill:#fff;stroke-dasharray:none}.ours-name{fill:#0b6e4f}.peer-name{fill:#8a5a00}")
    with open(target, "w") as stream:
        stream.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
            f"<title>audit verify as a ledger grows</title><style>{style}</style>"
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(time.parts + room.parts) + "\n</svg>\n")


main(*sys.argv[1:])

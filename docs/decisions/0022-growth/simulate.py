# SPDX-License-Identifier: Apache-2.0
"""What a ledger costs as it grows to 10^9 entries of 1,000 accounts: writes growth.md and growth.svg beside this file.

    python3 docs/decisions/0022-growth/simulate.py [OUTPUT-FOLDER]

Standard library only, the same output each time. What is measured comes from measured.json (measure.py); the rest is a parameter below, with
its source. The file format: sqlite.org/fileformat2.html. The published log: docs/formats/published-log.md.
"""
from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEASURED = json.loads((HERE / "measured.json").read_text())

# Parameters. Prices: Amazon Web Services' public price pages of us-east-1 in 2026, US dollars; replace them by your own.
ACCOUNTS = 1_000
PUT, GET = 0.005 / 1000, 0.0004 / 1000  # a request: aws.amazon.com/s3/pricing, S3 Standard
S3_GB, EBS_GB = 0.023, 0.08  # a GB-month: the same page (first 50 TB); aws.amazon.com/ebs/pricing, gp3
ATHENA_TB = 5.0  # a TB scanned, at least 10 MB a query: aws.amazon.com/athena/pricing
GZIP = MEASURED["exported_bytes"] / MEASURED["zipped_bytes"]  # how much smaller exported entries get by gzip -6
SYNC = 1e-3  # seconds of a durable fdatasync on network storage (gp3's "single-digit milliseconds", at its best); 0.16 ms on docs/performance.md's machine
ENTRY_SECONDS = 1.05e-6  # audit verify and opening to write, a plain entry: 1,045 ms for a million (docs/performance.md)
CHANGE_SECONDS = 2.7e-3  # audit verify of one whole executed bundle (docs/performance.md)
EXECUTION_SECONDS = 30.0  # a ledger's one open execution: some 15 calls to AWS, and waiting until AWS shows what was done
PAGE, FRAME = 4096, 4096 + 24


def varint(value: int) -> int:
    return max(1, math.ceil(value.bit_length() / 7))


def record(*columns: int) -> int:
    """Bytes of a record whose columns have serial types of that width in the body: blobs of so many bytes (0: a rowid's alias)."""
    types = sum(1 if size == 0 else varint(12 + 2 * size) for size in columns)
    return 1 + types + sum(columns)


def cell(payload: int, rowid: int | None) -> tuple[int, int]:
    """A leaf cell's bytes in its page with its pointer, and the overflow pages behind it. No rowid: a table without one."""
    most = PAGE - 35 if rowid is not None else (PAGE - 12) * 64 // 255 - 23
    head = varint(payload) + (varint(rowid) if rowid is not None else 0) + 2
    if payload <= most:
        return head + payload, 0
    least = (PAGE - 12) * 32 // 255 - 23
    local = least + (payload - least) % (PAGE - 4)
    local = local if local <= most else least
    return head + local + 4, math.ceil((payload - local) / (PAGE - 4))


def appended(payloads: list[int], rows: int) -> float:
    """Pages of a table that only grows at its end: each leaf is filled until the next row does not fit (SQLite's balance_quick)."""
    leaves, free, overflow, rounds = 1, PAGE - 8, 0, 0
    sample = min(rows, 20 * len(payloads) if len(payloads) > 1 else 2_000)
    for row in range(sample):
        size, more = cell(payloads[row % len(payloads)], rows)
        overflow += more
        if size > free:
            leaves, free = leaves + 1, PAGE - 8
        free -= size
        rounds += 1
    leaves *= rows / sample
    return interior(leaves, 4 + varint(rows) + 2) + leaves + overflow * rows / sample


def interior(leaves: float, size: float) -> float:
    fan, above, level = (PAGE - 12) / size, 0.0, leaves
    while level > 1.5:
        level = math.ceil(level / fan)
        above += level
    return above


def tile_counts(entries: int) -> list[int]:
    """Tiles of each level: full ones at level 0, with the partial last one above (formats.md §6)."""
    counts, level = [entries >> 8], entries >> 8
    while level:
        counts.append(math.ceil(level / 256))
        level >>= 8
    return counts


class Ledger:
    """The file of a ledger of whole changes, in pages."""

    def __init__(self, changes: int, fill: float) -> None:
        self.changes = changes
        self.entries = 1 + changes * len(MEASURED["entry"])
        self.entry_pages = appended([record(0, size) for size in MEASURED["entry"]], self.entries)
        notes = changes * MEASURED["notes_per_change"] + 1
        self.note_pages = appended([record(0, MEASURED["note"] + len(str(self.entries)) - 3)], notes)
        cells = [cell(record(32, size), None) for size in per_change()]
        local = sum(size for size, _ in cells) * changes
        leaves = local / ((PAGE - 8) * fill)
        self.artifact_pages = leaves + interior(leaves, local / (len(cells) * changes)) + sum(more for _, more in cells) * changes + 1
        self.tile_pages = tile_pages(sum(tile_counts(self.entries)))
        self.pages = self.entry_pages + self.note_pages + self.artifact_pages + self.tile_pages + 4
        self.bytes = self.pages * PAGE

    @property
    def depth(self) -> int:
        """Pages from the root of `entries` to a row."""
        return 1 + max(0, math.ceil(math.log(max(self.entry_pages, 2), 370)))

    @property
    def proof_pages(self) -> int:
        """Pages that one inclusion proof reads: a tile (three pages and its path) a level, and up to 255 entries of the last tile."""
        levels = max(1, math.ceil(math.log(self.entries, 256)))
        return levels * (3 + self.depth) + math.ceil(255 / 7) + self.depth

    @property
    def open_seconds(self) -> float:
        return self.entries * ENTRY_SECONDS

    @property
    def audit_seconds(self) -> float:
        return self.open_seconds + self.changes * CHANGE_SECONDS


def per_change() -> list[int]:
    """Artifacts of one change: those that the second one brought. What all share stands once."""
    return MEASURED["artifacts"]


def calibrated() -> float:
    """How full the artifacts' leaves are (their keys are hashes, so they split in the middle): from the smaller two ledgers alone."""
    fills = [sum(cell(record(32, size), None)[0] for size in per_change()) * made["changes"] / made["pages"]["artifacts"]["leaf"] / (PAGE - 8)
             for made in MEASURED["changes"][:2]]
    return sum(fills) / len(fills)


def validation(fill: float) -> list[tuple[str, float, float]]:
    """The model against ledgers that it was not calibrated with."""
    def pages(made: dict, table: str) -> int:
        return sum(count for kind, count in made["pages"][table].items() if kind != "rows")
    big, model = MEASURED["changes"][2], Ledger(MEASURED["changes"][2]["changes"], fill)
    rows = [("36 changes: pages of entries", model.entry_pages, pages(big, "entries")), ("36 changes: pages of checkpoints", model.note_pages, pages(big, "checkpoints")),
            ("36 changes: pages of artifacts", model.artifact_pages, pages(big, "artifacts")), ("36 changes: bytes of the file", model.bytes, big["pages"]["file"]["bytes"])]
    small, middle = (made["files"] for made in MEASURED["changes"][:2])
    rows.append(("files that a change adds to a published folder", Publication(model).new, (middle - small) / 6))
    refusals = MEASURED["refusals"][1]
    count, notes = refusals["entries"], refusals["pages"]["checkpoints"]["rows"]
    note = refusals["note_bytes"] / notes
    tiles = sum(tile_counts(count))
    rows += [("20,000 refusals: pages of entries", appended([record(0, size) for size in refusals["entry"]], count), pages(refusals, "entries")),
             ("20,000 refusals: pages of checkpoints", appended([record(0, round(note))], notes), pages(refusals, "checkpoints")),
             ("20,000 refusals: tiles", tiles, refusals["pages"]["tiles"]["rows"]),
             ("20,000 refusals: pages of tiles", tile_pages(tiles), pages(refusals, "tiles"))]
    return rows


def tile_pages(tiles: int) -> float:
    size, more = cell(record(1, 2, 8192), None)
    return tiles * more + tiles * size / (PAGE - 8) / 0.9 + 2


class Publication:
    """What is published after each change, in requests (docs/formats/published-log.md)."""

    def __init__(self, ledger: Ledger) -> None:
        notes, artifacts = MEASURED["notes_per_change"], len(per_change())
        # For each checkpoint a part of the entries, of the checkpoints and of the tile at level 0; what is full once in 256 entries.
        self.new = artifacts + 3 * notes + 3 * len(MEASURED["entry"]) / 256 + 1
        # With --compare-all what is there already is put again, refused by its name and read (decision 17): everything full, and all artifacts.
        self.again = artifacts * ledger.changes + 2 * ledger.entries / 256 + sum(tile_counts(ledger.entries))
        # Superseded parts stay in S3: each is half a tile, half a bundle of entries, half a bundle of checkpoints on average.
        mean = sum(MEASURED["entry"]) / len(MEASURED["entry"])
        parts = notes * ledger.changes
        self.parts_bytes = parts * 128 * (32 + mean + MEASURED["note"] * notes / len(MEASURED["entry"]))
        self.full_bytes = ledger.entries * (mean + 2 + 32 * 1.004) + sum(per_change()) * ledger.changes + parts * MEASURED["note"]

    def dollars_a_change(self, everything: bool) -> float:
        return self.new * PUT + (self.again * (PUT + GET) if everything else 0)


def waiting(ledgers: int, changes_a_day: float, days: int = 20) -> float:
    """Seconds that 95 of 100 changes wait at most for their ledger to be free: one execution is open at a time in each (formats.md §6)."""
    source = random.Random(22)
    free, waits = [0.0] * ledgers, []
    clock, rate = 0.0, changes_a_day / 86_400
    while clock < days * 86_400:
        # Three quarters of all changes in the eight hours of an office's day.
        hour = clock / 3600 % 24
        clock += source.expovariate(rate * (2.25 if 9 <= hour < 17 else 0.375))
        ledger = source.randrange(ledgers)
        start = max(clock, free[ledger])
        free[ledger] = start + EXECUTION_SECONDS * source.uniform(0.5, 1.5)
        waits.append(start - clock)
    return sorted(waits)[int(len(waits) * 0.95)]


def words(seconds: float) -> str:
    if seconds == 0:
        return "nothing"
    for limit, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= limit:
            return f"{seconds / limit:.3g} {unit}"
    return f"{seconds * 1000:.3g} ms"


def size(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def money(value: float) -> str:
    return f"${value:,.0f}" if value >= 100 else f"${value:.3g}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]) + "\n"


def tables(fill: float) -> str:
    per = len(MEASURED["entry"])
    calls, exported = MEASURED["calls"], MEASURED["exported_bytes"] / MEASURED["exported_entries"]
    text = "The model against ledgers that it was not calibrated with (calibrated: 6 and 12 changes):\n\n"
    text += table(["", "model", "measured", "off by"], [[name, f"{model:,.0f}", f"{real:,.0f}", f"{model / real - 1:+.1%}"] for name, model, real in validation(fill)])
    text += "\nOne ledger of whole changes, each of {} entries and {} checkpoints, by its size:\n\n".format(per, MEASURED["notes_per_change"])
    rows = []
    for exponent in range(3, 10):
        ledger = Ledger(10 ** exponent // per, fill)
        published = Publication(ledger)
        appended_bytes = calls["wal_bytes"] / MEASURED["notes_per_change"] + max(0, ledger.depth - 2) * FRAME / 7
        rows.append([f"10^{exponent}", size(ledger.bytes), f"{appended_bytes / 1000:.1f} KB, {words(SYNC)}", f"{ledger.proof_pages}", words(ledger.open_seconds), words(ledger.audit_seconds),
                     f"{published.new:.0f}", size_of(published.again), money(published.dollars_a_change(False)), money(published.dollars_a_change(True)),
                     money(ledger.bytes / 1e9 * EBS_GB), money((published.full_bytes + published.parts_bytes) / 1e9 * S3_GB),
                     money(max(1e7, ledger.entries * exported / GZIP) / 1e12 * ATHENA_TB)])
    text += table(["entries", "file", "append: -wal, sync", "proof: pages", "open to write", "audit", "publish: new objects", "again with --compare-all",
                   "a change to S3", "with --compare-all", "disk a month", "S3 a month", "Athena, one scan"], rows)
    text += f"\n{ACCOUNTS:,} accounts, and one execution of {EXECUTION_SECONDS:.0f} s open at a time in a ledger; what 95 of 100 changes wait at most:\n\n"
    rows = []
    for daily in (0.1, 0.5, 1, 2, 4):
        years = 1e9 / (daily * ACCOUNTS * per * 365)
        rows.append([f"{daily:g}", f"{daily * ACCOUNTS * per:,.0f}", f"{years:,.0f}", *(words(waiting(count, daily * ACCOUNTS)) for count in (1, 4, 16))])
    text += table(["changes an account a day", "entries a day", "years to 10^9", "1 ledger", "4 ledgers", "16 ledgers"], rows)
    return text


def size_of(count: float) -> str:
    return f"{count:,.0f}" if count < 1e6 else f"{count / 1e6:,.3g} M"


class Panel:
    """A chart with logarithmic axes of decades."""

    def __init__(self, at: tuple[int, int], title: str, unit: str, low: int, high: int, ticks: dict[int, str]) -> None:
        self.x, self.y, self.low, self.high = at[0], at[1], low, high
        self.parts = [f'<text x="{at[0]}" y="{at[1] - 30}" class="title">{title}</text>', f'<text x="{at[0]}" y="{at[1] - 12}" class="unit">{unit}</text>']
        for exponent in range(2, 10):
            x = self.across(exponent)
            self.parts.append(f'<line x1="{x:.1f}" y1="{self.y}" x2="{x:.1f}" y2="{self.y + 220}" class="grid"/><text x="{x:.1f}" y="{self.y + 238}" class="tick" text-anchor="middle">10<tspan dy="-5" class="power">{exponent}</tspan></text>')
        self.parts.append(f'<text x="{self.x + 180}" y="{self.y + 258}" class="unit" text-anchor="middle">entries in one ledger</text>')
        for exponent, label in ticks.items():
            y = self.up(10.0 ** exponent)
            self.parts.append(f'<line x1="{self.x}" y1="{y:.1f}" x2="{self.x + 360}" y2="{y:.1f}" class="grid"/><text x="{self.x - 8}" y="{y + 4:.1f}" class="tick" text-anchor="end">{label}</text>')

    def across(self, exponent: float) -> float:
        return self.x + 10 + (exponent - 2) / 7 * 340

    def up(self, value: float) -> float:
        return self.y + 220 * (1 - (math.log10(max(value, 1e-12)) - self.low) / (self.high - self.low))

    def line(self, values: list[float], color: str, label: str, row: int) -> None:
        points = " ".join(f"{self.across(2 + at):.1f},{self.up(value):.1f}" for at, value in enumerate(values))
        self.parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        y = self.y + 284 + row * 20
        self.parts.append(f'<line x1="{self.x}" y1="{y - 4}" x2="{self.x + 24}" y2="{y - 4}" stroke="{color}" stroke-width="2.5"/><text x="{self.x + 32}" y="{y}" class="tick">{label}</text>')

    def dot(self, entries: float, value: float) -> None:
        self.parts.append(f'<circle cx="{self.across(math.log10(entries)):.1f}" cy="{self.up(value):.1f}" r="4.5" fill="white" stroke="#111" stroke-width="1.8"/>')


def picture(fill: float) -> str:
    per = len(MEASURED["entry"])
    ledgers = [Ledger(10 ** exponent // per, fill) for exponent in range(2, 10)]
    published = [Publication(ledger) for ledger in ledgers]
    exported = MEASURED["exported_bytes"] / MEASURED["exported_entries"]
    blue, red, green = "#1f5fa8", "#c2410c", "#15803d"
    storage = Panel((110, 110), "Storage", "bytes", 5, 14, {5: "100 KB", 6: "1 MB", 8: "100 MB", 10: "10 GB", 12: "1 TB", 14: "100 TB"})
    storage.line([ledger.bytes for ledger in ledgers], blue, "the SQLite file (circles: measured)", 0)
    storage.line([part.full_bytes for part in published], green, "published, full tiles and artifacts", 1)
    storage.line([part.full_bytes + part.parts_bytes for part in published], red, "published to S3 after each change, parts kept", 2)
    for made in MEASURED["changes"]:
        storage.dot(1 + made["changes"] * per, made["pages"]["file"]["bytes"])
    time = Panel((610, 110), "Time", "of one command", -4, 6, {-4: "0.1 ms", -2: "10 ms", 0: "1 s", 2: "100 s", 4: "2.8 h", 6: "12 d"})
    time.line([ledger.audit_seconds for ledger in ledgers], red, "audit verify", 0)
    time.line([ledger.open_seconds for ledger in ledgers], "#7c3aed", "open to write: all is read", 3)
    time.line([SYNC] * 8, blue, "one durable append (1 ms a sync)", 1)
    time.line([ledger.proof_pages * 1e-4 for ledger in ledgers], green, "one proof, cold (0.1 ms a page read)", 2)
    once = Panel((110, 540), "Publication to S3", "requests after one change", 1, 9, {1: "10", 3: "thousand", 5: "100 thousand", 7: "10 million", 9: "billion"})
    once.line([part.new + 2 * part.again for part in published], red, "with --compare-all: all is put again, and compared", 0)
    once.line([part.new for part in published], blue, "as published: what is new", 1)
    cost = Panel((610, 540), "Cost", "US dollars", -6, 4, {-6: "0.000001", -4: "0.0001", -2: "0.01", 0: "1", 2: "100", 4: "10 thousand"})
    cost.line([part.dollars_a_change(True) for part in published], red, "publishing one change with --compare-all", 0)
    cost.line([(part.full_bytes) / 1e9 * S3_GB for part in published], green, "S3 a month, full tiles and artifacts", 1)
    cost.line([max(1e7, ledger.entries * exported / GZIP) / 1e12 * ATHENA_TB for ledger in ledgers], blue, "Athena, one scan of all entries, gzipped", 2)
    style = "text{font-family:Helvetica,Arial,sans-serif;fill:#111}.head{font-size:19px;font-weight:bold}.title{font-size:16px;font-weight:bold}.unit{font-size:12px;fill:#444}.tick{font-size:12px}.power{font-size:9px}.grid{stroke:#ddd;stroke-width:1}"
    body = "\n".join(part for panel in (storage, time, once, cost) for part in panel.parts)
    return (f'<!-- SPDX-License-Identifier: Apache-2.0; written by simulate.py -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 900" width="1000" height="900">\n<style>{style}</style>\n'
            f'<rect width="1000" height="900" fill="white"/>\n<text x="40" y="42" class="head">One ledger from a thousand to a billion entries</text>\n{body}\n</svg>\n')


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    fill = calibrated()
    (out / "growth.md").write_text(tables(fill))
    (out / "growth.svg").write_text(picture(fill))


if __name__ == "__main__":
    main()

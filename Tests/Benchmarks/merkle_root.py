# SPDX-License-Identifier: Apache-2.0
"""The root of a log's first entries by pymerkle, from the entries' bytes in a row and their lengths, one a line.

    merkle_root.py BYTES LENGTHS COUNT     prints the seconds that the tree took, and the root in base64
"""

import base64
import itertools
import sys
import time

from pymerkle import InmemoryTree


def main(entries: str, lengths: str, count: str) -> None:
    with open(lengths) as lines:
        sizes = [int(line) for line in itertools.islice(lines, int(count))]
    with open(entries, "rb") as stream:
        leaves = [stream.read(size) for size in sizes]
    begin = time.monotonic()
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    root = tree.get_state()
    print(time.monotonic() - begin, base64.b64encode(root).decode())


main(*sys.argv[1:])

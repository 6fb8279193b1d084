#!/usr/bin/env python3
"""Writes the multiproofs in Protocol/vectors/merkle from Protocol/hub-log.md alone.

    Tools/make-vectors/multiproofs.py            writes the files anew
    Tools/make-vectors/multiproofs.py --check    exits 1 when they differ
"""

import sys

sys.dont_write_bytecode = True

from vectors import write
from wire import ROOT, leaf, multiproof, root, u64

cases = {}


def case(name, what, size, runs, expect="accept", change=lambda hashes: hashes, leaves=None, **more):
    """`change` makes other hashes, `leaves` other leaf hashes at the places."""
    tree = [leaf(u64(i)) for i in range(size)]
    places = [i for begin, end in runs for i in range(begin, end)]
    known = [tree[i] for i in places if i < size]
    cases["multiproof_" + name] = {
        "what": what, "kind": "multiproof", "expect": expect, "size": str(more.get("said", size)),
        "runs": [{"begin": str(b), "end": str(e)} for b, e in runs],
        "leaf_hashes": [h.hex() for h in (leaves(known) if leaves else known)],
        "hashes": [h.hex() for h in change(multiproof({i for i in places if i < size}, tree))], "root": root(tree).hex()}


def refuse(name, word, *given, **more):
    case(name, *given, expect=f"refuse:{word}", **more)


for size, runs in ((1, [(0, 1)]), (2, [(1, 2)]), (8, [(0, 8)]), (8, [(0, 4)]), (8, [(3, 5)]), (13, [(0, 1), (12, 13)]),
                   (13, [(2, 3), (4, 9), (11, 12)]), (100, [(37, 64)]), (200, [(0, 120)]), (200, [(120, 200)])):
    named = "_".join(f"{b}_{e}" for b, e in runs)
    case(f"{named}_of_{size}", f"of {size} leaves those at {', '.join(f'{b} to {e - 1}' for b, e in runs)}", size, runs)
case("runs_that_touch_of_8", "two runs side by side are as good as one", 8, [(2, 4), (4, 5)])
case("of_nothing", "no leaf: the hashes are the frontier", 11, [])
refuse("missing_hash", "wrong-hash-count", "one hash less", 13, [(4, 9)], change=lambda h: h[:-1])
refuse("extra_hash", "wrong-hash-count", "one hash more", 13, [(4, 9)], change=lambda h: [*h, h[0]])
refuse("missing_leaf", "wrong-hash-count", "a leaf hash less than places", 13, [(4, 9)], leaves=lambda k: k[:-1])
refuse("swapped_hashes", "root-mismatch", "two hashes in each other's place", 13, [(4, 9)],
       change=lambda h: [h[1], h[0], *h[2:]])
refuse("swapped_leaves", "root-mismatch", "two leaves in each other's place", 13, [(4, 9)],
       leaves=lambda k: [k[1], k[0], *k[2:]])
refuse("wrong_leaf", "root-mismatch", "another leaf", 13, [(4, 9)], leaves=lambda k: [leaf(b""), *k[1:]])
refuse("inner_node_as_leaf", "root-mismatch", "the hash of two leaves in the place of one", 8, [(0, 1), (2, 3)],
       leaves=lambda k: [root(k), k[1]])
refuse("beyond_the_tree", "index-out-of-range", "a place that the tree has not", 8, [(6, 9)])
refuse("not_ascending", "invalid-range", "a run before the one before it", 8, [(4, 5), (1, 2)])
refuse("overlapping", "invalid-range", "a place in two runs", 8, [(1, 3), (2, 4)])
refuse("size_beyond_limit", "size-too-large", "2^63 leaves", 8, [(0, 1)], said=2**63)

if __name__ == "__main__":
    sys.exit(write(cases, ROOT / "Protocol" / "vectors" / "merkle", mine="multiproof_"))

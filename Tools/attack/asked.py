"""Requests as a hub reads them (wire-format §2.2, §2.3)."""

import types

from codec import Refused, cbor, segment
from entries import placed, read_batch

FIRST_MAX = (1 << 62) - 1


def nothing(seq):
    return None


def read_full(walk, programme, origin, held, recorded=nothing):
    """Items of a full request; `held` gives the hash of an entry by its seq, or None, and `recorded` its record."""
    r = types.SimpleNamespace(pushed=None, signature=None, beyond=False)
    walk.array(8, 8, "malformed:out-of-range")
    r.epoch, r.membership, r.tree_size, r.head_seq, r.budget = (walk.number() for _ in range(5))
    r.token = walk.raw(16)
    r.tree = walk.raw(16) if r.tree_size else bytes(16)
    r.head_hash = walk.raw(16) if r.head_seq else bytes(16)
    r.streams = read_streams(walk)
    first = None if walk.is_null() else walk.number(FIRST_MAX, 1)
    n = None if walk.is_null() else walk.count(walk.limits["entries_per_push"])
    if (first is None) != (n is None):
        raise Refused("inconsistent")
    if first is not None:
        before = bytes(32) if first == 1 else held(first - 1)
        if before is None:
            r.beyond = True
            return r
        r.pushed = placed(read_batch(walk, n, push=True), programme, origin, first, before, held, recorded, walk.limits)
        r.signature = walk.raw(64)
    walk.end()
    return r


def read_streams(walk):
    count = walk.array(2 * walk.limits["streams"])
    if count % 2:
        raise Refused("malformed:out-of-range")
    streams, before = [], b""
    for _ in range(count // 2):
        name = walk.text(128)
        if cbor(name) <= before:
            raise Refused("malformed:unsorted-keys")
        before = cbor(name)
        items = walk.number()
        streams.append((name, items, walk.raw(16) if items else bytes(16)))
    return streams


def read_short(framed, walk):
    """A short request has nothing to read but what its frame has."""
    if framed.is_deflated:
        raise Refused("inflate")
    walk.end()


def read_push(framed, walk, programme, origin, held, tree, head_hash, recorded=nothing):
    """What a short push carries; its signature comes last. `tree` is the root that the state names."""
    walk.array(2, 2, "malformed:out-of-range")
    first = walk.number(FIRST_MAX, 1)
    if first > framed.head_seq + 1:
        raise Refused("inconsistent")
    n = walk.count(walk.limits["entries_per_push"])
    def hash_at(seq):
        return head_hash if seq == framed.head_seq else held(seq)

    before = bytes(32) if first == 1 else hash_at(first - 1)
    stated = (framed.tree_size, tree) if framed.tree_size else None
    told = read_batch(walk, n, stated, push=True)
    pushed = placed(told, programme, origin, first, before, hash_at, recorded, walk.limits)
    walk.end()
    return pushed


def segment_text(programme, origin, entries, context):
    return b"yarrow.segment/1\0" + cbor(segment(programme, origin, entries, context))

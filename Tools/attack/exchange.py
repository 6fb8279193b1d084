"""Requests as a device writes them and responses as it reads them (wire-format §2)."""

import types

from codec import (NO_ANSWER, Refused, Writer, cbor, frame, opened, read_entry, read_table, sha, signed,
                   write_entries_table, write_entry)
from tree import check_checkpoint, check_growth

JOIN_REFUSALS = {1: "unknown invite", 2: "invite used", 3: "invite expired", 4: "revoked", 5: "recovering"}
STATUSES = {0: "done", 1: "stale token", 2: "other epoch", 3: "recovering", 4: "busy", 5: "revoked"}


class Push:
    """Entries under one segment signature; `signature` may be anything."""

    def __init__(self, entries, signature):
        self.entries, self.signature = entries, signature


def sync_request(token, epoch=1, membership=0, tree=(0, b""), known=(0, b""), budget=65536, streams=(),
                 push=None, first=None, tail=None, count=8, opaque=b""):
    """The content of a request. `tree` and `known` are number and hash; `tail` writes items 7 and 8 itself."""
    w = Writer().array(count).put(epoch, membership, tree[0], known[0], budget).raw(token)
    if tree[0]:
        w.raw(tree[1][:16])
    if known[0]:
        w.raw(known[1][:16])
    w.array(2 * len(streams))
    for name, position, running in streams:
        w.put(name, position)
        if position:
            w.raw(running[:16])
    if tail is not None:
        tail(w)
    elif push is None:
        w.put(None, None)
    else:
        w.put(push.entries[0].seq if first is None else first).array(len(push.entries) + 1)
        seen, before = write_entries_table(w, push.entries), 0
        for entry in push.entries:
            before = write_entry(w, entry, seen, before)
        w.raw(push.signature)
    return w.raw(opaque)


def message(w, key, programme, kind=1, sender=None, answering=NO_ANSWER, **layout):
    unsigned = frame(kind, key.origin[:16] if sender is None else sender, w.clear, w.opaque, **layout)
    return signed(unsigned, key, programme, answering)


def join_request(secret, signing, opening):
    return Writer().array(0).raw(secret, signing, opening)


def release_request(token, number=0, offset=0):
    return Writer().array(2).put(number, offset).raw(token)


def read_join(bytes_, request, hub):
    walk = opened(bytes_, hub.verify, 4, hub.programme, sha(request))
    if walk.array() == 1:
        refusal = walk.number()
        walk.end()
        return types.SimpleNamespace(refusal=JOIN_REFUSALS[refusal], token=None)
    membership = walk.value()
    token, epoch = walk.raw(16), walk.number()
    statement = walk.raw(walk.number())
    walk.end()
    return types.SimpleNamespace(refusal=None, membership=membership, token=token, epoch=epoch, statement=statement)


def read_release(bytes_, request, hub):
    walk = opened(bytes_, hub.verify, 6, hub.programme, sha(request))
    walk.array()
    number, total, offset, n = (walk.number() for _ in range(4))
    part = walk.raw(n)
    walk.end()
    return types.SimpleNamespace(number=number, total=total, offset=offset, part=part)


def read_sync(bytes_, request, hub, own=()):
    """A response, its signature, growth from an empty tree and checkpoint checked.

    `own` are the hashes of the asking device's entries, by which its pieces of the growth are followed; None when the
    request named a tree that is not the empty one.
    """
    walk = opened(bytes_, hub.verify, 2, hub.programme, sha(request))
    r = types.SimpleNamespace(token=None, head=(0, bytes(32)), streams={}, hash=sha(bytes_))
    if walk.array() != 11:
        raise Refused("malformed:out-of-range")
    status, r.epoch, r.retry = walk.number(), walk.number(), walk.number()
    r.status = STATUSES[status & 15]
    if not status & 16:
        r.token = walk.raw(16)
    seq = walk.number()
    if seq:
        r.head = (seq, walk.raw(32))
    r.held = {}
    for _ in range(walk.array() // 2):
        seq = walk.number()
        r.held[seq] = walk.value()
    r.membership = walk.value()
    length = walk.value()
    r.statement = None if length is None else walk.raw(length)
    r.growth = []
    for _ in range(walk.array()):
        width, end, n = walk.array(), walk.number(), walk.number()
        if width == 2:
            r.growth.append((end, [walk.raw(32) for _ in range(n)]))
        else:
            if walk.value() is not None:
                raise Refused("inconsistent")
            r.growth.append((end, n))
    point = walk.value()
    r.checkpoint = None
    if point is not None:
        r.checkpoint = (point[0], walk.raw(32), walk.raw(64), point[1], walk.raw(64))
        check_checkpoint(r.checkpoint, r.epoch, hub)
    began = walk.at
    if walk.clear[began:began + 1] == b"\xf6":
        walk.value()
    else:
        read_deliveries(walk, r, hub)
    r.more = walk.value()
    walk.end()
    if own is not None and r.growth and check_growth(r.growth, own) != r.checkpoint[:2]:
        raise Refused("growth")
    return r


def read_deliveries(walk, r, hub):
    if walk.array() != 3:
        raise Refused("inconsistent")
    segments = []
    for _ in range(walk.array()):
        first, more, whole = walk.value()
        key = walk.raw(32)
        ends = None if whole else (walk.raw(32), walk.raw(32))
        segments.append((first, more, key, ends, walk.raw(64)))
    seen, before, last = read_table(walk), 0, {}
    for _ in range(walk.array()):
        items = []
        width, name, start = walk.array(), walk.value(), walk.number()
        for _ in range(width - 2):
            major = walk.clear[walk.at] >> 5
            if major == 2:
                items.append(("statement", walk.value()))
            elif major == 7:
                walk.value()
                items.append(("moved", walk.raw(16)))
            elif walk.array() == 1:
                items.append(("own", walk.number()))
            else:
                index, step = walk.number(), walk.number()
                first, _, key, _, _ = segments[index]
                seq = first + step
                if seq == 1:
                    previous = bytes(32)
                elif last.get(index, (0,))[0] == seq - 1:
                    previous = last[index][1]
                else:
                    previous = walk.raw(32)
                for _ in range(walk.number()):
                    walk.raw(32)
                entry = read_entry(walk, seen, before, hub.programme, sha(key), seq, previous)
                before, last[index] = entry["claimed"], (seq, entry["hash"])
                items.append(("entry", entry))
        r.streams[name] = (start, items)
    return cbor(None)

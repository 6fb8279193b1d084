"""Requests as a device writes them, and answers as it takes them (wire-format §2)."""

import types

from answered import read_response
from codec import (NO_ANSWER, Refused, Writer, batch, frame, opened, sha, signed, signed_as_segment,
                   state)
from tree import check_growth

JOIN_REFUSALS = {1: "unknown invite", 2: "invite used", 3: "invite expired", 4: "revoked", 5: "recovering"}


class Push:
    """Entries under one segment signature; `signature` may be anything. A short push has no use for it."""

    def __init__(self, entries, signature):
        self.entries, self.signature = entries, signature


def sync_request(token, epoch=1, membership=0, tree=(0, b""), known=(0, b""), budget=65536, streams=(),
                 push=None, first=None, number=None, told=None, tail=None, count=8, opaque=b""):
    """The content of a request. `tree` and `known` are number and hash; `tail` writes items 7 and 8 itself.

    `told` is what stands for the batch, as items and opaque bytes; `number` how many entries it is said to have.
    """
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
        items, raw = batch(push.entries) if told is None else told
        w.put(push.entries[0].seq if first is None else first, len(push.entries) if number is None else number)
        w.put(*items).raw(raw, push.signature)
    return w.raw(opaque)


def short_state(token, epoch=1, membership=0, tree=(0, bytes(32)), known=(0, bytes(32)), units=64, streams=()):
    """What stands before the clear part of a short message; `streams` are name, count and running hash."""
    numbers = [epoch, membership, tree[0], known[0], units, *(count for _, count, _ in streams)]
    return state(numbers, token, tree[1] if tree[0] else bytes(32), known[1] if known[0] else bytes(32),
                 [running if count else bytes(32) for _, count, running in streams])


def short_content(entries, stated=None, first=None, number=None, told=None, count=2, opaque=b""):
    """The content of a short push; `stated` is the checkpoint that its state names."""
    items, raw = batch(entries, stated) if told is None else told
    w = Writer().array(count).put(entries[0].seq if first is None else first)
    return w.put(len(entries) if number is None else number).put(*items).raw(raw, opaque)


def message(w, key, programme, kind=1, sender=None, answering=NO_ANSWER, before=b"", entries=None, signer=None, **layout):
    """A whole message; with `entries` it is signed as the segment of them (wire-format §1.2)."""
    unsigned = frame(kind, (key.origin[:16] if sender is None else sender) + before, w.clear, w.opaque, **layout)
    if signer is not None:
        return unsigned + signer(unsigned)
    if entries is not None:
        return signed_as_segment(unsigned, key, programme, entries, entries[0].origin)
    return signed(unsigned, key, programme, answering)


def join_request(secret, signing, opening):
    return Writer().array(0).raw(secret, signing, opening)


def release_request(token, number=0, offset=0):
    return Writer().array(2).put(number, offset).raw(token)


def read_join(bytes_, request, hub):
    _, walk = opened(bytes_, hub.verify, {4}, hub.programme, sha(request))
    if walk.array(3, 1) == 1:
        refusal = walk.number()
        walk.end()
        return types.SimpleNamespace(refusal=JOIN_REFUSALS[refusal], token=None)
    membership = walk.value()
    token, epoch = walk.raw(16), walk.number()
    statement = walk.raw(walk.number())
    walk.end()
    return types.SimpleNamespace(refusal=None, membership=membership, token=token, epoch=epoch, statement=statement)


def read_release(bytes_, request, hub):
    _, walk = opened(bytes_, hub.verify, {6}, hub.programme, sha(request))
    walk.array(4, 4)
    number, total, offset, n = (walk.number() for _ in range(4))
    part = walk.raw(n)
    walk.end()
    return types.SimpleNamespace(number=number, total=total, offset=offset, part=part)


def read_sync(bytes_, request, hub, own=(), frontier=None, epoch=1, claimed=(0, bytes(32))):
    """A response, its signature, every segment's, growth and checkpoint checked.

    `own` are the hashes of the asking device's entries, by which its pieces of the growth are followed from `frontier`
    on; None when the request named a tree that is not followed. `claimed` is the head that stands when none is told.
    """
    framed, walk = opened(bytes_, hub.verify, {2, 13}, hub.programme, sha(request), epoch)
    r = read_response(walk, hub.programme, epoch if framed.kind == 13 else None)
    r.hash, r.held, r.told_head = sha(bytes_), dict(r.held), r.head
    r.head = claimed if r.head is None else r.head
    r.checkpoint = (framed.size, framed.tree, framed.time) if framed.kind == 13 else None
    r.streams = {name: (start, items) for name, start, items in r.deliveries}
    for s in r.segments:
        hub.verify_by(s.key, s.signature, s.text(hub.programme), "segment-signature")
    r.frontier = None
    if own is not None and r.growth:
        r.frontier = check_growth(r.growth, own, frontier)
        if r.checkpoint is None or (r.frontier.size, r.frontier.root()) != r.checkpoint[:2]:
            raise Refused("growth")
    return r

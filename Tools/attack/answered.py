"""Responses as a device reads them (wire-format §2.4)."""

import types

from codec import Refused, cbor, leaf, sha
from entries import read_batch

STATUSES = {0: "done", 1: "stale token", 2: "other epoch", 3: "recovering", 4: "busy", 5: "revoked"}
FIRST_MAX, RANGE_MAX, DAY = (1 << 62) - 1, 124, 86_400


def read_response(walk, programme, epoch=None):
    """All items; the usual ones where they are left out. `epoch` is that of the checkpoint's origin line, if there is one."""
    n = walk.array(10, 2, "malformed:out-of-range")
    status = walk.number(63)
    if status & 15 not in STATUSES:
        raise Refused("malformed:out-of-range")
    r = types.SimpleNamespace(
        status=STATUSES[status & 15], closed=status > 31, token=None, head=None, growth=[], more=0, held=[],
        segments=[], deliveries=[], membership=None, statement=None, retry=0)
    r.epoch = walk.number()
    if epoch not in (None, r.epoch):
        raise Refused("inconsistent")
    if status & 16:
        if status & 15 == 1:
            raise Refused("inconsistent")
    else:
        r.token = walk.raw(16)
    runs = []
    for name, read in PARTS[:n - 2]:
        usual = read(walk, r, runs) is None
    if n > 2 and usual:
        raise Refused("inconsistent")
    if runs:
        place(walk, r, runs, programme)
    for s in r.segments:
        s.close()
    walk.end()
    return r


# Each returns None for the usual value.

def read_head(walk, r, runs):
    if not walk.is_null():
        seq = walk.number()
        r.head = (seq, walk.raw(32) if seq else bytes(32))
    return r.head


def read_growth(walk, r, runs):
    for _ in range(walk.array(walk.limits["growth_pieces"])):
        width = walk.array(3, 2)
        end, n = walk.number(), walk.number(RANGE_MAX if width == 2 else FIRST_MAX * 2 + 1)
        if width == 2:
            r.growth.append((end, [walk.raw(32) for _ in range(n)]))
        elif walk.peek() != (7, 22):
            raise Refused("inconsistent")
        else:
            walk.take(1)
            r.growth.append((end, n))
    return r.growth or None


def read_more(walk, r, runs):
    r.more = walk.number()
    return r.more or None


def read_held(walk, r, runs):
    count = walk.array(2 * walk.limits["entries_per_push"])
    if count % 2:
        raise Refused("malformed:out-of-range")
    r.held = [(walk.number(least=1), walk.text(64)) for _ in range(count // 2)]
    return r.held or None


def read_membership(walk, r, runs):
    if not walk.is_null():
        r.membership = membership(walk)
    return r.membership


def membership(walk):
    walk.array(5, 5)
    return [walk.number(), walk.number(3, 1), areas(walk), areas(walk), walk.text(512)]


def areas(walk):
    found, before = [], ""
    for _ in range(walk.array(256)):
        area = walk.text(64)
        if found and area.encode() <= before.encode():
            raise Refused("malformed:unsorted-keys")
        before = area
        found.append(area)
    return found


def read_statement(walk, r, runs):
    if not walk.is_null():
        r.statement = walk.raw(walk.number(walk.limits["statement_bytes"]))
    return r.statement


def read_retry(walk, r, runs):
    r.retry = walk.number(DAY)
    return r.retry or None


# Deliveries

class Segment:
    def __init__(self, key, first, more):
        self.key, self.origin, self.first, self.last = key, sha(key), first, first + more
        self.told, self.here, self.found, self.end, self.root, self.proof = None, set(), {}, None, None, []

    def read_proof(self, walk):
        """What is said of it beside its entries that are here: how much follows from those."""
        if not self.here:
            raise Refused("inconsistent")
        if self.last not in self.here:
            self.end = walk.raw(32)
        self.proof = [walk.raw(32) for _ in self.gaps()]

    def gaps(self):
        """The subtrees that no entry is here of, left to right, each as its first place and its width."""
        found, place, size = [], 0, self.last - self.first + 1
        for stop in [*sorted(s - self.first for s in self.here), size]:
            while place < stop:
                width = 1
                while place % (2 * width) == 0 and place + 2 * width <= stop:
                    width *= 2
                found.append((place, width))
                place += width
            place = stop + 1
        return found

    def close(self):
        """What the reader computes of a segment."""
        if self.last in self.found:
            self.end = self.found[self.last].hash
        known = dict(zip(self.gaps(), self.proof))
        known.update({(s - self.first, 1): leaf(entry.hash) for s, entry in self.found.items()})
        self.root = joined(0, self.last - self.first + 1, known)

    def content(self, programme):
        return [programme, self.origin, self.first, self.last, self.end, self.root, self.context]

    def text(self, programme):
        return b"yarrow.segment/1\0" + cbor(self.content(programme))


def joined(place, size, known):
    """The hash of a tree of which some subtrees are known."""
    if (place, size) in known:
        return known[place, size]
    left = 1 << (size - 1).bit_length() - 1
    return sha(b"\1" + joined(place, left, known) + joined(place + left, size - left, known))


def read_deliveries(walk, r, runs):
    if walk.is_null():
        return None
    walk.array(3, 3, "malformed:out-of-range")
    most = walk.limits["deliveries_per_response"]
    count = walk.number()
    if count > most:
        raise Refused("malformed:too-long")
    origins = [walk.raw(32) for _ in range(count)]
    used = 0
    for _ in range(walk.array(most)):
        walk.array(3, 3)
        at, first, more = walk.number(), walk.number(FIRST_MAX, 1), walk.number(walk.limits["entries_per_push"] - 1)
        if at > used or at >= len(origins):
            raise Refused("inconsistent")
        used = max(used, at + 1)
        s = Segment(origins[at], first, more)
        s.context = walk.raw(32)
        s.signature = walk.raw(64)
        r.segments.append(s)
    if used != len(origins):
        raise Refused("inconsistent")
    streams, budget = walk.array(walk.limits["streams"], 1), [most]
    for _ in range(streams):
        width = walk.array()
        if width < 2:
            raise Refused("inconsistent")
        name, start, items = walk.text(128), walk.number(), []
        for _ in range(width - 2):
            read_item(walk, r, runs, items, budget)
        r.deliveries.append((name, start, items))
    for s in r.segments:
        s.read_proof(walk)
    return r.deliveries


def spend(budget, n):
    budget[0] -= n
    if budget[0] < 0:
        raise Refused("malformed:too-long")


def read_item(walk, r, runs, items, budget):
    major, low = walk.peek()
    if major == 4:
        width = walk.array(3)
        if width == 1:
            spend(budget, 1)
            items.append(("own", walk.number()))
        elif width == 3:
            read_run(walk, r, runs, items, budget)
        else:
            raise Refused("inconsistent")
        return
    spend(budget, 1)
    if major == 2:
        items.append(("statement", walk.bytes(walk.limits["statement_bytes"])))
    elif walk.is_null():
        items.append(("moved", walk.raw(16)))
    elif major == 7 and low in (20, 21):
        raise Refused("inconsistent")
    else:
        walk.expect(4)


def read_run(walk, r, runs, items, budget):
    index, step, n = walk.number(), walk.number(), walk.number(least=1)
    if index >= len(r.segments):
        raise Refused("inconsistent")
    s = r.segments[index]
    if s.first + step + n - 1 > s.last:
        raise Refused("malformed:out-of-range")
    spend(budget, n)
    seq, previous = s.first + step, None
    if seq == 1:
        previous = bytes(32)
    elif s.told != seq - 1:
        previous = walk.raw(32)
    s.told = seq + n - 1
    s.here.update(range(seq, seq + n))
    runs.append((s, seq, n, previous))
    items += [("entry", None, index)] * n


def place(walk, r, runs, programme):
    """The batch that the message ends with, each entry put where its run says."""
    told = iter(read_batch(walk, sum(n for _, _, n, _ in runs)))
    last, placed = {}, []
    for s, seq, n, previous in runs:
        before = last[id(s)] if previous is None else previous
        for at in range(seq, seq + n):
            entry = next(told).place(programme, s.origin, at, before)
            before = entry.hash
            s.found[at] = entry
            placed.append(entry)
        last[id(s)] = before
    placed = iter(placed)
    r.deliveries = [(name, start, [("entry", next(placed), *i[2:]) if i[0] == "entry" else i for i in items])
                    for name, start, items in r.deliveries]


PARTS = (("head", read_head), ("growth", read_growth), ("more", read_more), ("held", read_held),
         ("deliveries", read_deliveries), ("membership", read_membership), ("statement", read_statement),
         ("retry", read_retry))

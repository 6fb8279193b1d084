"""Entries on the wire (wire-format §3): the table of checkpoints, rows, columns, references.

Each function gives the items of the clear part as a list, and the bytes of the opaque part, so that
whoever wants to say something false can change an item before it is written.
"""

import calendar
import re
import time

from wire import Raw, Withheld, cbor

ROWS_BELOW = 8
COLUMNS = ("kind", "area", "form", "version", "claimed", "epoch", "seen", "coded", "sensitive", "identity",
           "operational fields", "coded fields", "record distances")
STARTS_RECORD = (1, 8, 9)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Log:
    """What a push may refer to (wire-format §3.4): these entries of its log, and those of the push itself."""

    def __init__(self, *entries):
        self.entries = entries

    def told(self, e):
        """An entry as a push tells it: both clear sections, and the distance of its record or 0."""
        seqs = {known.hash: known.seq for known in self.entries if known.seq < e.seq}
        near = []

        def hashes(found):
            distances = sorted(e.seq - seqs[h] for h in found if h in seqs)
            near.extend(distances)
            return [h for h in found if h not in seqs] + distances

        def write(w):
            if isinstance(w, list):
                return [w[0], hashes(w[1])]
            if isinstance(w, dict) and 1 in w:
                return {**w, 1: {code: hashes(found) for code, found in w[1].items()}}
            return w

        def section(content):
            return {name: write(w) for name, w in content.items()} if isinstance(content, dict) else content

        operational, coded = section(e.operational), section(e.coded)
        same = {e.seq - known.seq for known in self.entries if known.seq < e.seq and known.record == e.record}
        near = [d for d in near if d in same] or sorted(same)
        return operational, coded, 0 if e.kind in STARTS_RECORD or not near else near[0]


def batch(entries, stated=None, log=None, push=True):
    """`stated` is the checkpoint that the state of a short push names; `log` what a push refers to, None for nothing."""
    seen = list(dict.fromkeys(e.seen for e in entries if e.seen[0]))
    items, raw = table(seen, stated)
    more, rest = rows(entries, seen, log) if len(entries) < ROWS_BELOW else columns(entries, seen, log, push)
    return items + more, raw + rest


def table(seen, stated=None):
    return ([[0 if s == stated else s[0] for s in seen]], b"".join(s[1] for s in seen if s != stated))


def deltas(entries):
    before, out = 0, []
    for e in entries:
        out.append((e.claimed - before + 2**63) % 2**64 - 2**63)
        before = e.claimed
    return out


def position(e, seen):
    return seen.index(e.seen) + 1 if e.seen[0] else 0


def opaque(e, distance=0):
    raw = e.root_salt + (b"" if e.kind in STARTS_RECORD or distance else e.record)
    if isinstance(e.coded, Withheld):
        raw += e.coded
    return raw + (e.sensitive or b"") + (e.identity or b"")


def sealed(content):
    """What stands for a sealed section, where null or 0 stands for none."""
    return False if isinstance(content, Withheld) else content and len(content)


def rows(entries, seen, log=None):
    items, raw = [], b""
    for e, delta in zip(entries, deltas(entries), strict=True):
        operational, coded, distance = told(e, log)
        items.append([
            e.kind, e.area, e.form, e.version, delta, e.epoch, position(e, seen), operational,
            False if isinstance(coded, Withheld) else coded, sealed(e.sensitive), sealed(e.identity)]
            + ([distance] if distance else []))
        raw += opaque(e, distance)
    return items, raw


def told(e, log):
    return (e.operational, e.coded, 0) if log is None else log.told(e)


def columns(entries, seen, log=None, push=True):
    """`push` says whether it is one: elsewhere the last item does not stand."""
    all_told = [told(e, log) for e in entries]

    def of(value):
        return column([value(e) for e in entries])

    def coded(e):
        return 2 if isinstance(e.coded, Withheld) else 0 if e.coded is None else 1

    items = [
        of(lambda e: e.kind), of(lambda e: e.area), of(lambda e: e.form), of(lambda e: e.version),
        column(deltas(entries)), of(lambda e: e.epoch), of(lambda e: position(e, seen)), of(coded),
        of(lambda e: 0 if e.sensitive is None else sealed(e.sensitive)),
        of(lambda e: 0 if e.identity is None else sealed(e.identity)),
        fields([t[0] for t in all_told]), fields([t[1] for e, t in zip(entries, all_told) if coded(e) == 1])]
    distances = [t[2] for e, t in zip(entries, all_told) if e.kind not in STARTS_RECORD]
    if push:
        items.append(column(distances) if any(distances) else None)
    return items, b"".join(opaque(e, t[2]) for e, t in zip(entries, all_told))


def column(values):
    """Values in the order of first use, and for each place the position of its own."""
    encoded = [cbor(v) for v in values]
    used = list(dict.fromkeys(encoded))
    index = None
    if len(used) not in (1, len(values)):
        at = {v: i for i, v in enumerate(used)}
        index = planes([at[v] for v in encoded], 1 if len(used) <= 256 else 2)
    return [[Raw(v) for v in used], index]


def planes(numbers, width):
    """All most significant bytes first."""
    return b"".join(bytes(n >> 8 * k & 255 for n in numbers) for k in reversed(range(width)))


def bits(flags):
    """The first flag is the most significant bit of the first byte."""
    flags = list(flags) + [False] * (-len(flags) % 8)
    return bytes(sum(128 >> i for i in range(8) if flags[at + i]) for at in range(0, len(flags), 8))


def fields(sections):
    out = []
    for name in sorted({name for s in sections for name in s}, key=cbor):
        has = [name in s for s in sections]
        out += [name, None if all(has) else bits(has), *form([s[name] for s in sections if name in s])]
    return out


def form(values):
    """The first that fits: times, codes, a column."""
    seconds = [as_seconds(v) for v in values]
    if len(values) > 1 and None not in seconds and max(seconds) - min(seconds) < 2**31:
        return 1, times(seconds)
    if all(isinstance(v, dict) and set(v) == {0} for v in values):
        codes = sorted({c for v in values for c in v[0]}, key=cbor)
        if len(codes) <= 64:
            flags = [bits([c in v[0] for c in codes]) for v in values]
            width = len(flags[0])
            return 2, [codes, planes([int.from_bytes(f, "big") for f in flags], width)]
    return 0, column(values)


def as_seconds(value):
    if not isinstance(value, str) or not DATE_TIME.fullmatch(value):
        return None
    try:
        seconds = calendar.timegm(time.strptime(value, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return None
    again = "%04d-%02d-%02dT%02d:%02d:%02dZ" % time.gmtime(seconds)[:6]
    return seconds if again == value else None


def times(seconds):
    first = min(seconds)
    unit = next(u for u in (3600, 60, 1) if all((s - first) % u == 0 for s in seconds))
    steps = [(s - first) // unit for s in seconds]
    return [first, unit, planes(steps, (max(steps).bit_length() + 7) // 8)]

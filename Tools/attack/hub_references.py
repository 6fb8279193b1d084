"""Towards a hub: references to entries of the log, true and false (wire-format §3.4)."""

import time

from arena import counted, message, scene, taken
from batch import COLUMNS, Log
from codec import H, Raw, batch
from exchange import Push, short_content
from hub_short import lots

TOP = 2**63 - 1
REFERENCES_MAX, REFERRED_MAX = 256, 4_000
ONE = H("yarrow.test/1", b"an entry of nobody")
# What stands in a list of hashes where a distance would, and is none. Only the first entry has nothing before it.
NO_DISTANCES = (0, 2**62, TOP, 2**63, 2**64 - 1, -1, -2**63, True, None, "1", [1], [], {}, b"", ONE[:31], Raw(b"\x18\1"),
                Raw(b"\x1b" + bytes(7) + b"\1"), Raw(b"\xf9\x3c\0"), Raw(b"\xc2\x41\1"), Raw(b"\xc4\x82\0\1"), Raw(b"\x1f"),
                Raw(b"\x1c"), Raw(b"\x9f\1\xff"))


def edit(a, after, of, replaced=None, **options):
    """A change to the record of one entry of this log, which replaces what some of its entries say."""
    replaced = [of] if replaced is None else replaced
    hashes = sorted(e if isinstance(e, bytes) else e.hash for e in replaced)
    options = {"operational": {"status": ["triaged", hashes] if hashes else "triaged"}, **options}
    return a.attacker.entry(after=after, kind=2, record=of.record, coded=None, **options)


def edits(a, n, held=None):
    """Changes to the newest report, each of which replaces the one before."""
    held = list(a.attacker.entries if held is None else held)
    first = len(held)
    for _ in range(n):
        held.append(edit(a, held, held[-1]))
    return held[first:]


def referring(a, entries, held=None):
    """The batch in which these refer to whatever they can."""
    return batch(entries, None, Log(*(a.attacker.entries if held is None else held), *entries))


def told(a, entries, items_and_raw, short=False, held=None, **more):
    """A push under its true signature, whose batch says this."""
    m, held = a.attacker, a.attacker.entries if held is None else held
    if short:
        content = short_content(entries, told=items_and_raw)
        sent = m.short(Push(list(entries), b""), content=content, **more)
    else:
        sent = m.message(m.push_of(*entries), told=items_and_raw, **more)
    a.logs[sent] = [e.hash for e in [*held, *entries]], None
    return sent


def both(a, entries, *batches):
    return [told(a, entries, b, short) for b in batches for short in (False, True)]


def row(a, entries, at=0, status=None, record=None, operational=None, drop=0):
    """The batch of these, of which one row says something else."""
    items, raw = referring(a, entries)
    if operational is not None or status is not None:
        items[1 + at][7] = operational or {"status": ["triaged", status]}
    if record is not None:
        items[1 + at][11:] = record
    return items, raw[:len(raw) - drop]


def column(a, entries, name, value):
    items, raw = referring(a, entries)
    items[1 + COLUMNS.index(name)] = value
    return items, raw


# The honest ones, without which a refusal says nothing

@scene("honest pushes that refer: one, seven, nine, to the first entry of the log, in full and in short", "done", taken(34, records=1))
def references_honest(a):
    m = a.attacker
    for n, short in ((1, False), (7, True), (9, False), (9, True)):
        entries = edits(a, n)
        yield a.post(told(a, entries, referring(a, entries), short))
        m.entries += entries
    last = [edit(a, m.entries, m.entries[-1], [m.entries[0], m.entries[-1], ONE])]
    yield a.post(told(a, last, referring(a, last)))
    m.entries += last
    within = [m.entry()]
    for _ in range(6):
        within.append(edit(a, [*m.entries, *within], within[0], [within[0], within[-1]][:1 + (len(within) > 1)]))
    yield a.post(told(a, within, referring(a, within), True))


@message("four thousand changes that each refer to the one before", "done", counted(
    ("checkpoint", "members"), entries=4_000))
def references_chained(a):
    entries = edits(a, 4_000)
    items, raw = batch(entries, None, None)
    # Written by hand: all say the same.
    items[1 + COLUMNS.index("operational fields")] = ["status", None, 0, [[["triaged", [1]]], None]]
    items[1 + COLUMNS.index("record distances")] = [[1], None]
    return told(a, entries, (items, b"".join(e.root_salt for e in entries)))


# Distances that lead nowhere

@message("distances beyond the log, to seq 0, to itself, of no integer, and hashes cut short", "400")
def distances_misfit(a):
    entries = edits(a, 1)
    seq = entries[0].seq
    return both(a, entries, *(row(a, entries, status=[d]) for d in (seq, seq + 1, 2 * seq, *NO_DISTANCES)))


@message("the same in the last of seven rows and in the columns of eight", "400")
def distances_misfit_further(a):
    seven, eight = edits(a, 7), edits(a, 8)
    seq = eight[0].seq
    field = ["status", None, 0]
    shots = [row(a, seven, at=6, status=[d]) for d in (seven[6].seq, TOP, 0, -1)]
    return [*both(a, seven, *shots), *both(a, eight, *(column(a, eight, "operational fields", [*field, [[["triaged", [d]]], None]])
                                                       for d in (seq, TOP, *NO_DISTANCES)))]


@message("a distance to another entry than the one that was signed, of the same log", "400|403")
def distance_to_another(a):
    entries = edits(a, 1)
    return both(a, entries, row(a, entries, status=[2]), row(a, entries, record=[2]), row(a, entries, status=[1, 2]))


@message("distances twice, and one beside the hash that it stands for", "400")
def distances_twice(a):
    entries = edits(a, 1)
    return both(a, entries, row(a, entries, status=[1, 1]), row(a, entries, status=[2, 1, 2]),
                row(a, entries, status=[1, a.attacker.entries[-1].hash]))


@message("a distance as the code that is added, as a field's name, below a deeper list, and a list of nothing", "400")
def distances_out_of_place(a):
    entries = edits(a, 1)
    sections = ({"status": {0: [1]}}, {1: "triaged"}, {"status": ["triaged", [[1]]]}, {"status": ["triaged", 1]},
                {"status": ["triaged", []]}, {"status": {1: {"new": []}}}, {"status": {1: {"new": 1}}}, {"status": {1: [1]}},
                {"status": {1: {"new": [0]}}}, {"status": {1: {"new": [TOP]}}}, {"status": ["triaged", [1], [1]]})
    return both(a, entries, *(row(a, entries, operational=s) for s in sections))


@message("an entry of the bystander's, by the distance that it would have in the attacker's own log", "400|403")
def reference_of_another_origin(a):
    entries = [edit(a, a.attacker.entries, a.bystander.entries[-1]), edit(a, a.attacker.entries, a.attacker.entries[-1], [
        a.bystander.entries[-1]])]
    return [shot for e, change in zip(entries, ({"record": [1]}, {"status": [1]}), strict=True)
            for shot in both(a, [e], row(a, [e], **change, drop=16 if "record" in change else 0))]


@message("an honest member's own push that refers, under the attacker's sender", "400|403", twin=True)
def references_transplanted(a):
    theirs = a.twin
    entry = theirs.entry(kind=2, record=theirs.entries[-1].record, coded=None,
                         operational={"status": ["triaged", [theirs.entries[-1].hash]]})
    b = batch([entry], None, Log(*theirs.entries))
    push = theirs.push_of(entry)
    return [a.attacker.message(push, told=b), a.attacker.short(push, content=short_content([entry], told=b), layout={
        "signer": lambda u: push.signature})]


@message("pushes of a stranger that refer: nothing is looked up for them", "403|409")
def references_of_a_stranger(a):
    m = a.stranger()
    m.token = a.attacker.token
    report = m.entry()
    change = m.entry(after=[report], kind=2, record=report.record, coded=None, operational={"status": ["triaged", [report.hash]]})
    b = batch([change], None, Log(report))
    return [m.message(m.push_of(change), told=b), m.short(Push([change], b""), content=short_content([change], told=b))]


@message("a push that refers, beyond the head: it is left unread, whatever it refers to", "done")
def references_beyond_head(a):
    held = [*a.attacker.entries, *edits(a, 5)]
    entries = [edit(a, held, held[-1])]
    m = a.attacker
    return [m.message(m.push_of(*entries), told=batch(entries, None, Log(*held))),
            m.message(m.push_of(*entries), told=row(a, entries, status=[TOP]))]


# Records by distance

@message("distances of a record: none, beyond the log, no integer, two of them, with the record beside", "400")
def record_distances_misfit(a):
    entries = edits(a, 1)
    shots = [row(a, entries, record=[d]) for d in (entries[0].seq, *NO_DISTANCES)]
    beside = row(a, entries)
    return both(a, entries, *shots, row(a, entries, record=[1, 1]), row(a, entries, record=[]),
                (beside[0], beside[1] + entries[0].record))


@message("a record by distance in a row that starts one: a report, an epoch, a grant", "400")
def record_distance_of_a_start(a):
    m = a.attacker
    shots = []
    for entry in (m.entry(), m.epoch_entry(2), m.entry(kind=9, form="yarrow.grant", operational={}, coded=None)):
        items, raw = referring(a, [entry])
        shots += both(a, [entry], ([items[0], [*items[1], 1]], raw))
    return shots


@message("columns of distances that are none: of too many, of too few, beyond, not there, where nobody needs one", "400")
def record_columns_misfit(a):
    eight, reports = edits(a, 8), lots(a, 8).entries
    seq = eight[0].seq
    wrong = [None, [], 0, b"", [[], None], [[1]], [[1, 2], None], [[1, 2], bytes(8)], [[1, 2], bytes([2] * 8)], [[1, 1], None],
             [[1, 2], bytes([0, 1] * 4) + b"\0"], [[1, 2], bytes([0, 1] * 3)], [[0], None],
             *([[d], None] for d in (seq, *(d for d in NO_DISTANCES if d != 0 or d is False)))]
    (items, raw) = batch(reports)
    of_reports = [(items[:-1] + [value], raw) for value in ([[0], None], [[1], None], [[], None], [], b"", 0)]
    return [*both(a, eight, *(column(a, eight, "record distances", value) for value in wrong)),
            *both(a, reports, *of_reports, (items[:-1], raw))]


# Branches

@scene("after a fork each branch refers to its own entries, and to none of the other", "done, 400, done, 400", counted(
    ("checkpoint", "closed", "members", "held"), forks=1, entries=4, records=1))
def references_on_branches(a):
    m = a.attacker
    base, mine = m.entries[:1], m.entries[1]
    other = m.entry(after=base, salt_of="another branch")
    outcomes = []

    def push(held, entries, batch_):
        return a.post(told(a, entries, batch_, held=held, known=(len(held), held[-1].hash)))

    change = edit(a, [*base, other], other)
    assert push(base, [other, change], batch([other, change], None, Log(*base, other, change))) == "done"
    for held, foreign in (([*base, other, change], mine), ([*base, mine], other)):
        entries = [edit(a, held, held[1])]
        outcomes.append(push(held, entries, batch(entries, None, Log(*held, *entries))))
        held.append(entries[0])
        # The hash of the other branch's entry, as if the distance led there.
        crossed = [edit(a, held, held[1], [foreign])]
        items, raw = batch(crossed, None, Log(*held))
        items[1][7] = {"status": ["triaged", [len(held) - 1]]}
        outcomes.append(push(held, crossed, (items, raw)))
    return ", ".join(outcomes)


# Growth: 34 bytes for one

HELD_300, HELD_4000 = (counted(("checkpoint", "members"), entries=n) for n in (300, 4_000))

def distances(entry, n=REFERENCES_MAX):
    return list(range(1, min(n, entry.seq - 1) + 1))


def long_log(a, n):
    """So many more entries at the hub, of the attacker's."""
    entries = edits(a, n)
    items, raw = batch(entries, None, None)
    assert a.post(told(a, entries, (items, raw))) == "done"
    a.attacker.entries += entries


@message("a row of five thousand distances that would be 170 kB, and one that is just too long", "400", HELD_300)
def references_bomb_row(a):
    long_log(a, 300)
    entry = edits(a, 1)[0]
    wide = {f"f{i:02}": ["x", distances(entry)] for i in range(20)}
    # 7 writes of 256 hashes are 60,976 bytes and more.
    just = {f"f{i:02}": ["n" * 600, distances(entry)] for i in range(8)}
    removed = {"status": {1: {f"c{i:02}": distances(entry) for i in range(40)}}}
    return both(a, [entry], *(row(a, [entry], operational=s) for s in (wide, just, removed)))


@message("257 references of one write", "400", HELD_300)
def references_of_a_write(a):
    long_log(a, 300)
    entry = edits(a, 1)[0]
    return both(a, [entry], row(a, [entry], status=list(range(1, 258))),
                row(a, [entry], operational={"status": {1: {"new": list(range(1, 258))}}}))


@message("four thousand entries that share a write of 256 distances: 35 MB out of two kilobytes", "400", HELD_300)
def references_bomb_columns(a):
    long_log(a, 300)
    entries = edits(a, 4_000)
    field = ["status", None, 0, [[["triaged", distances(entries[0])]], None]]
    wide = [part for i in range(7) for part in (f"f{i}", None, 0, [[["triaged", distances(entries[0])]], None])]
    items, _ = batch(entries, None, None)
    items[1 + COLUMNS.index("record distances")] = [[1], None]
    raw = b"".join(e.root_salt for e in entries)
    shots = []
    for fields in (field, wide):
        items[1 + COLUMNS.index("operational fields")] = fields
        shots += both(a, entries, (list(items), raw))
    return shots


@message("references to 4,002 entries of earlier pushes: two more than one push may look up", "400|403", HELD_4000)
def references_too_many(a):
    long_log(a, 4_000)
    count = len(a.attacker.entries)
    entries = edits(a, 16)
    # Each names 256 others; together they name all.
    named = [[["triaged", sorted(range(1 + i, min(count, 256 * i + 256) + 1 + i))[256 * i:]]] for i in range(16)]
    items, raw = referring(a, entries)
    items[1 + COLUMNS.index("operational fields")] = ["status", None, 0, [[v[0] for v in named], None]]
    assert len({e.seq - d for e, v in zip(entries, named, strict=True) for d in v[0][1]} - {
        e.seq for e in entries}) > REFERRED_MAX
    return both(a, entries, (items, raw))


@scene("a hundred pushes that look up four thousand entries and are then refused: each in less than half a second",
       "quick", HELD_4000)
def references_looked_up(a):
    long_log(a, 4_000)
    entries = edits(a, 15)
    items, raw = referring(a, entries)
    values = [["triaged", list(range(1 + i + 256 * i, 257 + i + 256 * i))] for i in range(15)]
    items[1 + COLUMNS.index("operational fields")] = ["status", None, 0, [values, None]]
    sent = told(a, entries, (items, raw))
    taken_by = []
    for _ in range(100):
        began = time.perf_counter()
        outcome = a.post(sent)
        taken_by.append(time.perf_counter() - began)
        if outcome != "400":
            return outcome
    taken_by.sort()
    # Half a second each would let one member hold a core with two messages a second.
    return "quick" if taken_by[50] < 0.5 else f"{taken_by[50]:.2f} s each"

"""References of a push to entries of its log (wire-format §3.4), in full requests and in short pushes."""

from batch import COLUMNS, Log, batch
from message_cases import (DEVICE, case, chain, digest, pushed, push_content, refuse, request, request_content)
from message_batches import cbor_decimal
from message_short import KNOWN, PUSH, State, content_of, made
from wire import Raw, cbor

KIND = "sync-request"
# What the hub holds: two reports, and a change to the first.
HELD = chain(DEVICE, 1, bytes(32), {"coded": {"count": 1}}, {"coded": {"count": 2}})
HELD += chain(DEVICE, 3, HELD[1].hash, {"kind": 2, "record": HELD[0].record, "coded": {"count": [3, [HELD[0].hash]]}})
FOREIGN = sorted(digest(f"foreign {i}") for i in range(3))


def edit(of=HELD[2], replaced=None, **options):
    """A change to the record of one entry, replacing what some say."""
    replaced = [of] if replaced is None else replaced
    hashes = sorted(e if isinstance(e, bytes) else e.hash for e in replaced)
    return {"kind": 2, "record": of.record, "coded": {"count": [9, hashes]}, **options}


def goes_on(*entries):
    return chain(DEVICE, 4, HELD[2].hash, *entries)


def known(*entries):
    return {"held": {e.seq: e.hash for e in entries}, "records": {e.seq: e.record for e in entries}}


NAMED = dict(head_seq=3, head_hash=HELD[2].hash[:16])


def accepted(name, what, push, told=None, **more):
    told = batch(push, None, Log(*HELD, *push)) if told is None else told
    case(name, KIND, what, w=request(push=push, told=told, **NAMED), content=request_content(push=push, **NAMED),
         **{**known(*HELD), **more})


def row(push, at=0, section=None, record=None, drop=0):
    """The batch as it would refer, of which one row says something else."""
    items, raw = batch(push, None, Log(*HELD, *push))
    if section is not None:
        items[1 + at][8] = section
    if record is not None:
        items[1 + at][11:] = record
    return items, raw[:len(raw) - drop]


def column(push, **changed):
    items, raw = batch(push, None, Log(*HELD, *push))
    for name, value in changed.items():
        items[1 + COLUMNS.index(name.replace("_", " "))] = value
    return items, raw


def references():
    rows()
    columns()
    within_short_pushes()
    spoilt_rows()
    spoilt_columns()


def rows():
    accepted("reference_to_entry", "a change that replaces what an entry of an earlier push says, and its record",
             goes_on(edit()))
    accepted("reference_to_first", "the first entry of the log, from the fifth", goes_on(edit(), edit(HELD[0])))
    accepted("reference_within_push", "a report, and a change to it in the same push", within())
    accepted("reference_among_hashes", "one of three hashes is that of an own entry: the list is put in order",
             goes_on(edit(replaced=[FOREIGN[0], HELD[2], FOREIGN[2]])))
    accepted("reference_to_several", "two own entries that a change replaces", goes_on(edit(replaced=[HELD[2], HELD[0]])))
    accepted("reference_in_removal", "a code taken from a set, which two entries added",
             goes_on(edit(coded={"means": {0: ["threat"], 1: {"fraud": sorted([HELD[0].hash, FOREIGN[1]])}}})))
    accepted("reference_in_operational", "a status that replaces another",
             goes_on(edit(coded=None, operational={"status": ["closed", [HELD[2].hash]]})))
    accepted("reference_beside_decimal", "a share, and beside it a count that replaces another",
             goes_on(edit(coded={"share": Raw(cbor_decimal(-2, 125)), "count": [None, [HELD[2].hash]]})))
    accepted("reference_of_record_only", "a change that replaces nothing", goes_on(edit(coded={"age": 30})))
    accepted("reference_of_hash_only", "a record that nobody told of, and a hash that is known",
             goes_on(edit(record=digest("another record")[:16])))
    plain, (first, second) = goes_on(edit()), goes_on(edit(replaced=[HELD[2], HELD[0]]), edit())
    accepted("layout_nothing_referred", "whoever pushes may write everything out", plain, batch(plain))
    accepted("layout_distances_in_another_order", "the further one first", [first, second], row(
        [first, second], section={"count": [9, [3, 1]]}))
    accepted("layout_hash_told_and_written", "one by its distance, before one that is written out", [first, second], row(
        [first, second], section={"count": [9, [1, HELD[0].hash]]}))
    accepted("layout_record_by_another_entry", "another entry of the same record", plain, row(plain, record=[3]))


def within():
    report = goes_on({"coded": {"count": 1}})[0]
    return goes_on({"coded": {"count": 1}}, edit(report), edit(HELD[0]))


def edits(n=9):
    """Changes to what is held, and to each other."""
    done = list(HELD)
    for i in range(n):
        done += chain(DEVICE, len(done) + 1, done[-1].hash, edit(done[2 if i % 3 else -1]))
    return done[len(HELD):]


def mixed():
    """Reports, changes that refer, and one that has nothing to refer to."""
    done = list(HELD)
    for i in range(9):
        done += chain(DEVICE, len(done) + 1, done[-1].hash, (
            {"coded": {"count": i}}, edit(done[-1]), edit(HELD[0], record=digest("another record")[:16],
                                                          replaced=[FOREIGN[0]]))[i % 3])
    return done[len(HELD):]


def columns():
    accepted("reference_columns", "nine changes: a value stands for another entry in each", edits())
    accepted("reference_columns_mixed", "reports among changes: the column is that of those that need a record", mixed())
    nine = edits()
    accepted("reference_columns_none", "nine changes that are written out, and null", nine, batch(nine))
    reports = goes_on(*({"coded": {"count": i}} for i in range(8)))
    accepted("reference_columns_of_reports", "every entry starts its record: null", reports)
    items, raw = batch(nine)
    accepted("layout_distances_all_zero", "a column that says of each that nothing is told by distance", nine,
             (items[:-1] + [[[0], None]], raw))


def within_short_pushes():
    state = State(**{**KNOWN, "head": (3, HELD[2].hash)})

    def good(name, what, push, told):
        message, context = made(state, push, content_of(push[0].seq, push, told))
        case(name, PUSH, what, message=message, state=state.held,
             content=state.content(push_content(push, message[-64:], context=context.hex())), **known(*HELD))

    push = edits(2)
    good("short_push_refers", "two changes after the head that the state names", push,
         batch(push, None, Log(*HELD, *push)))
    good("short_push_refers_in_columns", "nine", edits(), batch(edits(), None, Log(*HELD, *edits())))
    push = goes_on(edit(coded={"age": 30}))
    other = row(push, record=[2])
    message = made(state, push, content_of(4, push, other))[0]
    refuse("short_push_refers_to_another", PUSH, "signature", "a distance to the entry of another record: "
           "what is rebuilt is not what was signed", message=message, state=state.held, **known(*HELD))


def spoilt_rows():
    push = goes_on(edit(), edit(coded={"age": 30}))

    def bad(name, word, what, of=push, told=None, **more):
        told = row(of, **{k: more.pop(k) for k in ("at", "section", "record", "drop") if k in more}) if told is None else told
        refuse(name, KIND, word, what, w=request(push=of, told=told, **NAMED, signature=pushed(of)),
               **{**known(*HELD), **more})

    bad("reference_of_zero", "malformed:out-of-range", "an entry does not replace itself", section={"count": [9, [0]]})
    bad("reference_beyond_first", "inconsistent", "seq 4 less 4 is no entry", section={"count": [9, [4]]})
    bad("reference_far_beyond_first", "inconsistent", "the largest number that there is",
        section={"count": [9, [2**63 - 1]]})
    bad("reference_negative", "entry:section:unexpected-type", "a number below zero is no distance",
        section={"count": [9, [-1]]})
    bad("reference_instead_of_list", "entry:section:unexpected-type", "a distance without a list around it",
        section={"count": [9, 1]})
    bad("reference_as_text", "entry:section:unexpected-type", "a text for a distance", section={"count": [9, ["1"]]})
    bad("reference_twice", "entry:section:unsorted-keys", "one entry twice", section={"count": [9, [1, 1]]})
    bad("reference_and_its_hash", "entry:section:unsorted-keys", "one entry by its hash and by its distance",
        section={"count": [9, [HELD[2].hash, 1]]})
    bad("reference_not_held", "inconsistent", "an entry that the hub does not have", **known(HELD[0], HELD[2]),
        section={"count": [9, [2]]})
    bad("record_reference_zero", "malformed:out-of-range", "an item that says nothing", record=[0])
    bad("record_reference_beyond_first", "inconsistent", "seq 5 less 5 is no entry", at=1, record=[5])
    bad("record_reference_not_held", "inconsistent", "an entry that the hub does not have", **known(HELD[0], HELD[2]),
        record=[2])
    bad("record_reference_text", "malformed:unexpected-type", "a text for a distance", record=["1"])
    bad("record_reference_twice", "malformed:too-long", "thirteen items", record=[1, 1])
    reports = goes_on({"coded": {"count": 1}})
    bad("record_reference_of_report", "inconsistent", "a report has its record from its salt", reports, record=[1])
    three = goes_on(edit(replaced=[HELD[0], HELD[1], HELD[2]]))
    bad("reference_to_too_many", "malformed:too-long", "three entries of earlier pushes, where two may be", three,
        limits={"entries_per_push": 2})
    bad("reference_makes_section_too_long", "entry:section-too-long", "a section is measured with its hashes", push,
        limits={"clear_section_bytes": 40})


def spoilt_columns():
    nine = edits()

    def bad(name, word, what, of=nine, **more):
        held = {k: more.pop(k) for k in ("held", "records", "limits") if k in more}
        refuse(name, KIND, word, what, w=request(push=of, told=column(of, **more), **NAMED, signature=pushed(of)),
               **{**known(*HELD), **held})

    bad("column_reference_zero", "malformed:out-of-range", "an entry does not replace itself",
        coded_fields=["count", None, 0, [[[9, [0]]], None]])
    bad("column_reference_beyond_first", "inconsistent", "four before each: the first of them reaches to seq 0",
        coded_fields=["count", None, 0, [[[9, [4]]], None]])
    bad("column_reference_not_held", "inconsistent", "an entry that the hub does not have", **known(HELD[0], HELD[2]),
        coded_fields=["count", None, 0, [[[9, [2]]], None]])
    bad("record_distances_beyond_first", "inconsistent", "four before each", record_distances=[[4], None])
    bad("record_distances_as_number", "malformed:unexpected-type", "no column", record_distances=1)
    bad("record_distances_too_many", "malformed:too-long", "ten values for nine entries",
        record_distances=[list(range(1, 11)), None])
    bad("record_distances_negative", "malformed:unexpected-type", "a number below zero", record_distances=[[-1], None])
    reports = goes_on(*({"coded": {"count": i}} for i in range(8)))
    bad("record_distances_of_reports", "inconsistent", "nobody lacks a record", reports, record_distances=[[1], None])
    rebuilt = sum(len(b) for e in nine for b in sections(e))
    items, raw = batch(nine, None, Log(*HELD, *nine))
    case("column_references_at_the_limit", KIND, "sections that with their hashes have as many bytes as a clear part may",
         w=request(push=nine, told=(items, raw), **NAMED), content=request_content(push=nine, **NAMED), **known(*HELD),
         limits={"clear_part_bytes": rebuilt})
    bad("column_references_beyond_the_limit", "malformed:too-long", "and one more", limits={"clear_part_bytes": rebuilt - 1})


def sections(e):
    return cbor(e.operational), cbor(e.coded)

"""Towards a hub: entries that are forged, transplanted, replayed or out of scope (entry §3; sync §1, §2.3, §4)."""

from arena import forked, held, message, scene, taken
from codec import H, Withheld, cbor, leaf, root
from exchange import Push


@message("a segment signature with one bit flipped, zeroed, or in its second form", "400")
def segment_signature_altered(a):
    push = a.attacker.next_push()
    good = push.signature
    return [a.attacker.message(Push(push.entries, s))
            for s in (bytes(64), bytes([good[0] ^ 1]) + good[1:], good[:63] + bytes([good[63] ^ 0x80]))]


@message("a segment signed by another member, and by a key that nobody knows", "400")
def segment_of_another_key(a):
    entry = a.attacker.entry()
    return [a.push(entry, key=a.bystander.key), a.push(entry, key=a.stranger().key)]


def segment_over(a, entry, **other):
    """A push of one entry whose segment says something else."""
    said = {"programme": a.hub.programme, "origin": entry.origin, "first": entry.seq, "last": entry.seq,
            "hash": entry.hash, "root": root([leaf(entry.hash)]), "context": bytes(32), **other}
    signature = a.attacker.key.sign(other.get("tag", b"yarrow.segment/1\0") + cbor(
        [said[k] for k in ("programme", "origin", "first", "last", "hash", "root", "context") if said[k] is not None]))
    return a.attacker.message(Push([entry], signature))


@message("a segment of another programme, origin, range, last hash, root, context or tag, or without context", "400")
def segment_over_something_else(a):
    entry = a.attacker.entry()
    return [segment_over(a, entry, programme=bytes(16)), segment_over(a, entry, origin=a.bystander.key.origin),
            segment_over(a, entry, first=1), segment_over(a, entry, last=entry.seq + 1),
            segment_over(a, entry, hash=bytes(32)), segment_over(a, entry, root=bytes(32)),
            segment_over(a, entry, root=entry.hash), segment_over(a, entry, context=entry.hash),
            segment_over(a, entry, context=None), segment_over(a, entry, tag=b"yarrow.message/1\0")]


@message("a segment over two entries, of which one is sent", "400")
def segment_in_part(a):
    first = a.attacker.entry()
    second = a.attacker.entry(after=[*a.attacker.entries, first])
    return a.attacker.message(Push([first], a.attacker.push_of(first, second).signature))


@message("one field changed after the segment was signed", "400")
def entry_altered(a):
    signature = a.attacker.next_push().signature
    entry = a.attacker.entry
    return [a.attacker.message(Push([e], signature)) for e in (
        entry(operational={"status": "triaged"}), entry(coded={"district": "south"}), entry(area="south"),
        entry(claimed=1), entry(epoch=2), entry(salt_of="other"), entry(form="person"), entry(version=2),
        entry(sensitive=bytes(32)), entry(kind=2, record=bytes(16)), entry(seen=(1, H("yarrow.test/1", b"seen"))))]


@message("an entry chained to something else than the head", "400")
def previous_hash_wrong(a):
    return [a.push(a.attacker.entry(previous=p)) for p in (
        bytes(32), a.attacker.entries[0].hash, a.bystander.entries[-1].hash, H("yarrow.test/1", b"nothing"))]


@message("an entry of another programme", "400")
def programme_foreign(a):
    return a.push(a.attacker.entry(programme=bytes(16)))


@message("an entry in another member's name, under the attacker's own sender", "400")
def origin_foreign(a):
    return a.push(a.attacker.entry(origin=a.bystander.key.origin))


@message("an honest member's own next push, transplanted under the attacker's sender", "400", twin=True)
def push_transplanted(a):
    return a.attacker.message(a.twin.next_push())


@message("the bystander's name and token with the attacker's signature, and the other way round", "403")
def sender_stolen(a):
    push = a.bystander.next_push()
    return [a.attacker.message(push, {"sender": a.bystander.key.origin[:16]}, token=a.bystander.token),
            a.bystander.message(push, {"sender": a.attacker.key.origin[:16]}),
            a.attacker.message(a.attacker.next_push(), {"sender": bytes(16)}),
            a.attacker.message(a.attacker.next_push(), {"sender": a.attacker.key.origin[16:]})]


@message("a push by somebody who is no member", "403")
def not_a_member(a):
    stranger = a.stranger()
    stranger.token = a.attacker.token
    return [stranger.message(stranger.next_push()), stranger.message()]


@message("a gap: a push that begins one, ten and 2^40 beyond the head is not taken", "done")
def sequence_gap(a):
    entries = a.attacker.entries
    shots = []
    for gap in (1, 10, 2**40):
        seq = len(entries) + 1 + gap
        entry = a.attacker.entry(seq=seq, previous=H("yarrow.test/1", b"gap"))
        shots.append(a.attacker.message(a.attacker.push_of(entry)))
    return shots


@scene("a gap is answered with the head as it is held", "2")
def sequence_gap_head(a):
    entry = a.attacker.entry(seq=9, previous=H("yarrow.test/1", b"gap"))
    return str(a.attacker.exchange(a.attacker.push_of(entry)).head[0])


@message("a push that was taken before, sent again: once as it was, once signed anew", "done")
def push_replayed(a):
    again = a.attacker.push_of(a.attacker.entries[-1])
    return [a.attacker.message(again), a.attacker.message(again), a.attacker.message(a.attacker.push_of(
        *a.attacker.entries))]


@scene("a recorded request, played back a hundred times: it says again what is held", "done")
def request_replayed(a):
    sent = a.attacker.message(a.attacker.push_of(a.attacker.entries[-1]))
    with a.line() as line:
        return [a.outcome(sent, line.post(sent)) for _ in range(100)]


@message("another entry at a held seq, truly signed: a fork, kept as proof, and a branch like any other", "done", forked())
def fork(a):
    other = a.attacker.entry(after=a.attacker.entries[:1], salt_of="another branch")
    return a.push(other)


@message("a fork, followed by new entries on the other branch", "done", forked(2))
def fork_goes_on(a):
    other = a.attacker.entry(after=a.attacker.entries[:1], salt_of="another branch")
    more = a.attacker.entry(after=[a.attacker.entries[0], other])
    return [a.push(other, more), a.push(more, after=[a.attacker.entries[0], other],
                                        known=(2, other.hash))]


@message("the first entry replaced by another", "done", forked())
def fork_at_the_root(a):
    return a.push(a.attacker.entry(after=[], salt_of="another root"))


@message("a section withheld when it was first pushed, then supplied with other bytes", "400", taken())
def section_supplied_false(a):
    true = a.attacker.entry(sensitive=b"\7" * 48)
    digest = true.digest("sensitive")
    withheld = a.attacker.entry(sensitive=Withheld(digest))
    assert withheld.hash == true.hash
    a.attacker.exchange(a.attacker.push_of(withheld))
    false = a.attacker.entry(after=a.attacker.entries[:-1], sensitive=b"\x08" * 48)
    return a.attacker.message(Push([false], a.attacker.push_of(withheld).signature))


@message("a report in an area that the writer does not have", "done held:scope", held(records=0))
def area_widened(a):
    return a.push(a.attacker.entry(area="south", coded={"district": "south"}))


@message("a report in an area that the programme does not have", "done held:scope", held(records=0))
def area_invented(a):
    return a.push(a.attacker.entry(area="nowhere"))


@message("an area whose name clears the terminal", "done held:scope", held(records=0))
def area_with_escapes(a):
    return a.push(a.attacker.entry(area="\x1b[2J\x1b]0;x\x07\u202e"))


def change(a, kind, **operational):
    return a.push(a.attacker.entry(kind=kind, record=a.bystander.entries[-1].record, coded=None, operational=operational))


@message("another's record amended", "done held:scope", held(records=0))
def record_of_another(a):
    return change(a, 2, status="closed")


@message("another's record withdrawn", "done held:scope", held(records=0))
def record_of_another_withdrawn(a):
    return change(a, 4, reason=["mistake", [a.bystander.entries[-1].hash]])


@message("another's record erased", "done held:scope", held(records=0))
def record_of_another_erased(a):
    return change(a, 5, classes={0: ["identity", "sensitive"]}, reason="mistake")


@message("a liaison moves its own record", "done held:scope", held(records=0))
def own_record_moved(a):
    return a.push(a.attacker.entry(kind=6, record=a.attacker.entries[-1].record, coded=None,
                                  operational={"area": "south"}))


@message("a liaison assigns another's record to itself", "done held:scope", held(records=0))
def record_assigned_to_self(a):
    return change(a, 7, assignee=a.attacker.key.origin)


@message("an amendment of a record that does not exist", "done held:scope", held(records=0))
def record_invented(a):
    return a.push(a.attacker.entry(kind=2, record=H("yarrow.test/1", b"no such")[:16], coded=None,
                                  operational={"status": "closed"}))


@message("a committee writes", "done held:scope", held(records=0), role="committee")
def committee_writes(a):
    return a.push(a.attacker.entry())


@message("a case worker amends a record of an area that is not theirs", "done held:scope", held(records=0),
         role="caseworker", areas=("south",))
def worker_out_of_area(a):
    return change(a, 2, status="closed")


@message("a case worker moves a record out of an area that is not theirs into their own", "done held:scope",
         held(records=0), role="caseworker", areas=("south",))
def worker_takes_record(a):
    return change(a, 6, area="south")


@message("a form that the hub does not have, and a version that nobody signed", "done held:form_unknown", held(2))
def form_unknown(a):
    first = a.attacker.entry(form="salary")
    second = a.attacker.entry(after=[*a.attacker.entries, first], version=99)
    return a.push(first, second)


@message("a form of the toolkit under another kind", "done held:system_form", held())
def system_form_misused(a):
    return a.push(a.attacker.entry(form="yarrow.grant", operational={}, coded=None))


@message("a grant under a form for reports", "done held:system_form", held(records=0))
def grant_misnamed(a):
    return a.push(a.attacker.entry(kind=9, form="report", operational={}, coded=None))


@message("a field that the form does not have, and one in a class that is not its own",
         "done held:unknown_field held:wrong_section", held(2))
def fields_misplaced(a):
    first = a.attacker.entry(coded={"colour": "red"})
    second = a.attacker.entry(after=[*a.attacker.entries, first], operational={"status": "new", "district": "north"},
                             coded=None)
    return a.push(first, second)


@message("a code that is not in the list, and a number where a code belongs",
         "done held:code_unknown held:wrong_type", held(2))
def answers_misfit(a):
    first = a.attacker.entry(operational={"status": "sold"})
    second = a.attacker.entry(after=[*a.attacker.entries, first], operational={"status": 7})
    return a.push(first, second)


@message("times at both ends of 64 bits, one after the other: clocks never reject", "done", taken(3))
def times_extreme(a):
    entries = list(a.attacker.entries)
    for claimed in (2**63 - 1, -2**63, 2**63 - 1):
        entries.append(a.attacker.entry(after=entries, claimed=claimed))
    return a.push(*entries[-3:])


@message("an epoch number, a form version and a seen size as large as they may be", "done held:form_unknown", held())
def numbers_extreme(a):
    return a.push(a.attacker.entry(epoch=2**32 - 1, version=2**32 - 1,
                                  seen=(2**63 - 1, H("yarrow.test/1", b"seen"))))


@message("an epoch entry that goes back, and one with a commitment of 31 bytes: readers judge it", "done",
         taken(2, records=0))
def epoch_misfit(a):
    first = a.attacker.entry(kind=8, form="yarrow.epoch", coded=None,
                            operational={"number": 2, "commitment": bytes(31)})
    second = a.attacker.entry(after=[*a.attacker.entries, first], kind=8, form="yarrow.epoch", coded=None,
                             operational={"number": 0, "commitment": bytes(32)})
    return a.push(first, second)


@message("a whole push of four thousand entries under a signature that does not fit", "400")
def many_entries_unsigned(a):
    entries = list(a.attacker.entries)
    for _ in range(4_000):
        entries.append(a.attacker.entry(after=entries, operational={}, coded=None))
    return a.attacker.message(Push(entries[-4_000:], bytes(64)))

"""Towards a hub: short requests, short pushes and columns, true and false (wire-format §2.3, §3.3; sync §2.3)."""

from arena import counted, message, scene, taken
from codec import H, Raw, SHORT, SHORT_PUSH, Writer, batch, cbor, columns, rows, signed, spoken_for, table
from exchange import Push, short_content

DIGEST = H("yarrow.test/1", b"something else")
TOP = 2**63 - 1


# The honest ones, without which a refusal says nothing

@scene("an honest member: once in full, then in short, with pushes of one entry and of eight", "done, done, done, done",
       taken(9))
def short_honest(a):
    m = a.attacker
    m.catch_up()
    outcomes = [m.sync().status, m.sync(m.next_push()).status]
    entries = []
    for _ in range(8):
        entries.append(m.entry(after=[*m.entries, *entries]))
    outcomes += [m.sync(m.push_of(*entries)).status, m.sync().status]
    return ", ".join(outcomes)


@scene("a case worker follows every stream in short, from nothing on", "done", role="caseworker", areas=("north",))
def short_from_nothing(a):
    a.attacker.catch_up(in_short=True)
    return [a.attacker.sync().status for _ in range(3)]


@scene("a short request says the same as a full one: the same streams and the same tree", "alike")
def short_like_full(a):
    in_short, in_full = a.attacker, a.attacker.twin()
    in_short.catch_up(in_short=True)
    in_full.catch_up()
    return "alike" if in_short.positions == in_full.positions and in_short.tree == in_full.tree else "different"


# The digest

def states(m, **more):
    """States whose digest is not what the hub computes for this member."""
    good = m.state(**more)
    return [good[:-16] + bytes(16), good[:-1] + bytes([good[-1] ^ 1]), m.state(token=bytes(16), **more),
            m.state(known=(1, DIGEST), **more), m.state(tree=(1, DIGEST), **more), m.state(streams=(), **more),
            m.state(streams=[("own", 0, b"")], **more), m.state(streams=[("own", 1, DIGEST), ("programme", 0, b"")], **more),
            m.state(streams=[("own", 0, b""), ("programme", 1, DIGEST)], **more),
            m.state(streams=[(str(i), 0, b"") for i in range(3)], **more),
            m.state(streams=[(str(i), 0, b"") for i in range(256)], **more)]


@message("a digest that is not the hub's: another token, head, tree, stream, or number of streams", "stale token")
def digest_wrong(a):
    return [a.attacker.short(state=s) for s in states(a.attacker)]


@message("a short push with such a digest", "409")
def push_digest_wrong(a):
    push = a.attacker.next_push()
    return [a.attacker.short(push, state=s) for s in states(a.attacker)]


@message("the digest of another member, under the attacker's name and signature", "stale token|409")
def digest_of_another(a):
    theirs = a.bystander.state()
    return [a.attacker.short(state=theirs), a.attacker.short(a.attacker.next_push(), state=theirs),
            a.attacker.short(state=a.attacker.state(token=a.bystander.token))]


@message("the bystander's own state and name, signed by the attacker", "403")
def short_sender_stolen(a):
    layout = {"sender": a.bystander.key.origin[:16]}
    entry = a.bystander.entry()
    return [a.attacker.short(state=a.bystander.state(), layout=layout),
            a.attacker.short(Push([entry], b""), state=a.bystander.state(), layout={**layout, "entries": [entry]})]


@message("numbers of a state as large as they go, under a digest of them", "stale token|other epoch|done")
def state_numbers_extreme(a):
    m, streams = a.attacker, [("own", TOP, DIGEST), ("programme", TOP, DIGEST)]
    return [m.short(state=m.state(tree=(TOP, DIGEST))), m.short(state=m.state(known=(TOP, DIGEST))),
            m.short(state=m.state(streams=streams)), m.short(state=m.state(epoch=TOP)), m.short(state=m.state(epoch=0)),
            m.short(state=m.state(units=0)), m.short(state=m.state(units=2**53 - 1))]


@message("states that are none: too few numbers, too many, negative, too large, cut, text", "400|409")
def states_misfit(a):
    digest = a.attacker.state()[-16:]

    def written(*numbers):
        return cbor(list(numbers)) + digest
    good = [1, a.attacker.version, 0, 2, 64, 0, 0]
    misfit = [written(*good[:4]), written(*[0] * 262), b"\x80" + digest, b"\xa0" + digest, b"\x9f" + digest,
              b"\x9b" + b"\xff" * 8 + digest, b"\x98\xff" + digest, b"\x07" + digest, written(*good)[:-1], b"",
              *(written(*good[:i], bad, *good[i + 1:]) for i in range(7) for bad in (2**63, -1, "1", None, Raw(b"\x18\1"))),
              written(*good[:4], 2**53, 0, 0)]
    push = a.attacker.next_push()
    return [a.attacker.short(p, state=s) for s in misfit for p in (None, push)]


# What a stranger may learn

@scene("409 to a stranger, to a member's name, to nobody's, with states of all sizes: one answer, byte for byte", "alike")
def conflict_tells_nothing(a):
    stranger, m, answers = a.stranger(), a.attacker, set()
    for sender in (stranger.key.origin, m.key.origin, a.bystander.key.origin, bytes(32)):
        for state in (m.state(token=DIGEST[:16]), m.state(token=DIGEST[:16], streams=()), m.state(token=bytes(16), tree=(TOP, DIGEST))):
            for key in (m, stranger):
                sent = key.short(key.next_push(), state=state, layout={"sender": sender[:16]})
                with a.line() as line:
                    status, headers, body = line.post(sent)
                headers.pop("date", None)
                answers.add((status, tuple(sorted(headers.items())), body))
    (status, _, body), = answers if len(answers) == 1 else [(0, 0, b"")]
    return "alike" if (status, body) == (409, b"") else f"{len(answers)} answers"


@message("short pushes of a stranger whose content is a bomb: the digest is looked at first", "409")
def bomb_of_a_stranger(a):
    m = a.stranger()
    entries = [m.entry(operational={"note": "n" * 60_000}, coded=None)]
    while len(entries) < 100:
        entries.append(m.entry(after=entries, operational={"note": "n" * 60_000}, coded=None))
    return [m.short(m.push_of(*entries)), m.short(m.push_of(entries[0]), content=nested())]


def nested():
    w = Writer()
    w.clear = b"\x81" * 2_000_000
    return w


@message("short requests of a stranger, with a member's token", "403")
def short_not_a_member(a):
    stranger = a.stranger()
    stranger.token = a.attacker.token
    return [stranger.short(), stranger.short(state=a.attacker.state())]


# The one signature

@message("a short push signed as a message, over a segment without context, of another context, of another key", "403")
def short_push_signed_otherwise(a):
    m, push = a.attacker, a.attacker.next_push()
    other = m.short(push, units=65)
    stranger = a.stranger()
    signers = [lambda u: signed(u, m.key, a.hub.programme)[-64:], lambda u: push.signature, lambda u: other[-64:],
               lambda u: bytes(64), lambda u: stranger.short(push, state=m.state())[-64:],
               lambda u: m.key.sign(spoken_for(u, a.hub.programme))]
    return [m.short(push, layout={"signer": s}) for s in signers]


@message("a short push of which anything changed after signing: state, entries, digest", "403|409|400")
def short_push_altered(a):
    good = a.attacker.short(a.attacker.next_push())
    return [good[:at] + bytes([good[at] ^ 0x20]) + good[at + 1:] for at in range(2, len(good), 5)]


@message("the segment signature of a short push, as that of a full one", "400")
def context_foreign(a):
    push = a.attacker.next_push()
    return a.attacker.message(Push(push.entries, a.attacker.short(push)[-64:]))


@message("a short push over two entries, of which one is sent", "403")
def short_push_in_part(a):
    first = a.attacker.entry()
    second = a.attacker.entry(after=[*a.attacker.entries, first])
    return a.attacker.short(Push([first], b""), layout={"entries": [first, second]})


@scene("a short push that was taken, sent again a hundred times: it says again what is held", "done", taken())
def short_push_replayed(a):
    entry = a.attacker.entry()
    sent = a.short(entry)
    with a.line() as line:
        return [a.outcome(sent, line.post(sent)) for _ in range(100)]


@scene("a short push that was taken, whose state goes out again with other entries under the old signature", "403", taken())
def short_push_replayed_with_other_entries(a):
    m = a.attacker
    sent, state = a.short(m.entry()), m.state()
    assert a.post(sent) == "done"
    other = m.entry(salt_of="other")
    return a.post(m.short(Push([other], b""), state=state, layout={"signer": lambda u: sent[-64:]}))


# What is left unread

@message("something behind what is read, in either part, of a short push and of a short request", "400")
def short_left_over(a):
    m, push = a.attacker, a.attacker.next_push()
    over, beside = short_content(push.entries), short_content(push.entries, opaque=b"\0")
    over.clear += b"\0"
    shots = [m.short(push, content=over), m.short(push, content=beside),
             m.short(push, content=short_content(push.entries, opaque=push.signature))]
    for w in (Writer().put(None), Writer().put([1, 1]), Writer().raw(b"\0"), Writer().raw(bytes(1000))):
        shots.append(m.sign(w, kind=SHORT, before=m.state()))
    return [*shots, m.sign(Writer(), kind=SHORT | 128, before=m.state(), deflated=False),
            m.sign(Writer(), kind=SHORT, before=m.state(), length=1)]


@message("a short push from seq 0, from beyond the head, of nothing, of fewer and of more than it says", "400")
def short_push_misfit(a):
    m, push = a.attacker, a.attacker.next_push()
    seq = push.entries[0].seq

    def said(**more):
        return m.short(push, content=short_content(push.entries, **more))
    later = m.entry(seq=seq + 1, previous=DIGEST)
    return [said(first=0), said(first=2**62), said(first=seq + 1), said(number=0), said(number=2), said(number=8),
            said(number=4_001), said(number=TOP), said(count=1), said(count=3), m.short(push, content=Writer()),
            m.short(m.push_of(later))]


@message("a table whose 0 stands for nothing, twice, or for what is written out", "400")
def short_push_table_misfit(a):
    m = a.attacker
    m.catch_up()
    entry = m.entry(seen=m.tree)
    (sizes, *row), raw = batch([entry], m.tree)
    told = [([[0, 0], *row], raw), ([[m.tree[0]], *row], m.tree[1] + raw), ([[], *row], raw), ([[0, 7], *row], DIGEST + raw)]
    shots = [m.short(Push([entry], b""), content=short_content([entry], told=t)) for t in told]
    assert sizes == [0]
    shots.append(m.short(Push([entry], b""), tree=(0, bytes(32)), content=short_content([entry], told=([[0], *row], raw))))
    return [*shots, m.message(m.push_of(entry), told=([[0], *row], raw))]


@message("a full push under the type of a short one, and a short one as a full", "400")
def short_type_confused(a):
    m, push = a.attacker, a.attacker.next_push()
    full = m.request(push)
    return [m.sign(full, kind=SHORT_PUSH, before=m.state(), entries=push.entries),
            m.sign(short_content(push.entries), kind=1, before=m.state()), m.sign(short_content(push.entries), kind=1)]


# Columns

def lots(a, n=8, **options):
    entries = []
    for _ in range(n):
        entries.append(a.attacker.entry(after=[*a.attacker.entries, *entries], **options))
    return a.attacker.push_of(*entries)


@message("sections of six million bytes out of a few hundred, in full and in short, by one value and by many", "400")
def columns_bomb(a):
    wide = {f"f{k:03}": "n" * 90 for k in range(100)}
    pushes = [lots(a, 100, operational={"note": "n" * 60_000}), lots(a, 500, operational=wide, coded=None),
              lots(a, 4_000, operational={"note": "n" * 1_100}, coded=None)]
    return [shot for p in pushes for shot in (a.attacker.message(p), a.attacker.short(p))]


@message("indices to nothing, values that nobody has, bits beyond the last, times that overflow", "400")
def columns_misfit(a):
    push = lots(a)
    items, raw = batch(push.entries)
    field = ["status", None]
    wrong = [(1, [[1], bytes(8)]), (1, [[1, 2], None]), (1, [[1, 2], bytes(8)]), (1, [[1, 2], bytes([2] * 8)]),
             (1, [[1, 2], bytes(7)]), (1, [[], None]), (1, [[0], None]), (1, [[10], None]), (1, [1, None]), (1, None),
             (2, [["a" * 65], None]), (4, [[2**32], None]), (5, [[2**63], None]), (7, [[1], None]), (7, [[TOP], None]),
             (8, [[3], None]), (8, [[2], None]), (9, [[2**18 + 1], None]), (9, [[True], None]), (9, [[1_000], None]),
             (10, [[False], None]), (0, [0]), (0, [7]), (11, field), (11, [*field, 3, [["new"], None]]),
             (11, ["status", b"\0", 0, [["new"], None]]), (11, ["status", b"\xff", 0, [["new"], None]]),
             (11, ["status", b"", 0, [["new"], None]]), (11, [*field, 0, [["new"], None], *field, 0, [["new"], None]]),
             (11, [*field, 1, [TOP, 3600, b"\xff" * 32]]), (11, [*field, 1, [-2**63, 1, bytes(8)]]),
             (11, [*field, 1, [0, 0, bytes(8)]]), (11, [*field, 1, [0, 1, bytes(40)]]), (11, [*field, 1, [0, 1, bytes(9)]]),
             (11, [*field, 2, [["a"], bytes(8)]]), (11, [*field, 2, [["a"], b"\xc0" * 8]]), (11, [*field, 2, [[], b""]]),
             (11, [*field, 2, [[f"c{i:02}" for i in range(65)], b"\xff" * 72]]), (11, [*field, 2, [["b", "a"], b"\xc0" * 8]]),
             (12, []), (12, [*field, 0, [["new"] * 9, None]])]
    return [a.attacker.message(push, told=(items[:at] + [value] + items[at + 1:], raw)) for at, value in wrong]


@message("eight entries in rows, seven in columns, an item of a batch left out or added", "400")
def batches_miscounted(a):
    eight, seven = lots(a), lots(a, 7)
    (sizes, roots), both = table([]), []
    for push, write in ((eight, rows), (seven, columns)):
        items, raw = write(push.entries, [])
        both.append(a.attacker.message(push, told=(sizes + items, roots + raw)))
    items, raw = batch(eight.entries)
    return [*both, *(a.attacker.message(eight, told=(items[:i] + items[i + 1:], raw)) for i in range(len(items))),
            a.attacker.message(eight, told=([*items, []], raw)), a.attacker.message(eight, told=(items, raw[:-1]))]


@message("four thousand entries in columns, truly signed: as many as a push may have", "done", counted(
    ("checkpoint", "members"), entries=4_000))
def columns_largest(a):
    record = a.attacker.entries[-1].record
    entries = []
    for i in range(4_000):
        previous = entries[-1] if entries else a.attacker.entries[-1]
        entries.append(a.attacker.entry(seq=len(a.attacker.entries) + 1 + i, previous=previous.hash, kind=2,
                                        record=record, coded=None, operational={"status": "triaged"}))
    return a.push(*entries)

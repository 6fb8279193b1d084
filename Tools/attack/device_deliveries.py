"""Towards a device: entries, streams, statements and forms that a hub may not deliver (sync §2.5, §3; identity §3)."""

from answer import Delivered
from codec import H, Key, batch, cbor, leaf, multiproof
from device_lies import ESCAPES, lying
from hostile import FORMS
from keys import statement
from town import DeviceAttack, only

DIGEST = H("yarrow.test/1", b"a hash")
TAKEN = only("received", "pending", "pending_bytes", "checkpoint", "verify", "quarantined", "conflicts")


def offered(make, setup=None):
    """Deliveries in place of the honest ones; `make(town, delivered, request)` fills them."""
    def lie(hub, a, member, request):
        a.deliveries = Delivered(hub.programme)
        make(hub.town, a.deliveries, request)
    return lie


def position(request, name):
    return next(count for n, count, _ in request.streams if n == name)


def item(**said):
    """The worker's next entry in `own`; what is said of entry or segment may be false."""
    def make(town, d, request):
        options = {k: v(town) if callable(v) else v for k, v in said.items()}
        entries = options.pop("entries", None) or [town.entry()]
        index = options.pop("index", 0)
        d.stream(options.pop("stream", "own"), options.pop("start", position(request, "own")),
                 [("entry", options.pop("key", town.worker), entries, index, options)])
    return offered(make)


def three(town):
    first = town.entry()
    second = town.entry(seq=first.seq + 1, previous=first.hash)
    return [first, second, town.entry(seq=first.seq + 2, previous=second.hash)]


lying("segment_forged", "a segment signed by a stranger, by the hub, by the authority, or by nobody",
      "76 segment-signature", item(signer=Key("stranger")), item(signer=lambda t: t.hub.key),
      item(signer=lambda t: t.hub.authority), item(signature=bytes(64)))
lying("segment_of_another_author", "the worker's entry under a stranger's key, and the other way round",
      "76 segment-signature", item(public=Key("stranger").public),
      item(signer=Key("stranger"), public=lambda t: t.worker.public))
lying("segment_in_own_name", "an entry under the device's own key, which it never wrote",
      "76 segment-signature|76 message", item(public=lambda t: t.signing()))
lying("segment_weak_key", "an author's key of small order, under which any signature fits",
      "76 segment-signature|76 message|76 inconsistent", item(public=bytes(32), signature=b"\1" + bytes(63)),
      item(public=b"\1" + bytes(31), signature=b"\1" + bytes(63)))
lying("segment_said_otherwise", "a last hash, a root, a range that was not signed",
      "76 segment-signature|76 message|76 segment-root", item(entries=three, last=DIGEST), item(span=5), item(first=7))
lying("proof_false", "a proof that is altered, too long, missing, or of another entry", "76 segment-signature|76 message",
      item(entries=three, index=1, proof=[DIGEST, DIGEST]), item(entries=three, index=1, proof=[]),
      item(entries=three, index=1, proof=[DIGEST] * 64), item(proof=[DIGEST]),
      item(entries=three, index=1, proof=lambda t: multiproof([0], [leaf(e.hash) for e in three(t)])))
lying("entry_altered", "an entry whose content is not what was signed", "76 segment-signature",
      item(sent=lambda t: t.entry(operational={"status": "closed"})), item(sent=lambda t: t.entry(area="south")),
      item(sent=lambda t: t.entry(claimed=1)), item(sent=lambda t: t.entry(salt_of="another")),
      item(entries=three, index=1, sent=lambda t: three(t)[2]))
lying("entry_at_another_place", "a true entry, said to stand elsewhere in its segment", "76 segment-signature|76 message|76 segment-root",
      item(entries=three, index=1, step=2), item(entries=three, index=1, step=0))


def without_proof(town, d, request):
    entries = three(town)
    d.stream("own", position(request, "own"), [("entry", town.worker, entries, 0, {"proof": []})])


def of_which_nothing_comes(town, d, request):
    d.segment(town.worker, three(town))
    d.stream("own", position(request, "own"), [("entry", town.worker, [town.entry()], 0)])


lying("segment_with_gap", "a segment of which entries are missing, without what proves the others; one without any",
      "76 message|76 inconsistent", offered(without_proof), offered(of_which_nothing_comes))


def chain_broken(town, d, request):
    one = town.entry()
    two = town.entry(seq=one.seq + 1, previous=DIGEST)
    d.stream("own", position(request, "own"), [
        ("entry", town.worker, [one, two], 0), ("entry", town.worker, [one, two], 1, {"again": True})])


lying("chain_broken", "two entries of one segment, of which the second does not follow from the first",
      "76 segment-signature", offered(chain_broken))


def fork_of_an_author(town, d, request):
    d.stream("own", position(request, "own"), [
        ("entry", town.worker, [town.entry(salt_of=n)], 0) for n in ("left", "right")])


lying("fork_of_an_author", "two segments of one author that contradict each other: a fork of theirs, which blocks nobody", "0",
      offered(fork_of_an_author), effect=TAKEN)


# What runs, origins, contexts and columns say (wire-format §2.4, §3.3)

lying("segment_of_another_context", "a context that was not signed", "76 segment-signature", item(context=DIGEST))
lying("segment_with_context", "a segment that was signed for a short push: it is as good as any", "0",
      item(signed_context=DIGEST), effect=TAKEN)


def origins(*tables):
    """Tables of origins that are not those which the segments name, in their order."""
    def lie_with(table):
        def make(town, d, request):
            d.stream("own", position(request, "own"), [("entry", town.worker, [town.entry()], 0, table[1])])
            d.origins = [k(town) if callable(k) else k for k in table[0]]
        return offered(make)
    return [lie_with(t) for t in tables]


def worker(town):
    return town.worker.public


lying("origins_misfit", "origins that no segment has, none, and one that is not there", "76 message",
      *origins(([worker, DIGEST], {}), ([DIGEST, worker], {}), ([worker], {"origin": 1}), ([worker], {"origin": 2**63 - 1})))


def run(*items):
    """A run of the worker's next three entries, as other items say it; a batch of all three follows."""
    def make(item_):
        def fill(town, d, request):
            entries = three(town)
            d.segment(town.worker, entries, proof=[])
            d.stream("own", position(request, "own"), [("cbor", item_)])
            # The hash before the first, which the planned items would have told.
            d.told = lambda sent: (batch(entries, push=False)[0], entries[0].previous + batch(entries, push=False)[1])
        return offered(fill)
    return [make(cbor(i)) for i in items]


lying("runs_misfit", "runs of no entries, of too many, from behind the segment, with more than belongs there", "76 message",
      *run([0, 0, 0], [0, 0, 4], [0, 2, 2], [0, 3, 1], [1, 0, 3], [0, 0, 2**63 - 1], [0, 0, 2], [0, 0], [0, 0, 3, None]))


def many(town, **options):
    first, made = town.entry(**options), []
    made.append(first)
    while len(made) < 100:
        made.append(town.entry(seq=made[-1].seq + 1, previous=made[-1].hash, **options))
    return made


def bomb(town, d, request):
    """A hundred entries of sixty thousand bytes each, which are one value in a column."""
    entries = many(town, operational={"note": "n" * 60_000})
    d.stream("own", position(request, "own"), [
        ("entry", town.worker, entries, i, {"again": i > 0}) for i in range(len(entries))])


lying("columns_bomb", "six million bytes of sections out of a few hundred", "76 message", offered(bomb))


def columns(*edits):
    """A hundred entries in columns, of which one item is another; `at` counts from the table, which is 0."""
    def make(at, value):
        def fill(town, d, request):
            entries = many(town)
            d.stream("own", position(request, "own"), [
                ("entry", town.worker, entries, i, {"again": i > 0}) for i in range(len(entries))])

            def told(sent):
                items, raw = batch(sent, push=False)
                items[at] = value
                return items, raw
            d.told = told
        return offered(fill)
    return [make(*e) for e in edits]


FIELD = ["status", None]
lying("columns_misfit", "indices to nothing, values that nobody has, bits beyond the last, times that overflow", "76 message",
      *columns((1, [[2], bytes(100)]), (1, [[2, 3], None]), (1, [[2, 3], bytes(100)]), (1, [[2], b"\1"]),
               (1, [[], None]), (1, [[2, 3], bytes([2] * 100)]), (0, [0]), (0, [7]), (7, [[1], None]), (8, [[3], None]),
               (9, [[2**18 + 1], None]), (11, FIELD), (11, [*FIELD, 3, [["new"], None]]),
               (11, ["status", bytes(13), 0, [["new"], None]]), (11, ["status", b"\xff" * 13, 0, [["new"], None]]),
               (11, [*FIELD, 1, [2**63 - 1, 3600, b"\xff" * 400]]), (11, [*FIELD, 1, [0, 0, bytes(100)]]),
               (11, [*FIELD, 2, [["a"], bytes(100)]]), (11, [*FIELD, 2, [["a"] * 65, b"\xff" * 900]]),
               (12, [*FIELD, 0, [["new"], None]])))


# Streams

def streams(*plans):
    def make(town, d, request):
        for name, start, items in plans:
            d.stream(name, position(request, "own") if start is None else start, items)
    return offered(make)


lying("stream_unasked", "streams that were not asked for", "76 stream", streams(("grants", 0, [])),
      streams(("area/north", 0, [])), streams(("area/south", 0, [("moved", DIGEST[:16])])), streams(("releases", 0, [])))
lying("stream_position", "a delivery that begins where the device is not", "76 inconsistent|76 stream|76 message",
      *(streams(("own", n, [("own", 1)])) for n in (7, 2**62, 2**63 - 1)))
lying("stream_twice", "one stream twice in one answer", "76 inconsistent|76 stream|76 message|76 alarm:stream-rewritten",
      streams(("own", None, [("own", 1)]), ("own", None, [("own", 2)])))
lying("stream_begins_again", "a list that begins again within an epoch: taken, and an alarm", "76 alarm:stream-rewritten",
      streams(("own", 0, [])), streams(("own", 0, [("own", 1)])), effect=TAKEN)
lying("own_item_invented", "items that name own entries which were never written", "76 own-entry|76 inconsistent|76 message",
      *(streams(("own", None, [("own", n)])) for n in (0, 99, 2**62, 2**63 - 1)))
lying("own_record_moved_away", "the device's own record is said to have moved away, in a stream that is no area's",
      "76 inconsistent", lambda hub, a, m, r: offered(lambda t, d, q: d.stream("own", position(q, "own"), [
          ("moved", bytes.fromhex(t.record))]))(hub, a, m, r))
lying("items_misfit", "items that are no items", "76 message|76 inconsistent",
      *(streams(("own", None, [("cbor", b)])) for b in (
          b"\xf4", b"\x60", b"\x80", b"\x82\0\0", b"\x84\0\0\0\0", b"\x85\0\0\0\0\0", b"\x84\x01\0\0", b"\xf9\x3c\0", b"\x20")))
lying("items_too_many", "more items than an answer may have", "76 message",
      streams(("own", None, [("own", 1)] * 4_001)))


# Entries that are signed by somebody, and poisonous

def poisonous(**options):
    def setup(town):
        town.amend(**options)
    return setup


def trap(town):
    """A form that nobody can read, and a report under it."""
    town.hub.publish(town.hub.state_that(3, b"trap", 1, [1, b"shipped: nothing\n"]))
    town.amend(kind=1, form="trap", operational={"x": 1})


DeviceAttack("entry_of_unreadable_form", "a report under a form that this program cannot read: stored, and it blocks nothing",
             "0", setup=trap, effect=only("received", "pending", "pending_bytes", "checkpoint", "verify", "quarantined",
                                          "records"), lie=lambda hub, a, m, r: None)


def poison(name, what, expect="0", effect=TAKEN, **options):
    DeviceAttack(name, what, expect, setup=poisonous(**options), effect=effect, lie=lambda hub, a, m, r: None)


poison("entry_with_escapes", "texts that clear the terminal, in area, form and answers: shown safely",
       form="report", operational={"status": ESCAPES}, coded={"district": ESCAPES}, area=ESCAPES[:30])
poison("entry_of_unknown_form", "a form whose name clears the terminal", form=ESCAPES[:30])
poison("entry_times_extreme", "a claimed time at the end of 64 bits", claimed=2**63 - 1)
poison("entry_times_extreme_past", "a claimed time at the beginning of 64 bits", claimed=-2**63)
poison("entry_field_names", "field names that are no names, of repeats that do not exist",
       operational={"a#0.b": 1, "#.": 1, "x#99999999999999999999.y": 1, "status#-1.x": 1, ESCAPES[:20]: "new",
                    "r#0@" + "f" * 64 + ".x": 2})
poison("entry_sealed_noise", "sealed sections that open for nobody", sensitive=bytes(32), identity=b"\xff" * 272)
poison("entry_sealed_lengths", "sealed sections of lengths that no sealing gives", sensitive=b"\0", identity=bytes(31))
poison("entry_erases", "an erasure of the device's record by somebody who may not: it is not for the hub to hide",
       kind=5, operational={"classes": {0: ["identity", "sensitive"]}, "reason": "mistake"})
poison("entry_epoch_misfit", "an epoch and grants that are no such thing", kind=8, form="yarrow.epoch",
       operational={"number": "one", "commitment": b"", "grants": bytes(5)})
poison("entry_grant_misfit", "grants of noise to nobody", kind=9, form="yarrow.grant",
       operational={"origin": bytes(31), "epoch": -1, "grants": b"\x81\x82\x50" + bytes(16) + b"\x58\x50" + bytes(80)})
poison("entry_assign_misfit", "an assignment to nobody, with a key that opens nothing", kind=7,
       operational={"assignee": b"", "key": bytes(79)})
poison("entry_move_misfit", "a move to an area without a name", kind=6, operational={"area": ESCAPES[:20]})


# Statements

def stating(*makes):
    """Statements in the programme's stream; each make gives bytes."""
    def lie_with(make):
        def lie(hub, a, member, request):
            a.deliveries = Delivered(hub.programme)
            made = make(hub)
            a.deliveries.stream("programme", next(c for n, c, _ in request.streams if n == "programme"), [
                ("statement", s) for s in (made if isinstance(made, list) else [made])])
        return lie
    return [lie_with(make) for make in makes]


READER = [1, 2, Key("stranger").public, H("yarrow.test/1", b"opening")]
lying("statement_forged", "a reader named by the hub, by a stranger, for another programme, under another tag, by nobody",
      "76 statement-signature|76 inconsistent|76 older-statement", *stating(
          *(lambda h, k=k: h.state_that(1, Key("stranger").origin, 1, [*READER, ["north"]], **k(h)) for k in (
              lambda h: {"key": h.key}, lambda h: {"key": Key("stranger")}, lambda h: {"tag": b"yarrow.message/1\0"})),
          lambda h: statement(h.authority, bytes(16), 1, Key("stranger").origin, 1, [*READER, ["north"]]),
          lambda h: h.state_that(2, b"", 2, [DIGEST])[:-64] + bytes(64)))
lying("statement_misfit", "statements of unknown types, bad subjects, versions and bodies, truly signed",
      "76 inconsistent|76 older-statement", *stating(
          *(lambda h, s=s: h.state_that(*s) for s in (
              (6, b"", 1, [1]), (0, b"", 1, [1]), (2, b"x", 2, [DIGEST]), (2, b"", 0, [DIGEST]), (2, b"", 2, [bytes(32)]),
              (2, b"", 2, [DIGEST, 1]), (1, DIGEST, 1, [*READER, ["north"]]),
              (1, Key("stranger").origin, 1, [*READER, ["south", "north"]]),
              (1, Key("stranger").origin, 1, [3, *READER[1:], ["north"]]), (3, b"yarrow.epoch", 1, [1, b"x"]),
              (3, b"report", 2, [3, b"x"])))))
lying("statement_altered", "bytes behind a statement, one cut, one too long", "76 inconsistent|76 message|76 older-statement",
      *stating(lambda h: h.hub_statement + b"\0", lambda h: h.hub_statement[:-1], lambda h: b"", lambda h: bytes(262_145),
               lambda h: b"\x82\x40\x40"))
lying("statement_older", "a lower version than one that was just delivered", "76 older-statement", *stating(
    lambda h: [h.state_that(2, b"", 5, [H("yarrow.test/1", b"new")]), h.state_that(2, b"", 3, [DIGEST])]))
lying("statement_contradicts", "another content under a version that is held", "76 older-statement|76 inconsistent",
      *stating(lambda h: h.state_that(2, b"", 1, [DIGEST]),
               lambda h: [h.state_that(2, b"", 2, [DIGEST]), h.state_that(2, b"", 2, [H("yarrow.test/1", b"other")])]))


def form(change=lambda text: text, name="report", version=2):
    text = change((FORMS / f"{name}.yaml").read_text())
    return lambda h: h.state_that(3, name.encode(), version, [version, text.encode()])


def lowered(text):
    """The form's next version, in which a field of the identity class becomes sensitive."""
    name = text.index("- name: safe_to_contact")
    lower = text[name:].replace("class: identity", "class: sensitive", 1)
    return (text[:name] + lower).replace("version: 1", "version: 2", 1)


lying("form_loosened", "a new version of a form in which a class is lowered, signed by the authority", "76 loosened-form",
      *stating(form(lowered)))
lying("form_of_another_program", "a new version of a form that this program cannot read: it says that it is too old", "78",
      *stating(*(lambda h, t=t: h.state_that(3, b"report", 2, [2, t]) for t in (
          b"shipped: " + b"0" * 64 + b"\n", b"shipped: xyz\n", b"shipped: ", b"", b"[" * 100_000, b"\xff\xfe\0", b"form: x"))))
lying("form_hostile_yaml", "YAML that grows, nests, is cut, is no form, or clears the terminal; signed by the authority",
      "78|0", *stating(
          *(lambda h, t=t: h.state_that(3, b"trap", 1, [1, t]) for t in (
              b"a: &a [x,x,x,x,x,x,x,x]\n" + b"".join(
                  b"%c: &%c [%s]\n" % (c, c, b",".join([b"*" + bytes([c - 1])] * 8)) for c in range(98, 123)),
              b"[" * 100_000, b"form: trap\nversion: 1\ntitle: '\x1b[2J'\n", b"\xff\xfe\0\0", b"", b"--- !!python/object:os\n",
              b"? " * 50_000, b"form: trap\nversion: 1\n" + b"x: 1\n" * 50_000))), effect=TAKEN)


# Joining

def joining(name, what, expect, *lies):
    DeviceAttack(name, what, expect, join=list(lies))


def answered(**items):
    def lie(hub, a, member):
        for key, value in items.items():
            setattr(a, key, value(hub) if callable(value) else value)
    return lie


joining("join_refused", "every refusal: nothing is believed", "77|69", *(answered(status=n) for n in (1, 2, 3, 4, 5)))
joining("join_refusal_unknown", "refusals that do not exist", "76 message", answered(status=6), answered(status=0x100))
joining("join_statement_forged", "a hub statement by somebody else, for another key, pin or epoch, or about another thing",
        "76|76 statement-signature|76 inconsistent|76 message|76 statement-malformed|76 weak-key|76 statement-version", *(answered(statement=s) for s in (
            lambda h: h.state_that(5, b"", 1, [1, h.key.public, h.hub.pin, 0, bytes(32)], key=h.key),
            lambda h: h.state_that(5, b"", 1, [1, Key("stranger").public, h.hub.pin, 0, bytes(32)]),
            lambda h: h.state_that(5, b"", 1, [1, h.key.public, DIGEST, 0, bytes(32)]),
            lambda h: h.state_that(5, b"", 2, [2, h.key.public, h.hub.pin, 0, bytes(32)]),
            lambda h: h.state_that(2, b"", 1, [DIGEST]), b"", lambda h: h.hub_statement + b"\0",
            lambda h: h.state_that(5, b"", 1, [1, bytes(32), h.hub.pin, 0, bytes(32)]))))
joining("join_role_raised", "another role than the invite says", "76 inconsistent",
        *(answered(membership=lambda h, r=r: [1, r, ["north"], ["north", "south"], h.url]) for r in (2, 3)))
joining("join_misfit", "an answer with more items, with bytes left over, of another epoch", "76 message|76 inconsistent",
        answered(count=4), answered(opaque=b"\0"), answered(clear_tail=b"\0"), answered(epoch=2), answered(epoch=0))
joining("join_of_another_hub", "an answer signed by a stranger, or as the answer to something else", "76 message",
        answered(layout={"signed_by": Key("stranger")}), answered(layout={"answering": DIGEST}),
        answered(layout={"signed_for": bytes(16)}), answered(layout={"kind": 2}))


def invited(name, what, expect, *changes):
    DeviceAttack(name, what, expect, invite=list(changes))


invited("invite_altered", "an invite with one letter changed, cut, with a page behind it, or no invite at all", "65",
        lambda t, i: i.text(checksum=False), lambda t, i: i.text()[:-9], lambda t, i: i.text() + "A" * 5000,
        lambda t, i: "Meet at the usual place", lambda t, i: "YARROW1-", lambda t, i: i.text()[:40] + "1" + i.text()[41:])
invited("invite_of_another_version", "a version and a role that nobody defined", "78", lambda t, i: i.altered(version=2),
        lambda t, i: i.altered(role=4), lambda t, i: i.altered(role=0))
invited("invite_address", "addresses that are refused", "65", *(
    lambda t, i, u=u: i.altered(url=u) for u in (
        "http://127.0.0.1", "https://hub@evil", "https://h/x", "https://h?x", "https://", "https://h:0", "https://h:99999",
        "https://H", "https://127.0.0.1:1\x1b[2J", "file:///", "https://[::1")))
invited("invite_name", "names that clear the terminal or run backwards, an empty one, one too long", "65", *(
    lambda t, i, n=n: i.altered(name=n) for n in ("\x1b[2J", "a\u202eb", "", "x" * 129, "a\u200bb", "\x9b1m", "a\nb")))
invited("invite_keys", "keys of small order, of another length", "76 weak-key|65", *(
    lambda t, i, k=k, n=n: i.altered(**{k: n}) for k in ("authority", "log") for n in (bytes(32), b"\1" + bytes(31), bytes(31))))
invited("invite_pin_replaced", "another pin: nothing is sent", "76", lambda t, i: i.altered(pin=DIGEST))
invited("invite_log_key_replaced", "another log key: what the hub says does not count", "76 message",
        lambda t, i: i.altered(log=Key("stranger").public))
invited("invite_authority_replaced", "another authority: its programme is another, and the hub answers for this one only",
        "76 message|76|77|69", lambda t, i: i.altered(authority=Key("stranger").public))

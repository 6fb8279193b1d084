"""Sync responses, with a checkpoint and without one (wire-format §2.4)."""

from batch import Log, batch
from message_cases import (DEVICE, HUB, HUB_EPOCH, MEMBERSHIP, OTHER, PROGRAMME, REQUEST_HASH, SEEN, TOKEN, case, chain,
                           digest, membership_content, refuse, swapped, unsigned_of)
from wire import (Raw, Writer, cbor, leaf, multiproof, root, segment, segment_signature, signed, signed_as_checkpoint,
                  spoken_for)

KIND = "sync-response"
CHECKPOINT = (8, digest("checkpoint root"), 1750000100)
LEFT_OUT = Raw(b"")
USUAL = {"head": None, "growth": [], "more": 0, "held": [], "deliveries": None, "membership": None,
         "statement": None, "retry": 0}


def response(status=0, epoch=HUB_EPOCH, count=None, opaque=b"", keep=0, **given):
    """`keep` writes so many items at least, usual or not."""
    values = {**USUAL, **given}
    while len(values) + 2 > keep and values and (last := next(reversed(values))) in USUAL and values[last] == USUAL[last]:
        del values[last]
    w = Writer().array(len(values) + 2 if count is None else count).put(status, epoch)
    if not status & 16:
        w.raw(TOKEN)
    for name, value in values.items():
        PARTS[name](w, value)
    if values.get("deliveries"):
        values["deliveries"].write_batch(w)
    return w.raw(opaque)


def put_head(w, head):
    w.put(None if head is None else head[0])
    if head is not None and head[0]:
        w.raw(head[1])


def put_growth(w, growth):
    w.array(len(growth))
    for piece in growth:
        if isinstance(piece, Raw):
            w.put(piece)
        elif isinstance(piece[1], list):
            w.put([piece[0], len(piece[1])]).raw(*piece[1])
        else:
            w.put([piece[0], piece[1], None])


def put_statement(w, statement):
    w.put(None if statement is None else len(statement)).raw(statement or b"")


PARTS = {"head": put_head, "growth": put_growth, "more": Writer.put,
         "held": lambda w, held: w.put([x for pair in held for x in pair]),
         "deliveries": lambda w, d: w.put(None) if d is None else d.write(w),
         "membership": Writer.put, "statement": put_statement, "retry": Writer.put}


def response_content(status="done", epoch=HUB_EPOCH, retry=0, head=None, held=(), membership=None, statement=None,
                     growth=(), checkpoint=None, segments=(), deliveries=(), more=0, token=TOKEN, closed=False):
    return {
        "status": status, "closed": closed, "hub_epoch": str(epoch), "token": token.hex(), "retry_after": str(retry),
        "head_as_claimed": head is None,
        "head": None if head is None else {
            "seq": str(head[0]), "hash": (head[1] if head[0] else bytes(32)).hex()},
        "held": [{"seq": str(s), "reason": r} for s, r in held],
        "membership": None if membership is None else membership_content(membership),
        "hub_statement": None if statement is None else statement.hex(),
        "growth": [
            {"foreign": {"end": str(p[0]), "hashes": [h.hex() for h in p[1]]}} if isinstance(p[1], list)
            else {"own": {"first": str(p[0]), "count": str(p[1])}} for p in growth],
        "checkpoint": checkpoint, "segments": list(segments), "deliveries": list(deliveries), "more": str(more)}


HEAD = (17, digest("own head"))


class Deliveries:
    """Origins, segments, deliveries (wire-format §2.4), and what they say."""

    def __init__(self):
        self.segments, self.streams = [], []

    def segment(self, key, entries, context=bytes(32)):
        content = segment(PROGRAMME, key.origin, entries, context)
        self.segments.append((key, entries, content, segment_signature(key, content)))
        return len(self.segments) - 1

    def proof(self, index):
        """What is said of a segment beside those of its entries that are here."""
        entries = self.segments[index][1]
        here = {e.seq - entries[0].seq for _, _, items in self.streams for i in items
                if i[0] == "run" and i[1] == index for e in i[2]}
        return ([] if len(entries) - 1 in here else [entries[-1].hash],
                multiproof(here, [leaf(e.hash) for e in entries]))

    def origins(self):
        return list(dict.fromkeys(key.public for key, *_ in self.segments))

    def write(self, w):
        origins = self.origins()
        w.array(3).put(len(origins)).raw(*origins).array(len(self.segments))
        for key, entries, content, signature in self.segments:
            w.put([origins.index(key.public), entries[0].seq, entries[-1].seq - entries[0].seq])
            w.raw(content[6], signature)
        last = {}
        w.array(len(self.streams))
        for name, start, items in self.streams:
            w.array(len(items) + 2).put(name, start)
            for item in items:
                if item[0] == "run":
                    _, index, entries = item
                    w.put([index, entries[0].seq - self.segments[index][1][0].seq, len(entries)])
                    if entries[0].seq > 1 and last.get(index) != entries[0].seq - 1:
                        w.raw(entries[0].previous)
                    last[index] = entries[-1].seq
                elif item[0] == "own":
                    w.put([item[1]])
                elif item[0] == "moved":
                    w.put(None).raw(item[1])
                else:
                    w.put(item[1])
        for index in range(len(self.segments)):
            end, proof = self.proof(index)
            w.raw(*end, *proof)

    def write_batch(self, w):
        sent = [e for _, _, items in self.streams for i in items if i[0] == "run" for e in i[2]]
        if sent:
            items, raw = batch(sent, push=False)
            w.put(*items).raw(raw)

    def content(self):
        segments = [
            {"public_key": key.public.hex(), "first": str(c[2]), "last": str(c[3]), "last_hash": c[4].hex(),
             "root": c[5].hex(), "context": c[6].hex(), "signature": s.hex(),
             "proof": [h.hex() for h in self.proof(i)[1]]} for i, (key, _, c, s) in enumerate(self.segments)]
        deliveries = []
        for name, start, items in self.streams:
            out = []
            for item in items:
                if item[0] == "run":
                    _, index, entries = item
                    out += [{"entry": e.described(), "segment": str(index)} for e in entries]
                elif item[0] == "own":
                    out.append({"own": str(item[1])})
                else:
                    out.append({item[0]: item[1].hex()})
            deliveries.append({"stream": name, "from": str(start), "items": out})
        return {"segments": segments, "deliveries": deliveries}


def run(index, entries):
    """Entries of a segment that follow each other."""
    return ("run", index, entries)


THEIRS = chain(OTHER, 4, digest("their third"), {"coded": {"district": "north"}}, {"kind": 2, "seen": SEEN},
               {"kind": 2, "sensitive": digest("s") * 4}, {"kind": 9, "form": "yarrow.grant"})


def sample_deliveries():
    d = Deliveries()
    whole = d.segment(OTHER, THEIRS[:2])
    part = d.segment(OTHER, THEIRS, context=digest("short push"))
    mine = chain(DEVICE, 1, bytes(32), {}, {"kind": 2})
    own = d.segment(DEVICE, mine, context=digest("another"))
    one = d.segment(OTHER, THEIRS[3:])
    d.streams = [
        ("own", 3, [("own", 2), run(part, THEIRS[2:3]), ("own", 3)]),
        ("programme", 0, [("statement", digest("a") * 5)]),
        ("area/north", 12, [run(whole, THEIRS[:2]), ("moved", digest("gone")[:16]), run(part, THEIRS[3:]),
                            run(own, mine), run(one, THEIRS[3:])]),
        ("area/south", 0, [])]
    return d


def with_checkpoint(w, checkpoint=CHECKPOINT, epoch=HUB_EPOCH, key=HUB, programme=PROGRAMME, answering=REQUEST_HASH,
                    signer=None, **layout):
    """A message of type 13, and what its checkpoint is; `signer` takes the unsigned message and signs it otherwise."""
    size, tree, time = checkpoint
    layout.setdefault("type", 13)
    unsigned = unsigned_of(KIND, w, before=cbor(size) + cbor(time) + tree, **layout)
    if signer is not None:
        return signer(unsigned), None
    message = signed_as_checkpoint(unsigned, key, programme, epoch, size, tree, time, answering)
    return message, {"size": str(size), "root": tree.hex(), "time": str(time),
                     "answer": spoken_for(unsigned, programme, answering).hex(), "cosignature": message[-64:].hex()}


def responses():
    answers()
    leaving_out()
    checkpoints()
    spoilt_answers()
    growths()
    bad_deliveries()


def answers():
    case("response_nothing_new", KIND, "the smallest response", w=response(), content=response_content())
    case("response_token_still_serves", KIND, "16 beside the status: no token follows", w=response(status=16),
         content=response_content(token=b""))
    refuse("response_stale_without_token", KIND, "inconsistent", "who must say it in full needs a token",
           w=response(status=17))
    for status in (6, 15, 64, 2**32):
        refuse(f"response_status_{status}", KIND, "malformed:out-of-range", "a status that does not exist",
               w=response(status=status))
    case("response_stale_token", KIND, "status 1: the fresh token is inside", w=response(status=1),
         content=response_content("stale-token"))
    statement = digest("statement") * 4
    case("response_other_epoch", KIND, "status 2, with the authority's statement",
         w=response(status=2, epoch=5, statement=statement),
         content=response_content("other-epoch", epoch=5, statement=statement))
    two = (2, HEAD[1])
    case("response_recovering", KIND, "status 3", w=response(status=3, head=two),
         content=response_content("recovering", head=two))
    case("response_busy", KIND, "status 4, and for how long", w=response(status=4, retry=86400),
         content=response_content("busy", retry=86400))
    case("response_revoked", KIND, "status 5", w=response(status=5, head=HEAD),
         content=response_content("revoked", head=HEAD))
    case("response_head_of_nothing", KIND, "the hub holds no entry of this device's, and the device thought it did",
         w=response(head=(0, b"")), content=response_content(head=(0, b"")))
    case("response_closed", KIND, "the device's origin is closed", w=response(status=32),
         content=response_content(closed=True))
    case("response_closed_token_still_serves", KIND, "both bits", w=response(status=48),
         content=response_content(closed=True, token=b""))
    d = sample_deliveries()
    rest = dict(head=HEAD, held=[(16, "form_unknown"), (17, "scope")], membership=MEMBERSHIP,
                growth=[(3, [digest("g1"), digest("g2")]), (16, 2), (8, [digest("g3")])], more=7,
                statement=statement, retry=7)
    w = response(deliveries=d, **rest)
    message, checkpoint = with_checkpoint(w)
    case("response_of_everything", KIND,
         "growth, checkpoint, membership, held entries, whole segments and one in part, of two origins, every item",
         message=message, content=response_content(checkpoint=checkpoint, **rest, **d.content()))
    case("response_not_deflated", KIND, "a reader takes a clear part that deflate would make shorter", w=w,
         deflated=False, content=response_content(**rest, **d.content()))


def leaving_out():
    """Each item as the last one, and each usual value where it may not be."""
    d = Deliveries()
    d.streams = [("own", 4, [("own", 7)])]
    values = {"head": HEAD, "growth": [(3, [digest("g1"), digest("g2")])], "more": 1, "held": [(5, "scope")],
              "deliveries": d, "membership": MEMBERSHIP, "statement": digest("statement"), "retry": 1}
    for number, (name, value) in enumerate(values.items(), 3):
        content = response_content(**d.content()) if name == "deliveries" else response_content(**{name: value})
        case(f"response_of_{number}", KIND, f"the last item is {name}; those before it are as usual",
             w=response(**{name: value}), content=content)
        refuse(f"response_trailing_usual_{name}", KIND, "inconsistent", "the last item has its usual value",
               w=response(keep=number))
    refuse("response_trailing_usual_after_more", KIND, "inconsistent", "there is more, and no entry is held",
           w=response(more=7, keep=6))
    refuse("response_of_one", KIND, "malformed:out-of-range", "no hub epoch",
           message=signed(unsigned_of(KIND, Writer().array(1).put(0).raw(TOKEN)), HUB, PROGRAMME, REQUEST_HASH))
    refuse("response_of_none", KIND, "malformed:out-of-range", "an empty array", w=Writer().array(0))
    refuse("response_of_eleven", KIND, "malformed:too-long", "an item more than there are",
           w=response(retry=1, count=11))
    refuse("response_fewer_than_said", KIND, "malformed:truncated", "three items said, two sent", w=response(count=3))
    refuse("response_more_than_said", KIND, "malformed:trailing-bytes", "two items said, three sent",
           w=response(head=(0, b""), count=2))


def checkpoints():
    growth = [(8, [digest("g")])]

    def bad(name, word, what, w=None, hub_epoch=HUB_EPOCH, **more):
        refuse(name, KIND, word, what, message=with_checkpoint(w or response(growth=growth), **more)[0],
               hub_epoch=hub_epoch)

    for name, w, rest in (
            ("checkpoint", response(growth=growth), dict(growth=growth)),
            ("checkpoint_without_growth", response(), {}),
            ("checkpoint_token_still_serves", response(status=16), dict(token=b""))):
        message, checkpoint = with_checkpoint(w)
        case("response_" + name, KIND, "one signature for the answer and the root that its growth leads to",
             message=message, content=response_content(checkpoint=checkpoint, **rest))
    message, checkpoint = with_checkpoint(response(epoch=7), epoch=7)
    case("response_checkpoint_of_epoch_7", KIND, "the epoch stands in the origin line", message=message, hub_epoch=7,
         content=response_content(epoch=7, checkpoint=checkpoint))
    message, checkpoint = with_checkpoint(response(), checkpoint=(2**63 - 1, CHECKPOINT[1], 2**63 - 1))
    case("response_checkpoint_largest", KIND, "the largest size and time", message=message,
         content=response_content(checkpoint=checkpoint))
    whole = with_checkpoint(response())[0]
    at = whole.index(CHECKPOINT[1])
    for name, place in (("size", 3), ("time", at - 1), ("root", at), ("token", len(whole) - 65)):
        bad(f"checkpoint_{name}_flipped", "signature", "one bit changed on the way", signer=lambda _, place=place:
            whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
    bad("checkpoint_of_other_epoch", "signature", "signed for the log of another epoch", epoch=2)
    bad("checkpoint_epoch_contradicts", "inconsistent", "the answer names another epoch than its checkpoint is signed for",
        w=response(epoch=2))
    bad("checkpoint_of_other_programme", "signature", "another programme's log", programme=digest("other")[:16])
    bad("checkpoint_of_other_key", "signature", "signed by another hub", key=OTHER)
    bad("checkpoint_to_other_request", "signature", "an answer to another request", answering=digest("other request"))
    bad("checkpoint_to_no_request", "signature", "an answer that is bound to no request", answering=bytes(32))
    bad("checkpoint_signed_as_message", "signature", "its signature is that of the checkpoint",
        signer=lambda unsigned: signed(unsigned, HUB, PROGRAMME, REQUEST_HASH))
    other = with_checkpoint(response(more=7))[0]
    bad("checkpoint_of_other_answer", "signature", "the signature from another answer with the same checkpoint",
        signer=lambda unsigned: unsigned + other[-64:])
    bad("checkpoint_as_type_2", "signature", "an answer with a checkpoint, sent as one without",
        signer=lambda unsigned: bytes([1, 2]) + whole[2:])
    refuse("response_as_type_13", KIND, "malformed:unexpected-type", "an answer without a checkpoint, sent as one with one",
           w=response(), type=13)
    bad("checkpoint_size_too_large", "malformed:out-of-range", "2^63 leaves", checkpoint=(2**63, *CHECKPOINT[1:]))
    bad("checkpoint_time_too_large", "malformed:out-of-range", "2^63 seconds", checkpoint=(*CHECKPOINT[:2], 2**63))
    bad("checkpoint_size_negative", "malformed:unexpected-type", "a size below zero", checkpoint=(-1, *CHECKPOINT[1:]))

    def before(name, word, what, standing):
        unsigned = bytes([1, 13, 0]) + standing
        refuse(name, KIND, word, what, message=signed(unsigned, HUB, PROGRAMME, REQUEST_HASH))

    before("checkpoint_size_in_long_head", "malformed:non-shortest-head", "8 in two bytes",
           b"\x18\x08" + cbor(CHECKPOINT[2]) + CHECKPOINT[1])
    before("checkpoint_root_cut", "truncated", "31 bytes of root", cbor(8) + cbor(CHECKPOINT[2]) + CHECKPOINT[1][:31])
    before("checkpoint_time_cut", "truncated", "a head of five bytes, of which three are there",
           cbor(8) + cbor(CHECKPOINT[2])[:3])


def spoilt_answers():
    plain = signed(unsigned_of(KIND, response()), HUB, PROGRAMME, REQUEST_HASH)
    refuse("response_to_other_request", KIND, "signature", "a recorded answer, played back for another request",
           w=response(), answering=digest("other request"))
    refuse("response_to_no_request", KIND, "signature", "an answer that is bound to no request",
           w=response(), answering=bytes(32))
    refuse("response_of_other_programme", KIND, "signature", "the hub of another programme under the same key",
           w=response(), programme=digest("other")[:16])
    refuse("response_cut", KIND, "signature", "the line broke", message=plain[:-1])
    refuse("response_cut_below_frame", KIND, "truncated", "the line broke early", message=plain[:66])
    refuse("response_is_request", KIND, "unexpected-type", "a request where a response belongs",
           w=response(), type=1)
    refuse("response_with_sender", KIND, "malformed:unexpected-type", "a hub names no sender", w=response(),
           deflated=False, sender=b"\x60" + DEVICE.origin[:15])
    refuse("response_deflate_of_nothing", KIND, "inflate", "a clear part of no bytes is not deflated",
           w=Writer().raw(TOKEN), deflated=True)
    refuse("response_retry_beyond_a_day", KIND, "malformed:out-of-range", "86,401 seconds",
           w=response(status=4, retry=86401))
    refuse("response_token_cut", KIND, "truncated", "fifteen bytes of token", w=response(status=0, opaque=b""),
           message=signed(unsigned_of(KIND, short_of(response(), 1)), HUB, PROGRAMME, REQUEST_HASH))
    refuse("response_left_over", KIND, "trailing-opaque-bytes", "a byte more", w=response(opaque=b"\0"))
    refuse("response_head_cut", KIND, "truncated", "31 bytes of the head's hash", w=short_of(response(head=HEAD), 1))
    refuse("response_held_odd", KIND, "malformed:out-of-range", "a seq without a reason",
           w=swapped(response(held=[(5, "scope")]), b"\x82\x05\x65scope", b"\x81\x05"))
    refuse("response_held_zero", KIND, "malformed:out-of-range", "seqs begin at 1", w=response(held=[(0, "scope")]))
    refuse("response_held_too_many", KIND, "malformed:too-long", "more entries than a push may have",
           w=response(held=[(5, "scope"), (6, "scope")]), limits={"entries_per_push": 1})
    areas = dict(w=response(membership=[1, 1, ["north", "east"], [], "u"]))
    refuse("response_areas_unsorted", KIND, "malformed:unsorted-keys", "areas ascend", **areas)
    refuse("response_areas_twice", KIND, "malformed:unsorted-keys", "an area twice",
           w=response(membership=[1, 1, ["north"], ["north", "north"], "u"]))
    for role in (0, 4):
        refuse(f"response_role_{role}", KIND, "malformed:out-of-range", "a role that does not exist",
               w=response(membership=[1, role, [], [], "u"]))
    refuse("response_url_too_long", KIND, "malformed:too-long", "513 bytes",
           w=response(membership=[1, 1, [], [], "u" * 513]))
    refuse("response_statement_too_long", KIND, "malformed:out-of-range", "a statement over its limit",
           w=response(status=2, epoch=5, statement=bytes(101)), limits={"statement_bytes": 100})
    refuse("response_statement_cut", KIND, "truncated", "a statement that is not there",
           w=swapped(response(statement=bytes(40)), b"\x18\x28", b"\x18\x29"))
    refuse("more_is_null", KIND, "malformed:unexpected-type", "how much is left is a number",
           w=swapped(response(status=4, retry=9), b"\x80\x00", b"\x80\xf6"))


def short_of(w, n):
    w.opaque = w.opaque[:-n]
    return w


def growths():
    growth = [(3, [digest("g1"), digest("g2")]), (16, 2), (8, [digest("g3")])]
    refuse("growth_too_many_pieces", KIND, "malformed:too-long", "one piece more than the limit",
           w=response(growth=growth), limits={"growth_pieces": 2})
    refuse("growth_count_beyond_bytes", KIND, "malformed:truncated", "8,000 pieces in no byte",
           w=swapped(response(keep=4), b"\xf6\x80", b"\xf6\x99\x1f\x40"))
    refuse("growth_piece_of_one", KIND, "inconsistent", "neither own nor foreign",
           w=response(growth=[Raw(b"\x81\x01"), Raw(b"\x01")]))
    refuse("growth_own_without_null", KIND, "inconsistent", "an own piece ends in null",
           w=response(growth=[Raw(b"\x83\x01\x02\x03")]))
    refuse("growth_range_too_wide", KIND, "malformed:out-of-range", "no range has 125 hashes",
           w=response(growth=[(2**62, [digest("g")] * 125)]))
    refuse("growth_range_cut", KIND, "truncated", "a hash is missing", w=response(growth=[Raw(cbor([3, 2]))]))


def bad_deliveries():
    theirs = chain(OTHER, 1, bytes(32), {}, {}, {})
    end = chain(OTHER, 4, theirs[-1].hash, {})

    def of(*items, entries=theirs):
        d = Deliveries()
        d.segment(OTHER, entries)
        d.streams = [("own", 0, list(items))]
        return d

    def entry(i):
        return run(0, theirs[i:i + 1])

    def bad(name, word, what, d, old=None, new=None, **limits):
        w = response(deliveries=d)
        refuse(name, KIND, word, what, w=w if old is None else swapped(w, old, new), limits=limits or None)

    def good(name, what, d):
        case(name, KIND, what, w=response(deliveries=d), content=response_content(**d.content()))

    second = of(entry(1))
    item, its = b"\x83\x00\x01\x01", b"\x83\x00\x01\x02"
    good("run_of_a_part", "two entries of three: beside them the first leaf", of(run(0, theirs[1:])))
    good("run_before_the_last", "two entries of three: beside them the last entry's hash, and its leaf",
         of(run(0, theirs[:2])))
    good("run_goes_back_in_its_segment", "an entry told of again: the hash before it is said again",
         of(entry(1), entry(1), entry(0), entry(1)))
    lots = chain(OTHER, 1, bytes(32), *({"coded": {"n": i % 3}} for i in range(9)))
    goes_on = Deliveries()
    goes_on.segment(OTHER, lots)
    goes_on.streams = [("own", 0, [run(0, lots[:1]), ("own", 1), run(0, lots[1:3])])]
    good("run_goes_on_in_its_segment", "the hash before the second run is that of the first", goes_on)
    many = Deliveries()
    many.segment(OTHER, lots)
    many.streams = [("own", 0, [run(0, lots[:4])]), ("area/north", 0, [run(0, lots[4:])])]
    good("runs_in_columns", "nine entries in two streams are one batch, in columns", many)
    single = Deliveries()
    single.segment(OTHER, end)
    single.streams = [("own", 0, [run(0, end)])]
    good("segment_of_one", "a segment of one entry: nothing is said beside it", single)
    scattered = Deliveries()
    scattered.segment(OTHER, lots)
    scattered.segment(OTHER, end)
    scattered.streams = [("own", 0, [run(0, lots[3:6])]), ("area/north", 2, [run(1, end), run(0, lots[:1])])]
    good("segment_scattered", "places 3 to 5 of nine and, in another stream, the first: three gaps, one proof", scattered)
    twice = Deliveries()
    twice.segment(OTHER, lots)
    twice.streams = [("own", 0, [run(0, lots[1:3])]), ("area/north", 0, [run(0, lots[2:4])])]
    good("segment_in_two_streams", "places 1 to 3 of nine, one of them in both streams: one run in the proof", twice)
    nothing_sent = Deliveries()
    nothing_sent.streams = [("own", 4, [("own", 7), ("moved", digest("gone")[:16])])]
    good("deliveries_without_entries", "no origin, no segment and no batch", nothing_sent)

    bad("segment_index_out_of_range", "inconsistent", "an entry of a segment that is not there", second,
        item, b"\x83\x01\x01\x01")
    bad("segment_seq_beyond_last", "malformed:out-of-range", "an entry behind the segment's last", second,
        item, b"\x83\x00\x03\x01")
    bad("segment_seq_negative", "malformed:unexpected-type", "an entry before the segment's first", second,
        item, b"\x83\x00\x20\x01")
    bad("run_beyond_last", "malformed:out-of-range", "three entries, of which the last is behind the segment's", second,
        item, b"\x83\x00\x01\x03")
    bad("run_count_largest", "malformed:out-of-range", "a count that overflows where it is added", second,
        item, b"\x83\x00\x01" + cbor(2**63 - 1))
    bad("run_of_nothing", "malformed:out-of-range", "no entries", second, item, b"\x83\x00\x01\x00")
    bad("segment_from_zero", "malformed:out-of-range", "seqs begin at 1", second, its, b"\x83\x00\x00\x02")
    bad("segment_first_overflow", "malformed:out-of-range", "a first seq of 2^62", second, its,
        b"\x83\x00" + cbor(2**62) + b"\x02")
    bad("segment_too_long", "malformed:out-of-range", "more entries than one push may have", second,
        entries_per_push=2)
    bad("segment_of_two", "inconsistent", "a segment that does not say where it ends", second, its, b"\x82\x00\x01")
    bad("segment_of_four", "malformed:too-long", "an item more", second, its, b"\x84\x00\x01\x02\xf4")
    bad("deliveries_of_nothing", "inconsistent", "no delivery is null, and not an empty array", Deliveries())
    origins = b"\x83\x01\x81"
    bad("origin_out_of_range", "inconsistent", "a segment of an origin that is not there", second, its,
        b"\x83\x01\x01\x02")
    mine = chain(DEVICE, 1, bytes(32), {})
    both = Deliveries()
    both.segment(OTHER, theirs)
    both.segment(DEVICE, mine)
    both.streams = [("own", 0, [run(0, theirs), run(1, mine)])]
    good("segments_of_two_origins", "two segments, each whole", both)
    bad("origins_out_of_order", "inconsistent", "the second origin is used before the first", both,
        b"\x83\x00\x01\x02\x83\x01\x01\x00", b"\x83\x01\x01\x02\x83\x00\x01\x00")
    bad("origin_unused", "inconsistent", "two origins, and all segments are of the first", both,
        b"\x83\x01\x01\x00\x81", b"\x83\x00\x01\x00\x81")
    unused = Deliveries()
    unused.segment(OTHER, theirs)
    unused.segment(DEVICE, mine)
    unused.streams = [("own", 0, [run(0, theirs)])]
    bad("segment_of_which_nothing_comes", "inconsistent", "two segments, and entries of one", unused)
    nothing = Deliveries()
    nothing.segment(OTHER, theirs)
    nothing.streams = [("own", 0, [("own", 1)])]
    bad("segment_beside_own_items", "inconsistent", "a segment, and nothing but an own entry", nothing)
    bad("origins_too_many", "malformed:too-long", "one origin more than there may be deliveries", both,
        deliveries_per_response=1)
    bad("origins_cut", "truncated", "4,000 origins, and not so many bytes", second, origins, b"\x83\x19\x0f\xa0\x81")
    bad("origins_as_array", "malformed:unexpected-type", "a number stands there", second, origins, b"\x83\x81\x01\x81")
    refuse("segment_key_cut", KIND, "truncated", "the opaque part ends in a key", w=short_of(
        response(deliveries=second), len(response(deliveries=second).opaque) - 16 - 31))
    for width in (0, 2):
        bad(f"item_of_{width}", "inconsistent", "neither entries nor an own one", second, item,
            cbor([0, 1, 1][:width])[:1] + item[1:])
    bad("item_of_four", "malformed:too-long", "entries with something more", second, item, b"\x84\x00\x01\x01\xf6")
    bad("item_false", "inconsistent", "an item that is false", of(("own", 1), ("own", 2)), b"\x81\x01\x81\x02",
        b"\xf4\x81\x02")
    bad("item_text", "malformed:unexpected-type", "an item that is a text", of(("own", 1), ("own", 2)),
        b"\x81\x01\x81\x02", b"\x60\x81\x02")
    sent = len(batch([theirs[1]], push=False)[1])
    refuse("proof_cut", KIND, "truncated", "the last byte of the proof, and the batch behind it, are not there",
           w=short_of(response(deliveries=second), sent + 1))
    for name, more, word in (("one_more", lambda p: [*p, digest("p")], "trailing-opaque-bytes"),
                             ("one_less", lambda p: p[:-1], "truncated")):
        wrong = of(entry(1))
        wrong.proof = lambda index, of=wrong, more=more: (Deliveries.proof(of, index)[0], more(Deliveries.proof(of, index)[1]))
        bad(f"proof_of_{name}", word, "the entries that are here say how many hashes there are", wrong)
    of_another = of(entry(1))
    of_another.proof = lambda index: (Deliveries.proof(of_another, index)[0], [digest("p1"), digest("p2")])
    other = response_content(**of_another.content())
    other["segments"][0]["root"] = root([digest("p1"), leaf(theirs[1].hash), digest("p2")]).hex()
    case("proof_of_another_tree", KIND, "the reader computes the root that the hashes lead to, and the signature is checked later",
         w=response(deliveries=of_another), content=other)
    bad("statement_item_too_long", "malformed:too-long", "a statement over its limit",
        of(("statement", bytes(101))), statement_bytes=100)
    bad("delivery_without_position", "inconsistent", "a stream, and not from where", of(), b"\x82\x63own\x00",
        b"\x81\x63own")
    bad("deliveries_too_many_items", "malformed:too-long", "one item more than the limit, over all streams",
        sample_deliveries(), deliveries_per_response=10)
    bad("deliveries_too_many_in_a_run", "malformed:too-long", "each entry of a run is one", many,
        deliveries_per_response=8)
    bad("deliveries_too_many_streams", "malformed:too-long", "more streams than a device may name",
        sample_deliveries(), streams=3)
    bad("deliveries_of_two", "malformed:out-of-range", "origins and segments, and no deliveries", of(),
        b"\x83\x01\x81\x83\x00\x01\x02", b"\x82\x01\x81\x83\x00\x01\x02")
    bad("deliveries_of_four", "malformed:too-long", "an item more", of(), b"\x83\x01\x81\x83\x00\x01\x02",
        b"\x84\x01\x81\x83\x00\x01\x02")
    w = response(deliveries=nothing_sent)
    refuse("batch_of_nothing", KIND, "malformed:trailing-bytes", "a table of checkpoints, and no entries", w=w.array(0))
    bare = Deliveries.write_batch
    Deliveries.write_batch = lambda self, w: None
    lacking = response(deliveries=second)
    Deliveries.write_batch = bare
    refuse("batch_missing", KIND, "malformed:truncated", "an entry is told of and does not come", w=lacking)
    Deliveries.write_batch = lambda self, w: (lambda told: w.put(*told[0]).raw(told[1]))(batch(two, None, told_of))
    two = chain(OTHER, 1, bytes(32), {}, {"kind": 2, "coded": {"age": [9, [digest("before")]]}})
    told_of = Log(*two)
    two = chain(OTHER, 1, bytes(32), {}, {"kind": 2, "record": two[0].record, "coded": {"age": [9, [two[0].hash]]}})
    told_of = Log(*two)
    referring = response(deliveries=of(run(0, two)))
    Deliveries.write_batch = bare
    refuse("response_refers_to_record", KIND, "malformed:too-long", "only a push refers to entries", w=referring)
    seen = of(run(0, chain(OTHER, 1, bytes(32), {"seen": SEEN})))
    bad("response_table_zero", "malformed:out-of-range", "0 stands for something in a short push only", seen,
        b"\x81\x18\x4d", b"\x81\x00")

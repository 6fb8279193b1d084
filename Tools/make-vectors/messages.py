#!/usr/bin/env python3
"""Writes Protocol/vectors/message from Protocol/wire-format.md alone.

    Tools/make-vectors/messages.py            writes the files anew
    Tools/make-vectors/messages.py --check    exits 1 when they differ

Run it again only when the specification changes: the vectors are the contract. zlib may choose
other bytes for the same content in another version; the content is what counts.
"""

import sys
import zlib

sys.dont_write_bytecode = True

from vectors import write
from wire import (DICTIONARY, ROOT, Entry, H, Key, Raw, Withheld, Writer, cbor, deflate, frame,
                  hashlib, head, leaf, path, root, segment, segment_signature, signed, write_entries_table,
                  write_entry)

OUT = ROOT / "Protocol" / "vectors" / "message"
PROGRAMME = H("yarrow.test/1", b"programme")[:16]
DEVICE, OTHER, HUB = Key("device"), Key("other"), Key("hub")
TOKEN = H("yarrow.test/1", b"token")[:16]
REQUEST_HASH = H("yarrow.test/1", b"request")
TYPES = {"sync-request": 1, "sync-response": 2, "join-request": 3, "join-response": 4,
         "release-request": 5, "release-response": 6,
         "succession-request": 7, "succession-response": 8, "audit-request": 9, "audit-response": 10}
cases = {}


def digest(name):
    return H("yarrow.test/1", name.encode())


def case(name, kind, what, expect="accept", w=None, message=None, content=None, held=None,
         limits=None, sender=None, programme=PROGRAMME, answering=None, **layout):
    """Signs what a writer wrote, unless the whole message is given."""
    is_request = kind.endswith("request")
    key = DEVICE if is_request else HUB
    if sender is None:
        sender = DEVICE.origin[:16] if is_request else bytes(16)
    answered = bytes(32) if is_request else REQUEST_HASH
    if message is None:
        unsigned = frame(layout.pop("type", TYPES[kind]), sender, w.clear, w.opaque, **layout)
        message = signed(unsigned, key, programme, answered if answering is None else answering)
    vector = {"what": what, "kind": kind, "expect": expect, "programme": PROGRAMME.hex(),
              "key": key.public.hex(), "answering": answered.hex()}
    if kind == "sync-request":
        vector["held"] = {str(seq): h.hex() for seq, h in (held or {}).items()}
    if kind == "succession-response":
        vector["asking"] = DEVICE.origin.hex()
    if limits:
        vector["limits"] = limits
    vector["message"] = message.hex()
    if content is not None:
        vector["content"] = content
    assert name not in cases and (content is not None) == (expect == "accept"), name
    cases[name] = vector
    return message


def refuse(name, kind, word, what, **rest):
    return case(name, kind, what, "refuse:" + word, **rest)


# Requests (wire-format §2.2)

NUMBERS = dict(hub_epoch=1, membership=0, tree_size=0, head_seq=0, budget=65536)


def request(streams=(), push=None, signature=bytes(64), tail=None, count=8, tree_root=digest("tree")[:16],
            head_hash=digest("head")[:16], opaque=b"", **numbers):
    n = {**NUMBERS, **numbers}
    w = Writer().array(count)
    w.put(n["hub_epoch"], n["membership"], n["tree_size"], n["head_seq"], n["budget"]).raw(TOKEN)
    if n["tree_size"] not in (0, Raw(b"\0")):
        w.raw(tree_root)
    if n["head_seq"]:
        w.raw(head_hash)
    w.array(2 * len(streams))
    for name, items, position in streams:
        w.put(name, items)
        if items:
            w.raw(position)
    if tail is not None:
        tail(w)
    elif push is None:
        w.put(None, None)
    else:
        w.put(push[0].seq).array(len(push) + 1)
        seen, before = write_entries_table(w, push), 0
        for e in push:
            before = write_entry(w, e, seen, before)
        w.raw(signature)
    return w.raw(opaque)


def tabled(table, push):
    """A push whose table is not what its entries ask for."""
    def tail(w):
        w.put(push[0].seq).array(len(push) + 1).array(len(table))
        for size, tree_root in table:
            w.put(size).raw(tree_root)
        before = 0
        for e in push:
            before = write_entry(w, e, table, before)
        w.raw(bytes(64))
    return tail


def request_content(streams=(), push=None, signature=None, unread=False, **numbers):
    n = {**NUMBERS, **numbers}
    return {
        "hub_epoch": str(n["hub_epoch"]), "token": TOKEN.hex(),
        "membership_version": str(n["membership"]), "tree_size": str(n["tree_size"]),
        "tree_root": (digest("tree")[:16] if n["tree_size"] else bytes(16)).hex(),
        "head_seq": str(n["head_seq"]),
        "head_hash": (digest("head")[:16] if n["head_seq"] else bytes(16)).hex(),
        "streams": [{"stream": s, "count": str(c), "hash": (p if c else bytes(16)).hex()}
                    for s, c, p in streams],
        "byte_budget": str(n["budget"]),
        "push": None if push is None else {
            "entries": [e.described() for e in push], "signature": signature.hex()},
        "push_begins_beyond_head": unread}


def chain(key, first=1, previous=bytes(32), *kinds):
    """Consecutive entries: each a dictionary of what differs from a plain one."""
    made = []
    for i, options in enumerate(kinds):
        options = dict(options)
        if options.get("kind") in (2, 3, 4, 5, 6, 7):
            options.setdefault("record", digest("record")[:16])
        e = Entry(PROGRAMME, key.origin, first + i, previous, **options)
        previous = e.hash
        made.append(e)
    return made


SEEN = (77, digest("seen root"))
THREE = chain(
    DEVICE, 1, bytes(32),
    {"operational": {"status": "new"}, "coded": {"district": "north", "means": {0: ["coercion"]}},
     "sensitive": digest("sensitive") * 2, "identity": digest("identity") * 3},
    {"kind": 2, "operational": {"status": ["closed", [digest("replaced")]]}, "seen": SEEN,
     "claimed": 1749999000, "coded": {"age": None}, "area": "south"},
    {"kind": 2, "seen": SEEN, "coded": Withheld(digest("coded withheld")),
     "sensitive": Withheld(digest("sensitive withheld")), "claimed": -5})
STREAMS = [("own", 0, b""), ("programme", 4, digest("position")[:16]),
           ("area/north", 12, digest("north")[:16])]


def requests():
    case("request_first_contact", "sync-request", "the smallest request: nothing known, nothing pushed",
         w=request(), content=request_content())
    known = dict(hub_epoch=3, membership=2, tree_size=1000, head_seq=17, budget=2**63 - 1)
    case("request_positions", "sync-request", "a device that has synced before names its positions",
         w=request(STREAMS, **known), content=request_content(STREAMS, **known))
    signature = segment_signature(DEVICE, segment(PROGRAMME, DEVICE.origin, THREE))
    case("request_push", "sync-request",
         "three entries: all sections, a replaced value, withheld sections, a claimed time that goes back",
         w=request(push=THREE, signature=signature), content=request_content(push=THREE, signature=signature))
    later = THREE[1:]
    signature = segment_signature(DEVICE, segment(PROGRAMME, DEVICE.origin, later))
    case("request_push_goes_on", "sync-request", "a push that goes on from an entry that the hub holds",
         held={1: THREE[0].hash}, w=request(push=later, signature=signature, head_seq=1),
         content=request_content(push=later, signature=signature, head_seq=1))
    case("request_push_beyond_head", "sync-request",
         "a push that begins beyond what the hub holds is left unread: the hub cannot rebuild it",
         w=request(push=later, signature=signature), content=request_content(unread=True))
    case("request_not_deflated", "sync-request", "method 0 is allowed where method 1 would be shorter",
         w=request(STREAMS), method=0, content=request_content(STREAMS))

    plain = case_message(request())
    refuse("empty", "sync-request", "truncated", "no bytes at all", message=b"")
    refuse("shorter_than_frame", "sync-request", "truncated", "one byte less than head and signature",
           message=plain[:85])
    refuse("cut_after_signing", "sync-request", "signature", "the last byte was lost on the way",
           message=plain[:-1])
    refuse("bit_flipped", "sync-request", "signature", "one bit of the content changed on the way",
           message=plain[:30] + bytes([plain[30] ^ 1]) + plain[31:])
    refuse("signature_flipped", "sync-request", "signature", "one bit of the signature changed",
           message=plain[:-1] + bytes([plain[-1] ^ 1]))
    refuse("signed_for_other_programme", "sync-request", "signature",
           "a request to another programme does not pass here", w=request(), programme=digest("other")[:16])
    refuse("request_signed_as_answer", "sync-request", "signature",
           "a request answers nothing", w=request(), answering=REQUEST_HASH)
    refuse("too_long", "sync-request", "too-long", "one byte more than the limit",
           message=plain, limits={"message_bytes": len(plain) - 1})
    for version in (0, 2, 255):
        refuse(f"version_{version}", "sync-request", "unknown-version",
               "another version, whatever follows", w=request(), version=version)
    refuse("type_of_response", "sync-request", "unexpected-type", "a response where a request belongs",
           w=request(), type=2)
    for kind in (0, 7, 255):
        refuse(f"type_{kind}", "sync-request", "unexpected-type", "a type that does not exist",
               w=request(), type=kind)
    for method in (2, 255):
        refuse(f"method_{method}", "sync-request", "unknown-method", "a compression that does not exist",
               w=request(), method=method)
    refuse("clear_length_beyond_end", "sync-request", "truncated", "the clear part would end in the signature",
           w=request(), length=len(request().clear) + 17, method=0)
    refuse("clear_length_largest", "sync-request", "truncated", "the largest length that three bytes can say",
           w=request(), length=2**24 - 1, method=0)
    refuse("sender_of_other_key", "sync-request", "inconsistent", "the sender is not the key that signed",
           w=request(), sender=OTHER.origin[:16])

    short = request()
    short.opaque = short.opaque[:-1]
    refuse("token_cut", "sync-request", "truncated", "the opaque part ends inside the token", w=short)
    refuse("opaque_left_over", "sync-request", "trailing-opaque-bytes", "a byte that belongs to nothing",
           w=request(opaque=b"\0"))
    over = request()
    over.clear += b"\0"
    refuse("clear_left_over", "sync-request", "malformed:trailing-bytes", "an item after the content", w=over)
    cut = request()
    cut.clear = cut.clear[:-1]
    refuse("clear_cut", "sync-request", "malformed:truncated", "the content ends before its last item", w=cut)
    refuse("clear_empty", "sync-request", "malformed:truncated", "no content", w=Writer().raw(TOKEN))
    refuse("number_in_long_head", "sync-request", "malformed:non-shortest-head", "1 in two bytes",
           w=request(hub_epoch=Raw(b"\x18\x01")))
    refuse("number_as_float", "sync-request", "malformed:floating-point", "1.0 is no number here",
           w=request(hub_epoch=Raw(b"\xf9\x3c\x00")))
    refuse("number_too_large", "sync-request", "malformed:out-of-range", "2^63 fits no signed integer",
           w=request(hub_epoch=2**63))
    refuse("number_negative", "sync-request", "malformed:unexpected-type", "a size below zero",
           w=request(budget=-1))
    refuse("array_indefinite", "sync-request", "malformed:indefinite-length", "an array without a length",
           w=swapped(request(), b"\x88", b"\x9f"))
    refuse("array_of_seven", "sync-request", "malformed:out-of-range", "one item is missing", w=request(count=7))
    refuse("array_of_nine", "sync-request", "malformed:too-long", "an item more than there are", w=request(count=9))

    bomb = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    bomb = bomb.compress(b"\x88" + bytes(5 << 20)) + bomb.flush()
    refuse("deflate_bomb", "sync-request", "inflate", "5 MiB out of a few thousand bytes",
           message=packed(bomb))
    body = deflate(request().clear)
    refuse("deflate_cut", "sync-request", "inflate", "the stream does not end", message=packed(body[:-1]))
    refuse("deflate_left_over", "sync-request", "inflate", "a byte behind the end of the stream",
           message=packed(body + b"\0"))
    refuse("deflate_garbage", "sync-request", "inflate", "a block type that does not exist",
           message=packed(b"\x07" + bytes(8)))
    wrapped = zlib.compress(request().clear, 9)
    refuse("deflate_in_zlib_wrapper", "sync-request", "inflate", "a zlib stream is no raw one",
           message=packed(wrapped))

    refuse("streams_odd", "sync-request", "malformed:out-of-range", "a name without a count",
           w=swapped(request([("own", 0, b"")]), b"\x82\x63own\x00", b"\x81\x63own"))
    refuse("streams_too_many", "sync-request", "malformed:too-long", "one stream more than the limit",
           w=request([("a%03d" % i, 0, b"") for i in range(257)]))
    refuse("streams_unsorted", "sync-request", "malformed:unsorted-keys", "shorter names come first",
           w=request([("programme", 0, b""), ("own", 0, b"")]))
    refuse("stream_twice", "sync-request", "malformed:unsorted-keys", "a stream has one position",
           w=request([("own", 0, b""), ("own", 0, b"")]))
    refuse("stream_name_not_text", "sync-request", "malformed:invalid-text", "a name that is not UTF-8",
           w=request([(Raw(b"\x62\xc3\x28"), 0, b"")]))
    refuse("stream_name_too_long", "sync-request", "malformed:too-long", "129 bytes",
           w=request([("s" * 129, 0, b"")]))

    pushes()


def case_message(w):
    return signed(frame(1, DEVICE.origin[:16], w.clear, w.opaque), DEVICE, PROGRAMME)


def packed(body):
    unsigned = bytes([1, 1, 1]) + len(body).to_bytes(3, "big") + DEVICE.origin[:16] + body + TOKEN
    return signed(unsigned, DEVICE, PROGRAMME)


def swapped(w, old, new):
    assert w.clear.count(old) >= 1
    w.clear = w.clear.replace(old, new, 1)
    return w


def one(**options):
    """A push of one plain entry, to be spoilt."""
    return request(push=chain(DEVICE, 1, bytes(32), options))


def pushes():
    signature = bytes(64)
    refuse("push_from_zero", "sync-request", "malformed:out-of-range", "seqs begin at 1",
           w=request(tail=lambda w: w.put(0).array(2).array(0).raw(signature)))
    refuse("push_seq_overflow", "sync-request", "malformed:out-of-range", "a first seq of 2^62",
           w=request(tail=lambda w: w.put(2**62).array(2).array(0).raw(signature)))
    refuse("push_of_nothing", "sync-request", "inconsistent", "a push without entries is no push",
           w=request(tail=lambda w: w.put(1).array(1).array(0).raw(signature)))
    refuse("push_of_empty_array", "sync-request", "inconsistent", "not even the table of checkpoints",
           w=request(tail=lambda w: w.put(1).array(0).raw(signature)))
    refuse("push_without_seq", "sync-request", "inconsistent", "entries, and not where they begin",
           w=request(tail=lambda w: w.put(None).array(1).array(0)))
    refuse("push_too_many", "sync-request", "malformed:too-long", "one entry more than the limit",
           w=request(push=THREE), limits={"entries_per_push": 2})
    refuse("push_count_beyond_bytes", "sync-request", "malformed:truncated",
           "3,000 entries in two bytes: refused before memory is reserved",
           w=request(tail=lambda w: w.put(1).array(3000).array(0)))
    refuse("push_unsigned", "sync-request", "truncated", "the segment's signature is missing",
           w=request(push=THREE, signature=b""))
    for kind in (0, 10, 256):
        refuse(f"entry_kind_{kind}", "sync-request", "malformed:out-of-range", "a kind that does not exist",
               w=swapped(one(), b"\x8b\x01", b"\x8b" + cbor(kind)))
    refuse("entry_of_ten", "sync-request", "malformed:out-of-range", "an entry without its last section",
           w=swapped(one(), b"\x8b\x01", b"\x8a\x01"))
    refuse("entry_area_too_long", "sync-request", "malformed:too-long", "65 bytes", w=one(area="a" * 65))
    refuse("entry_form_version_too_large", "sync-request", "malformed:out-of-range", "2^32",
           w=one(version=2**32))
    refuse("entry_seen_unknown", "sync-request", "malformed:out-of-range", "a checkpoint that the table lacks",
           w=swapped(one(epoch=9), b"\x09\x00\xa0", b"\x09\x01\xa0"))
    refuse("entry_seen_nothing", "sync-request", "malformed:non-canonical-value", "a checkpoint of no leaves",
           w=swapped(one(seen=SEEN), b"\x81\x18\x4d", b"\x81\x00"))
    more = (78, digest("more seen"))
    two = chain(DEVICE, 1, bytes(32), {"seen": SEEN}, {"kind": 2, "seen": more})
    refuse("entry_seen_twice", "sync-request", "inconsistent", "a checkpoint stands in the table twice",
           w=request(tail=tabled([SEEN, SEEN], two[:1])))
    refuse("entry_seen_not_named", "sync-request", "inconsistent", "a checkpoint in the table that no entry names",
           w=request(tail=tabled([SEEN, more], two[:1])))
    refuse("entry_seen_out_of_order", "sync-request", "inconsistent", "a table in another order than that of first use",
           w=request(tail=tabled([more, SEEN], two)))
    zero = one(seen=(77, bytes(32)))
    refuse("entry_seen_zero_root", "sync-request", "malformed:non-canonical-value", "a root of zero bytes", w=zero)
    unsorted = cbor(["status", "new"])[1:] + cbor(["by", "x"])[1:]
    refuse("entry_operational_unsorted", "sync-request", "malformed:unsorted-keys", "field names out of order",
           w=swapped(one(epoch=9), b"\x09\x00\xa0", b"\x09\x00\xa2" + unsorted))
    refuse("entry_operational_twice", "sync-request", "malformed:duplicate-key", "a field twice",
           w=swapped(one(epoch=9), b"\x09\x00\xa0", b"\x09\x00\xa2" + cbor(["by", "x"])[1:] * 2))
    refuse("entry_operational_not_map", "sync-request", "entry:section:unexpected-type", "a text for a section",
           w=swapped(one(epoch=9), b"\x09\x00\xa0", b"\x09\x00\x60"))
    refuse("entry_operational_too_deep", "sync-request", "malformed:too-deep", "nine levels",
           w=swapped(one(epoch=9), b"\x09\x00\xa0", b"\x09\x00" + b"\x81" * 8 + b"\x00"))
    refuse("entry_section_too_long", "sync-request", "entry:section-too-long", "a clear section over its limit",
           w=one(operational={"note": "n" * 100}), limits={"clear_section_bytes": 64})
    refuse("entry_text_too_long", "sync-request", "entry:section:too-long", "a text over its limit",
           w=one(operational={"note": "n" * 100}), limits={"text_bytes": 64})
    refuse("entry_too_many_fields", "sync-request", "entry:section:too-long", "three fields where two may be",
           w=one(operational={"a": 1, "b": 2, "c": 3}), limits={"fields_per_section": 2})
    end = b"\xf6\xf6\xf6"
    refuse("entry_coded_empty", "sync-request", "malformed:non-canonical-value", "an empty section is absent",
           w=swapped(one(), end, b"\xa0\xf6\xf6"))
    refuse("entry_coded_withheld_as_true", "sync-request", "malformed:non-canonical-value", "only false withholds",
           w=swapped(one(), end, b"\xf5\xf6\xf6"))
    refuse("entry_coded_bytes", "sync-request", "malformed:unexpected-type", "a clear section is a map",
           w=swapped(one(), end, b"\x41\x00\xf6\xf6"))
    refuse("entry_sealed_empty", "sync-request", "malformed:non-canonical-value", "no sealed section has no bytes",
           w=swapped(one(), end, b"\xf6\x00\xf6"))
    refuse("entry_sealed_negative", "sync-request", "malformed:unexpected-type", "a length below zero",
           w=swapped(one(), end, b"\xf6\x20\xf6"))
    refuse("entry_sealed_too_long", "sync-request", "malformed:out-of-range", "256 KiB and one byte",
           w=swapped(one(), end, b"\xf6" + cbor((256 << 10) + 1) + b"\xf6"))
    refuse("entry_sealed_cut", "sync-request", "truncated", "a length beyond the opaque part",
           w=swapped(one(), end, b"\xf6" + cbor(1000) + b"\xf6"))


# Responses (wire-format §2.3)


def response(status=0, epoch=1, retry=0, head_seq=0, head_hash=digest("own head"), held=(), membership=None,
             statement=None, growth=(), checkpoint=None, deliveries=None, more=False, count=11, opaque=b""):
    w = Writer().array(count).put(status, epoch, retry)
    if not status & 16:
        w.raw(TOKEN)
    w.put(head_seq)
    if head_seq:
        w.raw(head_hash)
    w.array(2 * len(held))
    for seq, reason in held:
        w.put(seq, reason)
    w.put(membership)
    if statement is None:
        w.put(None)
    else:
        w.put(len(statement)).raw(statement)
    w.array(len(growth))
    for piece in growth:
        if isinstance(piece, Raw):
            w.put(piece)
        elif len(piece) == 2 and isinstance(piece[1], list):
            w.put([piece[0], len(piece[1])]).raw(*piece[1])
        else:
            w.put([piece[0], piece[1], None])
    if checkpoint is None:
        w.put(None)
    else:
        size, tree_root, log, time, co = checkpoint
        w.put([size, time]).raw(tree_root, log, co)
    if deliveries is None:
        w.put(None)
    else:
        deliveries(w)
    return w.put(more).raw(opaque)


def response_content(status="done", epoch=1, retry=0, head_seq=0, held=(), membership=None, statement=None,
                     growth=(), checkpoint=None, segments=(), deliveries=(), more=False, token=TOKEN, closed=False):
    return {
        "status": status, "closed": closed, "hub_epoch": str(epoch), "token": token.hex(), "retry_after": str(retry),
        "head": {"seq": str(head_seq), "hash": (digest("own head") if head_seq else bytes(32)).hex()},
        "held": [{"seq": str(s), "reason": r} for s, r in held],
        "membership": None if membership is None else membership_content(membership),
        "hub_statement": None if statement is None else statement.hex(),
        "growth": [
            {"foreign": {"end": str(p[0]), "hashes": [h.hex() for h in p[1]]}} if isinstance(p[1], list)
            else {"own": {"first": str(p[0]), "count": str(p[1])}} for p in growth],
        "checkpoint": None if checkpoint is None else dict(
            zip(("size", "root", "log_signature", "time", "cosignature"),
                (v.hex() if isinstance(v, bytes) else str(v) for v in checkpoint))),
        "segments": list(segments), "deliveries": list(deliveries), "more": more}


ROLES = {1: "liaison", 2: "caseworker", 3: "committee"}


def membership_content(m):
    return {"version": str(m[0]), "role": ROLES[m[1]], "areas": m[2], "programme_areas": m[3], "url": m[4]}


MEMBERSHIP = [4, 2, ["east", "north"], ["east", "north", "west"], "https://hub.example:8443"]
CHECKPOINT = (8, digest("checkpoint root"), digest("log a") + digest("log b"), 1750000100,
              digest("co a") + digest("co b"))


class Deliveries:
    """Segments, then deliveries (wire-format §2.3), and what they say."""

    def __init__(self):
        self.segments, self.streams = [], []

    def segment(self, key, entries, whole):
        content = segment(PROGRAMME, key.origin, entries)
        self.segments.append((key, entries, whole, content, segment_signature(key, content)))
        return len(self.segments) - 1

    def __call__(self, w):
        w.array(3).array(len(self.segments))
        for key, entries, whole, content, signature in self.segments:
            w.put([entries[0].seq, entries[-1].seq - entries[0].seq, whole]).raw(key.public)
            if not whole:
                w.raw(content[4], content[5])
            w.raw(signature)
        sent = [i[1] for _, _, items in self.streams for i in items if i[0] == "entry"]
        seen, before, last = write_entries_table(w, sent), 0, {}
        w.array(len(self.streams))
        for name, start, items in self.streams:
            w.array(len(items) + 2).put(name, start)
            for item in items:
                if item[0] == "entry":
                    _, e, index, steps = item
                    w.array(4).put(index, e.seq - self.segments[index][1][0].seq)
                    if e.seq > 1 and last.get(index) != e.seq - 1:
                        w.raw(e.previous)
                    last[index] = e.seq
                    w.put(len(steps)).raw(*steps)
                    before = write_entry(w, e, seen, before)
                elif item[0] == "own":
                    w.put([item[1]])
                elif item[0] == "moved":
                    w.put(None).raw(item[1])
                else:
                    w.put(item[1])

    def content(self):
        segments = [
            {"public_key": key.public.hex(), "first": str(c[2]), "last": str(c[3]), "last_hash": c[4].hex(),
             "root": c[5].hex(), "signature": s.hex()} for key, _, _, c, s in self.segments]
        deliveries = []
        for name, start, items in self.streams:
            out = []
            for item in items:
                if item[0] == "entry":
                    out.append({"entry": item[1].described(), "segment": str(item[2]),
                                "path": [h.hex() for h in item[3]]})
                elif item[0] == "own":
                    out.append({"own": str(item[1])})
                else:
                    out.append({item[0]: item[1].hex()})
            deliveries.append({"stream": name, "from": str(start), "items": out})
        return {"segments": segments, "deliveries": deliveries}


def sample_deliveries():
    d = Deliveries()
    theirs = chain(OTHER, 4, digest("their third"), {"coded": {"district": "north"}}, {"kind": 2, "seen": SEEN},
                   {"kind": 2, "sensitive": digest("s") * 4}, {"kind": 9, "form": "yarrow.grant"})
    whole = d.segment(OTHER, theirs[:2], True)
    part = d.segment(OTHER, theirs, False)
    leaves = [leaf(e.hash) for e in theirs]
    d.streams = [
        ("own", 3, [("own", 2), ("entry", theirs[2], part, path(2, leaves)), ("own", 3)]),
        ("programme", 0, [("statement", digest("a") * 5)]),
        ("area/north", 12, [("entry", theirs[0], whole, []), ("entry", theirs[1], whole, []),
                            ("moved", digest("gone")[:16]), ("entry", theirs[3], part, path(3, leaves))]),
        ("area/south", 0, [])]
    return d


def responses():
    kind = "sync-response"
    case("response_nothing_new", kind, "the smallest response", w=response(), content=response_content())
    case("response_token_still_serves", kind, "16 beside the status: no token follows", w=response(status=16),
         content=response_content(token=b""))
    refuse("response_stale_without_token", kind, "inconsistent", "a stale token is never left to serve on",
           w=response(status=17))
    refuse("response_status_unknown_bit", kind, "malformed:out-of-range", "a bit beside 16 and 32 is not known",
           w=response(status=64))
    case("response_stale_token", kind, "status 1: the fresh token is inside", w=response(status=1),
         content=response_content("stale-token"))
    statement = digest("statement") * 4
    case("response_other_epoch", kind, "status 2, with the authority's statement",
         w=response(status=2, epoch=5, statement=statement),
         content=response_content("other-epoch", epoch=5, statement=statement))
    case("response_recovering", kind, "status 3", w=response(status=3, head_seq=2),
         content=response_content("recovering", head_seq=2))
    case("response_busy", kind, "status 4, and for how long", w=response(status=4, retry=86400),
         content=response_content("busy", retry=86400))
    case("response_revoked", kind, "status 5", w=response(status=5, head_seq=9),
         content=response_content("revoked", head_seq=9))
    d = sample_deliveries()
    growth = [(3, [digest("g1"), digest("g2")]), (16, 2), (8, [digest("g3")])]
    rest = dict(head_seq=17, held=[(16, "form_unknown"), (17, "scope")], membership=MEMBERSHIP,
                growth=growth, checkpoint=CHECKPOINT, more=True)
    case("response_of_everything", kind,
         "growth, checkpoint, membership, held entries, a whole segment and one by paths, every item",
         w=response(deliveries=d, **rest), content=response_content(**rest, **d.content()))

    plain = signed(frame(2, bytes(16), response().clear, response().opaque), HUB, PROGRAMME, REQUEST_HASH)
    refuse("response_to_other_request", kind, "signature", "a recorded answer, played back for another request",
           w=response(), answering=digest("other request"))
    refuse("response_to_no_request", kind, "signature", "an answer that is bound to no request",
           w=response(), answering=bytes(32))
    refuse("response_of_other_programme", kind, "signature", "the hub of another programme under the same key",
           w=response(), programme=digest("other")[:16])
    refuse("response_cut", kind, "signature", "the line broke", message=plain[:-20])
    refuse("response_with_sender", kind, "inconsistent", "a hub names no sender", w=response(),
           sender=DEVICE.origin[:16])
    refuse("response_is_request", kind, "unexpected-type", "a request where a response belongs",
           w=response(), type=1)
    refuse("response_status_6", kind, "malformed:out-of-range", "a status that does not exist", w=response(status=6))
    refuse("response_retry_beyond_a_day", kind, "malformed:out-of-range", "86,401 seconds",
           w=response(status=4, retry=86401))
    refuse("response_token_cut", kind, "truncated", "fifteen bytes of token",
           message=signed(frame(2, bytes(16), response().clear, TOKEN[:15]), HUB, PROGRAMME, REQUEST_HASH))
    refuse("response_held_odd", kind, "malformed:out-of-range", "a seq without a reason",
           w=swapped(response(held=[(5, "scope")]), b"\x82\x05\x65scope", b"\x81\x05"))
    refuse("response_held_zero", kind, "malformed:out-of-range", "seqs begin at 1", w=response(held=[(0, "scope")]))
    refuse("response_areas_unsorted", kind, "malformed:unsorted-keys", "areas ascend",
           w=response(membership=[1, 1, ["north", "east"], [], "u"]))
    refuse("response_areas_twice", kind, "malformed:unsorted-keys", "an area twice",
           w=response(membership=[1, 1, ["north"], ["north", "north"], "u"]))
    for role in (0, 4):
        refuse(f"response_role_{role}", kind, "malformed:out-of-range", "a role that does not exist",
               w=response(membership=[1, role, [], [], "u"]))
    refuse("response_url_too_long", kind, "malformed:too-long", "513 bytes",
           w=response(membership=[1, 1, [], [], "u" * 513]))
    refuse("response_statement_too_long", kind, "malformed:out-of-range", "a statement over its limit",
           w=response(status=2, epoch=5, statement=bytes(101)), limits={"statement_bytes": 100})
    refuse("response_statement_cut", kind, "truncated", "a statement that is not there",
           w=swapped(response(statement=bytes(40)), b"\x18\x28", b"\x18\x29"))

    refuse("growth_too_many_pieces", kind, "malformed:too-long", "one piece more than the limit",
           w=response(growth=growth, checkpoint=CHECKPOINT), limits={"growth_pieces": 2})
    refuse("growth_count_beyond_bytes", kind, "malformed:truncated", "8,000 pieces in four bytes",
           w=swapped(response(), b"\xf6\xf6\x80", b"\xf6\xf6\x99\x1f\x40"))
    refuse("growth_piece_of_one", kind, "inconsistent", "neither own nor foreign",
           w=response(growth=[Raw(b"\x81\x01"), Raw(b"\x01")]))
    refuse("growth_own_without_null", kind, "inconsistent", "an own piece ends in null",
           w=response(growth=[Raw(b"\x83\x01\x02\x03")]))
    refuse("growth_range_too_wide", kind, "malformed:out-of-range", "no range has 125 hashes",
           w=response(growth=[(2**62, [digest("g")] * 125)], checkpoint=CHECKPOINT))
    refuse("growth_range_cut", kind, "truncated", "a hash is missing",
           w=response(growth=[Raw(cbor([3, 2]))]))
    refuse("checkpoint_size_too_large", kind, "malformed:out-of-range", "2^63 leaves",
           w=response(checkpoint=(2**63, *CHECKPOINT[1:])))
    refuse("checkpoint_signature_cut", kind, "truncated", "63 bytes of cosignature",
           w=response(checkpoint=(*CHECKPOINT[:4], bytes(63))))
    refuse("more_is_null", kind, "malformed:unexpected-type", "there is more, or there is not",
           w=swapped(response(status=4), b"\xf6\xf6\xf4", b"\xf6\xf6\xf6"))
    bad_deliveries()


def spoilt(items=None, segments=None, **rest):
    d = sample_deliveries()
    if items is not None:
        d.streams = [("own", 0, items)]
    return response(deliveries=d, **rest)


def bad_deliveries():
    kind = "sync-response"
    theirs = chain(OTHER, 1, bytes(32), {}, {}, {})
    leaves = [leaf(e.hash) for e in theirs]

    def with_item(*items, whole=False, entries=theirs):
        d = Deliveries()
        d.segment(OTHER, entries, whole)
        d.streams = [("own", 0, list(items))]
        return d

    def entry(i, index=0, steps=None):
        return ("entry", theirs[i], index, path(i, leaves) if steps is None else steps)

    refuse("segment_index_out_of_range", kind, "inconsistent", "an entry of a segment that is not there",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x84\x00\x01", b"\x84\x01\x01"))
    refuse("segment_seq_beyond_last", kind, "malformed:out-of-range", "an entry behind the segment's last",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x84\x00\x01", b"\x84\x00\x03"))
    refuse("segment_seq_negative", kind, "malformed:unexpected-type", "an entry before the segment's first",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x84\x00\x01", b"\x84\x00\x20"))
    refuse("segment_from_zero", kind, "malformed:out-of-range", "seqs begin at 1",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x83\x01\x02\xf4", b"\x83\x00\x02\xf4"))
    refuse("segment_first_overflow", kind, "malformed:out-of-range", "a first seq of 2^62",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x83\x01\x02\xf4",
                     b"\x83" + cbor(2**62) + b"\x02\xf4"))
    refuse("segment_too_long", kind, "malformed:out-of-range", "more entries than one push may have",
           w=response(deliveries=with_item(entry(1))), limits={"entries_per_push": 2})
    refuse("segment_whole_with_gap", kind, "inconsistent", "said to be whole, and an entry is missing",
           w=response(deliveries=with_item(entry(0, steps=[]), entry(2, steps=[]), whole=True)))
    nothing = Deliveries()
    refuse("deliveries_of_nothing", kind, "inconsistent", "no delivery is null, and not an empty array",
           w=response(deliveries=nothing))
    refuse("segment_of_two", kind, "inconsistent", "a segment that does not say whether it is whole",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x83\x01\x02\xf4", b"\x82\x01\x02"))
    refuse("segment_key_cut", kind, "truncated", "the opaque part ends in a key",
           message=signed(frame(2, bytes(16), response(deliveries=with_item(entry(1))).clear, TOKEN + bytes(31)),
                          HUB, PROGRAMME, REQUEST_HASH))
    for width in (0, 2, 3):
        items = with_item(entry(1))
        refuse(f"item_of_{width}", kind, "inconsistent", "neither an entry nor an own one",
               w=swapped(response(deliveries=items), b"\x84\x00\x01", head(4, width) + b"\x00\x01"))
    refuse("item_of_five", kind, "malformed:too-long", "an entry with something more",
           w=swapped(response(deliveries=with_item(entry(1))), b"\x84\x00\x01", b"\x85\x00\x01"))
    refuse("item_false", kind, "inconsistent", "an item that is false",
           w=swapped(response(deliveries=with_item(("own", 1), ("own", 2))), b"\x81\x01\x81\x02", b"\xf4\x81\x02"))
    refuse("item_text", kind, "malformed:unexpected-type", "an item that is a text",
           w=swapped(response(deliveries=with_item(("own", 1), ("own", 2))), b"\x81\x01\x81\x02", b"\x60\x81\x02"))
    refuse("path_too_long", kind, "malformed:out-of-range", "no tree has a path of 65 hashes",
           w=response(deliveries=with_item(entry(1, steps=[digest("p")] * 65))))
    refuse("path_cut", kind, "truncated", "two hashes said, none sent",
           message=signed(frame(2, bytes(16), response(deliveries=with_item(entry(1))).clear,
                                TOKEN + bytes(32 * 3 + 64)), HUB, PROGRAMME, REQUEST_HASH))
    refuse("statement_item_too_long", kind, "malformed:too-long", "a statement over its limit",
           w=response(deliveries=with_item(("statement", bytes(101)))), limits={"statement_bytes": 100})
    refuse("delivery_without_position", kind, "inconsistent", "a stream, and not from where",
           w=swapped(response(deliveries=with_item()), b"\x82\x63own\x00", b"\x81\x63own"))
    refuse("deliveries_too_many_items", kind, "malformed:too-long", "one item more than the limit, over all streams",
           w=spoilt(), limits={"deliveries_per_response": 7})
    refuse("deliveries_too_many_streams", kind, "malformed:too-long", "more streams than a device may name",
           w=spoilt(), limits={"streams": 3})
    refuse("deliveries_of_two", kind, "malformed:out-of-range", "segments and table, and no deliveries",
           w=swapped(response(deliveries=with_item()), b"\x83\x81\x83\x01\x02\xf4", b"\x82\x81\x83\x01\x02\xf4"))


# Joining and releases (wire-format §2.4–§2.7)


def others():
    secret, opening = digest("secret")[:16], digest("opening")

    def join(clear=b"\x80", opaque=None):
        w = Writer()
        w.clear, w.opaque = clear, secret + DEVICE.public + opening if opaque is None else opaque
        return w

    content = {"invite_secret": secret.hex(), "signing_key": DEVICE.public.hex(), "opening_key": opening.hex()}
    case("join", "join-request", "a device shows its invite and its keys", w=join(), content=content)
    refuse("join_with_content", "join-request", "malformed:too-long", "there is nothing clear to say",
           w=join(b"\x81\x00"))
    refuse("join_opening_key_cut", "join-request", "truncated", "31 bytes", w=join(opaque=secret + DEVICE.public + opening[:31]))
    refuse("join_left_over", "join-request", "trailing-opaque-bytes", "a byte more",
           w=join(opaque=secret + DEVICE.public + opening + b"\0"))
    refuse("join_in_other_name", "join-request", "inconsistent", "the sender is not the key that joins",
           w=join(), sender=OTHER.origin[:16])

    statement = digest("hub statement") * 3

    def member(membership=MEMBERSHIP, count=3, size=None):
        w = Writer().array(count).put(membership).raw(TOKEN).put(2)
        return w.put(len(statement) if size is None else size).raw(statement)

    case("join_member", "join-response", "a new member", w=member(),
         content={"membership": membership_content(MEMBERSHIP), "token": TOKEN.hex(), "hub_epoch": "2",
                  "hub_statement": statement.hex()})
    for number, word in enumerate(
            ("unknown-invite", "invite-used", "invite-expired", "revoked", "recovering"), 1):
        case("join_refused_" + word.replace("-", "_"), "join-response", "no member, and why",
             w=Writer().put([number]), content={"refused": word})
    for number in (0, 6):
        refuse(f"join_refused_{number}", "join-response", "malformed:out-of-range", "a reason that does not exist",
               w=Writer().put([number]))
    refuse("join_of_two", "join-response", "inconsistent", "neither a member nor a reason",
           w=Writer().put([MEMBERSHIP, 1]).raw(TOKEN))
    refuse("join_of_nothing", "join-response", "inconsistent", "an empty answer", w=Writer().array(0))
    refuse("join_without_membership", "join-response", "inconsistent", "a member of nothing", w=member(None))
    refuse("join_statement_too_long", "join-response", "malformed:out-of-range", "a statement over its limit",
           w=member(), limits={"statement_bytes": 95})
    refuse("join_statement_cut", "join-response", "truncated", "a byte less than said", w=member(size=97))
    epoch = Writer().array(3).put(MEMBERSHIP).raw(TOKEN).put(2**63, len(statement)).raw(statement)
    refuse("join_epoch_too_large", "join-response", "malformed:out-of-range", "2^63 fits no signed integer", w=epoch)

    case("release_newest", "release-request", "number 0 asks for the newest", w=Writer().put([0, 0]).raw(TOKEN),
         content={"token": TOKEN.hex(), "number": "0", "offset": "0"})
    refuse("release_request_of_one", "release-request", "inconsistent", "no offset", w=Writer().put([1]).raw(TOKEN))
    refuse("release_offset_negative", "release-request", "malformed:unexpected-type", "an offset below zero",
           w=Writer().put([1, -1]).raw(TOKEN))
    refuse("release_request_in_other_name", "release-request", "inconsistent", "the sender is not the key that signed",
           w=Writer().put([0, 0]).raw(TOKEN), sender=OTHER.origin[:16])

    def part(number=3, total=1000, offset=900, count=100, data=None):
        return Writer().put([number, total, offset, count]).raw(digest("r") * 4 if data is None else data)

    data = (digest("r") * 4)[:100]
    case("release_part", "release-response", "the end of a release", w=part(data=data),
         content={"number": "3", "total": "1000", "offset": "900", "bytes": data.hex()})
    case("release_none", "release-response", "there is no release yet", w=part(0, 0, 0, 0, b""),
         content={"number": "0", "total": "0", "offset": "0", "bytes": ""})
    refuse("release_beyond_total", "release-response", "inconsistent", "a byte more than the whole has",
           w=part(offset=901, data=data))
    refuse("release_offset_beyond_total", "release-response", "malformed:out-of-range", "an offset behind the end",
           w=part(offset=1001, count=0, data=b""))
    refuse("release_total_too_large", "release-response", "malformed:out-of-range", "a release over its limit",
           w=part(data=data), limits={"release_bytes": 999})
    refuse("release_cut", "release-response", "truncated", "a byte less than said", w=part(data=data[:99]))
    refuse("release_left_over", "release-response", "trailing-opaque-bytes", "a byte more than said",
           w=part(data=data + b"\0"))


# Successions (wire-format §2.8, §2.9)


def successions():
    new, kind, answer = Key("successor"), "succession-request", "succession-response"
    opening, sealed = digest("new opening"), [digest("old signature") * 2, digest("new signature") * 2]

    def ask(seq=7, clear=None, opaque=None):
        w = Writer()
        w.clear += cbor([seq]) if clear is None else clear
        head_hash = digest("head") if seq else b""
        return w.raw(head_hash + new.public + opening + b"".join(sealed) if opaque is None else opaque)

    def asked(seq):
        return {"origin": DEVICE.origin.hex(),
                "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()},
                "signing": new.public.hex(), "opening": opening.hex(), "old_signature": sealed[0].hex(),
                "new_signature": sealed[1].hex()}

    case("succession_request", kind, "a closed origin names the keys that follow it", w=ask(), content=asked(7))
    case("succession_request_empty_log", kind, "nothing was written yet: no hash", w=ask(0), content=asked(0))
    refuse("succession_request_of_nothing", kind, "inconsistent", "no head", w=ask(clear=b"\x80"))
    refuse("succession_request_of_two", kind, "malformed:too-long", "a head and something more",
           w=ask(clear=cbor([7, 1])))
    refuse("succession_request_seq_too_large", kind, "malformed:out-of-range", "2^63 fits no signed integer",
           w=ask(clear=cbor([2**63])))
    refuse("succession_request_cut", kind, "truncated", "the new key's signature ends too early",
           w=ask(opaque=digest("head") + new.public + opening + sealed[0] + sealed[1][:63]))
    refuse("succession_request_left_over", kind, "trailing-opaque-bytes", "a byte more",
           w=ask(opaque=digest("head") + new.public + opening + b"".join(sealed) + b"\0"))
    refuse("succession_request_in_other_name", kind, "inconsistent", "the sender is not the key that signed",
           w=ask(), sender=OTHER.origin[:16])

    steps = [digest("step one"), digest("step two")]

    def member(place=(4, 2, 1, 2), last=digest("last"), path=steps, count=3, membership=MEMBERSHIP, tail=b""):
        w = Writer().array(count).put(membership).raw(TOKEN).put(2, list(place))
        return w.raw(last + digest("root") + sealed[0] + digest("entry") + b"".join(path) + tail)

    def other(seq=5):
        w = Writer().array(3).put(MEMBERSHIP).raw(TOKEN).put(2, [seq])
        return w.raw((digest("head") if seq else b"") + new.public + opening + sealed[0])

    enrolled = {"membership": membership_content(MEMBERSHIP), "token": TOKEN.hex(), "hub_epoch": "2"}
    case("succession_member_by_entry", answer, "an entry that the old log has not, proven by its segment", w=member(),
         content={**enrolled, "entry": {
             "first": "4", "last": "6", "last_hash": digest("last").hex(), "root": digest("root").hex(),
             "signature": sealed[0].hex(), "seq": "5", "hash": digest("entry").hex(),
             "path": [s.hex() for s in steps]}})
    for seq in (5, 0):
        case(f"succession_member_by_succession_{seq}", answer, "another went on under this origin's key", w=other(seq),
             content={**enrolled, "succession": {
                 "origin": DEVICE.origin.hex(),
                 "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()},
                 "signing": new.public.hex(), "opening": opening.hex(), "signature": sealed[0].hex()}})
    for number, word in enumerate(("revoked", "recovering", "not-closed", "unknown-head", "too-many"), 1):
        case("succession_refused_" + word.replace("-", "_"), answer, "no successor, and why",
             w=Writer().put([number]), content={"refused": word})
    for number in (0, 6):
        refuse(f"succession_refused_{number}", answer, "malformed:out-of-range", "a reason that does not exist",
               w=Writer().put([number]))
    refuse("succession_of_two", answer, "inconsistent", "neither a member nor a reason",
           w=Writer().put([MEMBERSHIP, 1]).raw(TOKEN))
    refuse("succession_without_membership", answer, "inconsistent", "a member of nothing", w=member(membership=None))
    refuse("succession_proof_of_two", answer, "inconsistent", "neither an entry nor a succession", w=member((4, 2)))
    refuse("succession_proof_of_nothing", answer, "inconsistent", "no proof at all", w=member(()))
    refuse("succession_proof_from_zero", answer, "malformed:out-of-range", "seqs begin at 1", w=member((0, 2, 1, 2)))
    refuse("succession_proof_first_too_large", answer, "malformed:out-of-range", "a first seq of 2^62",
           w=member((2**62, 2, 1, 2)))
    refuse("succession_proof_beyond_last", answer, "malformed:out-of-range", "a seq behind the segment's last",
           w=member((4, 2, 3, 2)))
    refuse("succession_proof_segment_too_long", answer, "malformed:out-of-range", "more entries than a push may have",
           w=member(), limits={"entries_per_push": 2})
    refuse("succession_proof_path_too_long", answer, "malformed:out-of-range", "no tree has a path of 65 hashes",
           w=member((4, 2, 1, 65)))
    refuse("succession_proof_path_cut", answer, "truncated", "two hashes said, one sent", w=member(path=steps[:1]))
    refuse("succession_left_over", answer, "trailing-opaque-bytes", "a byte more", w=member(tail=b"\0"))

    closed = response(status=32)
    case("response_closed", "sync-response", "the device's origin is closed", w=closed,
         content=response_content(closed=True))


# Audits (wire-format §2.10, §2.11)


def audits():
    kind, reply = "audit-request", "audit-response"
    size, tree_root, log, time, co = CHECKPOINT

    def ask(seq=7, count=4, tail=b""):
        w = Writer().array(count).put(2, size, time, seq)
        return w.raw(tree_root, log, co, digest("head") if seq else b"", tail)

    def asked(seq):
        return {"origin": DEVICE.origin.hex(), "hub_epoch": "2",
                "checkpoint": {"size": str(size), "root": tree_root.hex(), "log_signature": log.hex(),
                               "time": str(time), "cosignature": co.hex()},
                "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()}}

    case("audit_request", kind, "a checkpoint that the hub signed, and an entry under it", w=ask(), content=asked(7))
    case("audit_request_without_entry", kind, "nothing of the device's own is proven yet", w=ask(0), content=asked(0))
    refuse("audit_request_of_three", kind, "inconsistent", "no head", w=Writer().array(3).put(2, size, time))
    refuse("audit_request_left_over", kind, "trailing-opaque-bytes", "a byte more", w=ask(tail=b"\0"))
    refuse("audit_request_cut", kind, "truncated", "no hash of the head",
           w=Writer().array(4).put(2, size, time, 7).raw(tree_root, log, co))
    refuse("audit_request_in_other_name", kind, "inconsistent", "the sender is not the key that signed", w=ask(),
           sender=OTHER.origin[:16])

    def say(seq=7, hashes=(digest("p1"), digest("p2")), count=None, width=4):
        w = Writer().array(width).put(2, seq, 9, len(hashes) if count is None else count)
        return w.raw(digest("head") if seq else b"", digest("root"), *hashes)

    def said(seq, hashes):
        return {"hub_epoch": "2", "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()},
                "size": "9", "root": digest("root").hex(), "consistency": [h.hex() for h in hashes]}

    case("audit_response", reply, "the tree has grown", w=say(), content=said(7, [digest("p1"), digest("p2")]))
    case("audit_response_nothing_held", reply, "no entry of this device, no proof", w=say(0, ()), content=said(0, []))
    refuse("audit_response_of_three", reply, "inconsistent", "no number of hashes", w=Writer().array(3).put(2, 7, 9))
    refuse("audit_response_too_many_hashes", reply, "malformed:out-of-range", "no proof has 65 hashes",
           w=say(hashes=(digest("p"),) * 65))
    refuse("audit_response_cut", reply, "truncated", "three hashes said, two sent", w=say(count=3))
    refuse("audit_response_left_over", reply, "trailing-opaque-bytes", "one hash said, two sent", w=say(count=1))


def main():
    requests()
    responses()
    others()
    successions()
    audits()
    return write(cases, OUT)


if __name__ == "__main__":
    sys.exit(main())

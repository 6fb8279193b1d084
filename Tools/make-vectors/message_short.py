"""Short sync requests and short pushes (wire-format §2.3)."""

from batch import batch, rows
from message_cases import (DEVICE, OTHER, PROGRAMME, SEEN, THREE, TOKEN, case, chain, digest, push_content, pushed,
                           refuse, unsigned_of)
from wire import Raw, Writer, cbor, signed, signed_as_segment, spoken_for, state

ASK, PUSH = "short-request", "short-push"
STREAMS = [("own", 0, bytes(32)), ("grants", 4, digest("grants")), ("programme", 300, digest("programme"))]
KNOWN = dict(hub_epoch=3, membership=2, tree=SEEN, head=(17, digest("head")), budget=64, streams=STREAMS)


class State:
    """What the device knows; `said` takes the place of what it would say of it."""

    def __init__(self, hub_epoch=1, membership=0, tree=(0, bytes(32)), head=(0, bytes(32)), budget=64, streams=(),
                 said=None, **known):
        self.numbers = [hub_epoch, membership, tree[0], head[0], budget]
        self.counts, self.streams, self.tree, self.head = [s[1] for s in streams], streams, tree, head
        self.written = state(self.numbers + self.counts, TOKEN, tree[1], head[1], [s[2] for s in streams])
        if said is not None:
            self.written = said(self.written)
        self.token = known.get("token", TOKEN)
        self.held = {
            "token": self.token.hex(), "root": tree[1].hex(), "head_hash": head[1].hex(),
            "streams": [{"stream": name, "hash": known.get("running", running).hex()} for name, _, running in streams]}

    def content(self, push=None, matches=True):
        n = self.numbers
        return {"hub_epoch": str(n[0]), "membership_version": str(n[1]), "tree_size": str(n[2]),
                "head_seq": str(n[3]), "byte_budget": str(1024 * n[4]), "counts": [str(c) for c in self.counts],
                "digest": self.written[-16:].hex(), "digest_matches": matches, "push": push,
                "push_begins_beyond_head": False}


def short():
    asks()
    pushes()
    spoilt_pushes()


def asks():
    def good(name, what, s, matches=True, **more):
        case(name, ASK, what, w=Writer(), before=s.written, state=s.held, content=s.content(matches=matches), **more)

    good("short_request_first_contact", "nothing is known, and zero bytes stand for every hash", State())
    good("short_request_positions", "all that a device knows, in 16 bytes", State(**KNOWN))
    good("short_request_as_many_streams_as_may_be", "three streams, of three", State(**KNOWN), limits={"streams": 3})
    good("short_request_largest_budget", "as many bytes as a number can say", State(budget=2**53 - 1))
    good("short_request_other_digest", "the hub knows something else: it will say so, signed",
         State(**KNOWN, said=lambda b: b[:-16] + digest("other")[:16]), False)
    good("short_request_other_token", "a token that the hub did not give",
         State(**KNOWN, token=digest("other token")[:16]), False)
    good("short_request_other_stream", "a list of the hub's that is as long, and another",
         State(**KNOWN, running=digest("other running")), False)
    fewer = State(**{**KNOWN, "streams": STREAMS[:2]})
    fewer.held = State(**KNOWN).held
    good("short_request_without_a_stream", "a stream that this member pulls is not counted", fewer, False)

    def bad(name, word, what, said=None, s=None, w=None, **more):
        s = s or State(**KNOWN, said=said)
        refuse(name, ASK, word, what, w=w or Writer(), before=s.written, state=s.held, **more)

    def item(at, value):
        """The state with one number replaced; whose digest it has is not asked."""
        numbers = [3, 2, 77, 17, 64, 0, 4, 300]
        numbers[at] = value
        return lambda b: cbor(numbers) + b[-16:]

    bad("short_request_of_four", "malformed:too-long", "a number is missing", lambda b: cbor([3, 2, 77, 17]) + b[-16:])
    bad("short_request_too_many_streams", "malformed:too-long", "one stream more than the limit",
        s=State(streams=[("a%03d" % i, 0, bytes(32)) for i in range(257)]))
    bad("short_request_too_many_streams_lowered", "malformed:too-long", "three streams, of two", limits={"streams": 2})
    bad("short_request_state_as_map", "malformed:unexpected-type", "no array", lambda b: b"\xa0" + b[-16:])
    bad("short_request_state_indefinite", "malformed:indefinite-length", "an array without a length",
        lambda b: b"\x9f" + b[1:])
    for at, name in enumerate(("epoch", "membership", "tree", "head", "budget", "count")):
        bad(f"short_request_{name}_too_large", "malformed:out-of-range", "2^63 fits no signed integer", item(at, 2**63))
        bad(f"short_request_{name}_negative", "malformed:unexpected-type", "a number below zero", item(at, -1))
    bad("short_request_number_in_long_head", "malformed:non-shortest-head", "3 in two bytes", item(0, Raw(b"\x18\x03")))
    bad("short_request_number_as_text", "malformed:unexpected-type", "a text for a number", item(3, "17"))
    bad("short_request_budget_overflow", "malformed:out-of-range", "2^53 times 1,024 fits no signed integer",
        item(4, 2**53))
    bad("short_request_state_cut", "truncated", "more numbers said than there are bytes", lambda b: b"\x98\xc8" + bytes(100))
    bad("short_request_digest_cut", "truncated", "fifteen bytes of digest", lambda b: b[:-1])
    bad("short_request_without_state", "truncated", "a sender and a signature", lambda b: b"")
    bad("short_request_with_clear_part", "malformed:trailing-bytes", "there is nothing clear to say",
        w=Writer().put(None))
    bad("short_request_with_opaque_part", "trailing-opaque-bytes", "nor anything else", w=Writer().raw(b"\0"))
    bad("short_request_deflated", "inflate", "a clear part of no bytes is not deflated", deflated=True)
    bad("short_request_clear_length_beyond_end", "truncated", "one byte that is not there", length=1)
    bad("short_request_of_other_programme", "signature", "a request to another programme does not pass here",
        programme=digest("other")[:16])
    bad("short_request_in_other_name", "inconsistent", "the sender is not the key that signed", sender=OTHER.origin[:16])
    bad("short_request_is_full", "unexpected-type", "a full request where a short one belongs", type=1)
    bad("short_request_is_push", "unexpected-type", "a short push where a short request belongs", type=12)
    bad("short_request_version_2", "unknown-version", "another version, whatever follows", version=2)
    s = State(**KNOWN)
    whole = signed(unsigned_of(ASK, Writer(), before=s.written), DEVICE, PROGRAMME)
    for name, at in (("budget", whole.index(s.written) + 7), ("digest", len(whole) - 65), ("signature", len(whole) - 1)):
        bad(f"short_request_{name}_flipped", "signature", "one bit changed on the way",
            message=whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    refuse("short_request_malformed_before_signature", ASK, "malformed:too-long",
           "the state is read before the signature is checked", state=s.held,
           message=signed(unsigned_of(ASK, Writer(), before=cbor([1]) + bytes(16)), OTHER, PROGRAMME))


def content_of(first, push, told=None, number=None, count=2, stated=None, opaque=b""):
    items, raw = batch(push, stated) if told is None else told
    return Writer().array(count).put(first, len(push) if number is None else number).put(*items).raw(raw, opaque)


def made(s, push, w=None, key=DEVICE, programme=PROGRAMME, sender=None, **layout):
    """A short push, signed as one, and its context."""
    stated = s.tree if s.tree[0] else None
    w = content_of(push[0].seq, push, stated=stated) if w is None else w
    unsigned = unsigned_of(PUSH, w, before=s.written, sender=sender, **layout)
    return signed_as_segment(unsigned, key, programme, push), spoken_for(unsigned, programme)


def pushes():
    def good(name, what, s, push, matches=True, held=None, w=None, **layout):
        message, context = made(s, push, w, **layout)
        case(name, PUSH, what, message=message, state=s.held, held=held,
             content=s.content(push_content(push, message[-64:], context=context.hex()), matches))

    plain = chain(DEVICE, 1, bytes(32), {})
    good("short_push_first", "the first entry of a log, at first contact", State(), plain)
    after = State(**{**KNOWN, "head": (1, THREE[0].hash)})
    good("short_push", "two entries after the head; what they saw last is what the state names: 0 in the table",
         after, THREE[1:])
    more = (78, digest("more seen"))
    two = chain(DEVICE, 2, THREE[0].hash, {"seen": more}, {"seen": SEEN}, {"seen": more})
    good("short_push_two_checkpoints", "one that the state names, and one that it does not", after, two)
    same_size = chain(DEVICE, 2, THREE[0].hash, {"seen": (SEEN[0], digest("other root"))})
    good("short_push_same_size_other_root", "a checkpoint as large as the state's, with another root, stands written out",
         after, same_size)
    good("short_push_again", "entries before the head once more: the hash before them is the hub's",
         State(**{**KNOWN, "head": (3, THREE[2].hash)}), THREE[1:], held={1: THREE[0].hash})
    many = chain(DEVICE, 2, THREE[0].hash, *(
        {"coded": {"n": i}, "seen": SEEN if i % 2 else (0, bytes(32))} for i in range(8)))
    good("short_push_in_columns", "eight entries", after, many)
    good("short_push_not_deflated", "a reader takes a clear part that deflate would make shorter", after, many,
         deflated=False)
    good("short_push_other_digest", "the signature is true, and the hub knows something else: it reads no further",
         State(**{**KNOWN, "head": (1, THREE[0].hash)}, said=lambda b: b[:-16] + digest("other")[:16]), THREE[1:], False)


def spoilt_pushes():
    s, push = State(**{**KNOWN, "head": (1, THREE[0].hash)}), THREE[1:]
    nothing, plain = State(), chain(DEVICE, 1, bytes(32), {})

    def bad(name, word, what, of=push, known=s, w=None, message=None, held=None, limits=None, **more):
        message = made(known, of, w, **more)[0] if message is None else message
        refuse(name, PUSH, word, what, message=message, state=known.held, held=held, limits=limits)

    whole = made(s, push)[0]
    unsigned = whole[:-64]
    bad("short_push_signed_as_message", "signature", "its signature is that of a segment", message=signed(
        unsigned, DEVICE, PROGRAMME))
    bad("short_push_without_context", "signature", "the segment's signature from a full request",
        message=unsigned + pushed(push))
    bad("short_push_of_other_context", "signature", "the segment's signature from another short push",
        message=unsigned + made(State(**{**KNOWN, "head": (1, THREE[0].hash), "budget": 65}), push)[0][-64:])
    bad("short_push_of_other_key", "signature", "the segment signed by somebody else", key=OTHER)
    bad("short_push_of_other_entries", "signature", "signed over the first of two entries",
        message=signed_as_segment(unsigned, DEVICE, PROGRAMME, push[:1]))
    bad("short_push_to_other_programme", "signature", "a push to another programme does not pass here",
        programme=digest("other")[:16])
    for name, at in (("budget", unsigned.index(s.written) + 7), ("digest", unsigned.index(s.written) + len(s.written) - 1),
                     ("signature", len(whole) - 1), ("opaque", len(whole) - 65)):
        bad(f"short_push_{name}_flipped", "signature", "one bit changed on the way",
            message=whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    bad("short_push_unsigned", "truncated", "the message ends with its entries",
        message=unsigned)
    bad("short_push_with_segment_signature", "trailing-opaque-bytes", "the two parts have no signature of their own",
        w=content_of(2, push, stated=SEEN, opaque=pushed(push)))
    bad("short_push_left_over", "trailing-opaque-bytes", "a byte more, found before the signature is checked",
        w=content_of(2, push, stated=SEEN, opaque=b"\0"), key=OTHER)
    bad("short_push_beyond_head", "inconsistent", "nothing that begins later could be checked",
        of=THREE[2:], w=content_of(3, THREE[2:], stated=SEEN))
    bad("short_push_in_other_name", "inconsistent", "the sender is not the key that signed", sender=OTHER.origin[:16])

    def told(*items, raw=b"", n=None, count=2, first=2):
        n = len(items) - 1 if n is None else n
        return Writer().array(count).put(first, n).put(*items).raw(raw)

    bad("short_push_of_nothing", "malformed:out-of-range", "a push without entries is no push", w=told([], n=0))
    bad("short_push_from_zero", "malformed:out-of-range", "seqs begin at 1", w=content_of(0, push, stated=SEEN))
    bad("short_push_seq_overflow", "malformed:out-of-range", "a first seq of 2^62",
        w=content_of(2**62, push, stated=SEEN))
    bad("short_push_of_one", "malformed:out-of-range", "no number of entries", w=Writer().array(1).put(2))
    bad("short_push_of_three", "malformed:too-long", "an item more", w=content_of(2, push, count=3, stated=SEEN))
    bad("short_push_without_content", "malformed:truncated", "a short request under another type", w=Writer())
    bad("short_push_too_many", "malformed:too-long", "one entry more than the limit", limits={"entries_per_push": 1})
    bad("short_push_deflated_nothing", "inflate", "a clear part of no bytes is not deflated", w=Writer(), deflated=True)
    bad("short_push_clear_left_over", "malformed:trailing-bytes", "one entry said, two sent",
        w=content_of(2, push, number=1, told=([batch(push[:1], SEEN)[0][0], *rows(push, [SEEN])[0]], batch(push, SEEN)[1])))
    items, raw = rows(push, [SEEN])
    bad("short_push_state_written_out", "inconsistent", "the checkpoint of the state is 0 in the table",
        w=told([SEEN[0]], *items, raw=SEEN[1] + raw))
    bad("short_push_state_twice", "inconsistent", "0 stands in the table twice", w=told([0, 0], *items, raw=raw))
    bad("short_push_state_not_named", "inconsistent", "0 in the table, and no entry names it",
        of=plain, known=nothing_but(plain), w=told([0], *rows(plain, [])[0], raw=rows(plain, [])[1], first=1))
    bad("short_push_state_without_tree", "malformed:out-of-range", "0 in the table where the state has no tree",
        of=plain, known=nothing, w=told([0], *rows(plain, [])[0], raw=rows(plain, [])[1], first=1))
    bad("short_push_state_too_many_streams", "malformed:too-long", "three streams, of two", limits={"streams": 2})
    bad("short_push_is_short_request", "unexpected-type", "a short request where a short push belongs", type=11)
    bad("short_push_is_full", "unexpected-type", "a full request where a short push belongs", type=1)


def nothing_but(entries):
    """A state with a tree, before the first entry."""
    return State(tree=SEEN)

"""Towards a hub: frames, lengths and encodings that no device writes (wire-format §1, §2; entry §1.1)."""

import zlib

from arena import message
from codec import DICTIONARY, H, MESSAGE_MAX, Raw, Writer, cbor, deflate, frame, head, signed
from exchange import Push, sync_request
from keys import malleated


def spoilt(a, old, new, push=None, layout=None, **more):
    """A genuine push with some bytes of the clear part replaced before it is signed."""
    w = a.attacker.request(push or a.attacker.next_push(), **more)
    assert old in w.clear, (old, w.clear)
    w.clear = w.clear.replace(old, new, 1)
    return a.attacker.sign(w, **(layout or {}))


def packed(a, body, opaque=b""):
    unsigned = bytes([1, 129]) + cbor(len(body)) + a.attacker.key.origin[:16] + body + opaque
    return signed(unsigned, a.attacker.key, a.hub.programme)


def tail(a, *values, count=None, raw=b""):
    """A request whose items 7 and 8 are anything."""
    def write(w):
        w.put(*values)
        if count is not None:
            w.array(count)
        w.raw(raw)
    return a.attacker.message(tail=write)


@message("nothing, one byte, and one byte less than the smallest message", "400")
def undersized(a):
    return [b"", b"\1", a.genuine()[:66]]


@message("one byte more than a message may have, well signed", "413")
def oversized(a):
    return a.attacker.message(a.attacker.next_push(), opaque=bytes(MESSAGE_MAX))


@message("versions that nobody defined", "400")
def unknown_versions(a):
    return [a.attacker.message(a.attacker.next_push(), {"version": v}) for v in (0, 2, 127, 255)]


@message("types of answers, and types that do not exist", "400")
def unknown_types(a):
    return [a.attacker.message(a.attacker.next_push(), {"kind": k, "deflated": False})
            for k in (0, 2, 4, 6, 7, 8, 10, 11, 12, 13, 14, 64, 127, 128, 255)]


@message("a push under the type of a release request or of a join", "400|403|413")
def type_confused(a):
    return [a.attacker.message(a.attacker.next_push(), {"kind": k}) for k in (3, 5)]


@message("said to be deflated and is not, and the other way round", "400")
def deflated_falsely(a):
    w = a.attacker.request(a.attacker.next_push())
    body = deflate(w.clear)
    plain = frame(1, a.attacker.key.origin[:16], body, w.opaque, deflated=False)
    return [a.attacker.sign(w, kind=129, deflated=False), signed(plain, a.attacker.key, a.hub.programme)]


@message("lengths of the clear part that lead into the signature, beyond the end, or nowhere", "400|stale token")
def clear_lengths(a):
    w = a.attacker.request(a.attacker.next_push())
    n = len(w.clear)
    ends = n + len(w.opaque)
    return [a.attacker.sign(w, deflated=False, length=length)
            for length in (0, 1, n - 1, n + 1, ends + 1, ends + 64, 2**24 - 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, -1,
                           Raw(b"\x18" + bytes([n & 15])), Raw(b"\x5f"), Raw(b"\xfb" + bytes(8)))]


@message("each bit of head and signature flipped, one at a time", "400|403")
def bits_flipped(a):
    good = a.genuine()
    flipped = []
    for at in [*range(22), *range(len(good) - 64, len(good), 3)]:
        flipped.append(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1:])
    return flipped


@message("content altered after signing", "403")
def content_altered(a):
    good = a.genuine()
    return [good[:at] + bytes([good[at] ^ 0x20]) + good[at + 1:] for at in range(22, len(good) - 64, 9)]


@message("the message cut at many places", "400|403")
def cut_short(a):
    good = a.genuine()
    return [good[:n] for n in range(86, len(good), 13)]


@message("bytes behind the signature", "403")
def bytes_behind(a):
    return [a.genuine() + bytes(n) for n in (1, 64, 1000)]


@message("the signature in its second form, S + L", "403")
def signature_malleated(a):
    good = a.genuine()
    return good[:-64] + malleated(good[-64:])


@message("signed under the tag of a segment, of a statement, and under none", "403")
def signed_for_another_purpose(a):
    unsigned = a.genuine()[:-64]
    key, programme = a.attacker.key, a.hub.programme
    return [unsigned + key.sign(tag + programme + bytes(32) + unsigned)
            for tag in (b"yarrow.segment/1\0", b"yarrow.statement/1\0", b"yarrow.message/2\0", b"")]


@message("signed for another programme, and as the answer to something", "403")
def signed_elsewhere(a):
    unsigned = a.genuine()[:-64]
    return [signed(unsigned, a.attacker.key, bytes(16)),
            signed(unsigned, a.attacker.key, a.hub.programme, H("yarrow.test/1", b"a request"))]


@message("deflate that would give 5 MiB, 64 MiB and 1 GiB out of few bytes", "400")
def deflate_bombs(a):
    shots = []
    for mib in (5, 64, 1000):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
        body = packer.compress(b"\x88")
        for _ in range(mib):
            body += packer.compress(bytes(1 << 20))
        shots.append(packed(a, (body + packer.flush())[:MESSAGE_MAX - 200]))
    return shots


@message("a bomb that is CBOR: 4 MiB of nested arrays, of empty arrays, and of one-letter texts", "400")
def cbor_bombs(a):
    return [packed(a, deflate(b"\x88" + filling * ((4 << 20) // len(filling) - 1)))
            for filling in (b"\x81", b"\x80", b"\x61a", b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00")]


@message("deflate that is cut, goes on, is wrapped, is of another dictionary, or is none", "400")
def deflate_malformed(a):
    w = a.attacker.request(a.attacker.next_push())
    body = deflate(w.clear)
    other = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, DICTIONARY[::-1])
    other = other.compress(w.clear) + other.flush()
    return [packed(a, bad, w.opaque) for bad in (
        body[:-1], body + b"\0", body + body, zlib.compress(w.clear), other, b"", b"\x07" + bytes(9), b"\xff" * 40)]


@message("a length in a head longer than it needs to be", "400")
def heads_too_long(a):
    push = a.attacker.next_push
    return [spoilt(a, b"\x88\x01", b"\x98\x08\x01", push()), spoilt(a, b"\x88\x01", b"\x88\x18\x01", push()),
            spoilt(a, b"\x88\x01", b"\x88\x1b" + bytes(7) + b"\x01", push()),
            spoilt(a, cbor("status"), b"\x78\x06status", push()), spoilt(a, b"\xa1" + cbor("status"),
                                                                        b"\xb8\x01" + cbor("status"), push())]


@message("indefinite lengths", "400")
def indefinite_lengths(a):
    return [spoilt(a, b"\x88\x01", b"\x9f\x01"),
            spoilt(a, cbor({"status": "new"}), b"\xbf" + cbor("status") + cbor("new") + b"\xff"),
            spoilt(a, cbor("new"), b"\x7f" + cbor("new") + b"\xff")]


@message("floats, tags, simple values and undefined where a value stands", "400")
def foreign_types(a):
    return [spoilt(a, cbor("new"), bad) for bad in (
        b"\xf9\x3c\x00", b"\xfa\x3f\x80\x00\x00", b"\xfb" + bytes(8), b"\xf9\x7e\x00", b"\xc0" + cbor("new"),
        b"\xd9\xd9\xf7" + cbor("new"), b"\xc2\x41\x01", b"\xf7", b"\xe0", b"\xf8\x20", b"\xf8\x14")]


@message("decimals with a mantissa that ends in zero, an exponent of 19, or something else inside", "400")
def decimals_not_canonical(a):
    return [spoilt(a, cbor("new"), b"\xc4" + bad) for bad in (
        cbor([0, 10]), cbor([19, 1]), cbor([-19, 1]), cbor([1, 0]), cbor([0]), cbor([0, 1, 2]), cbor([0, "1"]),
        cbor({0: 1}), b"\x82\x00\xc4\x82\x00\x01")]


@message("maps with keys out of order, twice, or of a type that keys may not have", "400")
def maps_not_canonical(a):
    pair = cbor("status") + cbor("new")
    other = cbor("a") + cbor("b")
    good = cbor({"status": "new"})
    return [spoilt(a, good, bad) for bad in (
        b"\xa2" + pair + other, b"\xa2" + pair + pair, b"\xa2" + other + other,
        b"\xa1\x41a" + cbor("new"), b"\xa1\x20" + cbor("new"), b"\xa1\xf6" + cbor("new"), b"\xa1\x80" + cbor("new"))]


@message("text that is not UTF-8: overlong, a surrogate, beyond the last, cut", "400")
def text_not_utf8(a):
    return [spoilt(a, cbor("new"), b"\x63" + bad) for bad in (
        b"\xc0\x80a", b"\xed\xa0\x80", b"a\xf5\x80", b"ab\xc3", b"\xff\xfea", b"\xe0\x80\x80")]


@message("integers beyond 64 signed bits", "400")
def integers_too_large(a):
    return [spoilt(a, cbor("new"), cbor(2**63)), spoilt(a, cbor("new"), b"\x3b\x80" + bytes(7)),
            spoilt(a, cbor("new"), b"\x1b" + b"\xff" * 8)]


@message("nine levels of nesting, and a thousand", "400")
def nested_too_deep(a):
    return [spoilt(a, cbor("new"), b"\x81" * n + b"\0") for n in (9, 1000, 100_000)]


@message("counts and lengths near the largest number, with nothing behind them", "400")
def counts_beyond_bytes(a):
    shots = []
    for n in (4_000, 4_001, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
        shots += [tail(a, 3, Raw(head(4, n))), tail(a, 3, n)]
        shots.append(spoilt(a, cbor("new"), head(3, n) if n > 10_000 else head(3, n + 70_000)))
        shots.append(spoilt(a, cbor("new"), head(2, n)))
        shots.append(spoilt(a, cbor("new"), head(4, n)))
        shots.append(spoilt(a, cbor("new"), head(5, n)))
    return shots


@message("sealed sections of length zero, one too many, and as long as numbers go", "400")
def sealed_lengths(a):
    def push():
        return a.attacker.push_of(a.attacker.entry(sensitive=bytes(64)))
    end = b"\x18\x40\xf6"
    return [spoilt(a, end, cbor(n) + b"\xf6", push())
            for n in (0, 1, 63, 65, 262_144, 262_145, 2**31, 2**32, 2**63 - 1, 2**63)]


@message("items of a request left out, added, and a byte behind them", "400")
def items_miscounted(a):
    push = a.attacker.next_push()
    return [a.attacker.message(push, count=7), a.attacker.message(push, count=9), a.attacker.message(push, count=0),
            a.attacker.message(push, opaque=b"\0"), spoilt(a, b"\x88\x01", b"\x88\x01\x01")]


@message("numbers of a request: negative, text, null, 2^63", "400")
def numbers_misfit(a):
    bad = (Raw(b"\x20"), "1", None, 2**63, Raw(b"\xf9\x3c\x00"), b"\1", True)
    return [a.attacker.message(a.attacker.next_push(), **{name: b})
            for b in bad for name in ("epoch", "membership", "budget")]


@message("streams: odd, out of order, twice, too many, a name too long or not text", "400")
def streams_misfit(a):
    lists = [[("programme", 0, b""), ("own", 0, b"")], [("own", 0, b""), ("own", 0, b"")],
             [("s" * 129, 0, b"")], [("a%03d" % i, 0, b"") for i in range(257)], [(Raw(b"\x62\xc3\x28"), 0, b"")],
             [(1, 0, b"")], [(b"own", 0, b"")], [("own", 5, b"")], [("own", 2**63, bytes(16))]]
    shots = [a.attacker.message(a.attacker.next_push(), streams=streams) for streams in lists]
    return [*shots, spoilt(a, b"\x82\x63own\x00", b"\x81\x63own", streams=[("own", 0, b"")])]


@message("a push from seq 0, from 2^62, without seq, of nothing, without signature", "400")
def pushes_misfit(a):
    push = a.attacker.next_push()
    return [a.attacker.message(push, first=0), a.attacker.message(push, first=2**62),
            a.attacker.message(push, first=Raw(b"\xf6")), a.attacker.message(Push(push.entries, b"")),
            a.attacker.message(Push(push.entries, push.signature[:63])), tail(a, 3, count=0, raw=bytes(64)),
            tail(a, 3, count=1), tail(a, None, count=1), tail(a, 3, None), tail(a, None, 1),
            *(a.attacker.message(push, number=n) for n in (0, 2, 7, 8, 4_000, 4_001, 2**63 - 1, 2**63))]


@message("kinds, form versions and checkpoints that an entry may not name", "400")
def entries_misfit(a):
    entry = a.attacker.entry
    good = a.attacker.push_of(entry())
    shots = [spoilt(a, b"\x8b\x01\x65north", b"\x8b" + cbor(kind) + b"\x65north", good)
             for kind in (0, 10, 256, 2**63 - 1)]
    shots += [a.attacker.message(a.attacker.push_of(entry(version=2**32))),
              a.attacker.message(a.attacker.push_of(entry(epoch=2**32))),
              a.attacker.message(a.attacker.push_of(entry(seen=(7, bytes(32))))),
              spoilt(a, b"\x8b\x01", b"\x8a\x01", good), spoilt(a, b"\x8b\x01", b"\x8c\x01", good)]
    return [*shots, a.attacker.message(a.attacker.push_of(entry(area="a" * 65))),
            a.attacker.message(a.attacker.push_of(entry(form="f" * 65)))]


@message("sections over their limits: fields, one text, a whole section, references, a key", "400")
def sections_too_long(a):
    many = {"f%03d" % i: 1 for i in range(513)}
    references = sorted(H("yarrow.test/1", bytes([i // 256, i % 256])) for i in range(257))
    sections = [many, {"status": "n" * 65_537}, {f"t{i}": "n" * 20_000 for i in range(4)},
                {"status": ["new", references]}, {"k" * 257: 1}]
    return [a.attacker.message(a.attacker.push_of(a.attacker.entry(operational=s))) for s in sections]


@message("an empty coded section, a section that is true, a section of bytes or of text", "400")
def sections_misfit(a):
    push = a.attacker.push_of(a.attacker.entry(coded=None))
    return [spoilt(a, b"\xf6\xf6\xf6", bad, push) for bad in (
        b"\xa0\xf6\xf6", b"\xf5\xf6\xf6", b"\x41\0\xf6\xf6", b"\x61a\xf6\xf6", b"\xf6\x20\xf6", b"\xf6\xf5\xf6",
        b"\xf6\x40\xf6", b"\x80\xf6\xf6")]


@message("writes that replace nothing, twice, out of order, or by a short hash", "400")
def writes_misfit(a):
    one, two = sorted(H("yarrow.test/1", bytes([i])) for i in (1, 2))
    writes = (["new", []], ["new", [one, one]], ["new", [two, one]], ["new", [one[:31]]], ["new"], [],
              ["new", [one], 1], {0: []}, {1: {}}, {0: ["a", "a"]}, {0: ["b", "a"]}, {2: ["a"]}, {"a": 1})
    return [a.attacker.message(a.attacker.push_of(a.attacker.entry(operational={"status": w}))) for w in writes]


@message("a request where content and opaque part are exchanged", "400")
def parts_exchanged(a):
    w = a.attacker.request(a.attacker.next_push())
    other = Writer()
    other.clear, other.opaque = w.opaque, w.clear
    return a.attacker.sign(other, deflated=False)


@message("a bare request without any item", "400")
def no_content(a):
    w = sync_request(a.attacker.token)
    w.clear = b""
    return a.attacker.sign(w)

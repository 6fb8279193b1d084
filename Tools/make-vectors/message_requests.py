"""Full sync requests and their pushes (wire-format §2.2, §3.1, §3.2)."""

import zlib

from batch import batch, rows
from message_cases import (DEVICE, OTHER, PROGRAMME, REQUEST_HASH, SEEN, STREAMS, THREE, TOKEN, case, chain, digest,
                           refuse, request, request_content, swapped, unsigned_of)
from wire import DICTIONARY, Raw, Writer, cbor, deflate, signed


def requests():
    case("request_first_contact", "sync-request", "the smallest request: nothing known, nothing pushed",
         w=request(), content=request_content())
    known = dict(hub_epoch=3, membership=2, tree_size=1000, head_seq=17, budget=2**63 - 1)
    case("request_positions", "sync-request", "a device that has synced before names its positions",
         w=request(STREAMS, **known), content=request_content(STREAMS, **known))
    case("request_push", "sync-request",
         "three entries: all sections, a replaced value, withheld sections, a claimed time that goes back",
         w=request(push=THREE), content=request_content(push=THREE))
    later = THREE[1:]
    goes_on = dict(head_seq=1, head_hash=THREE[0].hash[:16])
    case("request_push_goes_on", "sync-request", "a push that goes on from an entry that the hub holds",
         held={1: THREE[0].hash}, w=request(push=later, **goes_on), content=request_content(push=later, **goes_on))
    case("request_push_beyond_head", "sync-request",
         "a push that begins beyond what the hub holds is left unread: the hub cannot rebuild it",
         w=request(push=later), content=request_content(unread=True))
    case("request_not_deflated", "sync-request", "a reader takes a clear part that deflate would make shorter",
         w=request(STREAMS), deflated=False, content=request_content(STREAMS))
    case("request_deflated_though_longer", "sync-request", "and one that deflate has made longer", w=request(),
         deflated=True, content=request_content())

    plain = case_message(request())
    refuse("empty", "sync-request", "truncated", "no bytes at all", message=b"")
    refuse("shorter_than_frame", "sync-request", "truncated", "no message has 66 bytes", message=plain[:66])
    refuse("sender_cut", "sync-request", "truncated", "fifteen bytes of sender, then a signature",
           message=signed(bytes([1, 1, 0]) + DEVICE.origin[:15], DEVICE, PROGRAMME))
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
    for kind in (0, 7, 11, 12, 13, 127):
        refuse(f"type_{kind}", "sync-request", "unexpected-type", "a type that does not exist, or is another message",
               w=request(), type=kind)
    whole = len(case_message(request())) - 83
    refuse("clear_length_beyond_end", "sync-request", "truncated", "the clear part would end in the signature",
           w=request(), length=whole + 1, deflated=False)
    refuse("clear_length_largest", "sync-request", "truncated", "the largest length that there is", w=request(),
           length=2**63 - 1, deflated=False)
    refuse("clear_length_too_large", "sync-request", "malformed:out-of-range", "2^63 fits no signed integer",
           w=request(), length=2**63, deflated=False)
    refuse("clear_length_in_long_head", "sync-request", "malformed:non-shortest-head", "9 in two bytes", w=request(),
           length=Raw(b"\x18\x09"), deflated=False)
    refuse("clear_length_negative", "sync-request", "malformed:unexpected-type", "a length below zero", w=request(),
           length=-1, deflated=False)
    refuse("clear_length_as_text", "sync-request", "malformed:unexpected-type", "a text for a length", w=request(),
           length="9", deflated=False)
    refuse("clear_length_cut", "sync-request", "truncated", "the head of a length, and half of it",
           message=signed(bytes([1, 1, 0x1a, 0, 0]), DEVICE, PROGRAMME))
    refuse("malformed_before_signature", "sync-request", "malformed:non-shortest-head",
           "what stands before the clear part is read before the signature is checked",
           message=signed(unsigned_of("sync-request", request(), length=Raw(b"\x18\x09"), deflated=False), OTHER,
                          PROGRAMME))
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
    refuse("deflate_of_nothing", "sync-request", "inflate", "a clear part of no bytes is not deflated",
           message=packed(b""))
    refuse("deflate_to_nothing", "sync-request", "inflate", "a stream that gives nothing", message=packed(deflate(b"")))
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
    return signed(unsigned_of("sync-request", w), DEVICE, PROGRAMME)


def packed(body):
    unsigned = bytes([1, 129]) + cbor(len(body)) + DEVICE.origin[:16] + body + TOKEN
    return signed(unsigned, DEVICE, PROGRAMME)


def one(**options):
    """A push of one plain entry, to be spoilt."""
    return request(push=chain(DEVICE, 1, bytes(32), options))


def pushes():
    signature, plain = bytes(64), chain(DEVICE, 1, bytes(32), {})
    kind, (items, raw) = "sync-request", batch(plain)

    def said(first, number):
        return request(tail=lambda w: w.put(first, number, *items).raw(raw, signature))

    refuse("push_from_zero", kind, "malformed:out-of-range", "seqs begin at 1", w=said(0, 1))
    refuse("push_seq_overflow", kind, "malformed:out-of-range", "a first seq of 2^62", w=said(2**62, 1))
    refuse("push_of_nothing", kind, "malformed:out-of-range", "a push without entries is no push", w=said(1, 0))
    refuse("push_without_number", kind, "inconsistent", "where entries begin, and no entries", w=said(1, None))
    refuse("push_without_seq", kind, "inconsistent", "entries, and not where they begin", w=said(None, 1))
    refuse("push_too_many", kind, "malformed:too-long", "one entry more than the limit",
           w=request(push=THREE), limits={"entries_per_push": 2})
    refuse("push_count_beyond_bytes", kind, "malformed:truncated",
           "3,000 entries in one byte: refused before memory is reserved",
           w=request(tail=lambda w: w.put(1, 3000).array(0)))
    refuse("push_fewer_than_said", kind, "malformed:truncated", "two entries said, one sent",
           w=request(push=plain, number=2))
    refuse("push_more_than_said", kind, "malformed:trailing-bytes", "one entry said, three sent",
           w=request(push=THREE, number=1, told=(batch(THREE[:1])[0] + rows(THREE[1:], [SEEN])[0], batch(THREE)[1])))
    refuse("push_unsigned", kind, "truncated", "the segment's signature is missing",
           w=request(push=THREE, signature=b""))
    refuse("push_in_array", kind, "malformed:unexpected-type", "entries in an array around them",
           w=request(push=THREE, told=([batch(THREE)[0]], batch(THREE)[1])))
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
    refuse("entry_seen_nothing", "sync-request", "malformed:out-of-range", "0 stands for something in a short push only",
           w=swapped(one(seen=SEEN), b"\x81\x18\x4d", b"\x81\x00"))
    more = (78, digest("more seen"))
    two = chain(DEVICE, 1, bytes(32), {"seen": SEEN}, {"kind": 2, "seen": more})

    def tabled(table, push):
        """A push whose table is not what its entries ask for."""
        items, rest = rows(push, table)
        told = [[size for size, _ in table]] + items, b"".join(tree for _, tree in table) + rest
        return request(push=push, told=told, signature=signature)

    refuse("entry_seen_twice", "sync-request", "inconsistent", "a checkpoint stands in the table twice",
           w=tabled([SEEN, SEEN], two[:1]))
    refuse("entry_seen_not_named", "sync-request", "inconsistent", "a checkpoint in the table that no entry names",
           w=tabled([SEEN, more], two[:1]))
    refuse("entry_seen_out_of_order", "sync-request", "inconsistent", "a table in another order than that of first use",
           w=tabled([more, SEEN], two))
    refuse("entry_seen_root_cut", "sync-request", "truncated", "a size without its root",
           w=request(push=two[:1], told=(batch(two[:1])[0], b""), signature=b""))
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

"""Towards a device: answers that were altered, replayed, or never were messages (wire-format §1; sync §6.2)."""

import ssl
import time
import zlib

from codec import DICTIONARY, H, Key, MESSAGE_MAX, cbor, sha, signed
from hostile import http
from keys import malleated
from line import MEDIA
from town import DeviceAttack, only


def altering(name, what, *shots, expect="76 message"):
    DeviceAttack(name, what, expect, alter=list(shots))


def flipped(at):
    return lambda hub, body, data: body[:at] + bytes([body[at] ^ 4]) + body[at + 1:]


altering("answer_bits_flipped", "one bit altered on the way: head, content, signature",
         *map(flipped, (0, 1, 2, 5, 6, 21, 22, 30, 60, -64, -1)))
altering("answer_cut", "the answer cut", lambda hub, b, d: b[:-1], lambda hub, b, d: b[:90], lambda hub, b, d: b[:85],
         lambda hub, b, d: b[:1], lambda hub, b, d: b"")
altering("answer_trailing", "bytes behind the answer", lambda hub, b, d: b + b"\0", lambda hub, b, d: b + b,
         lambda hub, b, d: b + bytes(100_000))
altering("answer_unsigned", "no signature, one of zero bytes, one in its second form", lambda hub, b, d: b[:-64],
         lambda hub, b, d: b[:-64] + bytes(64), lambda hub, b, d: b[:-64] + malleated(b[-64:]))
altering("answer_echo", "the device's own request sent back", lambda hub, b, d: d)
altering("answer_noise", "noise, text, zero bytes", lambda hub, b, d: b"\1\2" + H("yarrow.test/1", b"noise") * 9,
         lambda hub, b, d: b"<html>\x1b[2Jcaptive portal</html>", lambda hub, b, d: bytes(300))


altering("answer_replayed", "the hub's answers to earlier requests of the device",
         *(lambda hub, b, d, n=n: hub.history[n] for n in range(4)))


def signing(name, what, *layouts, expect="76 message"):
    """Answers whose content is true, written or signed as no hub writes them."""
    def lying(layout):
        def lie(hub, a, member, request):
            a.layout = {k: v(hub) if callable(v) else v for k, v in layout.items()}
        return lie
    DeviceAttack(name, what, expect, lie=[lying(layout) for layout in layouts])


signing("answer_to_another", "signed as the answer to another request, or to none", {"answering": bytes(32)},
        {"answering": H("yarrow.test/1", b"another")})
signing("answer_of_another_key", "signed by the authority, by a stranger", {"signed_by": lambda hub: hub.authority},
        {"signed_by": Key("stranger")})
signing("answer_of_another_programme", "signed for another programme", {"signed_for": bytes(16)})
signing("answer_types", "an answer under another type", *({"kind": k} for k in (0, 1, 2, 3, 4, 6, 7, 11, 12, 14, 127)))
signing("answer_versions", "an answer of a version that nobody defined", *({"version": v} for v in (0, 2, 255)))
signing("answer_deflated_falsely", "said to be deflated, and it is not", {"kind": 13 | 128, "deflated": False})
signing("answer_sender", "an answer that names a sender", {"before": b"\1" * 16})
signing("answer_lengths", "lengths of the clear part that lead elsewhere",
        *({"deflated": False, "length": n} for n in (0, 1, 5, 5000, 2**24 - 1, 2**32, 2**63 - 1, 2**63, -1)))


def clear(name, what, *edits, expect="76 message", **more):
    """Contents that no hub writes, under a true signature: bytes replaced in the clear part."""
    def lying(edit):
        def lie(hub, a, member, request):
            written = a.content

            def content():
                w = written()
                w.clear, w.opaque = edit(w.clear, w.opaque)
                return w
            # So that either part has something to lose.
            a.content, a.token = content, hub.token(member)
        return lie
    DeviceAttack(name, what, expect, lie=[lying(e) for e in edits], **more)


def start(*new, count=lambda n: bytes([0x80 | n])):
    """The head of the array, the status and the epoch, of which each may be replaced."""
    def edit(c, o):
        n, kept = c[0] & 31, [c[1:2], c[2:3]]
        assert c[0] >> 5 == 4 and kept == [b"\0", b"\1"], c[:8]
        kept[:len(new)] = new
        return count(n) + b"".join(kept) + c[3:], o
    return edit


def counted(n):
    """The head of the growth says another count."""
    def edit(c, o):
        assert c[3:4] == b"\xf6" and c[4] >> 5 == 4, c[:8]
        return c[:4] + b"\x9b" + n.to_bytes(8, "big") + c[5:], o
    return edit


clear("answer_not_canonical", "heads longer than need be, indefinite lengths, floats, tags, simple values",
      start(count=lambda n: bytes([0x98, n])), start(count=lambda n: b"\x9f"), start(b"\x18\0"), start(b"\0", b"\x18\1"),
      start(b"\0", b"\xf9\x3c\x00"), start(b"\0", b"\xc1\1"), start(b"\0", b"\xf7"), start(b"\0", b"\xf8\x14"),
      lambda c, o: (c[:-1] + b"\xf7", o), lambda c, o: (c[:-1] + b"\xe0", o))
clear("answer_numbers", "a status that does not exist, an epoch of 2^63, who must say it in full without a token",
      start(b"\6"), start(b"\x0f"), start(b"\x11"), start(b"\x18\x40"), start(b"\x20"), start(b"\0", cbor(2**63)),
      start(b"\0", b"\x20"), start(b"\0", b"\x611"))
clear("answer_counts", "no item, one, eleven, and counts near the largest number",
      *(start(count=lambda n, b=b: b) for b in (b"\x80", b"\x81", b"\x8b", b"\x9b" + b"\xff" * 8)),
      *map(counted, (4_000, 2**31, 2**62, 2**63, 2**64 - 1)))
clear("answer_left_over", "a byte left over in either part", lambda c, o: (c + b"\0", o), lambda c, o: (c, o + b"\0"),
      lambda c, o: (c + bytes(1000), o + bytes(1000)))
clear("answer_parts_cut", "a byte missing in either part", lambda c, o: (c[:-1], o), lambda c, o: (c, o[:-1]),
      lambda c, o: (b"", o), lambda c, o: (c, b""))
clear("answer_nested", "nine levels and a hundred thousand", start(b"\x81" * 9), start(b"\x81" * 100_000),
      lambda c, o: (c[:4] + b"\x81" * 200_000, o))


def usual(keep, **items):
    """Items up to this one are written, though the last has its usual value."""
    def lie(hub, a, member, request):
        a.keep, a.checkpoint = keep, None
        for name in ("growth", "membership", "deliveries", "head"):
            setattr(a, name, [] if name == "growth" else None)
        for name, value in items.items():
            setattr(a, name, value)
    return lie


DeviceAttack("answer_trailing_usual", "usual values where they are left out, from the head to the pause", "76 message",
             lie=[*(usual(n) for n in range(3, 11)), usual(6, more=1), usual(10, held=[(1, "scope")])])
DeviceAttack("answer_pause_too_long", "a pause of more than a day", "76 message",
             lie=[lambda hub, a, m, r: (setattr(a, "retry", 86_401), setattr(a, "status", 4)) and None])


def moved_signature(hub, body, data):
    """The signature of an earlier answer of type 13, under this one."""
    others = [b for b in hub.history if b[1] & 127 == 13 and b[-64:] != body[-64:]]
    return body[:-64] + (others[-1][-64:] if others else hub.key.sign(b"another answer"))


altering("checkpoint_signature_moved", "the signature of another answer with a checkpoint", moved_signature)
altering("checkpoint_type_exchanged", "an answer with a checkpoint called one without, and the other way round",
         lambda hub, b, d: b[:1] + bytes([b[1] & 128 | (2 if b[1] & 127 == 13 else 13)]) + b[2:])
clear("answer_clear_bomb", "4 MiB and more of zeros, of arrays, of texts",
      *(lambda c, o, f=f: (c + f * ((4 << 20) // len(f) + 1), o) for f in (b"\0", b"\x80", b"\x61a", b"\xf6")))


def bomb(mib, cut=None):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    body = packer.compress(b"\x8b")
    for _ in range(mib):
        body += packer.compress(bytes(1 << 20))
    return (body + packer.flush())[:cut]


def packed(make):
    def alter(hub, body, data):
        packed_ = make()
        unsigned = b"\1\x82" + cbor(len(packed_)) + packed_
        return signed(unsigned, hub.key, hub.programme, sha(data))
    return alter


altering("answer_deflate_bombs", "deflate that grows to 5 MiB, 200 MiB, or never ends, well signed",
         packed(lambda: bomb(5)), packed(lambda: bomb(200)), packed(lambda: bomb(900, MESSAGE_MAX - 200)),
         packed(lambda: b"\x07" + bytes(9)), packed(lambda: b""), packed(lambda: zlib.compress(b"\x8b")))


# HTTP

def plainly(name, what, expect, *answers, **more):
    """What the hub writes to the line in place of an answer; a function of the genuine body."""
    def saying(answer):
        def say(hub, line, body):
            line.sendall(answer(hub, body) if callable(answer) else answer)
        return say
    DeviceAttack(name, what, expect, http=[saying(a) for a in answers], **more)


def status(line, *more, body=b""):
    return http(body, status=line, more=more)


plainly("http_redirects", "redirects, to another path and to another host", "76 answer",
        *(lambda hub, b, s=s, t=t: status(f"{s} Moved", f"location: {t or hub.url + '/v1/exchange'}", body=b)
          for s in (301, 302, 303, 307, 308) for t in ("", "https://127.0.0.1:1/v1/exchange")))
plainly("http_refusals", "400, 404, 413: reported, and not repeated", "76",
        *(status(s) for s in ("400 Bad Request", "404 Not Found", "413 Content Too Large")))
plainly("http_forbidden", "403: perhaps no member any more; nothing follows from it", "77", status("403 Forbidden"))
plainly("http_later", "503, 500, 429, with a pause that is absent, negative, endless or no number", "69",
        *(status(s, *h) for s in ("503 Busy", "500 Error", "429 Many")
          for h in ((), ("retry-after: -5",), ("retry-after: 99999999999999999999",), ("retry-after: \x1b[2J",))))
plainly("http_other_statuses", "statuses of all kinds, with the genuine answer as the body", "76 answer|69",
        *(lambda hub, b, s=s: status(s, body=b) for s in (
            "201 Created", "202 Accepted", "203 Other", "206 Partial", "401 Unauthorized", "402 Pay", "407 Proxy",
            "418 Teapot", "451 Legal", "599 Odd", "700 None")))
plainly("http_without_body", "204 and 304", "76 answer|69", b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not\r\n\r\n")
plainly("http_media_type", "the genuine answer as another media type", "76 answer",
        *(lambda hub, b, m=m: http(b, media=m) for m in ("text/html", MEDIA + "; a=b", MEDIA.upper())))
plainly("http_content_coding", "the genuine answer under a content coding", "76 message|76|69",
        lambda hub, b: http(zlib.compress(b), more=["content-encoding: deflate"]),
        lambda hub, b: http(zlib.compress(b, wbits=31), more=["content-encoding: gzip"]))
plainly("http_reason_with_escapes", "a reason phrase and headers that clear the terminal", "69|76",
        b"HTTP/1.1 503 \x1b[2J\x1b]0;x\x07\r\nretry-after: 3\r\nx: \x1b[31m\r\ncontent-length: 0\r\n\r\n")
plainly("http_garbage", "lines that are no HTTP", "69|76", b"\0\0\0\0\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n",
        b"SSH-2.0-x\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"200 OK\r\n\r\n")
plainly("http_lengths", "a length that is wrong, double, or no number", "69|76|76 message",
        *(lambda hub, b, h=h: f"HTTP/1.1 200 OK\r\ncontent-type: {MEDIA}\r\n{h}\r\n\r\n".encode() + b
          for h in ("content-length: 99999999999999999999", "content-length: -1", "content-length: 0",
                    "content-length: 5\r\ncontent-length: 6", "content-length: 5\r\ntransfer-encoding: chunked",
                    "content-length: 5", "transfer-encoding: chunked")))
plainly("http_body_cut", "less body than was declared", "69|76", lambda hub, b: http(b)[:-20])


def pouring(head_, piece, pieces=40_000):
    def pour(hub, line, body):
        line.sendall(head_)
        for _ in range(pieces):
            line.sendall(piece)
    return pour


HEAD = f"HTTP/1.1 200 OK\r\ncontent-type: {MEDIA}\r\n".encode()
DeviceAttack("http_endless_body", "a body without end: 2.5 GB in chunks, with a length, and until the line closes", "76 answer|69",
             http=[pouring(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"10000\r\n" + bytes(65_536) + b"\r\n"),
                   pouring(HEAD + b"content-length: 2621440000\r\n\r\n", bytes(65_536)),
                   pouring(HEAD + b"connection: close\r\n\r\n", bytes(65_536))])
DeviceAttack("http_endless_headers", "headers without end", "76|69",
             http=[pouring(HEAD, b"x: " + b"y" * 1000 + b"\r\n"), pouring(HEAD + b"x: ", b"y" * 65_536),
                   pouring(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 200_000)])
plainly("http_too_long", "one byte more than a message may have", "76 answer", lambda hub, b: http(b + bytes(MESSAGE_MAX)))


# TLS and below

def foreign(hub):
    return hub.context("foreign")[0]


def old_tls(hub):
    old = ssl.TLSVersion.TLSv1_2
    made, _ = hub.context("old", old, old)
    made.load_cert_chain(hub.where / "hub.pem")
    return made


DeviceAttack("tls_wrong_pin", "another key than the invite names", "76", tls=foreign)
DeviceAttack("tls_1_2", "the hub's key under TLS 1.2", "69|76", tls=old_tls)
DeviceAttack("tls_not_spoken", "noise, an alert, HTTP in clear, and silence that ends", "69|76",
             raw=[lambda hub, c, d=d: c.sendall(d) for d in (
                 b"\0" * 100, b"\x15\3\3\0\2\2\x28", http(b"x"), b"\x16\3\3\xff\xff" + bytes(1000), b"")])


def handshake_endless(hub, connection):
    connection.recv(4096)
    try:
        for _ in range(3_000):
            connection.sendall(b"\x16\3\3\x40\0" + b"\2\xff\xff\xff" + bytes(16_380))
    except OSError:
        pass


DeviceAttack("tls_handshake_endless", "a handshake message without end", "69|76", raw=handshake_endless)


def closing(hub, line, body):
    line.close()


DeviceAttack("conflict_for_ever", "409, whatever is asked: once in full, then no more", "76|76 answer|69",
             refuse=lambda kind: "409 Conflict")
DeviceAttack("conflict_in_short", "409 to every short push: the device says it in full", "0",
             refuse=lambda kind: "409 Conflict" if kind == 12 else None,
             effect=only("received", "pending", "pending_bytes", "checkpoint", "verify"))
DeviceAttack("short_refused", "400 to whatever is short", "76|76 answer", refuse=lambda kind: (
    "400 Bad Request" if kind in (11, 12) else None), effect=lambda before, after: None)
DeviceAttack("line_closed", "the line closes where the answer should be", "69", http=closing)


def dripping(hub, line, body):
    """A byte now and then, beyond any patience: the device may end it, and a person can."""
    line.sendall(HEAD + b"content-length: 500000\r\n\r\n")
    for _ in range(20):
        line.sendall(b"\0")
        time.sleep(0.05)


DeviceAttack("body_dripped", "a body by the byte, then the end of the line", "69|76", http=dripping)

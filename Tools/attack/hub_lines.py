"""Towards a hub: TLS and HTTP as nobody should speak them (sync §6.2)."""

import ssl
import threading
import time

from arena import scene, until_closed
from line import CONTEXT, MEDIA, PATH, Closed, Line, context, head


# TLS

def hello(version, body_version=b"\3\3", filling=b""):
    """A handshake record that claims a version, with a plausible but bare ClientHello."""
    ciphers = b"\x00\x06\x13\x01\xc0\x2f\x00\x2f"
    client = body_version + bytes(32) + b"\0" + ciphers + b"\1\0" + len(filling).to_bytes(2, "big") + filling
    shake = b"\1" + len(client).to_bytes(3, "big") + client
    return b"\x16" + version + len(shake).to_bytes(2, "big") + shake


def handshake(a, tls):
    try:
        with Line(a.address, tls=tls) as line:
            return "spoke " + str(line.socket.version())
    except (OSError, Closed):
        return "closed"


def plain(a, data, seconds=20):
    """What the hub says to bytes that are no TLS 1.3: nothing but an alert."""
    with Line(a.address, tls=None) as line:
        line.socket.settimeout(seconds)
        line.socket.sendall(data)
        got = b""
        try:
            while chunk := line.socket.recv(4096):
                got += chunk
        except ConnectionError:
            pass
        except TimeoutError:
            return "open"
        return "closed" if got[:1] in (b"", b"\x15") else "answered"


@scene("TLS 1.2 at most", "closed")
def tls_1_2(a):
    old = ssl.TLSVersion.TLSv1_2
    return handshake(a, context(old, old))


@scene("hellos of SSL 3, TLS 1.0, 1.1 and 1.2, written by hand", "closed")
def tls_older(a):
    return [plain(a, hello(b"\3" + bytes([minor]), b"\3" + bytes([minor]))) for minor in (0, 1, 2, 3)]


@scene("a genuine handshake and question that come byte by byte: served", "200")
def tls_by_bytes(a):
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    shaking = CONTEXT.wrap_bio(into, out)
    with Line(a.address, tls=None) as line:
        def told():
            for byte in out.read():
                line.socket.sendall(bytes([byte]))

        def until(step):
            while True:
                try:
                    done = step()
                except ssl.SSLWantReadError:
                    done = None
                told()
                if done is not None:
                    return done
                into.write(line.socket.recv(1 << 16))

        line.socket.settimeout(30)
        until(lambda: shaking.do_handshake() or True)
        sent = a.attacker.message()
        until(lambda: shaking.write(head(len(sent)) + sent))
        return until(lambda: shaking.read(1 << 16)).split()[1].decode()


@scene("six hundred lines that say nothing, or half a hello: each costs the hub little", "little")
def lines_silent(a):
    before = a.served.memory("RssAnon")
    lines = []
    for number in range(600):
        lines.append(Line(a.address, tls=None))
        if number % 4 == 0:
            lines[-1].socket.sendall(hello(b"\3\1")[:43])
    a.attacker.post(a.attacker.message())
    time.sleep(0.5)
    each = (a.served.memory("RssAnon") - before) / len(lines)
    for line in lines:
        line.close()
    return "little" if each < 16 else f"{each:.0f} KiB each"


@scene("HTTP in clear on the TLS port, a line of another protocol, and noise", "closed")
def not_tls(a):
    genuine = a.genuine()
    return [plain(a, data) for data in (
        head(len(genuine)) + genuine, b"SSH-2.0-x\r\n", b"\xff" * 100, b"\x16\3\1\xff\xff" + bytes(100),
        hello(b"\3\1", filling=bytes(1000)), hello(b"\3\1")[:-3] + b"\xff\xff\xff", b"\x80\x2e\1\0\2")]


@scene("records of application data before the handshake", "closed")
def data_before_handshake(a):
    return plain(a, b"\x17\3\3\0\x20" + bytes(32))


@scene("another application protocol than HTTP/1.1", "closed|404|400")
def alpn_foreign(a):
    outcomes = []
    for protocols in (["h2"], ["spdy/1"], ["x" * 200]):
        tls = context()
        tls.set_alpn_protocols(protocols)
        try:
            with Line(a.address, tls=tls) as line:
                line.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
                outcomes.append(until_closed(line))
        except (OSError, Closed):
            outcomes.append("closed")
    return outcomes


# HTTP: what is not `POST /v1/exchange`, or is of another media type

def ask(a, data, seconds=20):
    with a.line() as line:
        try:
            line.send(data)
        except Closed:
            pass
        return until_closed(line, seconds)


@scene("other methods, with a genuine push as the body", "404|400")
def methods_foreign(a):
    body = a.genuine()
    return [ask(a, head(len(body), method=m) + body)
            for m in ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "post", "POSTS")]


@scene("other paths, with a genuine push as the body", "404|400")
def paths_foreign(a):
    body = a.genuine()
    return [ask(a, head(len(body), path=p) + body) for p in (
        "/", "/v1/exchange/", "/v1/exchange?", "/v1/exchange?x=1", "/v1//exchange", "/V1/exchange", "/v2/exchange",
        "/v1/exchange%00", "/v1%2fexchange", "/x/../v1/exchange", "*", "https://hub/v2/exchange", "v1/exchange",
        "/" + "a" * 3000)]


@scene("other media types", "404|400")
def media_types_foreign(a):
    body = a.genuine()
    lines = [ask(a, head(len(body), media=m) + body) for m in (
        "text/plain", MEDIA + "; charset=utf-8", MEDIA + ",text/plain", "", "application/yarrow-syncs")]
    twice = head(len(body), more=["content-type: text/plain"]) + body
    return [*lines, ask(a, twice)]


@scene("a content coding", "400|404|403")
def content_coded(a):
    import gzip
    body = gzip.compress(a.genuine())
    return ask(a, head(len(body), more=["content-encoding: gzip"]) + body)


@scene("a length that is too large, declared and not sent", "413|400|closed")
def length_declared(a):
    return [ask(a, head(n)) for n in (2**20 + 1, 2**31, 2**40, 2**63 - 1, 2**64, 10**30)]


# HTTP: two readings of one message. The hidden message is a genuine push; it must not be taken.

def raw(a, lines, body):
    return ask(a, "\r\n".join([f"POST {PATH} HTTP/1.1", "host: hub", f"content-type: {MEDIA}", *lines, "", ""])
               .encode("latin-1") + body)


def hidden(a):
    body = a.genuine()
    return head(len(body)) + body


@scene("a length and a chunked coding at once, both ways round", "400|closed")
def length_and_chunked(a):
    second = hidden(a)
    chunked = b"0\r\n\r\n" + second
    return [raw(a, [f"content-length: {len(chunked)}", "transfer-encoding: chunked"], chunked),
            raw(a, ["transfer-encoding: chunked", "content-length: 5"], chunked),
            raw(a, ["content-length: 0", "transfer-encoding: chunked"], b"%x\r\n" % len(second) + second + b"\r\n0\r\n\r\n")]


@scene("two lengths, equal and different, and a list of them", "400|closed")
def lengths_twice(a):
    body = a.genuine()
    n = len(body)
    return [raw(a, [f"content-length: {n}", f"content-length: {m}"], body) for m in (0, 1, n - 1, n + 1)] + [
        raw(a, [f"content-length: {n}, {n + 1}"], body), raw(a, ["content-length: 0", f"content-length: {n}"], hidden(a))]


@scene("lengths that are no numbers", "400|closed")
def lengths_odd(a):
    body = a.genuine()
    n = len(body)
    return [raw(a, [f"content-length: {v}"], body)
            for v in (f"+{n}", f"-{n}", f"0x{n:x}", f"{n}a", f"{n} 1", f"{n}.0", "", "\xb2", f"{n}\t\x0b")]


@scene("transfer codings that hide a chunked one", "400|closed|404|501")
def codings_odd(a):
    second = hidden(a)
    return [raw(a, [f"transfer-encoding: {c}", "content-length: 4"], b"0\r\n\r\n" + second) for c in (
        "xchunked", "chunked, identity", "identity", "chunked\x0b", " chunked", "gzip, chunked", "chunked;x",
        "\x00chunked", "chunked, chunked")]


@scene("chunks of lengths that overflow, are negative, or have no end", "400|closed|413")
def chunks_odd(a):
    shots = (b"ffffffffffffffff\r\n" + bytes(1 << 20), b"10000000000000000\r\n", b"-1\r\n", b"0x5\r\nabcde\r\n", b"5 \r\nabcde",
             b"g\r\n", b"\r\n", b"5;" + b"x" * 100_000 + b"\r\n", b"1\r\naX0\r\n\r\n", b"100001\r\n" + bytes(1 << 20))
    return [raw(a, ["transfer-encoding: chunked"], s + b"0\r\n\r\n" + hidden(a)) for s in shots]


@scene("headers folded over lines, with a bare line feed, a zero byte, a space before the colon", "400|closed")
def headers_odd(a):
    body = a.genuine()
    n = f"content-length: {len(body)}"
    return [raw(a, lines, body) for lines in (
        [n, "x: a\r\n b"], ["x: a\r\n\tcontent-length: 0", n], [n, "x: a\x00b"], [f"content-length : {len(body)}"],
        [n, ": x"], [n, "x"], [n, "x y: z"], [n + "\rx: y"], [n, "\x80: x"], [n, "x: a\x01"])]


@scene("a version of HTTP that is none of 1.0 and 1.1, and lines that are no request", "400|closed|404|505")
def versions_odd(a):
    body = a.genuine()
    rest = f"\r\nhost: hub\r\ncontent-type: {MEDIA}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    return [ask(a, first + rest) for first in (
        b"POST /v1/exchange HTTP/9.9", b"POST /v1/exchange HTTP/2.0", b"POST /v1/exchange http/1.1",
        b"POST /v1/exchange", b"POST\t/v1/exchange HTTP/1.1",
        b"/v1/exchange HTTP/1.1", b"POST /v1/ex change HTTP/1.1", b"\0\0\0\0", b"POST /v1/exchange HTTP/1.1 x")]


@scene("more headers, longer ones, a longer line than the hub reads", "400|431|closed|413|414")
def header_flood(a):
    body = a.genuine()
    n = f"content-length: {len(body)}"
    floods = [[f"x{i}: y" for i in range(100_000)], ["x: " + "y" * 1_000_000], ["x" * 1_000_000 + ": y"],
              ["cookie: a=b"] * 50_000]
    return [*(raw(a, [n, *lines], body) for lines in floods),
            ask(a, b"POST /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n")]


@scene("a header without end: a megabyte of names, never an empty line", "400|431|closed")
def header_endless(a):
    return ask(a, f"POST {PATH} HTTP/1.1\r\n".encode() + b"x: y\r\n" * 200_000)


@scene("a refused message, with a genuine question behind it on the same line: the line ends", "403 and no more")
def pipelined_behind_refused(a):
    bad, good = bytes([1, 1, 0]) + bytes(200), a.attacker.message()
    with a.line() as line:
        line.send(head(len(bad)) + bad + head(len(good)) + good)
        try:
            return f"{line.answer()[0]} and {line.drained() or 'no more'}"
        except Closed:
            return "403 and no more"


@scene("five hundred exchanges sent before the first answer is read: each gets its own", "500 answers")
def pipelined_deep(a):
    sent = [a.attacker.message(budget=i) for i in range(500)]
    with a.line() as line:
        # A line of Python's is not for two threads; all of this fits into what the system holds.
        line.send(b"".join(head(len(s)) + s for s in sent))
        answers = [a.outcome(s, line.answer()) for s in sent]
    return f"{answers.count('done')} answers"


@scene("a body in a million chunks of one byte", "400|403|413|closed")
def million_chunks(a):
    with a.line(timeout=120) as line:
        try:
            line.send(head(None, more=["transfer-encoding: chunked"]))
            part = b"1\r\na\r\n" * 10_000
            for _ in range(100):
                line.send(part)
            line.send(b"0\r\n\r\n")
        except Closed:
            pass
        return until_closed(line, 120)


@scene("a million chunks beyond what a message may have", "413|closed")
def chunks_beyond_message(a):
    with a.line(timeout=120) as line:
        try:
            line.send(head(None, more=["transfer-encoding: chunked"]))
            for _ in range(110):
                line.send(b"1\r\na\r\n" * 10_000)
        except Closed:
            pass
        return until_closed(line, 120)


@scene("twenty thousand TLS records of one byte each, for one message", "400|403")
def tiny_records(a):
    body = bytes([1, 1, 0]) + bytes(20_000)
    with a.line(timeout=120) as line:
        line.send(head(len(body)))
        try:
            for byte in body:
                line.send(bytes([byte]))
        except Closed:
            return "closed"
        return until_closed(line, 120)


@scene("expect: 100-continue, a trailer, an upgrade: nothing changes hands", "400|403|404|417|closed|100")
def extensions_of_http(a):
    bad = bytes([1, 1, 0]) + bytes(200)
    return [raw(a, [f"content-length: {len(bad)}", "expect: 100-continue"], bad),
            raw(a, [f"content-length: {len(bad)}", "upgrade: h2c", "connection: upgrade", "http2-settings: AAAA"], bad),
            raw(a, ["transfer-encoding: chunked", "trailer: content-length"],
                b"%x\r\n" % len(bad) + bad + b"\r\n0\r\ncontent-length: 5\r\n\r\n")]


@scene("a line closed in the middle of a push, fifty times: nothing is taken in part", "cut")
def cut_while_sending(a):
    body = a.genuine()
    data = head(len(body)) + body
    for n in range(50):
        with a.line() as line:
            line.send(data[:len(data) * n // 50])
    return "cut"


@scene("two hundred bodies of a megabyte that stop before their end, by peers that hear no goodbye: a few are held", "bounded")
def bodies_unfinished(a):
    before, peak, lines = a.served.memory("VmRSS"), 0, []

    def begin():
        for _ in range(50):
            try:
                line = a.line(timeout=20)
                lines.append(line)
                line.send(head(1 << 20) + bytes((1 << 20) - 5_000))
            except (OSError, Closed):
                pass

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, a.served.memory("VmRSS"))
        time.sleep(0.02)
    for line in lines:
        line.close()
    # What a hub holds of requests is 16 MiB; as much again for lines and buffers, and half for luck.
    return "bounded" if peak - before < 40 << 10 else f"{peak - before >> 10} MiB"

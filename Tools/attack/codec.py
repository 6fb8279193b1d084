"""Reads what a hub says, and writes what it must not believe: Protocol/wire-format.md, from the page alone.

The writing half is `Tools/make-vectors/wire.py`, which shares no code with the Swift packages either.
"""

import hashlib
import pathlib
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "make-vectors"))

from wire import (DICTIONARY, ROOT, Entry, H, Key, Raw, Withheld, Writer, cbor, deflate, frame,  # noqa: F401
                  head, leaf, path, root, salt, segment, segment_signature, signed, u64,
                  write_entries_table, write_entry)

NO_ANSWER = bytes(32)
MESSAGE_MAX = 1 << 20


class Refused(Exception):
    """The peer's message is not what the specification says."""


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Walk:
    """Both parts of a message, read side by side (wire-format §1.1); every rule of entry §1.1."""

    def __init__(self, clear, opaque=b""):
        self.clear, self.opaque, self.at, self.taken = clear, opaque, 0, 0

    def take(self, n):
        if self.at + n > len(self.clear):
            raise Refused("malformed:truncated")
        self.at += n
        return self.clear[self.at - n:self.at]

    def raw(self, n):
        if self.taken + n > len(self.opaque):
            raise Refused("truncated")
        self.taken += n
        return self.opaque[self.taken - n:self.taken]

    def item(self):
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low
        if major == 7 or low > 27:
            raise Refused("malformed:head")
        n = int.from_bytes(self.take(1 << low - 24), "big")
        if head(major, n)[0] != first:
            raise Refused("malformed:non-shortest-head")
        return major, n

    def expect(self, wanted):
        major, n = self.item()
        if major != wanted:
            raise Refused("malformed:unexpected-type")
        return n

    def array(self):
        return self.expect(4)

    def number(self):
        n = self.expect(0)
        if n >= 1 << 63:
            raise Refused("malformed:out-of-range")
        return n

    def value(self, depth=0):
        if depth > 8:
            raise Refused("malformed:too-deep")
        major, n = self.item()
        if major < 2:
            return n if major == 0 else ~n
        if major == 2:
            return self.take(n)
        if major == 3:
            try:
                return self.take(n).decode()
            except UnicodeDecodeError as error:
                raise Refused("malformed:invalid-text") from error
        if major == 4:
            return [self.value(depth + 1) for _ in range(n)]
        if major == 5:
            pairs, before = {}, b""
            for _ in range(n):
                began = self.at
                key = self.value(depth + 1)
                encoded = self.clear[began:self.at]
                if encoded <= before:
                    raise Refused("malformed:unsorted-keys")
                before = encoded
                pairs[key] = self.value(depth + 1)
            return pairs
        if major == 6 and n == 4:
            return ("decimal", self.value(depth + 1))
        if major == 7 and n in (20, 21, 22):
            return {20: False, 21: True, 22: None}[n]
        raise Refused("malformed:unexpected-type")

    def end(self):
        if self.at != len(self.clear):
            raise Refused("malformed:trailing-bytes")
        if self.taken != len(self.opaque):
            raise Refused("trailing-opaque-bytes")


def opened(message, verify, kind, programme, answering=NO_ANSWER, sender=bytes(16)):
    """The two parts of a message whose signature is true; `verify` raises when it is not."""
    if len(message) > MESSAGE_MAX:
        raise Refused("too-long")
    if len(message) < 86 or message[0] != 1:
        raise Refused("truncated" if message[:1] == b"\1" else "unknown-version")
    unsigned, signature = message[:-64], message[-64:]
    try:
        verify(signature, b"yarrow.message/1\0" + programme + answering + unsigned)
    except Exception as error:
        raise Refused("signature") from error
    if message[1] != kind:
        raise Refused("unexpected-type")
    length = int.from_bytes(message[3:6], "big")
    if 22 + length > len(unsigned):
        raise Refused("truncated")
    if message[6:22] != sender:
        raise Refused("inconsistent")
    clear, opaque = unsigned[22:22 + length], unsigned[22 + length:]
    if message[2] == 1:
        unpacker = zlib.decompressobj(-15, zdict=DICTIONARY)
        clear = unpacker.decompress(clear, 4 << 20)
        if not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail:
            raise Refused("inflate")
    elif message[2] != 0:
        raise Refused("unknown-method")
    return Walk(clear, opaque)


def read_table(walk):
    return [(0, bytes(32))] + [(walk.number(), walk.raw(32)) for _ in range(walk.array())]


def read_entry(walk, seen, before, programme, origin, seq, previous):
    """An entry, rebuilt (wire-format §3.2): a dictionary with its hash."""
    if walk.array() != 11:
        raise Refused("malformed:out-of-range")
    kind, area, form, version = (walk.value() for _ in range(4))
    claimed = (before + walk.value() + 2**63) % 2**64 - 2**63
    epoch, position = walk.number(), walk.number()
    began = walk.at
    operational = walk.value()
    root_salt = walk.raw(16)
    record = salt(root_salt, b"\x20") if kind in (1, 8, 9) else walk.raw(16)
    size, tree = seen[position]
    envelope = cbor([programme, origin, seq, previous, record, area, form, version, kind, claimed,
                     epoch, size, tree])
    if cbor_again(operational) != walk.clear[began:walk.at]:
        raise Refused("malformed:section")
    fields = sorted(H("yarrow.field/1", salt(root_salt, b"\x10" + name.encode()),
                      cbor([name, as_cbor(write)])) for name, write in operational.items())
    digests = [H("yarrow.envelope/1", salt(root_salt, b"\0"), envelope),
               H("yarrow.operational/1", salt(root_salt, b"\1"), cbor([record, form, kind, fields]))]
    parts = {}
    for label, name in ((2, "coded"), (3, "sensitive"), (4, "identity")):
        began, s = walk.at, salt(root_salt, bytes([label]))
        content = walk.value()
        if content is None:
            digests.append(H("yarrow.absent/1", s))
        elif content is False:
            digests.append(walk.raw(32))
        elif label == 2:
            digests.append(H("yarrow.coded/1", s, walk.clear[began:walk.at]))
        else:
            digests.append(H("yarrow.sealed/1", s, bytes([label]), walk.raw(content)))
        parts[name] = content
    return {"origin": origin, "seq": seq, "kind": kind, "area": area, "form": form, "record": record,
            "claimed": claimed, "operational": operational, "epoch": epoch,
            "hash": H("yarrow.entry/1", *digests), **parts}


def as_cbor(value):
    """A value that was read, for `cbor` again: only a decimal has another shape."""
    if isinstance(value, tuple):
        return Raw(b"\xc4" + cbor(value[1]))
    if isinstance(value, list):
        return [as_cbor(v) for v in value]
    if isinstance(value, dict):
        return {k: as_cbor(v) for k, v in value.items()}
    return value


def cbor_again(value):
    return cbor(as_cbor(value))

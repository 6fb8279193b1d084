"""Reads what a peer says, strictly: frames, signatures and CBOR of Protocol/wire-format.md, from the page alone.

The writing half is `Tools/make-vectors/`, which shares no code with the Swift packages either.
"""

import hashlib
import pathlib
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "make-vectors"))

from batch import batch, columns, rows, table  # noqa: E402,F401
from wire import (DICTIONARY, ROOT, Entry, H, Key, Raw, Withheld, Writer, cbor, checkpoint_text,  # noqa: E402,F401
                  cosigned, deflate, frame, head, leaf, multiproof, path, root, salt, segment, segment_signature, signed,
                  signed_as_checkpoint, signed_as_segment, signed_bytes, spoken_for, state, u64)

NO_ANSWER = bytes(32)
MESSAGE_MAX = 1 << 20
LIMITS = {"message_bytes": MESSAGE_MAX, "clear_part_bytes": 4 << 20, "entries_per_push": 4000,
          "deliveries_per_response": 4000, "clear_section_bytes": 1 << 16, "fields_per_section": 512,
          "text_bytes": 1 << 16, "streams": 256, "growth_pieces": 8192, "statement_bytes": 1 << 18,
          "release_bytes": 1 << 30}
SEALED_MAX = 1 << 18
FULL, SHORT, SHORT_PUSH = 1, 11, 12
REQUESTS = {1, 3, 5, 7, 9, 11, 12, 20, 22}


class Refused(Exception):
    """The peer's message is not what the specification says."""


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Walk:
    """Both parts of a message, read side by side (wire-format §1.1); every rule of entry §1.1."""

    def __init__(self, clear, opaque=b"", limits=LIMITS):
        self.clear, self.opaque, self.at, self.taken, self.limits = clear, opaque, 0, 0, limits

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
        if major == 7:
            if 25 <= low <= 27:
                raise Refused("malformed:floating-point")
            if low not in (20, 21, 22):
                raise Refused("malformed:unsupported-simple")
            return major, low
        if low < 24:
            return major, low
        if low > 27:
            raise Refused("malformed:indefinite-length" if low == 31 else "malformed:reserved-head")
        n = int.from_bytes(self.take(1 << low - 24), "big")
        if head(major, n)[0] != first:
            raise Refused("malformed:non-shortest-head")
        return major, n

    def peek(self):
        """The major type of what comes next, and its low bits."""
        if self.at >= len(self.clear):
            raise Refused("malformed:truncated")
        return self.clear[self.at] >> 5, self.clear[self.at] & 31

    def is_null(self):
        return self.peek() == (7, 22) and bool(self.take(1))

    def expect(self, wanted):
        major, n = self.item()
        if major != wanted:
            raise Refused("malformed:unexpected-type")
        return n

    def array(self, most=None, least=None, otherwise="inconsistent"):
        """A count: against its limits, then against the bytes that are left."""
        n = self.expect(4)
        if most is not None and n > most:
            raise Refused("malformed:too-long")
        if least is not None and n < least:
            raise Refused(otherwise)
        if n > len(self.clear) - self.at:
            raise Refused("malformed:truncated")
        return n

    def number(self, most=(1 << 63) - 1, least=0):
        n = self.expect(0)
        if not least <= n <= most:
            raise Refused("malformed:out-of-range")
        return n

    def signed_number(self):
        major, n = self.item()
        if major > 1:
            raise Refused("malformed:unexpected-type")
        if n >= 1 << 63:
            raise Refused("malformed:out-of-range")
        return n if major == 0 else ~n

    def count(self, most):
        """A number that counts: at least 1."""
        n = self.expect(0)
        if n > most:
            raise Refused("malformed:too-long")
        if n < 1:
            raise Refused("malformed:out-of-range")
        return n

    def boolean(self):
        n = self.expect(7)
        if n == 22:
            raise Refused("malformed:unexpected-type")
        return n == 21

    def text(self, most):
        n = self.expect(3)
        if n > most:
            raise Refused("malformed:too-long")
        try:
            return self.take(n).decode()
        except UnicodeDecodeError as error:
            raise Refused("malformed:invalid-text") from error

    def bytes(self, most=None):
        n = self.expect(2)
        if most is not None and n > most:
            raise Refused("malformed:too-long")
        return self.take(n)

    def slice(self):
        """The bytes of one item, whatever it is."""
        began = self.at
        self.value()
        return self.clear[began:self.at]

    def value(self, level=1):
        if level > 8:
            raise Refused("malformed:too-deep")
        major, n = self.item()
        if major < 2:
            if n >= 1 << 63:
                raise Refused("malformed:out-of-range")
            return n if major == 0 else ~n
        if major == 2:
            return self.take(n)
        if major == 3:
            try:
                return self.take(n).decode()
            except UnicodeDecodeError as error:
                raise Refused("malformed:invalid-text") from error
        if major == 4:
            return [self.value(level + 1) for _ in range(n)]
        if major == 5:
            return self.map(n, level)
        if major == 6 and n == 4:
            return ("decimal", self.value(level + 1))
        if major == 7:
            return {20: False, 21: True, 22: None}[n]
        raise Refused("malformed:unsupported-tag")

    def map(self, n, level):
        pairs, before = {}, b""
        for _ in range(n):
            began = self.at
            key = self.value(level + 1)
            if not isinstance(key, (str, int)):
                raise Refused("malformed:unexpected-type")
            encoded = self.clear[began:self.at]
            if encoded <= before:
                raise Refused("malformed:duplicate-key" if encoded == before else "malformed:unsorted-keys")
            before = encoded
            pairs[key] = self.value(level + 1)
        return pairs

    def end(self):
        if self.at != len(self.clear):
            raise Refused("malformed:trailing-bytes")
        if self.taken != len(self.opaque):
            raise Refused("trailing-opaque-bytes")


class Framed:
    """A message cut into what stands in it (wire-format §1.1); nothing is checked yet but the cuts."""

    def __init__(self, message, kinds, limits=LIMITS):
        self.limits = limits
        if len(message) > limits["message_bytes"]:
            raise Refused("too-long")
        if not message:
            raise Refused("truncated")
        if message[0] != 1:
            raise Refused("unknown-version")
        if len(message) < 67:
            raise Refused("truncated")
        self.kind, self.is_deflated = message[1] & 127, message[1] > 127
        if self.kind not in kinds:
            raise Refused("unexpected-type")
        self.unsigned, self.signature = message[:-64], message[-64:]
        walk = Walk(self.unsigned[2:])
        try:
            length = walk.number()
            self.sender = walk.take(16) if self.kind in REQUESTS else b""
            if self.kind in (SHORT, SHORT_PUSH):
                self.read_state(walk)
            if self.kind == 13:
                self.size, self.time, self.tree = walk.number(), walk.number(), walk.take(32)
            self.clear = walk.take(length)
        except Refused as refusal:
            if str(refusal) == "malformed:truncated":
                raise Refused("truncated") from refusal
            raise
        self.opaque = walk.clear[walk.at:]

    def read_state(self, walk):
        began, n = walk.at, walk.expect(4)
        if not 5 <= n <= 5 + self.limits["streams"]:
            raise Refused("malformed:too-long")
        numbers = [walk.number((1 << 53) - 1 if i == 4 else (1 << 63) - 1) for i in range(n)]
        self.array = walk.clear[began:walk.at]
        self.epoch, self.membership, self.tree_size, self.head_seq, units = numbers[:5]
        self.budget, self.counts, self.digest = 1024 * units, numbers[5:], walk.take(16)

    def state_of(self, token, tree, head_hash, running):
        """The digest that this state has if the peer knows these (wire-format §2.3)."""
        return H("yarrow.state/1", token, self.array, tree, head_hash, *running)[:16]

    def verify(self, verify, programme, answering=NO_ANSWER, epoch=None):
        """All but a short push, whose signature waits for its entries."""
        said = signed_bytes(self.unsigned, programme, answering)
        if self.kind == 13:
            text = checkpoint_text(programme, epoch, self.size, self.tree, sha(said))
            said = cosigned(self.time, text)
        try:
            verify(self.signature, said)
        except Exception as error:
            raise Refused("signature") from error

    def context(self, programme):
        return spoken_for(self.unsigned, programme)

    def content(self):
        clear = self.clear
        if self.is_deflated:
            unpacker = zlib.decompressobj(-15, zdict=DICTIONARY)
            try:
                clear = unpacker.decompress(clear, self.limits["clear_part_bytes"] + 1)
            except zlib.error as error:
                raise Refused("inflate") from error
            if (not unpacker.eof or unpacker.unused_data or not clear
                    or len(clear) > self.limits["clear_part_bytes"]):
                raise Refused("inflate")
        return Walk(clear, self.opaque, self.limits)


def opened(message, verify, kinds, programme, answering=NO_ANSWER, epoch=None, limits=LIMITS):
    """A message whose signature is true, and both its parts; `verify` raises when it is not."""
    framed = Framed(message, kinds, limits)
    framed.verify(verify, programme, answering, epoch)
    return framed, framed.content()

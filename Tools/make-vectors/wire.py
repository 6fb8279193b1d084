"""The wire format written a second time, from Protocol/ alone: encoding, entries, messages.

Shares no code with the Swift packages. Needs the Python package `cryptography` for Ed25519; the
dictionary is read from the file that wire-format §4 names, and its digest is checked.
"""

import base64
import hashlib
import pathlib
import zlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROOT = pathlib.Path(__file__).resolve().parents[2]
DICTIONARY = (ROOT / "Sources" / "ShippedData" / "dictionary" / "v1.bin").read_bytes()
DICTIONARY_SHA256 = "90c5f8afbfc485f380acd3e58564f165ea63c26c077d618750c714fe47c35ffc"
assert hashlib.sha256(DICTIONARY).hexdigest() == DICTIONARY_SHA256, "not the dictionary of version 1"


def H(tag, *parts):
    return hashlib.sha256(tag.encode() + b"\0" + b"".join(parts)).digest()


def u64(n):
    return n.to_bytes(8, "big")


# Deterministic CBOR (entry §1.1)


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << 8 * width:
            return bytes([major << 5 | code]) + n.to_bytes(width, "big")
    raise ValueError(n)


class Raw(bytes):
    """Bytes that are CBOR already, or are meant to be wrong."""


def cbor(v):
    if isinstance(v, Raw):
        return bytes(v)
    if v is None:
        return b"\xf6"
    if isinstance(v, bool):
        return b"\xf5" if v else b"\xf4"
    if isinstance(v, int):
        return head(0, v) if v >= 0 else head(1, ~v)
    if isinstance(v, bytes):
        return head(2, len(v)) + v
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(map(cbor, v))
    pairs = sorted((cbor(k), cbor(x)) for k, x in v.items())
    return head(5, len(pairs)) + b"".join(k + x for k, x in pairs)


# Keys


class Key:
    def __init__(self, name):
        self.private = Ed25519PrivateKey.from_private_bytes(H("yarrow.test-key/1", name.encode()))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.origin = hashlib.sha256(self.public).digest()

    def sign(self, content):
        return self.private.sign(content)


# Merkle trees (hub-log §2)


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(index, leaves):
    if len(leaves) < 2:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return path(index, leaves[:k]) + [root(leaves[k:])]
    return path(index - k, leaves[k:]) + [root(leaves[:k])]


def compact_range(begin, end, leaves):
    """Hashes of the fewest perfect subtrees over [begin, end) (hub-log §2.2)."""
    hashes = []
    while begin < end:
        width = 1
        while begin % (2 * width) == 0 and begin + 2 * width <= end:
            width *= 2
        hashes.append(root(leaves[begin:begin + width]))
        begin += width
    return hashes


def multiproof(places, leaves):
    """What leads from the leaves at these places to the root (hub-log §2.5)."""
    hashes, begin = [], 0
    for place in [*sorted(places), len(leaves)]:
        hashes += compact_range(begin, place, leaves)
        begin = place + 1
    return hashes


# Entries (entry §2)

PARTS = {"envelope": 0, "operational": 1, "coded": 2, "sensitive": 3, "identity": 4}


def salt(root_salt, label):
    return H("yarrow.salt/1", root_salt, label)[:16]


class Withheld(bytes):
    """The digest of a section that is not sent."""


class Entry:
    """`coded` is a map of writes; a sealed section bytes; either may be None or Withheld."""

    def __init__(self, programme, origin, seq, previous, kind=1, area="north", form="report",
                 version=1, claimed=1750000000, epoch=1, seen=(0, bytes(32)), record=None,
                 salt_of="", operational=None, coded=None, sensitive=None, identity=None):
        self.root_salt = H("yarrow.test-salt/1", origin, u64(seq), salt_of.encode())[:16]
        self.record = salt(self.root_salt, b"\x20") if kind in (1, 8, 9) else record
        self.origin, self.seq, self.previous, self.kind = origin, seq, previous, kind
        self.area, self.form, self.version, self.claimed = area, form, version, claimed
        self.epoch, self.seen = epoch, seen
        self.operational = operational or {}
        self.coded, self.sensitive, self.identity = coded, sensitive, identity
        self.envelope = cbor([
            programme, origin, seq, previous, self.record, area, form, version, kind, claimed,
            epoch, seen[0], seen[1]])
        self.hash = H("yarrow.entry/1", *(self.digest(part) for part in PARTS))

    def digest(self, part):
        s = salt(self.root_salt, bytes([PARTS[part]]))
        if part == "envelope":
            return H("yarrow.envelope/1", s, self.envelope)
        if part == "operational":
            fields = sorted(
                H("yarrow.field/1", salt(self.root_salt, b"\x10" + name.encode()),
                  cbor([name, write]))
                for name, write in self.operational.items())
            return H("yarrow.operational/1", s, cbor([self.record, self.form, self.kind, fields]))
        content = getattr(self, part)
        if content is None:
            return H("yarrow.absent/1", s)
        if isinstance(content, Withheld):
            return bytes(content)
        if part == "coded":
            return H("yarrow.coded/1", s, cbor(content))
        return H("yarrow.sealed/1", s, bytes([PARTS[part]]), content)

    def described(self):
        def section(content):
            if content is None:
                return None
            if isinstance(content, Withheld):
                return {"withheld": content.hex()}
            return (cbor(content) if isinstance(content, dict) else content).hex()

        return {
            "origin": self.origin.hex(), "seq": str(self.seq), "hash": self.hash.hex(),
            "envelope": self.envelope.hex(), "root_salt": self.root_salt.hex(),
            "operational": cbor(self.operational).hex(), "coded": section(self.coded),
            "sensitive": section(self.sensitive), "identity": section(self.identity)}


def segment(programme, origin, entries, context=bytes(32)):
    """The seven things that a segment is (entry §3)."""
    return [programme, origin, entries[0].seq, entries[-1].seq, entries[-1].hash,
            root([leaf(e.hash) for e in entries]), context]


def segment_signature(key, content):
    return key.sign(b"yarrow.segment/1\0" + cbor(content))


# Checkpoints (hub-log §3.3, §4.2)


def checkpoint_text(programme, epoch, size, tree_root, answer=None):
    lines = ["yarrow/%s/%d" % (programme.hex(), epoch), str(size), base64.b64encode(tree_root).decode()]
    if answer is not None:
        lines.append("answer " + base64.b64encode(answer).decode())
    return "".join(line + "\n" for line in lines).encode()


def cosigned(time, text):
    return b"cosignature/v1\ntime %d\n" % time + text


# Messages (wire-format §1)


class Writer:
    """The clear and the opaque part, written side by side."""

    def __init__(self):
        self.clear, self.opaque = b"", b""

    def array(self, count):
        self.clear += head(4, count)
        return self

    def put(self, *values):
        for value in values:
            self.clear += cbor(value)
        return self

    def raw(self, *values):
        self.opaque += b"".join(values)
        return self


def deflate(clear):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    return packer.compress(clear) + packer.flush()


def frame(kind, before, clear, opaque, deflated=None, version=1, length=None):
    """A message without its signature. `before` stands before the clear part: a sender, a state, a checkpoint."""
    packed = deflate(clear) if clear else b""
    if deflated is None:
        deflated = len(packed) < len(clear)
    body = packed if deflated else clear
    length = cbor(len(body) if length is None else length)
    return bytes([version, kind | (128 if deflated else 0)]) + length + before + body + opaque


def signed_bytes(unsigned, programme, answering=bytes(32)):
    return b"yarrow.message/1\0" + programme + answering + unsigned


def signed(unsigned, key, programme, answering=bytes(32)):
    return unsigned + key.sign(signed_bytes(unsigned, programme, answering))


def spoken_for(unsigned, programme, answering=bytes(32)):
    """What stands for the message where one signature speaks for more (wire-format §1.2)."""
    return hashlib.sha256(signed_bytes(unsigned, programme, answering)).digest()


def signed_as_segment(unsigned, key, programme, entries, origin=None):
    context = spoken_for(unsigned, programme)
    return unsigned + segment_signature(key, segment(programme, origin or key.origin, entries, context))


def signed_as_checkpoint(unsigned, key, programme, epoch, size, tree_root, time, answering):
    text = checkpoint_text(programme, epoch, size, tree_root, spoken_for(unsigned, programme, answering))
    return unsigned + key.sign(cosigned(time, text))


def state(numbers, token, tree_root=bytes(32), head_hash=bytes(32), running=()):
    """What a device knows, and the digest of it (wire-format §2.3)."""
    array = cbor(list(numbers))
    return array + H("yarrow.state/1", token, array, tree_root, head_hash, *running)[:16]

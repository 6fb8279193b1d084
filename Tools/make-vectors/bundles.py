#!/usr/bin/env python3
"""Writes Protocol/vectors/bundle from the specification alone, without any of Yarrow's code.

Needs the Python package `cryptography` for X25519 and ChaCha20-Poly1305; the rest is written out here.
"""

import hashlib
import hmac
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

import vectors

OUT = pathlib.Path(__file__).resolve().parent.parent.parent / "Protocol" / "vectors" / "bundle"
KEM, SUITE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << 8 * width:
            return bytes([major << 5 | code]) + n.to_bytes(width, "big")


def cbor(v):
    if isinstance(v, bytes):
        return head(2, len(v)) + v
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode()
    return head(4, len(v)) + b"".join(map(cbor, v))


def sha(b):
    return hashlib.sha256(b).digest()


class Key:
    def __init__(self, label):
        self.seed = sha(b"yarrow test vector " + label.encode())
        self.key = X25519PrivateKey.from_private_bytes(self.seed)
        self.public = self.key.public_key().public_bytes_raw()


HUB, DEVICE, EPHEMERAL = Key("hub opening"), Key("device opening"), Key("bundle ephemeral")
PROGRAMME = sha(b"yarrow test vector programme")[:16]


# HPKE base mode, RFC 9180 §4, §5.1, §5.2
def extract(suite, salt, label, ikm):
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()


def expand(suite, prk, label, info, n):
    text = struct.pack(">H", n) + b"HPKE-v1" + suite + label + info
    return hmac.new(prk, text + b"\1", hashlib.sha256).digest()[:n]


def hpke(public, info, aad, plain, enc, dh):
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, shared, b"secret", b"")
    key = expand(SUITE, secret, b"key", context, 32)
    nonce = expand(SUITE, secret, b"base_nonce", context, 12)
    return ChaCha20Poly1305(key).encrypt(nonce, plain, aad)


def padded_length(n):
    n = max(n, 4096)
    e = n.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return -(-n // unit) * unit


def pad(content, length=None, marker=b"\x80"):
    length = length or padded_length(len(content) + 1)
    return content + marker + bytes(length - len(content) - 1)


def seal(plain, to=HUB, direction=1, programme=PROGRAMME, version=b"\1", aad=None, weak=False):
    info = b"yarrow.bundle/1\0" + programme + bytes([direction]) + to.public
    enc = bytes(32) if weak else EPHEMERAL.public
    dh = bytes(32) if weak else EPHEMERAL.key.exchange(X25519PublicKey.from_public_bytes(to.public))
    return version + enc + hpke(to.public, info, aad or version, plain, enc, dh)


def requests(messages, name="yarrow requests 1"):
    return cbor([name, messages])


def answers(pairs):
    return cbor(["yarrow answers 1", [list(p) for p in pairs]])


ONE, TWO, LONG = b"a request", b"another", bytes(range(256)) * 20
FILE = seal(pad(requests([ONE, TWO])))
CASES = {}


def case(name, what, file, expect="accept", kind="requests", to=HUB, **content):
    CASES[name] = {
        "what": what, "expect": expect, "kind": kind, "programme": PROGRAMME.hex(),
        "opening": to.seed.hex(), "file": file.hex(), **content,
    }


def refuse(name, what, word, file, **more):
    case(name, what, file, "refuse:" + word, **more)


case("requests_two", "two requests in one page", FILE, messages=[ONE.hex(), TWO.hex()])
case("requests_longer", "a request that takes more than the smallest bundle",
     seal(pad(requests([LONG]))), messages=[LONG.hex()])
case("requests_fill_the_page", "content that leaves room for the marker and nothing else",
     seal(pad(requests([bytes(4096 - 1 - len(requests([bytes(4000)])) + 4000)]))),
     messages=[bytes(4096 - 1 - len(requests([bytes(4000)])) + 4000).hex()])
case("answers_two", "two answers to one request, and one to another",
     seal(pad(answers([(sha(ONE), b"first"), (sha(ONE), b"second"), (sha(TWO), b"third")])), DEVICE, 2),
     kind="answers", to=DEVICE, messages=[m.hex() for m in (b"first", b"second", b"third")],
     hashes=[sha(ONE).hex(), sha(ONE).hex(), sha(TWO).hex()])

refuse("nothing", "no bytes", "bundle-version", b"")
refuse("other_version", "another version, sealed as such", "bundle-version",
       seal(pad(requests([ONE])), version=b"\2"))
refuse("cut_short", "the last byte is missing", "bundle-length", FILE[:-1])
refuse("cut_to_the_head", "nothing but version and ephemeral key", "bundle-length", FILE[:33])
refuse("byte_after_it", "a byte too many", "bundle-length", FILE + b"\0")
refuse("less_than_a_page", "a padded length below the smallest", "bundle-length",
       seal(pad(requests([ONE]), 256)))
refuse("not_padme", "a page and one byte", "bundle-length", seal(pad(requests([ONE]), 4097)))
refuse("altered", "one bit of the content differs", "bundle-not-opened",
       FILE[:100] + bytes([FILE[100] ^ 1]) + FILE[101:])
refuse("other_ephemeral_key", "one bit of the ephemeral key differs", "bundle-not-opened",
       FILE[:1] + bytes([FILE[1] ^ 1]) + FILE[2:])
refuse("weak_ephemeral_key", "an ephemeral key with which everybody shares the secret",
       "bundle-not-opened", seal(pad(requests([ONE])), weak=True))
refuse("for_another", "sealed to a device", "bundle-not-opened",
       seal(pad(requests([ONE])), DEVICE))
refuse("other_programme", "sealed for another programme", "bundle-not-opened",
       seal(pad(requests([ONE])), programme=bytes(16)))
refuse("other_direction", "requests sealed as answers", "bundle-not-opened",
       seal(pad(requests([ONE])), direction=2))
refuse("version_not_authenticated", "sealed without the version byte", "bundle-not-opened",
       seal(pad(requests([ONE])), aad=b"\2"))
refuse("padding_absent", "zero bytes to the end", "bundle-padding", seal(bytes(4096)))
refuse("padding_other_marker", "another marker", "bundle-padding",
       seal(pad(requests([ONE]), marker=b"\x81")))
refuse("padding_longer", "a page more than needed", "bundle-padding",
       seal(pad(requests([ONE]), padded_length(6000))))
refuse("no_messages", "an empty list", "bundle-malformed", seal(pad(requests([]))))
refuse("other_name", "a name that nobody defined", "bundle-malformed",
       seal(pad(requests([ONE], "yarrow requests 2"))))
refuse("answers_as_requests", "answers in the direction of requests", "bundle-malformed",
       seal(pad(answers([(sha(ONE), b"first")]))))
refuse("byte_after_content", "a byte after the array", "bundle-malformed",
       seal(pad(requests([ONE]) + b"\0")))
refuse("too_many_messages", "4,097 requests", "bundle-malformed",
       seal(pad(requests([b""] * 4097))))
refuse("short_hash", "a hash of 31 bytes", "bundle-malformed",
       seal(pad(answers([(sha(ONE)[:31], b"first")])), DEVICE, 2), kind="answers", to=DEVICE)
refuse("no_content", "padding alone", "bundle-malformed", seal(pad(b"")))

sys.exit(vectors.write(CASES, OUT))

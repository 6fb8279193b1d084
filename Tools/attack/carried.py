"""Bundles: requests sealed to a hub, answers sealed to a device (Protocol/bundle.md §2, §3)."""

import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from codec import Refused, Walk, cbor

KEM, SUITE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
TO_HUB, TO_DEVICE = 1, 2
BUNDLE_MAX, MESSAGES_MAX = 33_554_432, 4_096


# HPKE, base mode (RFC 9180 §4, §5.1, §5.2)

def extract(suite, salt, label, ikm):
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()


def expand(suite, prk, label, info, n):
    text = struct.pack(">H", n) + b"HPKE-v1" + suite + label + info
    return hmac.new(prk, text + b"\1", hashlib.sha256).digest()[:n]


def cipher(public, info, enc, dh):
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, shared, b"secret", b"")
    return ChaCha20Poly1305(expand(SUITE, secret, b"key", context, 32)), expand(SUITE, secret, b"base_nonce", context, 12)


def told(programme, direction, public):
    return b"yarrow.bundle/1\0" + programme + bytes([direction]) + public


def padded_length(n):
    n = max(n, 4096)
    e = n.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return -(-n // unit) * unit


def pad(content):
    return content + b"\x80" + bytes(padded_length(len(content) + 1) - len(content) - 1)


def seal(plain, public, programme, direction=TO_HUB, version=b"\1", weak=False):
    """A bundle's file; `weak` is under the point of small order, with which everybody shares the secret zero."""
    if weak:
        enc = dh = bytes(32)
    else:
        key = X25519PrivateKey.from_private_bytes(os.urandom(32))
        enc, dh = key.public_key().public_bytes_raw(), key.exchange(X25519PublicKey.from_public_bytes(public))
    box, nonce = cipher(public, told(programme, direction, public), enc, dh)
    return version + enc + box.encrypt(nonce, plain, version)


def requests(messages, name="yarrow requests 1"):
    return cbor([name, list(messages)])


def opened_bundle(file, opening, programme, direction, name):
    """What an array of this name lists in a file that was sealed to this key."""
    enc = file[1:33]
    box, nonce = cipher(opening.public, told(programme, direction, opening.public), enc,
                        opening.private.exchange(X25519PublicKey.from_public_bytes(enc)))
    plain = box.decrypt(nonce, file[33:], file[:1])
    content = plain.rstrip(b"\0")[:-1]
    if pad(content) != plain:
        raise Refused("bundle-padding")
    walk = Walk(content)
    said, items = walk.value()
    walk.end()
    if said != name:
        raise Refused("bundle-malformed")
    return items


def answers(file, opening, programme):
    """Pairs of a request's hash and the answer to it."""
    return opened_bundle(file, opening, programme, TO_DEVICE, "yarrow answers 1")


def hub_key(statement):
    """The opening key that the authority named for the hub (identity §3)."""
    payload = Walk(Walk(statement).value()[0]).value()
    return payload[3][5]

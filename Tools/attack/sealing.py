"""What a reader of records holds: keys of epochs and records, sealed sections, sealed files (identity §5, §6; attachments §2, §4)."""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from carried import cipher
from codec import H, Walk, cbor, sha
from files import CHUNK, File, chunk_address

SENSITIVE, IDENTITY = 3, 4


def hkdf(key, salt, info):
    return hmac.new(hmac.new(salt, key, hashlib.sha256).digest(), info + b"\1", hashlib.sha256).digest()


def padded(n):
    if n <= 256:
        return max(16, -(-n // 16) * 16)
    e = n.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return -(-n // unit) * unit


def pad(content):
    return content + b"\x80" + bytes(padded(len(content) + 1) - len(content) - 1)


def epoch_secret(entries, programme, opening):
    """The secret of an origin's epoch, from its grant to this opening key; `entries` are the origin's."""
    for entry in entries:
        if entry.kind != 9:
            continue
        fields = entry.operational if isinstance(entry.operational, dict) else Walk(entry.operational).value()
        for reader, grant in Walk(fields["grants"]).value():
            if reader == sha(opening.public)[:16]:
                info = (b"yarrow.grant/1\0" + programme + entry.origin + struct.pack(">Q", fields["epoch"]) + opening.public)
                shared = opening.private.exchange(X25519PublicKey.from_public_bytes(grant[:32]))
                box, nonce = cipher(opening.public, info, grant[:32], shared)
                return box.decrypt(nonce, grant[32:], b"")
    raise LookupError("no grant to this key")


def record_key(secret, record, origin):
    return hkdf(secret, record, b"yarrow.record/1\0" + origin)


def section(key, salt, record, fields, part=IDENTITY):
    """A sealed section whose writes are these, as its content stands (method 0)."""
    info = b"yarrow.section/1\0"
    box = ChaCha20Poly1305(hkdf(key, salt, info + bytes([part])))
    return box.encrypt(bytes(12), pad(b"\0" + cbor(fields)), info + record + bytes([part]))


class SealedFile(File):
    """A file under the key of its record. `plain` may replace what is sealed, padding included."""

    def __init__(self, key, record, content, plain=None):
        self.record, self.content = record, content
        digest = sha(content)
        self.salt = hkdf(key, digest[:16], b"yarrow.attachment-salt/1\0" + digest)[:16]
        box = ChaCha20Poly1305(hkdf(key, self.salt, b"yarrow.attachment/1\0"))
        plain = pad(content) if plain is None else plain
        parts = [plain[i:i + CHUNK] for i in range(0, len(plain), CHUNK)]
        self.chunks = [
            box.encrypt(bytes(8) + struct.pack(">I", i), part,
                        b"yarrow.chunk/1\0" + record + struct.pack(">II", i, len(parts))) for i, part in enumerate(parts)]
        self.hashes = [chunk_address(c) for c in self.chunks]

    def answer(self, name="photo.jpg", size=None, media="image/jpeg", how="stripped", address=None):
        size = len(self.content) if size is None else size
        return f"{(address or self.address).hex()} {size} {media} {how} {name}"

"""Keys, invites, tokens and the authority's statements (Protocol/identity.md)."""

import base64
import hashlib
import hmac
import unicodedata

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from codec import H, Key, Refused, Walk, cbor

# The order of the group (RFC 8032 §5.1), to write a signature in its second form.
ORDER = 2**252 + 27742317777372353535851937790883648493
SMALL_ORDER = bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")


class Hub:
    """What an invite says of a hub, which is all that anybody needs to check it."""

    def __init__(self, authority, log, pin):
        self.authority, self.log, self.pin = authority, log, pin
        self.programme = H("yarrow.programme/1", authority)[:16]

    def verify(self, signature, content):
        Ed25519PublicKey.from_public_bytes(self.log).verify(signature, content)

    def verify_by(self, key, signature, content, word):
        """Whether somebody else's key signed this."""
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
        except Exception as error:
            raise Refused(word) from error


class Opening:
    def __init__(self, name):
        self.private = X25519PrivateKey.from_private_bytes(H("yarrow.test-opening/1", name.encode()))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Invite:
    """Nine items (identity §4); `items` may be replaced before it is written again."""

    NAMES = ("version", "name", "authority", "log", "pin", "url", "role", "secret", "expires")

    def __init__(self, **items):
        self.items = items

    @classmethod
    def read(cls, text):
        letters = "".join(text.split()).upper()
        if not letters.startswith("YARROW1-"):
            raise Refused("invite-not-one")
        letters = letters[8:]
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
        if H("yarrow.invite/1", raw[:-4])[:4] != raw[-4:]:
            raise Refused("invite-altered")
        walk = Walk(raw[:-4])
        items = walk.value()
        walk.end()
        return cls(**dict(zip(cls.NAMES, items, strict=True)))

    def altered(self, **items):
        return Invite(**{**self.items, **items})

    def text(self, checksum=True):
        raw = cbor([self.items[name] for name in self.NAMES])
        tail = H("yarrow.invite/1", raw)[:4] if checksum else bytes(4)
        return "YARROW1-" + base64.b32encode(raw + tail).decode().rstrip("=")

    @property
    def hub(self):
        return Hub(self.items["authority"], self.items["log"], self.items["pin"])


def token(secret, origin, window):
    w = window.to_bytes(4, "big")
    return w + hmac.new(secret, b"yarrow.token/1\0" + origin + w, hashlib.sha256).digest()[:12]


def statement(authority, programme, kind, subject, version, body, tag=b"yarrow.statement/1\0"):
    """The bytes of a statement (identity §3)."""
    payload = cbor([kind, subject, version, body])
    return cbor([payload, authority.sign(tag + programme + payload)])


def statement_leaf(encoded):
    return H("yarrow.statement-leaf/1", encoded)


def malleated(signature):
    """The same signature with S + L: true under a careless verifier (RFC 8032 §5.1.7 refuses it)."""
    return signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")


def is_safe_text(text):
    """Whether a terminal shows this text as it is: no control and no format character."""
    return not any(unicodedata.category(c) in ("Cc", "Cf") for c in text if c != "\n")


__all__ = ["Hub", "Invite", "Key", "Opening", "SMALL_ORDER", "is_safe_text", "malleated", "statement",
           "statement_leaf", "token"]

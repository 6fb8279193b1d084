#!/usr/bin/env python3
"""Entries computed a second time, from Protocol/entry.md alone.

    entry_vectors.py            check the vectors in Protocol/vectors/{entry,cbor}
    entry_vectors.py --write    write the entry vectors anew, then check

Shares no code with the Swift packages; needs nothing beside Python 3.8. Exits 1 on a difference.
"""

import hashlib
import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "Protocol" / "vectors"
INT_MIN, INT_MAX = -(2**63), 2**63 - 1


class Refused(Exception):
    """The code is one of the closed list that the CBOR vectors use."""


# Deterministic CBOR (entry §1.1). Texts are str, byte strings bytes, decimals Decimal.


class Decimal:
    def __init__(self, mantissa, exponent):
        self.mantissa, self.exponent = mantissa, exponent


def head(major, value):
    for short, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << 8 * width:
            return bytes([major << 5 | short]) + value.to_bytes(width, "big")
    raise ValueError(value)


def encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return head(3, len(raw)) + raw
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, Decimal):
        return b"\xc4" + encode([value.exponent, value.mantissa])
    raise TypeError(type(value))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def head(self):
        if self.at >= len(self.data):
            raise Refused("truncated")
        first = self.data[self.at]
        major, short = first >> 5, first & 31
        if major == 7:
            if short in (20, 21, 22):
                self.at += 1
                return 7, short
            if short in (25, 26, 27):
                raise Refused("floating-point")
            raise Refused("indefinite-length" if short == 31 else "unsupported-simple")
        if short < 24:
            self.at += 1
            return major, short
        if short == 31:
            raise Refused("indefinite-length")
        if short > 27:
            raise Refused("reserved-head")
        width = 1 << (short - 24)
        raw = self.data[self.at + 1 : self.at + 1 + width]
        if len(raw) < width:
            raise Refused("truncated")
        value = int.from_bytes(raw, "big")
        if value < (24 if width == 1 else 1 << (4 * width)):
            raise Refused("non-shortest-head")
        self.at += 1 + width
        return major, value

    def string(self, major, count):
        raw = self.data[self.at : self.at + count]
        if len(raw) < count:
            raise Refused("truncated")
        self.at += count
        if major == 2:
            return raw
        try:
            return raw.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Refused("invalid-text") from None

    def integer(self):
        if self.at < len(self.data) and self.data[self.at] >> 5 > 1:
            self.head()
            raise Refused("unexpected-type")
        major, value = self.head()
        if value > INT_MAX:
            raise Refused("out-of-range")
        return value if major == 0 else -1 - value

    def item(self, levels=8):
        if levels == 0:
            raise Refused("too-deep")
        start = self.at
        major, value = self.head()
        if major in (0, 1):
            self.at = start
            return self.integer()
        if major in (2, 3):
            return self.string(major, value)
        if major in (4, 5):
            if value > (len(self.data) - self.at) // (major - 3):
                raise Refused("truncated")
        if major == 4:
            return [self.item(levels - 1) for _ in range(value)]
        if major == 5:
            return self.map(value, levels)
        if major == 6:
            return self.decimal(value)
        return {20: False, 21: True, 22: None}[value]

    def map(self, count, levels):
        found, previous = {}, None
        for _ in range(count):
            start = self.at
            if start >= len(self.data):
                raise Refused("truncated")
            if self.data[start] >> 5 not in (0, 3):
                raise Refused("unexpected-type")
            key = self.item()
            raw = self.data[start : self.at]
            if previous is not None and raw <= previous:
                raise Refused("duplicate-key" if raw == previous else "unsorted-keys")
            previous = raw
            found[key] = self.item(levels - 1)
        return found

    def decimal(self, tag):
        if tag != 4:
            raise Refused("unsupported-tag")
        if self.at < len(self.data) and self.data[self.at] >> 5 != 4:
            raise Refused("unexpected-type")
        _, count = self.head()
        if count != 2:
            raise Refused("too-long" if count > 2 else "out-of-range")
        if len(self.data) - self.at < 2:
            raise Refused("truncated")
        exponent, mantissa = self.integer(), self.integer()
        canonical = (
            exponent == 0
            if mantissa == 0
            else -18 <= exponent <= 18 and (mantissa % 10 != 0 or exponent == 18)
        )
        if not canonical:
            raise Refused("non-canonical-value")
        return Decimal(mantissa, exponent)


def decode(data):
    reader = Reader(data)
    value = reader.item()
    if reader.at != len(data):
        raise Refused("trailing-bytes")
    return value


# Entry (entry §2)


def digest(tag, *parts):
    return hashlib.sha256(tag.encode() + b"\0" + b"".join(parts)).digest()


def salt(root, label):
    return digest("yarrow.salt/1", root, label)[:16]


def public_code(record):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = int.from_bytes(digest("yarrow.code/1", record)[:5], "big") >> 5
    values = [bits >> (30 - 5 * position) & 31 for position in range(7)]
    values.append(sum((position + 1) * value for position, value in enumerate(values)) % 31)
    text = "".join(alphabet[value] for value in values)
    return text[:4] + "-" + text[4:]


ENVELOPE = (
    "programme origin seq previous record area form formVersion kind claimed epoch seenSize seenRoot"
).split()
BYTE_FIELDS = {"programme", "origin", "previous", "record", "seenRoot"}


def compute(vector):
    """All that follows from a vector's inputs."""
    given = vector["envelope"]
    values = [bytes.fromhex(given[n]) if n in BYTE_FIELDS else given[n] for n in ENVELOPE]
    envelope = encode(values)
    root = bytes.fromhex(vector["rootSalt"])
    salts = [salt(root, bytes([label])) for label in range(5)]
    record = bytes.fromhex(given["record"])

    operational = bytes.fromhex(vector["operational"])
    names = decode(operational)
    fields, field_digests = {}, []
    reader = Reader(operational)
    reader.head()
    for name in names:
        begin = reader.at
        reader.item()
        reader.item()
        field_salt = salt(root, b"\x10" + name.encode())
        field_digest = digest("yarrow.field/1", field_salt, b"\x82" + operational[begin : reader.at])
        fields[name] = {"salt": field_salt.hex(), "digest": field_digest.hex()}
        field_digests.append(field_digest)
    body = encode([record, given["form"], given["kind"], sorted(field_digests)])

    digests = [digest("yarrow.envelope/1", salts[0], envelope)]
    digests.append(digest("yarrow.operational/1", salts[1], body))
    for label, part in ((2, "coded"), (3, "sensitive"), (4, "identity")):
        if vector[part] is None:
            digests.append(digest("yarrow.absent/1", salts[label]))
        elif label == 2:
            digests.append(digest("yarrow.coded/1", salts[2], bytes.fromhex(vector[part])))
        else:
            sealed = bytes.fromhex(vector[part])
            digests.append(digest("yarrow.sealed/1", salts[label], bytes([label]), sealed))
    return {
        "envelopeBytes": envelope.hex(),
        "salts": [one.hex() for one in salts],
        "fields": fields,
        "digests": [one.hex() for one in digests],
        "hash": digest("yarrow.entry/1", *digests).hex(),
        "createdRecord": salt(root, b"\x20").hex(),
        "publicCode": public_code(record),
    }


# The cases. Every byte is made up by hashing a label.


def made_up(label, count):
    return hashlib.sha256(label.encode()).digest()[:count]


def case(what, label, kind, operational, coded=None, sensitive=None, identity=None, **changes):
    root = made_up(label + " root", 16)
    envelope = {
        "programme": made_up("programme", 16).hex(),
        "origin": made_up("origin", 32).hex(),
        "seq": 1,
        "previous": bytes(32).hex(),
        "record": salt(root, b"\x20").hex(),
        "area": "north-2",
        "form": "report",
        "formVersion": 3,
        "kind": kind,
        "claimed": 1_767_225_600,
        "epoch": 1,
        "seenSize": 0,
        "seenRoot": bytes(32).hex(),
    }
    envelope.update(changes)
    vector = {
        "what": what,
        "envelope": envelope,
        "rootSalt": root.hex(),
        "operational": encode(operational).hex(),
        "coded": encode(coded).hex() if coded else None,
        "sensitive": sensitive.hex() if sensitive else None,
        "identity": identity.hex() if identity else None,
    }
    vector["expect"] = compute(vector)
    return vector


def cases():
    h1, h2 = sorted([made_up("write 1", 32), made_up("write 2", 32)])
    later = {
        "seq": 70_000,
        "previous": made_up("previous", 32).hex(),
        "record": made_up("record", 16).hex(),
        "seenSize": 4_294_967_296,
        "seenRoot": made_up("seen root", 32).hex(),
    }
    instance = "people#0@" + h1.hex() + ".role"
    return {
        "create_all_sections": case(
            "a create entry with every section; text beyond ASCII; the record id derives from the root salt",
            "all",
            1,
            {"status": "new", "month": "2026-01", "persons": 3, "urgent": True},
            {"means": {0: ["debt", "threat"]}, "rate": Decimal(-125, -2), "place": "Çeşme"},
            made_up("sealed sensitive", 32) * 2,
            made_up("sealed identity", 32),
        ),
        "create_empty": case("a create entry without any field", "empty", 1, {}),
        "amend_replaces_writes": case(
            "an amend entry: a replaced value, a cleared answer, a set change, an instance of a repeat",
            "amend",
            2,
            {
                "status": ["in_response", [h1, h2]],
                "month": [None, [h1]],
                "needs": {0: ["shelter"], 1: {"food": [h1, h2]}},
                instance: ["witness", [h1]],
                "people#1.role": "driver",
            },
            claimed=-62_135_596_800,
            **later,
        ),
        "withdraw_names_entries": case(
            "a withdraw entry: its reason replaces the newest entry of each origin",
            "withdraw",
            4,
            {"reason": ["duplicate", [h1, h2]]},
            **later,
        ),
        "erase_two_classes": case(
            "an erase entry: class words in canonical key order",
            "erase",
            5,
            {"classes": {0: ["identity", "sensitive"]}, "reason": "consent"},
            **later,
        ),
        "epoch_starts_record": case(
            "an epoch entry: bytes and an integer, and a record id of its own",
            "epoch",
            8,
            {"number": 2, "commitment": made_up("commitment", 32)},
            form="yarrow.epoch",
            area="",
            formVersion=1,
            epoch=0,
        ),
        "numbers_at_their_limits": case(
            "integers and decimals at their limits",
            "limits",
            2,
            {
                "least": INT_MIN,
                "most": INT_MAX,
                "zero": Decimal(0, 0),
                "fine": Decimal(1, -18),
                "coarse": Decimal(10, 18),
            },
            **dict(later, seq=INT_MAX, formVersion=2**32 - 1, epoch=2**32 - 1, seenSize=INT_MAX),
        ),
    }


def main():
    failures = 0
    if "--write" in sys.argv[1:]:
        for name, vector in cases().items():
            text = json.dumps(vector, indent=2, ensure_ascii=False)
            (VECTORS / "entry" / (name + ".json")).write_text(text + "\n", encoding="utf-8")
    entries = sorted((VECTORS / "entry").glob("*.json"))
    for path in entries:
        vector = json.loads(path.read_text(encoding="utf-8"))
        if compute(vector) != vector["expect"]:
            failures += 1
            print(f"{path.name}: differs from the specification")
    encodings = sorted((VECTORS / "cbor").glob("*.json"))
    for path in encodings:
        vector = json.loads(path.read_text(encoding="utf-8"))
        data = bytes.fromhex(vector["bytes"])
        try:
            found = "accept" if encode(decode(data)) == data else "accepted, but encodes otherwise"
        except Refused as refusal:
            found = f"refuse:{refusal}"
        if found != vector["expect"]:
            failures += 1
            print(f"{path.name}: expected {vector['expect']}, found {found}")
    if not entries or not encodings:
        failures += 1
        print("no vectors found")
    print(f"{len(entries)} entries, {len(encodings)} encodings, {failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

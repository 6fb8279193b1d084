#!/usr/bin/env python3
"""Checks a committee's file, from Protocol/committee.md alone and with nothing but Python.

    python3 committee.py FILE --authority HEX [--checkpoint EPOCH:SIZE:ROOT]... [--release N:LEAF]...

Prints one JSON object. Exit 0: everything matches the hub's log. 76: something does not, and the
problems name table and row. 66: no such file.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sqlite3
import struct
import sys
import tempfile

EXIT_MISMATCH = 76
EXIT_MISSING = 66
BYTES_MAX = 1 << 30
PROBLEMS_MAX = 100


class Refused(Exception):
    """Bytes that are not what they should be."""


def sha256(*parts):
    state = hashlib.sha256()
    for part in parts:
        state.update(part)
    return state.digest()


def domain(tag, *parts):
    """H(tag, parts...) of entry.md."""
    return sha256(tag.encode() + b"\0", *parts)


def u64(number):
    return struct.pack(">Q", number)


# --- Ed25519, RFC 8032 -------------------------------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t = 2 * a[3] * b[3] * D % P
    z = 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_decompress(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def point_compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = point_decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def has_small_order(raw):
    point = point_decompress(raw)
    return point is None or point_compress(point_multiply(8, point)) == point_compress((0, 1, 1, 0))


# u-coordinates, modulo 2^255, with which everybody shares one secret: 0, 1, order 8, p - 1, p, p + 1.
WEAK_OPENING = {0, 1, P - 1, P, P + 1} | {
    int.from_bytes(bytes.fromhex(u), "little") for u in (
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")}


def is_weak_opening(raw):
    return len(raw) != 32 or int.from_bytes(raw, "little") % (1 << 255) in WEAK_OPENING


def signature_valid(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    point = point_decompress(key)
    s = int.from_bytes(signature[32:], "little")
    if point is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    minus = (P - point[0], point[1], point[2], P - point[3])
    return point_compress(
        point_add(point_multiply(s, BASE), point_multiply(h, minus))) == signature[:32]


# --- Deterministic CBOR, entry 1.1 -------------------------------------------------------------

class Tagged:
    """A decimal: tag 4 around exponent and mantissa."""

    def __init__(self, exponent, mantissa):
        self.exponent, self.mantissa = exponent, mantissa


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Refused("truncated")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        first = self.take(1)[0]
        major, short = first >> 5, first & 31
        if major == 7:
            if first in (0xF4, 0xF5, 0xF6):
                return 7, first
            raise Refused("simple value")
        if short < 24:
            return major, short
        if short > 27:
            raise Refused("head")
        width = 1 << short - 24
        value = int.from_bytes(self.take(width), "big")
        if value < (24 if width == 1 else 1 << 4 * width):
            raise Refused("longer head")
        return major, value

    def item(self, depth=8):
        if depth == 0:
            raise Refused("too deep")
        major, value = self.head()
        if major == 7:
            return {0xF4: False, 0xF5: True, 0xF6: None}[value]
        if major in (0, 1):
            if value >= 1 << 63:
                raise Refused("integer")
            return value if major == 0 else -1 - value
        if major == 2:
            return self.take(value)
        if major == 3:
            try:
                return self.take(value).decode("utf-8")
            except UnicodeDecodeError:
                raise Refused("text") from None
        if major == 4:
            if value > len(self.data) - self.at:
                raise Refused("truncated")
            return [self.item(depth - 1) for _ in range(value)]
        if major == 5:
            found, last = {}, None
            for _ in range(value):
                start = self.at
                key = self.item(depth - 1)
                raw = self.data[start:self.at]
                if type(key) not in (int, str) or (last is not None and raw <= last):
                    raise Refused("map key")
                last = raw
                found[key] = self.item(depth - 1)
            return found
        if value != 4:
            raise Refused("tag")
        parts = self.item(depth - 1)
        if type(parts) is not list or len(parts) != 2 or any(type(p) is not int for p in parts):
            raise Refused("decimal")
        exponent, mantissa = parts
        if (not -18 <= exponent <= 18 or (mantissa == 0 and exponent != 0)
                or (mantissa != 0 and mantissa % 10 == 0 and exponent < 18)):
            raise Refused("decimal")
        return Tagged(exponent, mantissa)


def decode(data):
    reader = Reader(data)
    value = reader.item()
    if reader.at != len(data):
        raise Refused("trailing bytes")
    return value


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for width, short in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if value < 1 << 8 * width:
            return bytes([major << 5 | short]) + value.to_bytes(width, "big")
    raise Refused("number")


def encode(value):
    if value is None:
        return b"\xf6"
    if type(value) is int:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if type(value) is bytes:
        return head(2, len(value)) + value
    if type(value) is str:
        raw = value.encode()
        return head(3, len(raw)) + raw
    return head(4, len(value)) + b"".join(encode(v) for v in value)


# --- Merkle trees, hub-log 2 -------------------------------------------------------------------

def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def tree_root(leaves):
    """RFC 6962 root over leaf data."""
    stack = []
    for count, data in enumerate(leaves):
        value = leaf_hash(data)
        while count & 1:
            value = node_hash(stack.pop(), value)
            count >>= 1
        stack.append(value)
    if not stack:
        return sha256()
    value = stack.pop()
    while stack:
        value = node_hash(stack.pop(), value)
    return value


def inclusion_root(index, size, value, path):
    if not 0 <= index < size:
        return None
    fn, sn = index, size - 1
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            value = node_hash(sibling, value)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node_hash(value, sibling)
        fn, sn = fn >> 1, sn >> 1
    return value if sn == 0 else None


def consistent(old, new, old_root, new_root, path):
    """RFC 9162 2.1.4.2."""
    if old == new or old == 0:
        return not path and (old_root == new_root if old == new else old_root == sha256())
    if old > new:
        return False
    path = list(path)
    if old & old - 1 == 0:
        path.insert(0, old_root)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for value in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(value, first), node_hash(value, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, value)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


# --- YAML as policies and forms use it ---------------------------------------------------------

class Yaml:
    """Block and flow maps and lists of texts. Refuses what it does not read."""

    def __init__(self, text):
        if re.search(r"(?<![A-Za-z0-9_])&[A-Za-z0-9_-]", text):
            raise Refused("anchor")
        self.lines = text.split("\n")
        self.row = 0

    def read(self):
        indent = self.peek()
        if indent is None:
            raise Refused("empty")
        value = self.block(indent)
        if self.peek() is not None:
            raise Refused("indentation")
        return value

    def peek(self):
        """Indentation of the next line that says something."""
        while self.row < len(self.lines):
            line = self.lines[self.row].rstrip("\r")
            stripped = line.lstrip(" ")
            if stripped and not stripped.startswith("#"):
                if stripped[0] == "\t":
                    raise Refused("tab")
                return len(line) - len(stripped)
            self.row += 1
        return None

    def block(self, indent):
        if indent > 256:
            raise Refused("too deep")
        text = self.lines[self.row][indent:]
        if text == "-" or text.startswith("- "):
            return self.sequence(indent)
        if self.key(text) is not None:
            return self.mapping(indent)
        return self.scalar_lines(indent, indent)

    def sequence(self, indent):
        items = []
        while self.peek() == indent:
            text = self.lines[self.row][indent:]
            if text != "-" and not text.startswith("- "):
                break
            rest = text[1:].lstrip(" ")
            if not rest or rest.startswith("#"):
                self.row += 1
                inner = self.peek()
                items.append(self.block(inner) if inner is not None and inner > indent else "")
                continue
            inner = indent + len(text) - len(rest)
            if rest.startswith("- ") or (rest[0] not in "[{" and self.key(rest) is not None):
                self.lines[self.row] = " " * inner + rest
                items.append(self.block(inner))
            else:
                items.append(self.value(rest, indent))
        return items

    def mapping(self, indent):
        found = {}
        while self.peek() == indent:
            text = self.lines[self.row][indent:]
            split = self.key(text)
            if split is None:
                raise Refused("mapping")
            name, rest = split
            if name in found:
                raise Refused("duplicate key")
            if rest and not rest.startswith("#"):
                found[name] = self.value(rest, indent)
                continue
            self.row += 1
            inner = self.peek()
            dash = inner == indent and self.lines[self.row][indent:].startswith("-")
            nested = inner is not None and (inner > indent or dash)
            found[name] = self.block(inner) if nested else ""
        return found

    @staticmethod
    def key(text):
        match = re.match(r'"((?:[^"\\])*)"\s*:(?: +|$)|\'((?:[^\']|\'\')*)\'\s*:(?: +|$)', text)
        if match:
            quoted = match.group(1) if match.group(1) is not None else match.group(2)
            return quoted, text[match.end():].strip()
        if text[:1] in "\"'[{#&*!|>%@`":
            return None
        match = re.match(r"([^\s#][^#]*?)\s*:(?: +|$)", text)
        return (match.group(1), text[match.end():].strip()) if match else None

    def value(self, rest, indent):
        """A value that starts on this line, inside a block of this indentation."""
        if rest[0] in "|>":
            return self.literal(rest, indent)
        if rest[0] in "[{\"'":
            text = rest
            while True:
                try:
                    value, end = self.flow(text, 0)
                    break
                except IndexError:
                    self.row += 1
                    if self.row >= len(self.lines):
                        raise Refused("flow") from None
                    text += " " + self.lines[self.row].strip()
            tail = text[end:].strip()
            if tail and not tail.startswith("#"):
                raise Refused("after a value")
            self.row += 1
            return value
        if rest[0] in "&*!%@`":
            raise Refused("indicator")
        return self.scalar_lines(None, indent + 1, rest)

    def scalar_lines(self, start, least, first=None):
        if first is None:
            first = self.lines[self.row][start:]
        parts = [re.split(r"\s#", first)[0].strip()]
        self.row += 1
        while True:
            inner = self.peek()
            if inner is None or inner < least:
                return " ".join(parts)
            text = self.lines[self.row].strip()
            if self.key(text) is not None:
                raise Refused("mapping in a text")
            parts.append(re.split(r"\s#", text)[0].strip())
            self.row += 1

    def literal(self, rest, indent):
        if not re.match(r"[|>][+-]?\s*(#.*)?$", rest):
            raise Refused("block scalar")
        self.row += 1
        parts = []
        while self.row < len(self.lines):
            line = self.lines[self.row].rstrip("\r")
            stripped = line.lstrip(" ")
            if stripped and len(line) - len(stripped) <= indent:
                break
            parts.append(stripped)
            self.row += 1
        return " ".join(p for p in parts if p)

    def flow(self, text, at, depth=0):
        """One flow value; its end. An IndexError means that it goes on in the next line."""
        if depth > 32:
            raise Refused("too deep")
        while text[at] == " ":
            at += 1
        if text[at] == "[":
            items, at = [], at + 1
            while True:
                while text[at] in " ,":
                    at += 1
                if text[at] == "]":
                    return items, at + 1
                value, at = self.flow(text, at, depth + 1)
                items.append(value)
        if text[at] == "{":
            found, at = {}, at + 1
            while True:
                while text[at] in " ,":
                    at += 1
                if text[at] == "}":
                    return found, at + 1
                name, at = self.flow(text, at, depth + 1)
                while text[at] == " ":
                    at += 1
                if text[at] != ":" or type(name) is not str or name in found:
                    raise Refused("flow map")
                value, at = self.flow(text, at + 1, depth + 1)
                found[name] = value
        if text[at] == '"':
            out, at = "", at + 1
            while text[at] != '"':
                if text[at] == "\\":
                    at += 1
                    if text[at] not in '"\\/':
                        raise Refused("escape")
                out, at = out + text[at], at + 1
            return out, at + 1
        if text[at] == "'":
            out, at = "", at + 1
            while True:
                if text[at] == "'":
                    if text[at + 1:at + 2] != "'":
                        return out, at + 1
                    at += 1
                out, at = out + text[at], at + 1
        start = at
        if depth == 0:
            raise Refused("flow")
        while text[at] not in ",[]{}" and not (text[at] == ":" and text[at + 1] in " ,[]{}"):
            if text[at] == "#" and text[at - 1] == " ":
                raise Refused("comment in a flow value")
            at += 1
        return text[start:at].strip(), at


def read_yaml(raw, most):
    if len(raw) > most:
        raise Refused("too long")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("text") from None
    try:
        return Yaml(text).read()
    except (IndexError, RecursionError):
        raise Refused("YAML") from None


# --- The policy and the forms, committee 2 -----------------------------------------------------

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class Policy:
    def __init__(self, raw):
        root = read_yaml(raw, 64 << 10)
        if type(root) is not dict or not {"policy", "threshold", "bands", "disclose"} <= set(root):
            raise Refused("policy")
        if not set(root) <= {"policy", "threshold", "bands", "disclose", "text"}:
            raise Refused("policy key")
        if self.number(root["policy"]) != 1:
            raise Refused("policy version")
        self.threshold = self.number(root["threshold"])
        self.bands = [self.number(band) for band in self.listed(root["bands"])]
        self.disclose = root["disclose"]
        if not 5 <= self.threshold <= 1000 or len(self.bands) > 16:
            raise Refused("threshold")
        if any(not 5 <= band <= 1_000_000 for band in self.bands):
            raise Refused("bands")
        if any(a >= b for a, b in zip(self.bands, self.bands[1:])):
            raise Refused("bands")
        if type(self.disclose) is not dict or len(self.disclose) > 256:
            raise Refused("disclose")
        for form, fields in self.disclose.items():
            if not NAME.fullmatch(form) or len(self.listed(fields)) > 256:
                raise Refused("disclose")
            if len(set(fields)) != len(fields) or not all(NAME.fullmatch(f) for f in fields):
                raise Refused("disclose")

    @staticmethod
    def number(text):
        if type(text) is not str or not re.fullmatch(r"0|[1-9][0-9]{0,6}", text):
            raise Refused("number")
        return int(text)

    @staticmethod
    def listed(value):
        if type(value) is not list or any(type(item) is not str for item in value):
            raise Refused("list")
        return value

    def band(self, count):
        if count >= self.threshold:
            return str(count)
        bounds = [0] + self.bands
        place = max(n for n, bound in enumerate(bounds) if bound <= count)
        end = bounds[place + 1] if place + 1 < len(bounds) else self.threshold
        return "%d-%d" % (bounds[place], min(end, self.threshold) - 1)

    def status_field(self, form):
        return next((f for f in ("status", "state") if f in self.disclose[form]), None)

    def month_field(self, form):
        return next((f for f in self.disclose[form] if f.endswith("_month")), None)


def form_classes(raw):
    classes = {}

    def walk(fields):
        if type(fields) is not list:
            raise Refused("fields")
        for field in fields:
            if type(field) is not dict or type(field.get("name")) is not str:
                raise Refused("field")
            if field["name"] in classes:
                raise Refused("field twice")
            word = field.get("class", "identity")
            if word not in ("operational", "coded", "sensitive", "identity"):
                raise Refused("class")
            classes[field["name"]] = word
            if "fields" in field:
                walk(field["fields"])

    root = read_yaml(raw, 192 << 10)
    if type(root) is not dict or "fields" not in root:
        raise Refused("form")
    walk(root["fields"])
    return classes


def reference_line(form, lists):
    """What a statement says of a form that comes with the toolkit (forms 7)."""
    digest = domain("yarrow.shipped-form/1", sha256(form), sha256(lists))
    return b"shipped: %s\n" % digest.hex().encode()


# --- Fields, committee 3.2 ---------------------------------------------------------------------

def is_plain(text):
    return len(text.encode()) <= 64 and all(0x20 <= ord(c) <= 0x7E for c in text)


def check_hashes(hashes):
    if type(hashes) is not list or not 1 <= len(hashes) <= 256:
        raise Refused("hashes")
    if any(type(h) is not bytes or len(h) != 32 for h in hashes):
        raise Refused("hashes")
    if any(a >= b for a, b in zip(hashes, hashes[1:])):
        raise Refused("hashes")


class Field:
    def __init__(self, pair, salt):
        self.pair, self.salt = pair, salt
        reader = Reader(pair)
        self.name, write = reader.item(), reader.item()
        if reader.at != len(pair) or type(self.name) is not str or not NAME.fullmatch(self.name):
            raise Refused("field")
        self.replacing = []
        if type(write) is dict:
            if not set(write) <= {0, 1} or any(not write[k] for k in write):
                raise Refused("set")
            add, remove = write.get(0, []), write.get(1, {})
            if type(add) is not list or type(remove) is not dict or len(add) > 256:
                raise Refused("set")
            if any(type(c) is not str or not is_plain(c) for c in list(add) + list(remove)):
                raise Refused("code")
            order = [(len(c), c) for c in add]
            if any(a >= b for a, b in zip(order, order[1:])):
                raise Refused("codes")
            for hashes in remove.values():
                check_hashes(hashes)
            self.text = " ".join(["+" + c for c in add] + ["-" + c for c in remove])
            return
        if type(write) is list:
            if len(write) != 2:
                raise Refused("write")
            write, self.replacing = write
            check_hashes(self.replacing)
        self.text = self.display(write)

    @staticmethod
    def display(value):
        if value is None:
            return None
        if value is True or value is False:
            return "true" if value else "false"
        if type(value) is int:
            return str(value)
        if type(value) is str and is_plain(value):
            return value
        if type(value) is Tagged:
            if value.exponent >= 0:
                return str(value.mantissa) + "0" * value.exponent
            digits = str(abs(value.mantissa)).rjust(1 - value.exponent, "0")
            sign = "-" if value.mantissa < 0 else ""
            return sign + digits[:value.exponent] + "." + digits[value.exponent:]
        raise Refused("value")

    @property
    def digest(self):
        return domain("yarrow.field/1", self.salt, b"\x82", self.pair)


KINDS = {"create": 1, "amend": 2, "resolve": 3, "withdraw": 4}
REASONS = ["key_management", "routing", "erasure", "consent", "quarantined", "not_held",
           "form_not_listed", "no_listed_field"]


class Entry:
    def __init__(self, position, record, form, kind, salt, digests, fields, hidden):
        self.position, self.record, self.form, self.kind = position, record, form, kind
        self.salt, self.digests, self.fields, self.hidden = salt, digests, fields, hidden

    @property
    def hash(self):
        digests = sorted([f.digest for f in self.fields] + self.hidden)
        body = encode([self.record, self.form, KINDS[self.kind], digests])
        operational = domain("yarrow.operational/1", self.salt, body)
        envelope, coded, sensitive, identity = self.digests
        return domain("yarrow.entry/1", envelope, operational, coded, sensitive, identity)

    @property
    def content(self):
        return [self.position, self.record, self.form, KINDS[self.kind], self.salt, *self.digests,
                [[f.salt, f.pair] for f in self.fields], self.hidden]


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def public_code(record):
    bits = int.from_bytes(domain("yarrow.code/1", record)[:5], "big") >> 5
    digits = [bits >> 30 - 5 * n & 31 for n in range(7)]
    digits.append(sum((n + 1) * d for n, d in enumerate(digits)) % 31)
    text = "".join(ALPHABET[d] for d in digits)
    return text[:4] + "-" + text[4:]


def banded(entries, leaves, policy):
    records = {}
    for entry in entries:
        records.setdefault((entry.form, entry.record), []).append(entry)

    def current(name, group):
        writes, replaced = [], set()
        for entry in group:
            for field in entry.fields:
                if name is not None and field.name == name:
                    writes.append((leaves[entry.position], field.text or ""))
                    replaced.update(field.replacing)
        values = {text for at, text in writes if at not in replaced}
        return "*" if len(values) > 1 else next(iter(values), "")

    cells = {}
    for (form, _), group in records.items():
        withdrawn = any(entry.kind == "withdraw" for entry in group)
        status = "withdrawn" if withdrawn else current(policy.status_field(form), group)
        cell = (form, status, current(policy.month_field(form), group))
        cells[cell] = cells.get(cell, 0) + 1
    return [(*cell, policy.band(cells[cell])) for cell in sorted(cells)]


# --- The file, committee 5 and 6 ---------------------------------------------------------------

T, N, B, K = "TEXT NOT NULL", "INTEGER NOT NULL", "BLOB NOT NULL", "INTEGER PRIMARY KEY"
TABLES = [
    ("meta", [("name", T), ("value", T)]),
    ("summary", [("lang", T), ("text", T)]),
    ("release", [
        ("number", N), ("previous_number", "INTEGER"), ("previous_index", "INTEGER"),
        ("entries", N), ("root", B), ("content", B), ("policy", B), ("leaf", B),
        ("log_epoch", N), ("log_size", N), ("log_index", N), ("log_path", B)]),
    ("entry", [
        ("position", K), ("record", B), ("code", T), ("form", T), ("kind", T), ("salt", B),
        ("envelope_digest", B), ("coded_digest", B), ("sensitive_digest", B),
        ("identity_digest", B)]),
    ("field", [
        ("position", N), ("name", T), ("value", "TEXT"), ('"write"', B), ("salt", B),
        ("digest", B)]),
    ("hidden_field", [("position", N), ("digest", B)]),
    ("withheld", [("reason", T), ("entries", N)]),
    ("band", [("form", T), ("status", T), ("month", T), ("reports", T)]),
    ("policy", [("version", N), ("yaml", T)]),
    ("form", [("name", T), ("version", N), ("yaml", T)]),
    ("lists", [("yaml", T)]),
    ("statement", [("type", N), ("subject", B), ("version", N), ("bytes", B)]),
    ("checkpoint", [("epoch", N), ("size", N), ("root", B), ("note", T)]),
    ("consistency", [("epoch", N), ("old_size", N), ("new_size", N), ("hashes", B)]),
    ("leaf", [("position", K), ("entry", B)]),
]
VIEWS = [
    ("answers",
     "CREATE VIEW answers AS SELECT entry.code AS code, entry.form AS form, entry.kind AS change, "
     "field.name AS question, field.value AS answer FROM entry LEFT JOIN field ON "
     "field.position = entry.position ORDER BY entry.form, entry.code, entry.position, "
     "field.name"),
    ("counts", "CREATE VIEW counts AS SELECT form, status, month, reports FROM band"),
    ("proofs",
     "CREATE VIEW proofs AS SELECT entry.code AS code, entry.position AS position, "
     "lower(hex(leaf.entry)) AS entry, lower(hex(entry.record)) AS record FROM entry JOIN leaf ON "
     "leaf.position = entry.position"),
]
SCHEMA = [("table", name, "CREATE TABLE %s(%s) STRICT" % (
    name, ", ".join(c + " " + d for c, d in columns))) for name, columns in TABLES]
SCHEMA += [("view", name, sql) for name, sql in VIEWS]

PAGE = 4096


def varint(value):
    value &= (1 << 64) - 1
    if value >> 56:
        return bytes([value >> s & 0x7F | 0x80 for s in range(57, 7, -7)] + [value & 0xFF])
    out = [value & 0x7F]
    value >>= 7
    while value:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(reversed(out))


def record(values):
    types, body = b"", b""
    for value in values:
        if value is None:
            types += varint(0)
        elif type(value) is int:
            if value in (0, 1):
                types += varint(8 + value)
                continue
            for serial, width in ((1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (6, 8)):
                if -(1 << 8 * width - 1) <= value < 1 << 8 * width - 1:
                    types += varint(serial)
                    body += value.to_bytes(width, "big", signed=True)
                    break
        elif type(value) is bytes:
            types += varint(12 + 2 * len(value))
            body += value
        else:
            raw = value.encode()
            types += varint(13 + 2 * len(raw))
            body += raw
    return bytes([len(types) + 1]) + types + body


class Image:
    """The one file of a content (committee 6)."""

    def __init__(self, content):
        self.pages = [bytearray(PAGE)]
        rows = []
        for place, (kind, name, sql) in enumerate(SCHEMA):
            root = self.table(content[name]) if kind == "table" else 0
            rows.append((place + 1, [kind, name, name, root, sql]))
        cells = [self.cell(row) for row in rows]
        if 108 + sum(len(c) + 2 for c in cells) <= PAGE:
            self.leaf(0, cells)
        else:
            self.interior(0, self.leaves(rows))
        struct.pack_into(
            ">16sHBBBBBBIIIIIIIIIIII20xII", self.pages[0], 0, b"SQLite format 3\0", PAGE, 1, 1, 0,
            64, 32, 32, 1, len(self.pages), 0, 0, 1, 4, 0, 0, 1, 1, 0, 0x59525743, 1, 3037000)

    @property
    def bytes(self):
        return b"".join(self.pages)

    def allocate(self):
        self.pages.append(bytearray(PAGE))
        return len(self.pages) - 1

    def table(self, rows):
        level = self.leaves(rows)
        while len(level) > 1:
            groups, start = [], 0
            while start < len(level):
                end = min(start + 256, len(level))
                if len(level) - end == 1:
                    end -= 1
                groups.append(level[start:end])
                start = end
            level = []
            for group in groups:
                page = self.allocate()
                self.interior(page, group)
                level.append((page, group[-1][1]))
        return level[0][0] + 1

    def leaves(self, rows):
        children, page, pending, used, last = [], self.allocate(), [], 8, 0
        for row in rows:
            size = self.size(row)
            if used + size + 2 > PAGE:
                self.leaf(page, pending)
                children.append((page, last))
                page, pending, used = self.allocate(), [], 8
            pending.append(self.cell(row))
            used += size + 2
            last = row[0]
        self.leaf(page, pending)
        children.append((page, last))
        return children

    @staticmethod
    def local(length):
        if length <= PAGE - 35:
            return length
        least = (PAGE - 12) * 32 // 255 - 23
        kept = least + (length - least) % (PAGE - 4)
        return kept if kept <= PAGE - 35 else least

    def size(self, row):
        length = len(record(row[1]))
        local = self.local(length)
        return len(varint(length)) + len(varint(row[0])) + local + (4 if local < length else 0)

    def cell(self, row):
        payload = record(row[1])
        local = self.local(len(payload))
        cell = varint(len(payload)) + varint(row[0]) + payload[:local]
        rest = payload[local:]
        if not rest:
            return cell
        cell += struct.pack(">I", len(self.pages) + 1)
        while rest:
            page = self.allocate()
            part, rest = rest[:PAGE - 4], rest[PAGE - 4:]
            struct.pack_into(">I", self.pages[page], 0, page + 2 if rest else 0)
            self.pages[page][4:4 + len(part)] = part
        return cell

    def leaf(self, page, cells):
        self.fill(page, 0x0D, cells, 8)

    def interior(self, page, children):
        cells = [struct.pack(">I", child + 1) + varint(last) for child, last in children[:-1]]
        header = self.fill(page, 0x05, cells, 12)
        struct.pack_into(">I", self.pages[page], header + 8, children[-1][0] + 1)

    def fill(self, page, kind, cells, skip):
        data, header, end = self.pages[page], 100 if page == 0 else 0, PAGE
        for place, cell in enumerate(cells):
            end -= len(cell)
            data[end:end + len(cell)] = cell
            struct.pack_into(">H", data, header + skip + 2 * place, end)
        struct.pack_into(">BHHHB", data, header, kind, 0, len(cells), end, 0)
        return header


# --- The summary, committee 5.5 ----------------------------------------------------------------

SUMMARY = {
    "en": dict(
        covers="Release {n} covers {total} changes that the hub logged since {since}.",
        after="release {n}", start="the programme began",
        shows="This file shows {shown} of them, about {records} records, and withholds {withheld}.",
        checked="Run `yarrow committee verify` to see whether it matches the hub's log of {size} "
                "leaves.",
        limits="It cannot show whether what was recorded is true, nor what was never recorded.",
        reasons=["keys of devices", "where a record was sent", "orders to erase",
                 "no consent to show it", "held back as faulty", "no longer held by the hub",
                 "the policy does not list the form", "no answer that the policy lists"]),
    "es": dict(
        covers="La publicación {n} abarca {total} cambios que el nodo central registró desde "
               "{since}.",
        after="la publicación {n}", start="el inicio del programa",
        shows="Este archivo muestra {shown} de ellos, sobre {records} expedientes, y retiene "
              "{withheld}.",
        checked="Ejecute `yarrow committee verify` para ver si coincide con el registro del nodo "
                "central, de {size} hojas.",
        limits="No puede mostrar si lo registrado es cierto, ni lo que nunca se registró.",
        reasons=["claves de dispositivos", "a dónde se envió un expediente", "órdenes de borrado",
                 "sin consentimiento para mostrarlo", "apartado por defectuoso",
                 "el nodo central ya no lo conserva", "la política no incluye el formulario",
                 "ninguna respuesta que la política incluya"]),
    "fr": dict(
        covers="La publication {n} couvre {total} changements que le serveur a inscrits depuis "
               "{since}.",
        after="la publication {n}", start="le début du programme",
        shows="Ce fichier en montre {shown}, sur {records} dossiers, et en retient {withheld}.",
        checked="Lancez `yarrow committee verify` pour voir s’il correspond au journal du serveur, "
                "de {size} feuilles.",
        limits="Il ne peut montrer ni si ce qui a été inscrit est vrai, ni ce qui ne l’a jamais "
               "été.",
        reasons=["clés d’appareils", "destination d’un dossier", "ordres d’effacement",
                 "pas de consentement pour le montrer", "écarté car défectueux",
                 "n’est plus détenu par le serveur", "la politique ne cite pas le formulaire",
                 "aucune réponse que la politique cite"]),
    "ar": dict(
        covers="يشمل الإصدار {n} عدد {total} من التغييرات التي سجّلها المركز منذ {since}.",
        after="الإصدار {n}", start="بداية البرنامج",
        shows="يعرض هذا الملف {shown} منها، عن {records} من السجلات، ويحجب {withheld}.",
        checked="شغّلوا `yarrow committee verify` لمعرفة هل يطابق سجل المركز المكوَّن من {size} "
                "ورقة.",
        limits="لا يمكنه أن يُظهر هل ما سُجّل صحيح، ولا ما لم يُسجَّل قط.",
        reasons=["مفاتيح الأجهزة", "الجهة التي أُرسل إليها السجل", "أوامر المحو",
                 "لا موافقة على عرضه", "محتجز لخلل فيه", "لم يعد المركز يحتفظ به",
                 "السياسة لا تذكر الاستمارة", "لا إجابة تذكرها السياسة"]),
}


def summary(words, release):
    previous = release["previous"]
    since = words["after"].format(n=previous[0]) if previous else words["start"]
    entries = release["entries"]
    lines = [
        words["covers"].format(n=release["number"], total=len(release["leaves"]), since=since),
        words["shows"].format(
            shown=len(entries), records=len({e.record for e in entries}),
            withheld=len(release["leaves"]) - len(entries)),
    ]
    for reason, count in release["withheld"]:
        lines.append("- %s: %d" % (words["reasons"][REASONS.index(reason)], count))
    lines.append(words["checked"].format(size=release["size"]))
    lines.append(words["limits"])
    return "\n".join(lines)


# --- Statements and checkpoints ----------------------------------------------------------------

class Statement:
    def __init__(self, raw):
        outer = decode(raw)
        if type(outer) is not list or [type(p) for p in outer] != [bytes, bytes]:
            raise Refused("statement")
        self.raw, (self.payload, self.signature) = raw, outer
        payload = decode(self.payload)
        if type(payload) is not list or [type(p) for p in payload] != [int, bytes, int, list]:
            raise Refused("statement")
        self.type, self.subject, self.version, self.body = payload
        hub = [int, bytes, bytes, int, bytes]
        shapes = {3: [[int, bytes]], 4: [[bytes]], 5: [hub, hub + [bytes]]}
        if [type(p) for p in self.body] not in shapes.get(self.type, []) or self.version < 1:
            raise Refused("statement")
        if self.type != 4 and self.body[0] != self.version:
            raise Refused("statement version")
        if self.type != 3 and self.subject:
            raise Refused("statement subject")
        if self.type == 3:
            try:
                self.form = self.subject.decode("utf-8")
            except UnicodeDecodeError:
                raise Refused("form name") from None
            # The YAML, once it is known whether this holds it or stands for it.
            self.text = self.body[1]
            self.is_reference = self.text.startswith(b"shipped: ")
        if self.type == 5 and has_small_order(self.body[1]):
            raise Refused("log key")
        if self.type == 5 and len(self.body) == 6 and is_weak_opening(self.body[5]):
            raise Refused("opening key")

    def signed_by(self, authority, programme):
        message = b"yarrow.statement/1\0" + programme + self.payload
        return len(self.signature) == 64 and signature_valid(authority, message, self.signature)


class Checkpoint:
    """A note with the log's own lines, and no others (hub-log 4): two under three lines of text, one
    under the four of the checkpoint of an answer."""

    def __init__(self, note, programme, epoch, key):
        origin = "yarrow/%s/%d" % (programme.hex(), epoch)
        lines = note.split("\n")
        if len(lines) != 7 or lines[0] != origin or lines[6] != "":
            raise Refused("note")
        of_answer = lines[3] != ""
        length = 4 if of_answer else 3
        if lines[length] != "":
            raise Refused("note")
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise Refused("size")
        self.note, self.epoch, self.size = note, epoch, int(lines[1])

        def bits(text, count):
            try:
                raw = base64.b64decode(text, validate=True)
            except ValueError:
                raise Refused("base64") from None
            if len(raw) != count or base64.b64encode(raw).decode() != text:
                raise Refused("base64")
            return raw

        self.root = bits(lines[2], 32)
        if self.size >= 1 << 63 or (self.size == 0 and self.root != sha256()):
            raise Refused("size")
        if of_answer:
            if not lines[3].startswith("answer "):
                raise Refused("fourth line")
            bits(lines[3][len("answer "):], 32)
        body = "".join(line + "\n" for line in lines[:length]).encode()
        parts = []
        for line, kind, count in ((lines[4], 1, 68), (lines[5], 4, 76))[of_answer:]:
            start = "\u2014 " + origin + " "
            if not line.startswith(start):
                raise Refused("signature line")
            raw = bits(line[len(start):], count)
            if raw[:4] != sha256(origin.encode() + b"\n" + bytes([kind]) + key)[:4]:
                raise Refused("key id")
            parts.append(raw[4:])
        time = int.from_bytes(parts[-1][:8], "big")
        self.valid = signature_valid(
            key, b"cosignature/v1\ntime %d\n" % time + body, parts[-1][8:]) and (
                of_answer or signature_valid(key, body, parts[0]))


# --- The checks, committee 7 -------------------------------------------------------------------

class Verifier:
    def __init__(self, authority, known, releases):
        self.authority, self.known, self.releases = authority, known, releases
        self.programme = domain("yarrow.programme/1", authority)[:16]
        self.problems, self.two_histories, self.connected = [], False, False
        self.report = dict(
            release=None, entries=0, shown=0, rows=0, withheld={}, checkpoint=None)
        self.epochs = set()

    def add(self, code, table, row, reason):
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(dict(code=code, table=table, row=row, reason=reason))

    def run(self, data):
        try:
            self.check(data)
        except (Refused, sqlite3.Error) as error:
            self.add("unreadable", "file", None, str(error))
        ok = not self.problems
        outcome = "matches" if ok and len(self.epochs) < 2 else "restored" if ok else (
            "two_histories" if self.two_histories else "damaged")
        shows, not_shown = [], []
        if ok:
            shows = ["fields_unchanged", "all_entries_counted", "release_logged", "policy_signed"]
            not_shown = ["truth", "never_recorded", "set_complete", "freshness"]
            if outcome == "restored":
                not_shown.append("before_restore")
            if self.connected:
                shows.append("history_consistent")
            else:
                not_shown.append("other_view")
        return dict(ok=ok, outcome=outcome, **self.report, problems=self.problems, shows=shows,
                    does_not_show=not_shown)

    def check(self, data):
        tables = self.read(data)
        if tables is None:
            return
        release = self.parse(tables)
        if release is None:
            return
        self.check_entries(release)
        policy = self.check_statements(release)
        if policy is None:
            return
        self.check_history(release)
        if not self.problems or all(p["code"] != "log" for p in self.problems):
            self.compare(release, policy, tables, data)

    def read(self, data):
        with open_database(data) as database:
            database.execute("PRAGMA trusted_schema=OFF")
            database.execute("PRAGMA cell_size_check=ON")
            found = database.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid").fetchmany(
                    len(SCHEMA) + 1)
            expected = [(kind, name, name, sql) for kind, name, sql in SCHEMA]
            for place in range(max(len(found), len(expected))):
                if found[place:place + 1] != expected[place:place + 1]:
                    self.add("schema", "sqlite_schema", place + 1,
                             "not a table or view of this format")
            if self.problems:
                return None
            if database.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
                self.add("unreadable", "file", None, "pages contradict each other")
            tables = {}
            for name, columns in TABLES:
                rows = []
                query = "SELECT rowid, %s FROM %s" % (", ".join(c for c, _ in columns), name)
                try:
                    for row in database.execute(query):
                        values = list(row[1:])
                        if columns[0][1] == K:
                            values[0] = None
                        rows.append((row[0], values))
                except (sqlite3.Error, UnicodeDecodeError):
                    self.add("unreadable", name, (rows[-1][0] if rows else 0) + 1,
                             "cannot be read")
                tables[name] = rows
            return tables

    def parse(self, tables):
        report, problems = self.report, len(self.problems)
        report["entries"] = len(tables["leaf"])
        report["shown"] = len(tables["entry"])
        report["rows"] = len(tables["field"])
        if len(tables["release"]) != 1:
            self.add("row", "release", None, "the row that names the release cannot be read")
            return None
        head = tables["release"][0][1]
        meta = dict(v for _, v in tables["meta"])
        if not all(type(head[c]) is int for c in (0, 8, 9, 10)) or type(head[11]) is not bytes:
            self.add("row", "release", 1, "the row that names the release cannot be read")
            return None
        if meta.get("programme") != self.programme.hex():
            self.add("statement", "meta", 2, "another programme than the one pinned")
        release = dict(
            number=head[0], previous=None if head[1] is None else (head[1], head[2]),
            epoch=head[8], size=head[9], index=head[10], path=self.split(head[11]))
        report["release"] = head[0]
        previous = release["previous"]
        if head[0] < 1 or (head[0] == 1) != (previous is None) or (
                previous is not None and (previous[0] != head[0] - 1 or type(head[2]) is not int)):
            self.add("row", "release", 1, "the numbers do not follow")
        release["leaves"] = self.leaves(tables["leaf"])
        fields, hidden = {}, {}
        for row, (position, _, _, pair, salt, digest) in tables["field"]:
            try:
                if type(pair) is not bytes or type(salt) is not bytes or len(salt) != 16:
                    raise Refused("field")
                field = Field(pair, salt)
            except (Refused, UnicodeEncodeError):
                self.add("row", "field", row, "not a field that a release may show")
                continue
            if field.digest != digest:
                self.add("entry", "field", row, "the answer and its salt do not lead to its digest")
            fields.setdefault(position, []).append(field)
        for row, (position, digest) in tables["hidden_field"]:
            if type(digest) is not bytes or len(digest) != 32:
                self.add("row", "hidden_field", row, "not a digest")
            else:
                hidden.setdefault(position, []).append(digest)
        release["entries"] = []
        for position, values in tables["entry"]:
            sizes = [len(v) if type(v) is bytes else -1 for v in values]
            if (values[4] not in KINDS or type(values[3]) is not str or sizes[1] != 16
                    or sizes[5] != 16 or sizes[6:] != [32] * 4
                    or not 0 <= position < len(release["leaves"])):
                self.add("row", "entry", position, "not an entry that a release may show")
                continue
            release["entries"].append(Entry(
                position, values[1], values[3], values[4], values[5], values[6:10],
                fields.get(position, []), hidden.get(position, [])))
        release["withheld"] = []
        for row, (reason, count) in tables["withheld"]:
            if reason not in REASONS or type(count) is not int or count < 1:
                self.add("row", "withheld", row, "not a reason that is known, with a count")
            else:
                release["withheld"].append((reason, count))
                report["withheld"][reason] = count
        order = [REASONS.index(reason) for reason, _ in release["withheld"]]
        total = len(release["entries"]) + sum(count for _, count in release["withheld"])
        if total != len(release["leaves"]) or order != sorted(set(order)):
            self.add("tree", "withheld", None, "the counts, rows and leaves contradict each other")
        release["statements"] = []
        for row, (_, _, _, raw) in tables["statement"]:
            try:
                release["statements"].append(Statement(raw))
            except (Refused, TypeError):
                self.add("statement", "statement", row, "not a statement")
        release["lists"] = self.texts(tables, release["statements"])
        release["checkpoints"] = self.checkpoints(tables["checkpoint"], release["statements"])
        release["proofs"] = [self.split(v[3]) for _, v in tables["consistency"]]
        # What could not be read makes nothing to go on with.
        return release if all(p["code"] == "entry" for p in self.problems[problems:]) else None

    @staticmethod
    def split(raw):
        if type(raw) is not bytes or len(raw) % 32 or len(raw) > 64 * 32:
            raise Refused("hashes")
        return [raw[n:n + 32] for n in range(0, len(raw), 32)]

    def leaves(self, rows):
        leaves = []
        for place, (row, (_, value)) in enumerate(rows):
            if row != place or type(value) is not bytes or len(value) != 32 or (
                    leaves and leaves[-1] >= value):
                self.add("row", "leaf", row, "not a hash in its place; the list must ascend")
            else:
                leaves.append(value)
        return leaves

    def texts(self, tables, statements):
        """Gives each reference the form that it stands for; the shared lists, or None."""
        forms = [s for s in statements if s.type == 3]
        if not any(s.is_reference for s in forms):
            return None

        def text(name, place, column):
            rows = tables[name]
            value = rows[place][1][column] if place < len(rows) else None
            raw = value.encode() if type(value) is str else b""
            return raw if len(raw) <= 192 << 10 else b""

        lists, matched = text("lists", 0, 0), False
        for place, statement in enumerate(forms):
            if not statement.is_reference:
                continue
            statement.text = text("form", place, 2)
            if reference_line(statement.text, lists) == statement.body[1]:
                matched = True
            else:
                self.add("statement", "form", place + 1,
                         "the form and the lists are not those that the statement names by hash")
        if not matched:
            self.add("statement", "lists", 1,
                     "no form leads with these lists to the hash in its statement")
        return lists

    def checkpoints(self, rows, statements):
        hubs = {s.version: s for s in statements if s.type == 5}
        found = []
        for row, (epoch, _, _, note) in rows:
            try:
                if epoch not in hubs or type(note) is not str:
                    raise Refused("epoch")
                checkpoint = Checkpoint(note, self.programme, epoch, hubs[epoch].body[1])
            except Refused:
                self.add("row", "checkpoint", row,
                         "not a checkpoint of the hub that was named")
                continue
            if not checkpoint.valid:
                self.add("signature", "checkpoint", row, "the hub's key did not sign this")
            found.append(checkpoint)
        order = [(c.epoch, c.size) for c in found]
        if order != sorted(set(order)):
            self.add("row", "checkpoint", None, "the checkpoints are out of order")
        return found

    def check_entries(self, release):
        for entry in release["entries"]:
            if entry.hash != release["leaves"][entry.position]:
                self.add("entry", "entry", entry.position,
                         "%s: its answers, salts and digests do not lead to its hash"
                         % public_code(entry.record))

    def check_statements(self, release):
        for place, statement in enumerate(release["statements"]):
            if not statement.signed_by(self.authority, self.programme):
                self.add("statement", "statement", place + 1, "the authority did not sign")
        policies = [s for s in release["statements"] if s.type == 4]
        forms = {s.form: s for s in release["statements"] if s.type == 3}
        try:
            if len(policies) != 1:
                raise Refused("policy")
            policy = Policy(policies[0].body[0])
        except Refused:
            self.add("policy", "policy", 1, "not a policy that this version reads")
            return None
        classes = {}
        for place, name in enumerate(sorted(forms, key=lambda n: n.encode())):
            try:
                classes[name] = form_classes(forms[name].text)
            except Refused:
                self.add("policy", "form", place + 1, "not a form that this version reads")
        if set(forms) != {entry.form for entry in release["entries"]}:
            self.add("policy", "form", None, "not the forms of the entries shown, each once")
        row = 0
        for entry in release["entries"]:
            listed = policy.disclose.get(entry.form)
            if listed is None or entry.form.startswith("yarrow.") or (
                    not entry.fields and entry.kind != "withdraw"):
                self.add("policy", "entry", entry.position, "the policy does not show this entry")
            for field in entry.fields:
                row += 1
                if entry.kind == "withdraw" or field.name not in (listed or []):
                    self.add("policy", "field", row, "the policy does not list this field")
                elif classes.get(entry.form, {}).get(field.name) != "operational":
                    self.add("policy", "field", row, "the form does not call it operational")
        if any(entry.form not in policy.disclose for entry in release["entries"]):
            return None
        release["policy"], release["forms"] = policies[0], forms
        return policy

    def check_history(self, release):
        checkpoints = release["checkpoints"]
        self.epochs = {c.epoch for c in checkpoints}
        links = [(a, b) for a, b in zip(checkpoints, checkpoints[1:]) if a.epoch == b.epoch]
        release["links"] = links
        if len(links) != len(release["proofs"]):
            self.add("consistency", "consistency", None,
                     "a proof between two checkpoints is missing")
        for place, ((a, b), proof) in enumerate(zip(links, release["proofs"])):
            if not consistent(a.size, b.size, a.root, b.root, proof):
                self.add("consistency", "consistency", place + 1,
                         "the later checkpoint does not continue the earlier")
        self.logged(release)
        for place, checkpoint in enumerate(checkpoints):
            root = self.known.get((checkpoint.epoch, checkpoint.size))
            if root == checkpoint.root:
                self.connected = True
            elif root is not None:
                self.two_histories = True
                self.add("history", "checkpoint", place + 1, "another root was seen at this size")
        if self.releases.get(release["number"], release["leaf"]) != release["leaf"]:
            self.two_histories = True
            self.add("history", "release", 1, "another release of this number was seen")

    def logged(self, release):
        forms = [release["forms"][name].raw
                 for name in sorted(release["forms"], key=lambda n: n.encode())]
        content = encode([
            1, self.programme, release["number"],
            list(release["previous"]) if release["previous"] else None,
            [entry.content for entry in release["entries"]],
            [list(part) for part in release["withheld"]], release["policy"].raw, forms])
        release["content"] = domain("yarrow.release-content/1", content)
        release["root"] = tree_root(release["leaves"])
        release["policy_hash"] = domain("yarrow.statement-leaf/1", release["policy"].raw)
        release["leaf"] = domain(
            "yarrow.release/1", self.programme, u64(release["number"]),
            u64(len(release["leaves"])), release["root"], release["policy_hash"],
            release["content"])
        signed = [c for c in release["checkpoints"]
                  if (c.epoch, c.size) == (release["epoch"], release["size"])]
        if not signed:
            self.add("log", "release", 1, "the checkpoint of the release is missing")
            return
        self.report["checkpoint"] = dict(
            epoch=signed[0].epoch, size=signed[0].size, root=signed[0].root.hex())
        root = inclusion_root(
            release["index"], release["size"], leaf_hash(release["leaf"]), release["path"])
        if root != signed[0].root:
            self.add("log", "release", 1, "the release is not the one in the hub's log")

    def compare(self, release, policy, tables, data):
        content = self.content(release, policy)
        for name, _ in TABLES:
            found, made = tables[name], content[name]
            for place in range(max(len(found), len(made))):
                if place >= len(found):
                    self.add("row", name, made[place][0], "the row is missing")
                    break
                if place >= len(made):
                    self.add("row", name, found[place][0], "nothing in the release makes this row")
                    break
                if found[place] != made[place]:
                    self.add("row", name, found[place][0],
                             "the row is not what the release makes of it")
        image = Image(content).bytes
        if image != data:
            at = next((n for n, (a, b) in enumerate(zip(image, data)) if a != b),
                      min(len(image), len(data)))
            self.add("bytes", "file", None, "byte %d is not what the release makes of it" % at)

    def content(self, release, policy):
        def numbered(rows):
            return [(place + 1, list(row)) for place, row in enumerate(rows)]

        entries = release["entries"]
        forms = sorted(release["forms"].values(), key=lambda s: s.subject)
        hubs = [s for s in release["statements"] if s.type == 5]
        previous = release["previous"] or (None, None)
        return dict(
            meta=numbered([("format", "yarrow committee replica 1"),
                           ("programme", self.programme.hex())]),
            summary=numbered((lang, summary(words, release)) for lang, words in SUMMARY.items()),
            release=numbered([(
                release["number"], previous[0], previous[1], len(release["leaves"]),
                release["root"], release["content"], release["policy_hash"], release["leaf"],
                release["epoch"], release["size"], release["index"],
                b"".join(release["path"]))]),
            entry=[(e.position, [None, e.record, public_code(e.record), e.form, e.kind, e.salt,
                                 *e.digests]) for e in entries],
            field=numbered((e.position, f.name, f.text, f.pair, f.salt, f.digest)
                           for e in entries for f in e.fields),
            hidden_field=numbered((e.position, d) for e in entries for d in e.hidden),
            withheld=numbered(release["withheld"]),
            band=numbered(banded(entries, release["leaves"], policy)),
            policy=numbered([(release["policy"].version, release["policy"].body[0].decode())]),
            form=numbered((s.form, s.version, s.text.decode()) for s in forms),
            lists=numbered([] if release["lists"] is None else [(release["lists"].decode(),)]),
            statement=numbered((s.type, s.subject, s.version, s.raw)
                               for s in forms + [release["policy"]] + hubs),
            checkpoint=numbered((c.epoch, c.size, c.root, c.note) for c in release["checkpoints"]),
            consistency=numbered(
                (b.epoch, a.size, b.size, b"".join(proof))
                for (a, b), proof in zip(release["links"], release["proofs"])),
            leaf=[(place, [None, value]) for place, value in enumerate(release["leaves"])])


def open_database(data):
    """The bytes in SQLite, read-only; a context manager."""
    class Holder:
        def __enter__(self):
            self.path = None
            if hasattr(sqlite3.Connection, "deserialize"):
                self.database = sqlite3.connect(":memory:")
                if data:
                    self.database.deserialize(data)
            else:
                descriptor, self.path = tempfile.mkstemp()
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                self.database = sqlite3.connect(
                    "file:%s?mode=ro&immutable=1" % self.path, uri=True)
            return self.database

        def __exit__(self, *_):
            self.database.close()
            if self.path:
                os.unlink(self.path)

    return Holder()


def main():
    parser = argparse.ArgumentParser(description="Checks a committee's file.")
    parser.add_argument("file")
    parser.add_argument("--authority", required=True, help="the authority's public key, 64 digits")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="EPOCH:SIZE:ROOT",
                        help="a checkpoint seen before; may be given again")
    parser.add_argument("--release", action="append", default=[], metavar="NUMBER:LEAF",
                        help="the leaf of a release seen before; may be given again")
    arguments = parser.parse_args()
    authority = bytes.fromhex(arguments.authority)
    if len(authority) != 32 or has_small_order(authority):
        parser.error("the authority's key is no Ed25519 public key")
    known = {}
    for text in arguments.checkpoint:
        epoch, size, root = text.split(":")
        known[int(epoch), int(size)] = bytes.fromhex(root)
    releases = {}
    for text in arguments.release:
        number, leaf = text.split(":")
        releases[int(number)] = bytes.fromhex(leaf)
    try:
        with open(arguments.file, "rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        print(json.dumps(dict(ok=False, error=error.strerror)))
        return EXIT_MISSING
    report = Verifier(authority, known, releases).run(data)
    print(json.dumps(report, ensure_ascii=False))
    return 0 if report["ok"] else EXIT_MISMATCH


if __name__ == "__main__":
    sys.exit(main())

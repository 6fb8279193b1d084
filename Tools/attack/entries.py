"""Entries as they stand on the wire, rebuilt (wire-format §3; entry §2)."""

import datetime

from codec import LIMITS, Refused, SEALED_MAX, H, Raw, Walk, Withheld, cbor, head, salt

EPOCH = datetime.datetime(1970, 1, 1)
SELF_NAMED = (1, 8, 9)


class Told:
    """An entry without its place: what the message says of it."""

    def place(self, programme, origin, seq, previous):
        """The entry where it stands; its hash is the check of everything."""
        self.origin, self.seq, self.previous = origin, seq, previous
        self.envelope = cbor([programme, origin, seq, previous, self.record, self.area, self.form, self.version,
                              self.kind, self.claimed, self.epoch, self.seen[0], self.seen[1]])
        digests = [H("yarrow.envelope/1", salt(self.root_salt, b"\0"), self.envelope), self.operational_digest()]
        for label, tag, content in ((2, "coded", self.coded), (3, "sealed", self.sensitive), (4, "sealed", self.identity)):
            s = salt(self.root_salt, bytes([label]))
            if content is None:
                digests.append(H("yarrow.absent/1", s))
            elif isinstance(content, Withheld):
                digests.append(bytes(content))
            else:
                digests.append(H(f"yarrow.{tag}/1", s, b"" if label == 2 else bytes([label]), content))
        self.hash = H("yarrow.entry/1", *digests)
        return self

    def operational_digest(self):
        fields = sorted(
            H("yarrow.field/1", salt(self.root_salt, b"\x10" + name.encode()), cbor([name, Raw(write)]))
            for name, write in writes(self.operational))
        return H("yarrow.operational/1", salt(self.root_salt, b"\1"),
                 cbor([self.record, self.form, self.kind, fields]))

    def described(self):
        def section(content):
            return {"withheld": content.hex()} if isinstance(content, Withheld) else content and content.hex()

        return {"origin": self.origin.hex(), "seq": str(self.seq), "hash": self.hash.hex(),
                "envelope": self.envelope.hex(), "root_salt": self.root_salt.hex(),
                "operational": self.operational.hex(), "coded": section(self.coded),
                "sensitive": section(self.sensitive), "identity": section(self.identity)}


def writes(section):
    """Names and the bytes of their writes."""
    walk = Walk(section)
    return [(walk.value(), walk.slice()) for _ in range(walk.expect(5))]


def checked(section, limits):
    if len(section) > limits["clear_section_bytes"]:
        raise Refused("entry:section-too-long")
    if section[0] >> 5 != 5:
        raise Refused("entry:section:unexpected-type")
    walk = Walk(section)
    if walk.expect(5) > limits["fields_per_section"]:
        raise Refused("entry:section:too-long")
    content = Walk(section).value()
    if not all(isinstance(name_, str) for name_ in content):
        raise Refused("entry:section:unexpected-type")
    texts(content, limits["text_bytes"])
    for write in content.values():
        if isinstance(write, list) and not lists(write):
            raise Refused("entry:section:unexpected-type")
    for found in (found for write in content.values() for found in lists(write)):
        if not all(isinstance(h, bytes) for h in found):
            raise Refused("entry:section:unexpected-type")
        if found != sorted(set(found)):
            raise Refused("entry:section:unsorted-keys")
    return section


def texts(value, most):
    if isinstance(value, str) and len(value.encode()) > most:
        raise Refused("entry:section:too-long")
    for part in value if isinstance(value, (list, tuple)) else value.values() if isinstance(value, dict) else ():
        texts(part, most)


def read_batch(walk, n, stated=None, push=False):
    """What is told of n entries; `stated` is the checkpoint that a short push's state names."""
    seen = read_table(walk, stated)
    made = read_rows(walk, n, seen, push) if n < 8 else read_columns(walk, n, seen, push)
    named = list(dict.fromkeys(e.at for e in made if e.at))
    if named != list(range(1, len(seen))):
        raise Refused("inconsistent")
    before = 0
    for e in made:
        e.claimed = before = (before + e.delta + 2**63) % 2**64 - 2**63
        e.seen = seen[e.at]
    return made


def read_table(walk, stated):
    seen = [(0, bytes(32))]
    for _ in range(walk.array(walk.limits["entries_per_push"])):
        size = walk.number(least=0 if stated else 1)
        checkpoint = (size, walk.raw(32)) if size else stated
        if checkpoint in seen[1:] or size and checkpoint == stated:
            raise Refused("inconsistent")
        if checkpoint[1] == bytes(32):
            raise Refused("malformed:non-canonical-value")
        seen.append(checkpoint)
    return seen


# What may stand at each place, in rows and in columns

def kind(walk):
    return walk.number(9, 1)


def name(walk):
    return walk.text(64)


def small(walk):
    return walk.number(2**32 - 1)


def sealed(walk, absent):
    """A length, `False` for withheld, or None; `absent` says how absence is written."""
    major, low = walk.peek()
    if major == 7 and low in (20, 21):
        if walk.boolean():
            raise Refused("malformed:non-canonical-value")
        return False
    if absent is None and walk.is_null():
        return None
    n = walk.number(SEALED_MAX)
    if n == 0 and absent is None:
        raise Refused("malformed:non-canonical-value")
    return n or None


def read_rows(walk, n, seen, push):
    made = []
    if n > len(walk.clear) - walk.at:
        raise Refused("malformed:truncated")
    for _ in range(n):
        e = Told()
        refers = walk.array(12 if push else 11, 11, "malformed:out-of-range") == 12
        e.kind, e.area, e.form, e.version = kind(walk), name(walk), name(walk), small(walk)
        e.delta, e.epoch, e.at = walk.signed_number(), small(walk), walk.number(len(seen) - 1)
        e.operational = walk.slice()
        e.root_salt = walk.raw(16)
        if e.kind in SELF_NAMED and refers:
            raise Refused("inconsistent")
        e.record = salt(e.root_salt, b"\x20") if e.kind in SELF_NAMED else None if refers else walk.raw(16)
        e.coded = read_coded(walk)
        for part in ("sensitive", "identity"):
            setattr(e, part, opaque(walk, sealed(walk, None)))
        e.distance = walk.number(least=1) if refers else 0
        made.append(e)
        if not push:
            settled(e, walk.limits)
    return made


def settled(e, limits):
    """Its sections have to be some."""
    checked(e.operational, limits)
    if e.coded is not None and not isinstance(e.coded, Withheld):
        checked(e.coded, limits)


def read_coded(walk):
    major, low = walk.peek()
    if walk.is_null():
        return None
    if major == 7 and low in (20, 21):
        if walk.boolean():
            raise Refused("malformed:non-canonical-value")
        return Withheld(walk.raw(32))
    if major != 5:
        raise Refused("malformed:unexpected-type")
    section = walk.slice()
    if section == b"\xa0":
        raise Refused("malformed:non-canonical-value")
    return section


def opaque(walk, length):
    if length is None:
        return None
    return Withheld(walk.raw(32)) if length is False else walk.raw(length)


def read_columns(walk, n, seen, push):
    def position(w):
        return w.number(len(seen) - 1)

    readers = (kind, name, name, small, Walk.signed_number, small, position, lambda w: w.number(2),
               lambda w: sealed(w, 0), lambda w: sealed(w, 0))
    columns = [column(walk, n, reader) for reader in readers]
    coded = columns[7]
    spent = [0]
    operational = fields(walk, n, spent, push)
    present = fields(walk, coded.count(1), spent, push)
    lacking = sum(k not in SELF_NAMED for k in columns[0])
    distances = [0] * lacking
    if push and not walk.is_null():
        if not lacking:
            raise Refused("inconsistent")
        distances = column(walk, lacking, Walk.number)
    distances = iter(distances)
    if b"\xa0" in present:
        raise Refused("inconsistent")
    present = iter(present)
    made = []
    for i in range(n):
        e = Told()
        e.kind, e.area, e.form, e.version, e.delta, e.epoch, e.at = (c[i] for c in columns[:7])
        e.operational = operational[i]
        e.root_salt = walk.raw(16)
        e.distance = 0 if e.kind in SELF_NAMED else next(distances)
        e.record = salt(e.root_salt, b"\x20") if e.kind in SELF_NAMED else None if e.distance else walk.raw(16)
        e.coded = None
        if coded[i] == 1:
            e.coded = next(present)
        elif coded[i] == 2:
            e.coded = Withheld(walk.raw(32))
        e.sensitive, e.identity = opaque(walk, columns[8][i]), opaque(walk, columns[9][i])
        made.append(e)
        if not push:
            settled(e, walk.limits)
    return made


# References of a push (wire-format §3.4)

def lists(write):
    """The lists of hashes in a write, where there are any."""
    if isinstance(write, list) and len(write) == 2 and isinstance(write[1], list):
        return [write[1]]
    if isinstance(write, dict) and isinstance(write.get(1), dict):
        return [found for found in write[1].values() if isinstance(found, list)]
    return []


def distances(write):
    return [d for found in lists(write) for d in found if isinstance(d, int) and not isinstance(d, bool) and d >= 0]


def growth(write):
    """Bytes that a write gains when hashes stand where distances do."""
    return sum(34 - len(cbor(d)) for d in distances(write))


def filled(section, hash_at):
    """A section with hashes for its distances; one without any as it stands."""
    content = Walk(section).value()
    if not isinstance(content, dict) or not any(map(distances, content.values())):
        return section
    for found in (found for write in content.values() for found in lists(write)):
        if distances([None, found]):
            hashes = [hash_at(d) if isinstance(d, int) and d >= 0 else d for d in found]
            found[:] = sorted(hashes, key=cbor)
    return cbor(plain(content))


def plain(value):
    """What `cbor` takes."""
    if isinstance(value, tuple):
        return Raw(b"\xc4" + cbor(value[1]))
    if isinstance(value, list):
        return [plain(v) for v in value]
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def looked_up(told, first, held, recorded, limits):
    """Hash and record of each entry before the push to which it refers."""
    wanted = set()
    for seq, e in enumerate(told, first):
        own = [e.distance] if e.distance else []
        for section in (e.operational, e.coded):
            if section is None or isinstance(section, Withheld):
                continue
            content = Walk(section).value()
            writes_ = content.values() if isinstance(content, dict) else ()
            found = [d for w in writes_ for d in distances(w)]
            if found and len(section) + sum(map(growth, writes_)) > limits["clear_section_bytes"]:
                raise Refused("entry:section-too-long")
            if 0 in found:
                raise Refused("malformed:out-of-range")
            own += found
        if any(d >= seq for d in own):
            raise Refused("inconsistent")
        wanted |= {seq - d for d in own if seq - d < first}
        if len(wanted) > limits["entries_per_push"]:
            raise Refused("malformed:too-long")
    return {seq: (held(seq), recorded(seq)) for seq in wanted}


def placed(told, programme, origin, first, before, held, recorded, limits):
    """The entries of a push, each where it stands."""
    known = looked_up(told, first, held, recorded, limits)
    if any(None in pair for pair in known.values()):
        raise Refused("inconsistent")
    for seq, e in enumerate(told, first):
        e.operational = filled(e.operational, lambda d: known[seq - d][0])
        if e.coded is not None and not isinstance(e.coded, Withheld):
            e.coded = filled(e.coded, lambda d: known[seq - d][0])
        settled(e, limits)
        if e.distance:
            e.record = known[seq - e.distance][1]
        before = e.place(programme, origin, seq, before).hash
        known[seq] = (e.hash, e.record)
    return told


def column(walk, n, reader):
    walk.array(2, 2)
    values = [reader(walk) for _ in range(walk.array(n))]
    if not values:
        raise Refused("inconsistent")
    if walk.is_null():
        if len(values) not in (1, n):
            raise Refused("inconsistent")
        return values * n if len(values) == 1 else values
    index, width = walk.bytes(), 1 if len(values) <= 256 else 2
    if len(values) == 1 or len(index) != n * width:
        raise Refused("inconsistent")
    places = numbers(index, n, width)
    if set(places) != set(range(len(values))):
        raise Refused("inconsistent")
    return [values[p] for p in places]


def numbers(planes, n, width):
    """All most significant bytes first."""
    return [sum(planes[n * k + i] << 8 * (width - 1 - k) for k in range(width)) for i in range(n)]


def flags(data, n):
    if len(data) != (n + 7) // 8 or int.from_bytes(data, "big") & (1 << -n % 8) - 1:
        raise Refused("inconsistent")
    return [bool(data[i // 8] & 128 >> i % 8) for i in range(n)]


def fields(walk, m, spent, push=False):
    """Sections of m entries, as bytes. What they have together is counted before any is built."""
    count = walk.array()
    if count % 4 or count and not m:
        raise Refused("inconsistent")
    found, before, sizes = [], b"", [0] * m
    for _ in range(count // 4):
        name_ = cbor(walk.text(256))
        if name_ <= before:
            raise Refused("malformed:unsorted-keys")
        before = name_
        has = [True] * m
        if not walk.is_null():
            has = flags(walk.bytes(), m)
            if all(has) or not any(has):
                raise Refused("inconsistent")
        form = walk.number(2)
        values = FORMS[form](walk, sum(has))
        spent[0] += sum(len(name_) + len(v) for v in values)
        if push and form == 0:
            spent[0] += sum(growth(Walk(v).value()) for v in values)
        if spent[0] > walk.limits["clear_part_bytes"]:
            raise Refused("malformed:too-long")
        found.append((name_, has, values))
        for i in range(m):
            sizes[i] += has[i]
    spent[0] += sum(len(head(5, n)) for n in sizes)
    if spent[0] > walk.limits["clear_part_bytes"]:
        raise Refused("malformed:too-long")
    sections = [[head(5, n)] for n in sizes]
    for name_, has, values in found:
        values = iter(values)
        for i in range(m):
            if has[i]:
                sections[i] += [name_, next(values)]
    return [b"".join(s) for s in sections]


def times(walk, n):
    walk.array(3, 3)
    earliest, unit, planes = walk.signed_number(), walk.number(), walk.bytes()
    if unit not in (3600, 60, 1):
        raise Refused("malformed:out-of-range")
    if len(planes) % n or len(planes) > 4 * n:
        raise Refused("inconsistent")
    return [cbor(moment(earliest + unit * d)) for d in numbers(planes, n, len(planes) // n)]


def moment(seconds):
    try:
        return (EPOCH + datetime.timedelta(seconds=seconds)).isoformat() + "Z"
    except OverflowError as error:
        raise Refused("malformed:out-of-range") from error


def sets(walk, n):
    walk.array(2, 2)
    codes = [walk.text(64) for _ in range(walk.array(64))]
    encoded = [cbor(c) for c in codes]
    if encoded != sorted(set(encoded)):
        raise Refused("malformed:unsorted-keys")
    data, width = walk.bytes(), (len(codes) + 7) // 8
    if not codes or len(data) != n * width:
        raise Refused("inconsistent")
    has = [flags(bytes(data[n * k + i] for k in range(width)), len(codes)) for i in range(n)]
    if not all(map(any, has)) or not all(any(h[k] for h in has) for k in range(len(codes))):
        raise Refused("inconsistent")
    return [cbor({0: [c for c, own in zip(codes, h) if own]}) for h in has]


FORMS = {0: lambda walk, n: column(walk, n, Walk.slice), 1: times, 2: sets}

__all__ = ["LIMITS", "Told", "placed", "read_batch", "writes"]

"""Batches in columns (wire-format §3.3), as full requests push them."""

from batch import COLUMNS, batch, bits, columns, rows, table
from message_cases import DEVICE, SEEN, case, chain, digest, refuse, request, request_content
from wire import Raw, Withheld, cbor

KIND = "sync-request"
MORE = (90, digest("more seen"))


def report(i, **options):
    """One of many reports that differ little."""
    return {"operational": {"status": "new"},
            "coded": {"district": ("north", "south", "east")[i % 3], "channel": "in_person",
                      "received_at": "2026-03-%02dT%02d:00:00Z" % (1 + i % 28, i % 24),
                      "means": {0: sorted(["fraud", "threat", "coercion"][:1 + i % 3], key=cbor)}},
            "claimed": 1772355600 + 977 * i, **options}


def reports(n, **options):
    return chain(DEVICE, 1, bytes(32), *(report(i, **options) for i in range(n)))


def of_values(*values, **options):
    """Entries whose coded sections have one field each, with these values."""
    return chain(DEVICE, 1, bytes(32), *({"coded": {"x": v}, **options} for v in values))


def several():
    """Eight entries of which no two columns are alike."""
    when = "2026-03-01T09:%02d:00Z"
    return chain(
        DEVICE, 1, bytes(32),
        {"operational": {"status": "new"}, "coded": {"district": "north", "means": {0: ["coercion"]}, "at": when % 5},
         "sensitive": digest("s1") * 2, "identity": digest("i1") * 3},
        {"kind": 2, "operational": {"status": ["closed", [digest("replaced")]]}, "seen": SEEN, "claimed": 1749999000,
         "coded": {"age": None, "at": when % 7}, "area": "south"},
        {"kind": 2, "seen": SEEN, "coded": Withheld(digest("coded withheld")),
         "sensitive": Withheld(digest("sensitive withheld")), "claimed": -5},
        {"kind": 8, "form": "yarrow.epoch", "epoch": 0, "operational": {"number": 1, "commitment": digest("c")}},
        {"kind": 3, "seen": MORE, "version": 2, "identity": Withheld(digest("identity withheld"))},
        {"kind": 2, "seen": SEEN, "coded": {"means": {0: ["fraud", "coercion"]}, "district": "north"}},
        {"kind": 9, "form": "yarrow.grant", "operational": {"origin": digest("o"), "epoch": 1, "grants": b"g"}},
        {"kind": 2, "coded": {"means": {0: ["threat"], 1: {"fraud": [digest("add")]}}, "count": -3,
                              "share": Raw(cbor_decimal(-2, 125))}, "sensitive": digest("s8"), "claimed": 2**63 - 1})


def cbor_decimal(exponent, mantissa):
    return b"\xc4" + cbor([exponent, mantissa])


def accepted(name, what, entries, told=None):
    case(name, KIND, what, w=request(push=entries, told=told), content=request_content(push=entries))


def told(entries, **changed):
    """The batch, with some of its columns replaced."""
    seen = list(dict.fromkeys(e.seen for e in entries if e.seen[0]))
    (sizes, roots), (items, raw) = table(seen), columns(entries, seen)
    for name, value in changed.items():
        at = COLUMNS.index(name.replace("_", " "))
        items[at] = value(items[at]) if callable(value) else value
    return sizes + items, roots + raw


def batches():
    accepted("rows_of_seven", "seven entries are rows", reports(7))
    accepted("columns_of_eight", "eight entries are columns", reports(8))
    accepted("columns_of_everything", "sections absent, present and withheld, kinds without a record, two checkpoints",
             several())
    wide = of_values(*(i if i < 280 else 7 * (i - 280) for i in range(300)), claimed=1750000000)
    accepted("columns_two_byte_index", "280 values of 300 places: all high bytes, then all low bytes", wide)
    accepted("columns_256_values", "256 values of 257 places: one byte is enough",
             of_values(*range(256), 0, claimed=1750000000))
    accepted("columns_without_a_field", "operational sections are empty maps, and there is no coded one",
             chain(DEVICE, 1, bytes(32), *({} for _ in range(8))))
    accepted("columns_all_withheld", "nothing clear but the envelope",
             chain(DEVICE, 1, bytes(32), *({
                 "coded": Withheld(digest(f"c{i}")), "sensitive": Withheld(digest(f"s{i}")),
                 "identity": Withheld(digest(f"i{i}"))} for i in range(8))))
    accepted("columns_field_of_one_entry", "a field that one of nine entries has",
             chain(DEVICE, 1, bytes(32), *({"coded": {"x": 1, **({"y": "only"} if i == 8 else {})}} for i in range(9))))
    forms()
    layouts()
    refuse("rows_where_columns_belong", KIND, "malformed:too-long", "eight entries in rows: no column has eleven items",
           w=request(push=reports(8), told=by_rows(reports(8))))
    refuse("columns_where_rows_belong", KIND, "malformed:out-of-range", "seven entries in columns",
           w=request(push=reports(7), told=told(reports(7))))
    spoilt_columns()
    spoilt_fields()
    limits()


def by_rows(entries):
    (sizes, roots), (items, raw) = table([]), rows(entries, [])
    return sizes + items, roots + raw


def forms():
    hours = ["2026-03-01T%02d:00:00Z" % h for h in (9, 3, 9, 23, 11, 12, 13, 14)]
    accepted("field_times_by_the_hour", "form 1, unit 3600, one byte each", of_values(*hours))
    accepted("field_times_by_the_minute", "form 1, unit 60",
             of_values(*("2026-03-01T09:%02d:30Z" % m for m in range(8))))
    accepted("field_times_by_the_second", "form 1, unit 1, four bytes each, from before 1970 on",
             of_values("1962-12-31T23:59:59Z", *("2026-03-01T09:00:%02dZ" % s for s in range(7))))
    accepted("field_times_all_equal", "form 1, no bytes at all", of_values(*["2026-03-01T09:00:00Z"] * 8))
    accepted("field_times_too_far_apart", "more than 68 years lie between: a column",
             of_values("1900-01-01T00:00:00Z", *hours[1:]))
    accepted("field_times_of_which_one_is_none", "no such day, so it is no time: a column",
             of_values("2026-02-30T00:00:00Z", *hours[1:]))
    accepted("field_times_with_a_leap_second", "forms know none: a column", of_values("2016-12-31T23:59:60Z", *hours[1:]))
    accepted("field_codes", "form 2, three codes, one byte each", of_values(
        *({0: c} for c in (["a"], ["b"], ["a", "b"], ["a", "b", "ccc"], ["ccc"], ["b", "ccc"], ["a"], ["a", "ccc"]))))
    many = ["c%02d" % i for i in range(20)]
    accepted("field_codes_of_three_bytes", "form 2, twenty codes: all first bytes, then all second, then all third",
             of_values(*({0: many[i:i + 4]} for i in range(0, 20, 2))))
    accepted("field_codes_64", "form 2, as many codes as there may be",
             of_values(*({0: ["d%02d" % i for i in range(at, at + 8)]} for at in range(0, 64, 8))))
    accepted("field_codes_65", "a code more: a column",
             of_values({0: ["e"]}, *({0: ["d%02d" % i for i in range(at, at + 8)]} for at in range(0, 64, 8))))
    accepted("field_codes_with_a_removal", "one value takes a code away: a column",
             of_values({1: {"a": [digest("add")]}}, *({0: ["a"]} for _ in range(7))))
    accepted("field_codes_with_no_change", "one value is the empty map: a column",
             of_values({}, *({0: ["a"]} for _ in range(7))))


# What a reader need not ask (wire-format §3.3)


def layouts():
    same = reports(8)
    for name, what, column in (
            ("area", "one value, said to be several: used each, though they are equal", [["north"] * 8, None]),
            ("form", "values that are equal, with an index", [["report", "report"], bytes([0, 1] * 4)]),
            ("kind", "values in another order than that of first use", None)):
        entries = same
        if column is None:
            entries = several()
            values = [1, 2, 3, 8, 9]
            column = [values, bytes(values.index(e.kind) for e in entries)]
        accepted(f"layout_{name}", what, entries, told(entries, **{name: column}))
    times = ["2026-03-01T%02d:00:00Z" % h for h in range(8)]
    entries = of_values(*times)
    first = 1772323200
    accepted("layout_times_as_column", "times in a column", entries, told(entries, coded_fields=[
        "x", None, 0, [times, None]]))
    accepted("layout_times_small_unit", "a unit that is not the largest, and bytes more than are needed", entries,
             told(entries, coded_fields=["x", None, 1, [first, 60, bytes(8) + b"".join(
                 bytes(60 * h >> 8 * k & 255 for h in range(8)) for k in (1, 0))]]))
    accepted("layout_times_of_one", "form 1 for one value", *one_time())
    codes = of_values(*({0: ["a"]} for _ in range(8)))
    accepted("layout_codes_as_column", "codes in a column", codes,
             told(codes, coded_fields=["x", None, 0, [[{0: ["a"]}], None]]))


def one_time():
    entries = chain(DEVICE, 1, bytes(32), *(
        {"coded": {"y": 1, **({"x": "2026-03-01T09:00:00Z"} if i == 3 else {})}} for i in range(8)))
    return entries, told(entries, coded_fields=[
        "x", bits([i == 3 for i in range(8)]), 1, [1772355600, 3600, b""], "y", None, 0, [[1], None]])


def spoilt_columns():
    entries = several()

    def bad(name, word, what, of=entries, **changed):
        refuse(name, KIND, word, what, w=request(push=of, told=told(of, **changed)))

    bad("column_of_one_item", "inconsistent", "values, and no index", area=[["north", "south"]])
    bad("column_of_three_items", "malformed:too-long", "an item more", area=[["north", "south"], bytes(8), None])
    bad("column_without_values", "inconsistent", "no value at all", area=[[], None])
    bad("column_index_missing", "inconsistent", "two values, and no index", area=[["north", "south"], None])
    bad("column_index_for_one_value", "inconsistent", "one value needs no index", area=[["north"], bytes(8)])
    bad("column_index_short", "inconsistent", "an index of seven", area=[["north", "south"], bytes([0, 1] * 3 + [0])])
    bad("column_index_long", "inconsistent", "an index of nine", area=[["north", "south"], bytes([0, 1] * 4 + [0])])
    bad("column_index_wide", "inconsistent", "two bytes where one is enough",
        area=[["north", "south"], bytes(8) + bytes([0, 1] * 4)])
    bad("column_index_to_no_value", "inconsistent", "position 2 of two values",
        area=[["north", "south"], bytes([0, 1, 2, 0, 0, 0, 0, 0])])
    bad("column_value_unused", "inconsistent", "a value that no entry has", area=[["north", "south"], bytes(8)])
    bad("column_index_as_array", "malformed:unexpected-type", "an index is a byte string",
        area=[["north", "south"], [0, 1, 0, 0, 0, 0, 0, 0]])
    bad("column_value_as_text", "malformed:unexpected-type", "a text for the values", area=["north", None])
    two = of_values(*(i // 2 for i in range(600)), claimed=1750000000)
    bad("column_two_byte_index_to_no_value", "inconsistent", "position 300 of 300 values", two,
        coded_fields=["x", None, 0, [list(range(300)), bytes(255 if i == 9 else 0 for i in range(600)) + bytes(600)]])
    bad("column_two_byte_index_short", "inconsistent", "one byte each where 300 values need two", two,
        coded_fields=["x", None, 0, [list(range(300)), bytes(600)]])
    for value in (0, 10, 256):
        bad(f"column_kind_{value}", "malformed:out-of-range", "a kind that does not exist", kind=[[value], None])
    bad("column_area_too_long", "malformed:too-long", "65 bytes", area=[["a" * 65], None])
    bad("column_area_number", "malformed:unexpected-type", "a number for an area", area=[[1], None])
    bad("column_version_too_large", "malformed:out-of-range", "2^32", version=[[2**32], None])
    bad("column_epoch_too_large", "malformed:out-of-range", "2^32", epoch=[[2**32], None])
    bad("column_seen_unknown", "malformed:out-of-range", "a checkpoint that the table lacks",
        seen=[[0, 1, 2, 3], bytes([0, 1, 1, 0, 2, 3, 0, 0])])
    bad("column_seen_not_named", "inconsistent", "a checkpoint in the table that no entry names",
        seen=[[0, 1], bytes([0, 1, 1, 0, 1, 1, 0, 0])])
    bad("column_seen_out_of_order", "inconsistent", "the second of the table is named first",
        seen=[[0, 2, 1], bytes([0, 1, 1, 0, 2, 1, 0, 0])])
    bad("column_coded_3", "malformed:out-of-range", "neither absent, present nor withheld", coded=[[3], None])
    bad("column_sealed_true", "malformed:non-canonical-value", "only false withholds", sensitive=[[True], None])
    bad("column_sealed_null", "malformed:unexpected-type", "absent is 0 here", sensitive=[[None], None])
    bad("column_sealed_too_long", "malformed:out-of-range", "256 KiB and one byte", sensitive=[[(256 << 10) + 1], None])
    bad("column_sealed_cut", "truncated", "lengths beyond the opaque part", identity=[[1000], None])
    bad("column_all_withheld_cut", "truncated", "digests that are not there", identity=[[False], None])
    refuse("columns_without_last", KIND, "malformed:truncated", "no coded fields",
           w=request(push=entries, told=(told(entries)[0][:-1], told(entries)[1])))
    refuse("columns_salt_cut", KIND, "truncated", "the last root salt is not there",
           w=request(push=reports(8), told=(batch(reports(8))[0], bytes(127)), signature=b""))


def spoilt_fields():
    times = of_values(*("2026-03-01T%02d:00:00Z" % h for h in range(8)))
    codes = of_values(*({0: c} for c in (["a"], ["b"], ["a", "b"], ["a", "b", "ccc"], ["ccc"], ["b"], ["a"], ["b"])))
    plain = of_values(*[1] * 8)

    def bad(name, word, what, of, *field, **more):
        refuse(name, KIND, word, what, w=request(push=of, told=told(of, coded_fields=list(field))), **more)

    who = "x", None
    bad("fields_of_three_items", "inconsistent", "a name without values", plain, "x", None, 0)
    bad("fields_of_five_items", "inconsistent", "a name and nothing after it", plain, *who, 0, [[1], None], "y")
    bad("fields_out_of_order", "malformed:unsorted-keys", "shorter names come first", plain,
        "yy", None, 0, [[1], None], *who, 0, [[1], None])
    bad("fields_twice", "malformed:unsorted-keys", "a field twice", plain, *who, 0, [[1], None], *who, 0, [[1], None])
    bad("field_name_bytes", "malformed:unexpected-type", "a name is a text", plain, b"x", None, 0, [[1], None])
    bad("field_form_3", "malformed:out-of-range", "a form that does not exist", plain, *who, 3, [[1], None])
    bad("field_form_negative", "malformed:unexpected-type", "a form below zero", plain, *who, -1, [[1], None])
    for name, what, given in (("all", "all ones is null", b"\xff"), ("none", "a field that nobody has", b"\0"),
                              ("short", "no byte for eight", b""), ("long", "two bytes for eight", b"\x0f\0")):
        bad(f"field_presence_{name}", "inconsistent", what, plain, "x", given, 0, [[1], None])
    nine = of_values(*[1] * 9)
    bad("field_presence_unused_bits", "inconsistent", "a bit for a tenth entry of nine", nine,
        "x", b"\x7f\xc0", 0, [[1], None], "y", b"\x80\0", 0, [[1], None])
    bad("field_presence_true", "malformed:unexpected-type", "null for all", plain, "x", True, 0, [[1], None])
    bad("field_missing_from_present_section", "inconsistent", "a coded section that is there has a field", plain,
        "x", b"\xfe", 0, [[1], None])
    refuse("fields_of_absent_sections", KIND, "inconsistent", "no coded section is there, and a field of it",
           w=request(push=reports(8), told=told(reports(8), coded=[[0], None])))

    first = 1772323200
    good = bytes(range(8))
    bad("times_of_two_items", "inconsistent", "no unit", times, *who, 1, [first, good])
    bad("times_of_four_items", "malformed:too-long", "an item more", times, *who, 1, [first, 3600, good, None])
    for unit in (0, 2, 86400):
        bad(f"times_unit_{unit}", "malformed:out-of-range", "a unit that does not exist", times, *who, 1,
            [first, unit, good])
    bad("times_short", "inconsistent", "seven differences", times, *who, 1, [first, 3600, good[:7]])
    bad("times_five_bytes", "inconsistent", "five bytes each", times, *who, 1, [first, 3600, bytes(32) + good])
    bad("times_beyond_year_9999", "malformed:out-of-range", "no text has five digits of a year", times, *who, 1,
        [253402300799, 3600, good])
    bad("times_before_year_1", "malformed:out-of-range", "no year is zero", times, *who, 1, [-62135596801, 3600, good])
    bad("times_overflow", "malformed:out-of-range", "a sum that fits no signed integer", times, *who, 1,
        [2**63 - 1, 3600, b"\xff" * 32])
    bad("times_lowest", "malformed:out-of-range", "the lowest number that there is", times, *who, 1,
        [-2**63, 3600, good])
    bad("times_as_text", "malformed:unexpected-type", "differences are bytes", times, *who, 1, [first, 3600, "01234567"])

    sets = bytes(b << 5 for b in (4, 2, 6, 7, 1, 2, 4, 2))
    bad("codes_of_one_item", "inconsistent", "codes, and who has them not", codes, *who, 2, [["a", "b", "ccc"]])
    bad("codes_none", "inconsistent", "no code at all", codes, *who, 2, [[], b""])
    bad("codes_out_of_order", "malformed:unsorted-keys", "shorter codes come first", codes, *who, 2,
        [["ccc", "a", "b"], sets])
    bad("codes_twice", "malformed:unsorted-keys", "a code twice", codes, *who, 2, [["a", "a", "b"], sets])
    bad("codes_unused", "inconsistent", "a code that nobody has", codes, *who, 2, [["a", "b", "ccc", "dddd"], sets])
    bad("codes_unused_bits", "inconsistent", "a bit for a fourth code of three", codes, *who, 2,
        [["a", "b", "ccc"], bytes([0x90]) + sets[1:]])
    bad("codes_short", "inconsistent", "bits of seven values", codes, *who, 2, [["a", "b", "ccc"], sets[:7]])
    bad("codes_long", "inconsistent", "two bytes each", codes, *who, 2, [["a", "b", "ccc"], sets + bytes(8)])
    bad("codes_of_a_value_none", "inconsistent", "a value that adds nothing is no addition", codes, *who, 2,
        [["a", "b", "ccc"], b"\0" + sets[1:]])
    bad("codes_too_many", "malformed:too-long", "65 codes", codes, *who, 2,
        [["d%02d" % i for i in range(65)], b"\xff" * 64 + b"\x80" * 8])
    bad("codes_number", "malformed:unexpected-type", "a code is a text", codes, *who, 2, [[1], b"\x80" * 8])
    bad("field_value_float", "malformed:floating-point", "no value is a float", plain, *who, 0,
        [[Raw(b"\xf9\x3c\x00")], None])


def limits():
    long = reports(8, operational={"note": "n" * 100})
    for name, limit, value, word, what in (
            ("section", "clear_section_bytes", 64, "entry:section-too-long", "a clear section over its limit"),
            ("text", "text_bytes", 64, "entry:section:too-long", "a text over its limit"),
            ("fields", "fields_per_section", 3, "entry:section:too-long", "four fields where three may be")):
        refuse(f"columns_{name}_too_long", KIND, word, what, w=request(push=long), limits={limit: value})
    refuse("columns_too_many", KIND, "malformed:too-long", "one entry more than the limit", w=request(push=long),
           limits={"entries_per_push": 7})
    text = "n" * 60000
    bomb = chain(DEVICE, 1, bytes(32), *({"operational": {"note": text}} for _ in range(100)))
    refuse("columns_bomb", KIND, "malformed:too-long",
           "one text of 60,000 bytes for each of 100 entries: six million bytes out of a few hundred",
           w=request(push=bomb))
    few = chain(DEVICE, 1, bytes(32), *({"operational": {"note": "n" * 100}, "coded": {"x": 1}} for _ in range(8)))
    most = sum(len(cbor(e.operational)) + len(cbor(e.coded)) for e in few)
    case("columns_at_the_limit", KIND, "sections of exactly as many bytes as a clear part may have",
         w=request(push=few), content=request_content(push=few), limits={"clear_part_bytes": most})
    refuse("columns_beyond_the_limit", KIND, "malformed:too-long", "and of one more", w=request(push=few),
           limits={"clear_part_bytes": most - 1})

    pile = chain(DEVICE, 1, bytes(32), *({"coded": {"f%03d" % k: "n" * 90 for k in range(100)}} for _ in range(500)))
    refuse("columns_bomb_of_fields", KIND, "malformed:too-long",
           "a hundred fields of one value each for 500 entries: none is long, and all together are", w=request(push=pile))

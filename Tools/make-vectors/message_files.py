"""Files in chunks (wire-format §2.13 to §2.16; attachments §5, §7)."""

from message_cases import OTHER, TOKEN, case, digest, refuse
from wire import H, Writer

RECORD = digest("record")[:16]
SALT = digest("manifest salt")[:16]
CHUNKS = [digest("chunk zero") * 2, digest("chunk one"), digest("chunk two")[:17]]
HASHES = [H("yarrow.chunk/1", c) for c in CHUNKS]
ADDRESS = H("yarrow.attachment/1", RECORD, SALT + b"".join(HASHES))
MANIFEST = {"salt": SALT.hex(), "chunks": [h.hex() for h in HASHES]}


def manifest(w, count=len(HASHES), raw=SALT + b"".join(HASHES)):
    return w.put(count).raw(raw)


def chunks(w, *numbers, sealed=None):
    w.array(2 * len(numbers))
    for n in numbers:
        data = CHUNKS[n % 3] if sealed is None else sealed
        w.put(n, len(data)).raw(data)
    return w


def told(*numbers):
    return [{"number": str(n), "sealed": CHUNKS[n % 3].hex()} for n in numbers]


def some(of, *numbers):
    bits = bytearray((of + 7) // 8)
    for n in numbers:
        bits[n // 8] |= 1 << n % 8
    return [of, bytes(bits)]


def ask(count):
    return Writer().array(count).raw(TOKEN, RECORD, ADDRESS)


ASKED = {"token": TOKEN.hex(), "record": RECORD.hex(), "address": ADDRESS.hex()}


def files():
    up, uploaded, down, downloaded = "upload-request", "upload-response", "download-request", "download-response"

    case("upload_all", up, "a small file: its manifest and all of its chunks", w=chunks(manifest(ask(2)), 0, 1, 2),
         content={**ASKED, "manifest": MANIFEST, "chunks": told(0, 1, 2)})
    case("upload_question", up, "no chunks: what does the hub have?", w=chunks(ask(2).put(None)),
         content={**ASKED, "manifest": None, "chunks": []})
    case("upload_goes_on", up, "after a cut: chunks without the manifest", w=chunks(ask(2).put(None), 1, 2_047),
         content={**ASKED, "manifest": None, "chunks": told(1, 2_047)})
    refuse("upload_of_one", up, "inconsistent", "no chunks and no place for them", w=ask(1).put(None))
    refuse("upload_of_three", up, "malformed:too-long", "something behind the chunks", w=chunks(ask(3).put(None)).put(0))
    refuse("upload_other_address", up, "inconsistent", "the manifest is that of another file",
           w=chunks(manifest(ask(2), raw=digest("salt")[:16] + b"".join(HASHES)), 0))
    refuse("upload_manifest_of_nothing", up, "malformed:out-of-range", "a file has at least one chunk",
           w=chunks(manifest(ask(2), 0, SALT)))
    refuse("upload_manifest_too_long", up, "malformed:out-of-range", "2,049 chunks", w=ask(2).put(2_049))
    refuse("upload_manifest_cut", up, "truncated", "fewer hashes than chunks",
           w=manifest(ask(2), 3, SALT + b"".join(HASHES[:2])).array(0))
    refuse("upload_number_twice", up, "inconsistent", "numbers ascend", w=chunks(ask(2).put(None), 1, 1))
    refuse("upload_numbers_descend", up, "inconsistent", "numbers ascend", w=chunks(ask(2).put(None), 2, 1))
    refuse("upload_number_too_large", up, "malformed:out-of-range", "the last may be 2,047", w=chunks(ask(2).put(None), 2_048))
    refuse("upload_number_without_chunk", up, "inconsistent", "a number, and no length", w=ask(2).put(None).put([0]))
    refuse("upload_too_many_chunks", up, "malformed:too-long", "65 chunks",
           w=chunks(ask(2).put(None), *range(65), sealed=b"x"))
    refuse("upload_chunk_of_nothing", up, "malformed:out-of-range", "a chunk of no bytes", w=chunks(ask(2).put(None), 0, sealed=b""))
    refuse("upload_chunk_too_long", up, "malformed:out-of-range", "16,401 bytes", w=ask(2).put(None).array(2).put(0, 16_401))
    refuse("upload_chunk_cut", up, "truncated", "a byte less than said",
           w=ask(2).put(None).array(2).put(0, 64).raw(CHUNKS[0][:63]))
    refuse("upload_left_over", up, "trailing-opaque-bytes", "a byte more than said", w=chunks(ask(2).put(None), 0).raw(b"\0"))
    refuse("upload_in_other_name", up, "inconsistent", "the sender is not the key that signed",
           w=chunks(ask(2).put(None)), sender=OTHER.origin[:16])

    def said(*items, count=3):
        return Writer().array(count).put(*items)

    case("uploaded_lacking", uploaded, "the hub lacks the first and the last of nine", w=said(2, 0, some(9, 0, 8)),
         content={"hub_epoch": "2", "status": "lacking", "of": "9", "chunks": ["0", "8"]})
    case("uploaded_stored", uploaded, "every chunk is stored", w=said(2, 1, None), content={"hub_epoch": "2", "status": "stored"})
    case("uploaded_unknown", uploaded, "the hub has no manifest", w=said(2, 2, None), content={"hub_epoch": "2", "status": "unknown"})
    case("uploaded_refused", uploaded, "why the hub does not take it", w=said(2, 3, "quota"),
         content={"hub_epoch": "2", "status": "refused", "word": "quota"})
    refuse("uploaded_lacking_nothing", uploaded, "inconsistent", "what lacks nothing is stored", w=said(2, 0, some(9)))
    refuse("uploaded_set_short", uploaded, "inconsistent", "nine chunks take two bytes", w=said(2, 0, [9, b"\1"]))
    refuse("uploaded_set_long", uploaded, "inconsistent", "eight chunks take one byte", w=said(2, 0, [8, b"\1\0"]))
    refuse("uploaded_set_unused_bits", uploaded, "inconsistent", "a bit that stands for no chunk", w=said(2, 0, [9, b"\1\2"]))
    refuse("uploaded_set_of_nothing", uploaded, "malformed:out-of-range", "a file has at least one chunk", w=said(2, 0, [0, b""]))
    refuse("uploaded_set_too_large", uploaded, "malformed:out-of-range", "2,049 chunks", w=said(2, 0, [2_049, bytes(257)]))
    refuse("uploaded_set_of_one", uploaded, "inconsistent", "how many chunks, and not which", w=said(2, 0, [9]))
    refuse("uploaded_set_of_three", uploaded, "malformed:too-long", "something behind the set", w=said(2, 0, [9, b"\1\0", 1]))
    refuse("uploaded_stored_with_set", uploaded, "inconsistent", "what is stored lacks nothing", w=said(2, 1, some(9, 0)))
    refuse("uploaded_status_4", uploaded, "malformed:out-of-range", "a status that does not exist", w=said(2, 4, None))
    refuse("uploaded_of_two", uploaded, "inconsistent", "no third item", w=said(2, 1, count=2))
    refuse("uploaded_left_over", uploaded, "trailing-opaque-bytes", "there is nothing opaque", w=said(2, 1, None).raw(b"\0"))

    case("download_all", down, "a file of which nothing is here", w=ask(3).put(65_536, True, None),
         content={**ASKED, "byte_budget": "65536", "wants_manifest": True, "wanted": None})
    case("download_rest", down, "the chunks that lack", w=ask(3).put(0, False, some(2_048, 7, 2_047)),
         content={**ASKED, "byte_budget": "0", "wants_manifest": False, "wanted": {"of": "2048", "chunks": ["7", "2047"]}})
    refuse("download_of_two", down, "inconsistent", "which chunks?", w=ask(2).put(0, True))
    refuse("download_wants_number", down, "malformed:unexpected-type", "true or false", w=ask(3).put(0, 1, None))
    refuse("download_budget_negative", down, "malformed:unexpected-type", "less than nothing", w=ask(3).put(-1, True, None))
    refuse("download_budget_too_large", down, "malformed:out-of-range", "2^63 fits no signed integer", w=ask(3).put(2**63, True, None))
    refuse("download_set_unused_bits", down, "inconsistent", "a bit that stands for no chunk", w=ask(3).put(0, False, [3, b"\x08"]))
    refuse("download_in_other_name", down, "inconsistent", "the sender is not the key that signed",
           w=ask(3).put(0, True, None), sender=OTHER.origin[:16])
    refuse("download_token_cut", down, "truncated", "15 bytes where 16 and more stand",
           w=Writer().array(3).raw(TOKEN[:15]).put(0, True, None))

    def found(here=True, count=4):
        return Writer().array(count).put(2, here)

    case("downloaded_all", downloaded, "manifest and chunks", w=chunks(manifest(found()), 0, 1, 2),
         content={"hub_epoch": "2", "here": True, "manifest": MANIFEST, "chunks": told(0, 1, 2)})
    case("downloaded_some", downloaded, "as many as the budget takes", w=chunks(found().put(None), 7),
         content={"hub_epoch": "2", "here": True, "manifest": None, "chunks": told(7)})
    case("downloaded_none", downloaded, "there is no such file for the asker", w=chunks(found(False).put(None)),
         content={"hub_epoch": "2", "here": False, "manifest": None, "chunks": []})
    refuse("downloaded_chunks_of_none", downloaded, "inconsistent", "chunks of what is not here", w=chunks(found(False).put(None), 0))
    refuse("downloaded_manifest_of_none", downloaded, "inconsistent", "the manifest of what is not here",
           w=chunks(manifest(found(False))))
    refuse("downloaded_of_three", downloaded, "inconsistent", "no chunks and no place for them", w=found(count=3).put(None))
    refuse("downloaded_here_as_number", downloaded, "malformed:unexpected-type", "true or false", w=chunks(found(1).put(None)))
    refuse("downloaded_numbers_descend", downloaded, "inconsistent", "numbers ascend", w=chunks(found().put(None), 2, 1))
    refuse("downloaded_left_over", downloaded, "trailing-opaque-bytes", "a byte more than said", w=chunks(found().put(None), 0).raw(b"\0"))

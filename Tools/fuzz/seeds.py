"""Inputs to begin with, made from Protocol/vectors and from the forms that ship."""

import hmac
import json
import pathlib
import re
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "Protocol/vectors"
DICTIONARY = ROOT / "Sources/ShippedData/dictionary/v1.bin"
FORMS = ROOT / "Sources/ShippedData/forms"

PAIRS = {"join": ("join-request", "join-response"),
         "fetch": ("release-request", "release-response"),
         "succession": ("succession-request", "succession-response"),
         "audit": ("audit-request", "audit-response")}

# What a parser tells apart, for the fuzzer to put together.
YAML = ["- ", "? ", ": ", "\n", "\r", "\x85", "\u2028", "\u2029", "  ", "[", "]", "{", "}", "&a", "*a",
        "|", ">", "'", '"', "#", "---", "!!str ", "<<", "\t", "name: ", "type: ", "label: ",
        "fields:", "choices: ", "lists:", "class: ", "calculation: ", "relevant: ", "constraint: ",
        "select_one", "select_multiple", "repeat", "group", "calculate", "record", "areas",
        "operational", "coded", "policy: 1", "threshold: ", "bands: ", "disclose:", "text:"]
EXPRESSION = ["${a}", "${b}", "${c}", "${d}", "${e}", "${f}", "${x}", "count(${r})", " or ", " and ",
              " div ", " mod ", "not(", "selected(", "count-selected(", "if(", "coalesce(", "concat(",
              "today()", "now()", "regex(", "string-length(", "number(", "string(", "int(", "round(",
              "month(", "days-between(", "true()", "false()", "!=", "<=", ">=", "'", "\"", ",", "(",
              ")", "-", "+", "*", ".", "999999999999999999", "'^[0-9]{1,3}$'"]
JSON = ["{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "\\udc00", "null", "true", "false",
        "-0", "1e999", "0.1", "district", "received_at", "channel", "exploitation"]
CSV = ["\"", "\"\"", ",", ";", "\t", "\r\n", "\n", "'=", "'", "\ufeff", "district", "received_at"]
DATES = ["today", "yesterday", "3 days ago", "May", "mayo", "mai", "\u0645\u0627\u064a\u0648", "now",
         "T", "Z", "+05:30", ":", "/", "-", ".", ",", "\u066b", "\u066c", "\u0663", "\u06f5", " GMT", "60",
         "kB", "MiB", "7d"]
CONTROL = ["{\"status\":{}}", "{\"", "\":{\"", "\"}}", "_0", "prefix", "origin", "areas", "path", "hex", "null",
           "\n", "\\u0000", "\\ud800", "[", "]", "1e999", "end", "failed", "storeCode"]
MEDIA = ["RIFF", "WAVE", "WEBP", "fmt ", "data", "fact", "VP8X", "VP8 ", "ALPH", "OggS", "OpusHead",
         "OpusTags", "vorbis", "IHDR", "IDAT", "IEND", "tEXt", "Exif\0\0", "JFIF\0", "Adobe", "ID3", "TAG",
         "APETAGEX", "LYRICSBEGIN", "#!AMR\n", "#!AMR-WB\n", "\ufeff", "ftypM4A ", "moov", "trak", "mdat", "edts", "elst", "stsd", "stsz",
         "stsc", "stco", "co64", "mp4a", "esds", "alac", "samr", "damr", "wave", "udta", "ftypheic", "meta", "pitm", "iinf", "infe", "iref", "iloc", "iprp",
         "ipco", "ipma", "idat", "hvcC", "hvc1", "grid", "dimg", "auxl", "auxC", "prem", "ispe", "pixi",
         "irot", "imir", "clap", "colr", "nclx", "pasp", "urn:mpeg:hevc:2015:auxid:1\0", "ftypavif", "av01", "av1C", "II*\0", "MM\0*",
         "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
         "%PDF-1.7", " 0 obj", "endobj", "stream\n", "endstream", "xref\n", "trailer", "startxref\n", " 0 R", "<<", ">>",
         "/Type", "/Catalog", "/Pages", "/Kids", "/Page", "/MediaBox", "/Contents", "/Resources", "/XObject", "/Image",
         "/Width", "/Height", "/BitsPerComponent", "/ColorSpace", "/DeviceRGB", "/Indexed", "/Separation", "/FunctionType",
         "/Filter", "/FlateDecode", "/LZWDecode", "/ASCIIHexDecode", "/DecodeParms", "/Predictor", "/Length", "/Prev",
         "/ObjStm", "/XRef", "/First", "/Index", "/Root", "/SMask", "BT", "ET", "Tj", "3 Tr", "Do", " cm", "BDC", "EMC"]
SCREEN = ["\x1b[", "\x1b[200~", "\x1b[201~", "\x1bO", "\u202e", "\u200d", "\u200c", "\u0644", "\u0301",
          "\x9b", "\n", "\r", "\U000e0041", "\ufe0f", "1;5A"]
WORDS = {"form": YAML + EXPRESSION, "policy": YAML, "expression": EXPRESSION,
         "pattern": ["[", "]", "{1,9}", "(", ")", "|", "*", "+", "?", "^", "$", ".", "\\d", "\\w",
                     "\\s", "a-z", "[^"],
         "json": JSON, "import": JSON + CSV, "csv": CSV, "screen": SCREEN, "keys": SCREEN,
         "text": ["https://", "yarrow/", "+", "T", "Z", "-", ":", ".", "shipped: sha256 "],
         "typed": DATES, "clock": ["Jan", "Feb", "Dec", " ", ":", "29", "31", "GMT", "60", "0000"],
         "control": CONTROL, "media": MEDIA, "search": SCREEN,
         "admission": ["yarrow admission request 1\n", "yarrow admission signed 1\n", "programme ",
                       "statement ", "\n"],
         "note": ["\u2014 ", "\n\n", "yarrow/", "=\n"], "checkpoint": ["yarrow/", "\n", "="]}


def hexed(value):
    return bytes.fromhex(value) if isinstance(value, str) else None


def big16(*values):
    return b"".join(value.to_bytes(2, "big") for value in values)


def big32(*values):
    return b"".join(value.to_bytes(4, "big") for value in values)


def box(name, *parts):
    """A part of a file of the ISO base media format."""
    content = b"".join(parts)
    return big32(len(content) + 8) + name + content


def full(name, *parts, version=0, flags=0):
    return box(name, big32(version << 24 | flags), *parts)


class Seeds:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.dictionary = DICTIONARY.read_bytes()
        self.number = 0

    def add(self, target, data):
        if data is None:
            return
        place = self.folder / target
        place.mkdir(parents=True, exist_ok=True)
        self.number += 1
        (place / f"seed-{self.number:05}").write_bytes(data)

    def write(self):
        for file in sorted(VECTORS.glob("*/*.json")):
            vector = json.loads(file.read_text(encoding="utf-8"))
            getattr(self, file.parent.name)(vector)
        self.texts()
        self.typed()
        self.attachments()
        self.media()
        self.forms()
        for target, words in WORDS.items():
            place = self.folder / f"{target}.dict"
            place.write_text("".join(
                '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in words))

    def cbor(self, vector):
        self.add("cbor", hexed(vector["bytes"]))

    def entry(self, vector):
        self.add("envelope", hexed(vector["expect"]["envelopeBytes"]))
        for section in ("operational", "coded"):
            self.add("section", hexed(vector.get(section)))

    def merge(self, vector):
        pass

    def merkle(self, vector):
        pass

    def evidence(self, vector):
        self.add("evidence", hexed(vector["file"]))

    def checkpoint(self, vector):
        if "note" in vector:
            note = vector["note"].encode()
            self.add("note", note)
            self.add("checkpoint", note.split(b"\n\n")[0] + b"\n")
        if "note_hex" in vector:
            self.add("note", hexed(vector["note_hex"]))
        if vector["kind"] == "binary-checkpoint":
            self.add("checkpoint", hexed(vector["bytes"]))
        for key in ("key", "origin"):
            if isinstance(vector.get(key), str):
                self.add("text", vector[key].encode())

    def identity(self, vector):
        kind = vector["kind"]
        if kind == "grants":
            self.add("grant", hexed(vector["encoded"]))
            self.add("cbor", hexed(vector["encoded"]))
        elif kind.endswith("-grant"):
            self.add("wrapped", b"\1" + hexed(vector["grant"]))
            self.add("wrapped", b"\0" + hexed(vector["grant"])[:32])
        elif kind == "statement":
            self.add("statement", hexed(vector["encoded"]))
            self.kept(hexed(vector["encoded"]), hexed(vector.get("payload")))
            self.add("statement", hexed(vector.get("payload")))
            self.add("cbor", hexed(vector.get("payload")))
        elif kind == "invite":
            self.add("invite", b"\1" + vector["text"].encode())
            if "encoded" in vector:
                self.add("invite", b"\0" + hexed(vector["encoded"]))
        elif kind == "sealed" and "content" in vector:
            content = hexed(vector["content"])
            packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=self.dictionary)
            packed = packer.compress(content) + packer.flush()
            self.add("sealed", b"\0" + content)
            self.add("sealed", b"\1\0" + content)
            self.add("sealed", b"\1\1" + packed)
            self.add("section", content)
            self.packed(vector)
        elif kind == "words":
            self.add("text", vector["words"].encode())

    def kept(self, signed, payload):
        """A statement in the files that hold such."""
        words = b"suvat-fajan-rudat-nubom-votiz"
        if len(signed) > 1_000:
            return
        item = b"\x59" + len(signed).to_bytes(2, "big") + signed if len(signed) > 255 else \
            b"\x58" + bytes([len(signed)]) + signed
        self.add("statements", b"\x83\x73yarrow statements 1\x50" + bytes(16) + b"\x82" + item + item)
        for kind, content in (("signed", signed), ("request", payload)):
            if content is not None:
                self.add("admission", b"yarrow admission %s 1\nprogramme %s\nstatement %s\n"
                         % (kind.encode(), words, content.hex().encode()))

    def packed(self, vector):
        """What is behind the seal and the padding of a section (identity §5), small and large."""
        key, salt, part = hexed(vector["recordKey"]), hexed(vector["salt"]), bytes([vector["part"]])
        tag = b"yarrow.section/1\0"
        secret = hmac.digest(hmac.digest(salt, key, "sha256"), tag + part + b"\1", "sha256")
        plain = chacha20(secret, hexed(vector["sealed"])[:-16])
        packed = plain.rstrip(b"\0")[:-1]
        for limit in b"\0\1":
            self.add("tabled", bytes([limit]) + packed)

    def bundle(self, vector):
        """What is behind the seal, written out again."""
        def item(major, n):
            return bytes([major << 5 | n]) if n < 24 else bytes([major << 5 | 25, n >> 8, n & 255])

        def array(items):
            return item(4, len(items)) + b"".join(items)

        if vector["expect"] != "accept":
            return
        name = ("yarrow " + vector["kind"] + " 1").encode()
        messages = [hexed(m) for m in vector["messages"]]
        items = [item(2, len(m)) + m if len(m) < 24 or len(m) > 255 else b"\x58" + bytes([len(m)]) + m
                 for m in messages]
        if vector["kind"] == "answers":
            hashes = [b"\x58\x20" + hexed(h) for h in vector["hashes"]]
            items = [array([h, m]) for h, m in zip(hashes, items)]
        mode = b"\1" if vector["kind"] == "answers" else b"\0"
        self.add("bundle", bytes([mode[0] | 2]) + array([item(3, len(name)) + name, array(items)]))
        self.add("bundle", mode + array([item(3, len(name)) + name, array(items)]))

    def message(self, vector):
        message, kind = hexed(vector["message"]), vector["kind"]
        self.add("frame", message[:-64][:8_000])
        parts = split(message)
        if parts is None:
            return
        clear, opaque = parts
        if message[1] & 128:
            self.add("deflate", b"\1\5" + clear)
            try:
                clear = zlib.decompressobj(-15, zdict=self.dictionary).decompress(clear)
            except zlib.error:
                return
            self.add("deflate", b"\1\5" + clear[:4_000])
        if max(len(clear), len(opaque)) > 8_000:
            return
        parts = len(clear).to_bytes(2, "big") + clear + opaque
        for limits in b"\0\1":
            if kind == "sync-request":
                self.add("request", bytes([limits]) + parts)
            elif kind == "short-push":
                self.add("short", bytes([limits]) + parts)
            elif kind == "sync-response":
                self.add("response", bytes([limits, message[1] & 127 == 13]) + parts)
                self.add("carried", (b"\x00\x00\x01\x23", b"\x02\x35\x02\x35")[limits] + bytes(17) + parts)
        for target, kinds in PAIRS.items():
            if kind in kinds:
                self.add(target, bytes([kinds.index(kind)]) + parts)
        self.add("cbor", clear)
        content = vector.get("content") or {}
        for entry in (content.get("push") or {}).get("entries", []):
            self.add("envelope", hexed(entry["envelope"]))
            for section in ("operational", "coded"):
                self.add("section", hexed(entry[section]))
        if kind == "sync-request" and content.get("push"):
            self.entries(clear, opaque)

    def entries(self, clear, opaque):
        """The table and the entries of a push, without what stands around them."""
        numbers, at = [], 1
        for _ in range(5):
            value, at = head(clear, at)
            numbers.append(value)
        skipped = 16 + (16 if numbers[2] else 0) + (16 if numbers[3] else 0)
        count, at = head(clear, at)
        for _ in range(count // 2):
            length, at = head(clear, at)
            items, at = head(clear, at + length)
            skipped += 16 if items else 0
        _, at = head(clear, at)
        number, at = head(clear, at)
        if not 0 < number < 25:
            return
        clear, opaque = clear[at:], opaque[skipped:-64]
        self.add("entry", bytes([number - 1]) + len(clear).to_bytes(2, "big") + clear + opaque)

    def typed(self):
        for text in ("2026-05-03", "3 May 2026 14:30", "3 de mayo de 2026", "3/5/2026", "yesterday 9:00", "hier",
                     "3 days ago", "now", "2026-05-03T14:30:00+05:30", "\u0663 \u0645\u0627\u064a\u0648 \u0662\u0660\u0662\u0666",
                     "-12,5", "3.500", "1 234,5", "\u0661\u066c\u0662\u0663\u0664\u066b\u0665", "1.5M", "200 KiB", "72h", "2w"):
            self.add("typed", text.encode())
        for text in ("Sun, 06 Nov 1994 08:49:37 GMT", "Tue, 29 Feb 2000 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:60 GMT"):
            self.add("clock", text.encode())
        for text in ("Caf\u00e9 \u0645\u064f\u062f\u0631\u064e\u0633\u0629 \u06f1\u06f2\u06f3", "\u0130stanbul \ufb01 \u00df_\"a\" OR b*"):
            self.add("search", text.encode())
        for text in ("correct horse battery\n", "caf\u00e9\r\n", "cafe\u0301"):
            self.add("passphrase", text.encode())
        for name in ("status", "devices", "invites", "statements", "nextHubStatement", "policy", "release", "verify"):
            self.add("control", b'\0{"%s":{}}\n' % name.encode())
        for value in ({"device": {"prefix": "ab"}}, {"setAreas": {"origin": "ab", "areas": ["north"]}},
                      {"revoke": {"origin": "ab", "reason": "lost"}}, {"setURL": {"_0": "https://hub.example"}},
                      {"invite": {"role": "liaison", "areas": ["a"], "label": "x", "expiresIn": 60}},
                      {"cancelInvite": {"id": -1}}, {"addStatement": {"hex": "00ff"}},
                      {"export": {"form": "report", "format": "csv"}}, {"export": {"format": "json"}},
                      {"backup": {"path": "/x"}}, {"takeBundle": {"path": "/x", "out": "/y"}}):
            self.add("control", b"\0" + json.dumps(value).encode() + b"\n" + b'{"status":{}}\n')
        invite = {"id": 1, "role": "liaison", "areas": [], "label": "", "created": 1, "expires": 2, "state": "open"}
        held = {"origin": "a", "seq": 1, "hash": "b", "record": "c", "form": "d", "reason": "e"}
        record = {"record": "a", "code": "b", "form": "c", "area": "d", "isWithdrawn": False, "conflicts": ["e"],
                  "fields": {"f": ["g"]}}
        for value in ({"end": {}}, {"failed": {"code": "refused", "storeCode": "notFound", "message": "x"}},
                      {"invite": {"_0": invite}}, {"held": {"_0": held}}, {"record": {"_0": record}},
                      {"invited": {"text": "x"}}, {"unsigned": {"hex": "00", "version": 1}},
                      {"verified": {"entries": 1, "ok": True, "problems": ["x"]}},
                      {"released": {"number": 1, "entries": 2, "withheld": 0, "disclosed": 2}}):
            self.add("control", b"\1" + json.dumps(value).encode() + b"\n")
        seal = bytes(7) + b"\x05" + bytes(168)
        for first, second in ((1, 2), (3, 2), (9, 9)):
            slots = [n.to_bytes(8, "big") + bytes(7) + b"\x01" + seal + n.to_bytes(8, "big") for n in (first, second)]
            self.add("slots", b"".join(slots))
            self.add("slots", slots[0])

    def attachments(self):
        """No vector holds them: uploads and downloads of one file in two chunks, and its answers."""
        def message(target, kind, clear, opaque=b""):
            self.add(target, bytes([kind]) + len(clear).to_bytes(2, "big") + clear + opaque)

        place = bytes(range(64))
        manifest = bytes(16 + 64)
        chunks = b"\x84\x00\x14\x01\x18\x20"
        message("upload", 0, b"\x82\xf6\x80", place)
        message("upload", 0, b"\x82\x02" + chunks, place + manifest + bytes(20 + 32))
        message("upload", 0, b"\x82\x01\x80", place + bytes(48))
        for clear in (b"\x83\x01\x00\x82\x09\x42\xff\x01", b"\x83\x01\x01\xf6", b"\x83\x05\x02\xf6", b"\x83\x00\x03\x65quota"):
            message("upload", 1, clear)
        message("download", 0, b"\x83\x1a\x00\x01\x11\x70\xf5\xf6", place)
        message("download", 0, b"\x83\x18\x40\xf4\x82\x09\x42\x81\x01", place)
        message("download", 1, b"\x84\x01\xf5\x02" + chunks, manifest + bytes(20 + 32))
        message("download", 1, b"\x84\x01\xf4\xf6\x80")
        for mode in range(3):
            for content in (b"x", bytes(200), bytes(range(256)) * 70):
                self.add("attachment", bytes([mode]) + content + (b"\x80" + bytes(7) if mode == 2 else b""))

    def media(self):
        """One small file of each kind, with something to take out."""
        def segment(marker, content):
            return b"\xff" + bytes([marker]) + (len(content) + 2).to_bytes(2, "big") + content

        def chunk(name, content):
            return (len(content).to_bytes(4, "big") + name + content
                    + zlib.crc32(name + content).to_bytes(4, "big"))

        def riff(form, chunks):
            body = form + b"".join(n + len(c).to_bytes(4, "little") + c + b"\0" * (len(c) % 2) for n, c in chunks)
            return b"RIFF" + len(body).to_bytes(4, "little") + body

        def page(flags, number, packets):
            return (b"OggS\0" + bytes([flags]) + bytes(8) + b"abcd" + number.to_bytes(4, "little") + bytes(4)
                    + bytes([len(packets)]) + bytes(len(p) for p in packets) + b"".join(packets))

        exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
        little = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0"
        frame = segment(0xc0, b"\x08\0\x01\0\x01\x01\x01\x11\0")
        scan = segment(0xda, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56"
        for place in (exif, little):
            self.add("media", b"\0\xff\xd8" + segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x02") + segment(0xe1, place)
                     + segment(0xee, b"Adobe\0\x64\0\0\0\0\x01") + segment(0xdb, bytes(65)) + frame
                     + segment(0xc4, bytes(17)) + scan + segment(0xfe, b"secret") + b"\xff\xd9behind")
        self.add("media", b"\0\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0")
                 + chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"tEXt", b"Author\0x") + chunk(b"IDAT", b"\x01\x02\x03") + chunk(b"IEND", b""))
        self.add("media", b"\0" + riff(b"WAVE", [(b"bext", b"x"), (b"fmt ", bytes(16)), (b"fact", bytes(4)), (b"data", bytes(7))]))
        self.add("media", b"\0" + riff(b"WEBP", [(b"VP8X", b"\x3c" + bytes(9)), (b"ALPH", b"ab"), (b"VP8 ", b"abc"), (b"EXIF", b"x")]))
        sound = b"\xff\xfb\x18\xc0" + bytes(140)
        self.add("media", b"\0ID3\x04\0\0\0\0\0\x03xyz" + sound + sound + b"TAG" + bytes(125))
        self.add("media", b"\0" + sound + b"APETAGEX\xd0\x07\0\0\x02" + bytes(19) + b"ab" + sound)
        self.add("media", b"\0" + page(2, 0, [b"OpusHead" + bytes(11)]) + page(0, 1, [b"OpusTags" + bytes(20)]) + page(4, 2, [b"ab", b"c"]))
        self.add("media", b"\0" + page(2, 0, [b"\x01vorbis" + bytes(23)]) + page(0, 1, [b"\x03vorbis" + bytes(9), b"\x05vorbis"]) + page(4, 2, [b"ab"]))
        self.add("media", b"\1\xef\xbb\xbfwords\n")
        self.recordings()
        self.stills()
        stream = b"\xff\xd8" + segment(0xdb, bytes(65)) + frame + segment(0xfe, b"secret") + segment(0xc4, bytes(17)) + scan + b"\xff\xd9"
        self.scans(stream, b"\xff\xd8" + segment(0xdb, bytes(65)) + segment(0xfe, b"secret") + b"\xff\xd9")
        self.documents()

    def recordings(self):
        """Sound in frames, and one sound in an MP4 file, of each codec."""
        for name, kinds in ((b"#!AMR\n", ((7, 31), (8, 5), (15, 0), (0, 12))), (b"#!AMR-WB\n", ((2, 32), (9, 5), (14, 0), (0, 17)))):
            self.add("media", b"\1" + name + b"".join(bytes([0x87 | kind << 3]) + b"\xff" * count for kind, count in kinds) + b"\x3c")
        def frame(kind, sum, content, blocks=1):
            bits = 0xfff << 44 | kind << 40 | 0b01_0100_1_010_1111 << 28 | (7 + len(sum + content)) << 13 | 0x7ff << 2 | blocks - 1
            return bits.to_bytes(7, "big") + sum + content

        self.add("media", b"\1" + frame(1, b"", b"\x21ab") + frame(0, b"cd", b"\x21ab") + frame(1, b"", b"\x21abcd", 2) + b"TAG" + bytes(125))
        self.add("media", b"\1ID3\x04\0\0\0\0\0\x03xyz" + frame(0, b"cd", b"\x21") + frame(0, b"cd", b"\x21ab") + b"APETAGEX\xd0\x07\0\0\x02" + bytes(19) + b"ab" + frame(0, b"", b"abc", 2))
        esds = full(b"esds", b"\x03\x19" + bytes(3) + b"\x04\x11\x40\x15" + bytes(11) + b"\x05\x02\x12\x10\x06\x01\x02")
        wave = box(b"wave", box(b"frma", b"mp4a"), esds, box(bytes(4)))
        for name, version, inner in ((b"mp4a", 0, esds), (b"mp4a", 1, bytes(16) + wave), (b"alac", 0, full(b"alac", bytes(24))),
                                     (b"samr", 0, box(b"damr", bytes(9))), (b"sawb", 0, b"")):
            head = box(b"ftyp", b"M4A \0\0\0\0isom")
            entry = box(name, bytes(6), big16(1, version), bytes(6), big16(1, 16, 0, 0), big32(8000 << 16), inner)
            stbl = box(b"stbl", full(b"stsd", big32(1), entry), full(b"stts", big32(1, 3, 160)),
                       full(b"stsc", big32(2, 1, 2, 1, 2, 1, 1)), full(b"stsz", big32(0, 3, 3, 1, 2)),
                       full(b"stco", big32(2, len(head) + 8, len(head) + 13)))
            minf = box(b"minf", full(b"smhd", bytes(4)),
                       box(b"dinf", full(b"dref", big32(1), full(b"url ", flags=1))), stbl)
            mdia = box(b"mdia", full(b"mdhd", big32(1, 2, 8000, 480, 0)),
                       full(b"hdlr", big32(0), b"soun", bytes(12), b"name\0"), minf)
            edts = box(b"edts", full(b"elst", big32(2, 100, 0xFFFF_FFFF, 1 << 16, 60, 80, 1 << 16)))
            trak = box(b"trak", full(b"tkhd", bytes(80)), edts, mdia)
            moov = box(b"moov", full(b"mvhd", big32(1, 2, 1000, 160), bytes(80)), trak, box(b"udta", b"place"))
            self.add("media", b"\1" + head + box(b"mdat", b"abcde-fg") + moov)

    def scans(self, stream, tables):
        """Pages in either order of bytes: one as it is with a smaller one in it, a fax, and one in tiles of each coding."""
        for order, mark in (("little", b"II"), ("big", b"MM")):
            def number(size, value):
                return value.to_bytes(size, order)

            def page(file, fields, parts, tags=(273, 279)):
                places = []
                for part in parts:
                    places.append(len(file))
                    file += part
                values, rows = b"", []
                fields = fields | {tags[0]: (4, places), tags[1]: (4, [len(part) for part in parts])}
                for tag, (kind, content) in sorted(fields.items()):
                    if isinstance(content, bytes):
                        count, value = len(content), content
                    else:
                        size = {3: 2, 4: 4, 5: 4}[kind]
                        count, value = len(content) // (2 if kind == 5 else 1), b"".join(number(size, one) for one in content)
                    head = number(2, tag) + number(2, kind) + number(4, count)
                    rows.append(head + (value.ljust(4, b"\0") if len(value) <= 4 else number(4, len(file) + len(values))))
                    values += value if len(value) > 4 else b""
                start = len(file) + len(values)
                return file + values + number(2, len(rows)) + b"".join(rows) + bytes(4), start

            def book(*pages):
                file, link = mark + number(2, 42) + bytes(4), 4
                for fields, parts, *tags in pages:
                    if 330 in fields:
                        file, inner = page(file, {254: (4, [1]), 256: (3, [1])}, [b"s"])
                        fields = fields | {330: (4, [inner])}
                    file, start = page(file, fields, parts, *tags)
                    file = file[:link] + number(4, start) + file[link + 4:]
                    link = len(file) - 4
                self.add("media", b"\1" + file)

            sides = {256: (3, [4]), 257: (3, [3])}
            look = {270: (2, b"place\0"), 274: (3, [6]), 282: (5, [300, 1]), 283: (5, [300, 1]), 296: (3, [2]), 700: (1, b"text!")}
            colour = sides | {258: (3, [8, 8, 8]), 262: (3, [2]), 277: (3, [3])}
            fax = sides | {259: (3, [4]), 262: (3, [0]), 266: (3, [2]), 293: (4, [0])}
            book((colour | look | {278: (3, [2]), 330: (4, [0])}, [bytes(range(24)), bytes(12)]), (fax, [b"abc"]), (fax | {254: (4, [1])}, [b"x"]))
            book((colour | {284: (3, [2]), 339: (3, [1, 1, 1])}, [bytes(12)] * 3))
            book((sides | {258: (3, [2]), 262: (3, [3]), 320: (3, list(range(12)))}, [bytes(3)]))
            shared = {262: (3, [6]), 529: (5, [1] * 6), 530: (3, [2, 2]), 531: (3, [1]), 532: (5, [1] * 12)}
            book((colour | shared, [bytes(24)]))
            book((colour | {258: (3, [8] * 4), 277: (3, [4]), 338: (3, [2]), 259: (3, [5]), 317: (3, [2])}, [b"abc"]))
            tiled = colour | {322: (3, [4]), 323: (3, [2]), 259: (3, [7]), 347: (7, tables)}
            book((tiled, [stream, stream], (324, 325)))
            for coding in (2, 3, 8, 32773, 32946):
                book((fax | {259: (3, [coding]), 292: (4, [1]), 317: (3, [1])}, [b"abc"]))

    def stills(self):
        """A picture of two tiles with transparency and EXIF, and one of its tiles alone, in HEVC and in AV1."""
        def unit(content):
            return big32(len(content)) + content

        hevc = box(b"hvcC", b"\1\3" + bytes(19) + b"\3\2" + b"\x27" + big16(1, 3) + b"\x4e\1x" + b"\x21" + big16(1, 2) + b"\x42\1")
        av1 = box(b"av1C", b"\x81\4\x0c\x10\x0a\1\x18")
        self.pictures(b"heic", b"hvc1", hevc, b"urn:mpeg:hevc:2015:auxid:1\0", unit(b"\x4e\x01text") + unit(b"\x26\x01ab"))
        # A delimiter, a sequence, metadata, a frame in a layer, a frame in parts, padding.
        for frame in (b"\x36\x08\2ab", b"\x1a\1a\x3a\1a\x22\2ab", b"\x2a\4\1abc\x30abc"):
            self.pictures(b"avif", b"av01", av1, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"\x12\0\x0a\1\x18\x7a\1x" + frame)

    def pictures(self, brand, kind, configuration, alpha, coded):
        grid = b"\0\0\0\1" + big16(60, 30)
        items = ((1, b"grid", grid, b"\3\x84\x85\x86\7\x08\x0a"), (2, kind, coded, b"\x81\2"), (3, kind, coded, b"\x81\2"),
                 (4, kind, coded, b"\x81\3\x09"), (5, b"Exif", b"place", b""))
        properties = [configuration,
                      full(b"ispe", big32(32, 32)), full(b"ispe", big32(60, 30)), box(b"clap", big32(50, 1, 20, 1, 0, 1, 0, 1)),
                      box(b"irot", b"\1"), box(b"imir", b"\0"), box(b"colr", b"nclx" + big16(1, 13, 6) + b"\x80"),
                      full(b"pixi", b"\3\x08\x08\x08"), full(b"auxC", alpha), box(b"pasp", big32(1, 1))]
        head = box(b"ftyp", brand + b"\0\0\0\0mif1")

        def meta(primary, start):
            places, at = [], start
            for number, _, content, _ in items:
                places.append(big16(number, 0, 0, 1) + big32(at, len(content)))
                at += len(content)
            return full(b"meta", full(b"hdlr", big32(0), b"pict", bytes(12), b"name\0"), full(b"pitm", big16(primary)),
                        full(b"iinf", big16(len(items)), *(full(b"infe", big16(n, 0), kind, b"name\0", version=2) for n, kind, _, _ in items)),
                        full(b"iref", box(b"dimg", big16(1, 2, 2, 3)), box(b"auxl", big16(4, 1, 1)), box(b"cdsc", big16(5, 1, 1))),
                        box(b"iprp", box(b"ipco", *properties),
                            full(b"ipma", big32(4), *(big16(n) + bytes([len(own)]) + own for n, _, _, own in items if own))),
                        full(b"iloc", b"\x44\0" + big16(len(items)), *places, version=1))

        for primary in (1, 2):
            start = len(head) + len(meta(primary, 0)) + 8
            self.add("media", b"\1" + head + meta(primary, start) + box(b"mdat", *(content for _, _, content, _ in items)))

    def documents(self):
        """A scan with hidden text, changed once; the same with its objects and tables in streams."""
        photo = (b"\xff\xd8\xff\xdb\0\x43" + bytes(65) + b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0" + b"\xff\xc4\0\x13" + bytes(17)
                 + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\0\x34\xff\xd9")
        pixel = b"/Subtype/Image/Width 1/Height 1/BitsPerComponent 8"

        def stream(keys, data):
            return b"<<" + keys + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"

        drawing = (b"% remark\nq 2 0 0 .5 1 1 cm /A Do Q /P <</MCID 0>> BDC /B Do EMC BT 3 Tr /F 9 Tf (a) Tj ET\n"
                   b"/C cs 1 sc 0 0 m 9 9 l 1 2 3 4 re W n [1 2] 0 d S")
        objects = {
            1: b"<</Type/Catalog/Pages 2 0 R/Lang(x)>>",
            2: b"<</Type/Pages/Kids[3 0 R]/MediaBox[0 0 9 9]/Rotate 90>>",
            3: b"<</Type/Page/Parent 2 0 R/Contents[4 0 R]/Annots[<</Subtype/Link>>]/Resources<</XObject<</A 5 0 R/B 6 0 R>>"
               b"/ColorSpace<</C[/Separation/D/DeviceRGB 8 0 R]>>>>>>",
            4: stream(b"/Filter/FlateDecode", zlib.compress(drawing)),
            5: stream(pixel + b"/ColorSpace[/ICCBased 7 0 R]/Filter/DCTDecode", photo),
            6: stream(pixel + b"/ColorSpace[/Indexed/DeviceRGB 0<010203>]/SMask 9 0 R/Filter[/ASCII85Decode/LZWDecode]", b"J,g]7~>"),
            7: stream(b"/N 3", b"profile"),
            8: b"<</FunctionType 2/Domain[0 1]/C0[0 0 0]/C1[1 .5 0]/N 1>>",
            9: stream(pixel + b"/ColorSpace/DeviceGray/Filter/RunLengthDecode", b"\0\x80\x80"),
        }

        def table(data, found, previous):
            start = len(data)
            data += b"xref\n0 1\n0000000000 65535 f \n"
            for number, at in found.items():
                data += b"%d 1\n%010d 00000 n \n" % (number, at)
            data += b"trailer<</Size 12/Root 1 0 R/ID[(a)(b)]" + (b"/Prev %d" % previous if previous else b"") + b">>\n"
            return data + b"startxref\n%d\n%%%%EOF\n" % start, start

        def put(data, some):
            found = {}
            for number, content in some.items():
                found[number] = len(data)
                data += b"%d 0 obj\n" % number + content + b"\nendobj\n"
            return data, found

        plain, start = table(*put(b"%PDF-1.4\n", objects), None)
        self.add("media", b"\1" + plain)
        self.add("media", b"\1" + table(*put(plain, {4: stream(b"", b"1 0 0 rg 0 0 5 5 re f")}), start)[0])
        inner = {n: c for n, c in objects.items() if not c.endswith(b"endstream")}
        head, content = b"", b""
        for number, one in inner.items():
            head += b"%d %d " % (number, len(content))
            content += one + b"\n"
        outer = {n: c for n, c in objects.items() if n not in inner}
        outer[10] = stream(b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(inner), len(head)), zlib.compress(head + content))
        data, found = put(b"%PDF-1.5\n", outer)
        rows = [bytes(5)] + [b"\1" + found[n].to_bytes(3, "big") + b"\0" if n in found else b"\2\0\0\x0a" + bytes([list(inner).index(n)])
                            for n in range(1, 11)]
        coded, above = b"", bytes(5)
        for row in rows:
            coded += b"\2" + bytes((a - b) % 256 for a, b in zip(row, above))
            above = row
        start = len(data)
        data += b"11 0 obj\n" + stream(b"/Type/XRef/W[1 3 1]/Size 11/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 5>>",
                                       zlib.compress(coded)) + b"\nendobj\n"
        self.add("media", b"\1" + data + b"startxref\n%d\n%%%%EOF\n" % start)

    def forms(self):
        for file in sorted(FORMS.glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            self.add("form", text.encode())
            for line in re.findall(r"(?:relevant|constraint|calculation|default): *(.+)", text):
                line = line.strip().strip("\"'").rstrip("},")
                for n, name in enumerate(sorted(set(re.findall(r"\$\{(\w+)\}", line)))):
                    line = line.replace("${%s}" % name, "${%s}" % "abcdefx"[n % 7])
                self.add("expression", b"\0" + line.encode())
            for pattern in re.findall(r"regex\([^,]+, *'([^']+)'", text):
                self.add("pattern", bytes([len(pattern)]) + pattern.encode() + b"12 abc-9")
        for source in ("round(${e} * 100 div 3, 2)", "int(${a}) mod 7", "concat(${b}, '-', ${c})",
                       "days-between(${d}, today())", "month(now())", "if(${a} > 3, 'x', string(${e}))",
                       "coalesce(${b}, count(${r}), number(${b}))", "selected(${c}, 'a') and not(${d} = '')",
                       "regex(${b}, '^(a|b){2,9}[^0-9]$')", "-${a} - -1 div 0"):
            for kind in range(5):
                self.add("expression", bytes([kind]) + source.encode())
        self.add("form", b"lists:\n  l: [{code: a, label: {en: A}}]\n")
        for pattern in ("^[A-Z]{2}[0-9]{6}$", "(a|b|)*c?", "[^\\s]+\\.\\d{1,3}", "((x{0,9}){0,9}){0,9}"):
            self.add("pattern", bytes([len(pattern)]) + pattern.encode() + b"AB123456")

    def texts(self):
        report = {"district": "north", "received_at": "2026-03-01T09:00:00Z", "channel": "in_person",
                  "exploitation": ["ForcedLabour"], "narrative": "\u0646\u0635 \"quoted\"\n"}
        line = json.dumps(report).encode()
        for text in (line, b'[null, true, -0.5e+3, "\\ud83d\\ude00\\u0000"]', b'{"a": {"b": [1, []]}}'):
            self.add("json", text)
        self.add("import", b"\0" + line + b"\n" + line + b"\n")
        rows = b"district,received_at,channel,exploitation\r\n"
        rows += b'north,2026-03-01T09:00:00Z,in_person,"ForcedLabour, DebtBondage"\r\n'
        self.add("import", b"\1" + rows)
        self.add("csv", rows)
        self.add("csv", b"\xef\xbb\xbfa;\"b\"\"c\"\n'=1+1;\xc3\xa9\n\n")
        for text in ("2026-02-28", "2026-02-28T23:59:59+05:30", "-12.50", "https://[::1]:8443",
                     "https://hub.example:443/", "7H2K-9QZ4", "00" * 16, "ff" * 32):
            self.add("text", text.encode())
        self.add("screen", "\u0644\u200d\u0644 a\u202eb \x1b[2J \u0301 \U0001f600\n".encode())
        self.add("keys", "a\x1b[A\x1b[200~x\r\ny\x1b[201~\x03\x1bOH\u00e9\x7f".encode())
        # Version, name, cost, length of the secret; salt, nonce, secret and tag.
        for cost in ((17, 8, 1, 32), (1, 1, 1, 32), (20, 2, 1, 16)):
            self.add("keyfile", b"\1yarrow key file" + bytes(cost) + bytes(28 + cost[3] + 16))


def chacha20(key, data):
    """RFC 8439 §2.4 from block 1 on, with a nonce of zeros: what a section is sealed with."""
    def quarter(s, a, b, c, d):
        for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xffffffff
            mixed = s[z] ^ s[x]
            s[z] = (mixed << bits | mixed >> (32 - bits)) & 0xffffffff

    out = bytearray()
    for at in range(0, len(data), 64):
        start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
                 *struct.unpack("<8L", key), at // 64 + 1, 0, 0, 0]
        state = start[:]
        for _ in range(10):
            for a in range(4):
                quarter(state, a, a + 4, a + 8, a + 12)
            for a in range(4):
                quarter(state, a, (a + 1) % 4 + 4, (a + 2) % 4 + 8, (a + 3) % 4 + 12)
        block = struct.pack("<16L", *((x + y) & 0xffffffff for x, y in zip(state, start)))
        out += bytes(x ^ y for x, y in zip(data[at:at + 64], block))
    return bytes(out)


def split(message):
    """Clear and opaque part (wire-format §1.1); None where there are none."""
    body, at = message[2:-64], 0
    try:
        length, at = head(body, at)
        kind = message[1] & 127
        at += 16 if kind in (1, 3, 5, 7, 9, 11, 12) else 0
        if kind in (11, 12):
            count, at = head(body, at)
            for _ in range(count):
                _, at = head(body, at)
            at += 16
        elif kind == 13:
            _, at = head(body, at)
            _, at = head(body, at)
            at += 32
    except IndexError:
        return None
    return (body[at:at + length], body[at + length:]) if at + length <= len(body) else None


def head(data, at):
    """The number in the head of an item, and where what follows it begins."""
    short = data[at] & 31
    if short < 24:
        return short, at + 1
    if short == 31 or data[at] == 0xf6:
        return 0, at + 1
    width = 1 << (short - 24)
    return int.from_bytes(data[at + 1:at + 1 + width], "big"), at + 1 + width

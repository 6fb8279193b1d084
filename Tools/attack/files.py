"""Files of records as a member gives and gets them (wire-format §2.13 to §2.16; attachments §5)."""

import os
import types

from codec import H, Refused, Writer, opened, sha
from exchange import message

CHUNK, CHUNK_MAX, CHUNKS_MAX = 16_384, 16_400, 2_048
UPLOAD, UPLOADED, DOWNLOAD, DOWNLOADED = 20, 21, 22, 23
REFUSALS = ("record-unknown", "scope", "record-full", "quota", "hub-full")


class File:
    """Noise in the place of sealed chunks: only who has the record's key could tell."""

    def __init__(self, record, chunks=2, last=CHUNK_MAX, promised=None):
        """With `promised` the manifest has so many chunks, and there is none of them."""
        self.record, self.salt = record, os.urandom(16)
        self.chunks = [] if promised else [os.urandom(CHUNK_MAX) for _ in range(chunks - 1)] + [os.urandom(last)]
        self.hashes = [os.urandom(32) for _ in range(promised)] if promised else [chunk_address(c) for c in self.chunks]

    @property
    def manifest(self):
        return self.salt + b"".join(self.hashes)

    @property
    def address(self):
        return H("yarrow.attachment/1", self.record, self.manifest)

    def placed(self, *numbers):
        return [(i, self.chunks[i]) for i in (numbers or range(len(self.chunks)))]


def chunk_address(sealed):
    return H("yarrow.chunk/1", sealed)


def some(count, *numbers):
    """A set of chunks (attachments §7)."""
    bits = bytearray((count + 7) // 8)
    for i in numbers:
        bits[i // 8] |= 1 << i % 8
    return [count, bytes(bits)]


def upload_content(member, file, chunks=None, manifest=True, count=2, told=None, **changed):
    """`told` is the array of chunks, written by hand; `manifest` may be the number of chunks that is said."""
    known = {"token": member.token, "record": file.record, "address": file.address, "salted": file.manifest, **changed}
    w = Writer().array(count).raw(known["token"], known["record"], known["address"])
    if manifest is False:
        w.put(None)
    else:
        w.put(len(file.hashes) if manifest is True else manifest).raw(known["salted"])
    if told is not None:
        return w.put(told)
    chunks = file.placed() if chunks is None and file.chunks else chunks or []
    w.array(2 * len(chunks))
    for number, sealed in chunks:
        w.put(number, len(sealed)).raw(sealed)
    return w


def upload(member, file, *chunks, layout=None, **more):
    """Gives chunks of a file; without any, all that it has."""
    w = upload_content(member, file, list(chunks) or None, **more)
    return message(w, member.key, member.hub.programme, kind=UPLOAD, **(layout or {}))


def download(member, file, budget=1 << 20, wants=True, wanted=None, count=3, layout=None, **changed):
    known = {"token": member.token, "record": file.record, "address": file.address, **changed}
    w = Writer().array(count).raw(known["token"], known["record"], known["address"]).put(budget, wants, wanted)
    return message(w, member.key, member.hub.programme, kind=DOWNLOAD, **(layout or {}))


def read_set(walk):
    if walk.is_null():
        return None
    walk.array(2, 2)
    count = walk.number(CHUNKS_MAX, 1)
    data = walk.bytes((count + 7) // 8)
    if len(data) != (count + 7) // 8 or count % 8 and data[-1] >> count % 8:
        raise Refused("inconsistent")
    return [i for i in range(count) if data[i // 8] >> i % 8 & 1]


def read_manifest(walk):
    return None if walk.is_null() else walk.raw(16 + 32 * walk.number(CHUNKS_MAX, 1))


def read_chunks(walk):
    items, chunks = walk.array(2 * 64), []
    if items % 2:
        raise Refused("inconsistent")
    for _ in range(items // 2):
        number = walk.number(CHUNKS_MAX - 1)
        if chunks and number <= chunks[-1][0]:
            raise Refused("inconsistent")
        chunks.append((number, walk.raw(walk.number(CHUNK_MAX, 1))))
    return chunks


def read_upload(bytes_, request, hub):
    """The outcome, as one of its words."""
    _, walk = opened(bytes_, hub.verify, {UPLOADED}, hub.programme, sha(request))
    walk.array(3, 3)
    walk.number()
    status = walk.number(3)
    if status == 0:
        said = f"lacking {len(read_set(walk))}"
    elif status == 3:
        said = walk.text(64)
    else:
        said = (None, "stored", "unknown")[status]
        if not walk.is_null():
            raise Refused("inconsistent")
    walk.end()
    return said


def read_download(bytes_, request, hub):
    _, walk = opened(bytes_, hub.verify, {DOWNLOADED}, hub.programme, sha(request))
    walk.array(4, 4)
    walk.number()
    r = types.SimpleNamespace(here=walk.boolean(), manifest=read_manifest(walk), chunks=read_chunks(walk))
    walk.end()
    return r


class FileAnswer:
    """What a hub says of a file that it was asked for (wire-format §2.16), before anything of it is replaced."""

    def __init__(self, files, walk):
        walk.array()
        walk.raw(16)
        self.record, self.address = walk.raw(16), walk.raw(32)
        budget, wants = walk.number(), walk.boolean()
        wanted = read_set(walk)
        self.file = files.get((self.record, self.address))
        self.epoch, self.here, self.count, self.layout, self.tail = 1, self.file is not None, 4, {}, b""
        self.manifest, self.chunks, self.told = None, [], None
        if self.here:
            self.manifest = (len(self.file.hashes), self.file.manifest) if wants else None
            for number in range(len(self.file.chunks)) if wanted is None else wanted:
                if self.chunks and sum(len(c) for _, c in self.chunks) + CHUNK_MAX > budget:
                    break
                self.chunks.append((number, self.file.chunks[number]))

    def content(self):
        w = Writer().array(self.count).put(self.epoch, self.here)
        if self.manifest is None:
            w.put(None)
        else:
            w.put(self.manifest[0]).raw(self.manifest[1])
        if self.told is not None:
            w.put(self.told)
        else:
            w.array(2 * len(self.chunks))
            for number, sealed in self.chunks:
                w.put(number, len(sealed)).raw(sealed)
        w.clear += self.tail
        return w

"""Towards a device: files of a record, given as no hub gives them, and named as nobody may (attachments §2, §5, §7)."""

import json
import os
import shutil

from codec import H, Key
from files import CHUNK, CHUNK_MAX, CHUNKS_MAX, File
from keys import malleated
from sealing import SealedFile, epoch_secret, pad, record_key, section
from town import DeviceAttack, Town, unsafe
from wire import PARTS, salt

TOP = 2**63 - 1
PHOTO = bytes(range(256)) * 200


class FileTown(Town):
    """The worker has put a file of four chunks into a note of the device's; the device knows of it and has none of it yet."""

    NAME = "-files"

    def prepare(self):
        # With a sealed section, so that there is an epoch, which the recovery key is granted.
        (self.where / "text").write_text("They called again.")
        self.note = self.must("new", "note", "--set", f"report={self.record}", "--set", "kind=update",
                              "--set", f"text=@{self.where / 'text'}")["record"]
        self.must("sync")
        member = next(iter(self.hub.state.members.values()))
        secret = epoch_secret(member["entries"], self.hub.programme, self.hub.recovery)
        self.key = record_key(secret, bytes.fromhex(self.note), member["origin"])
        self.file = self.sealed(PHOTO)
        self.name_file(self.file.answer())
        # The hub says that it has no such file, so the lane ends and all else of the sync is behind.
        self.must("sync")
        self.serve_file(self.file)

    def sealed(self, content, **more):
        return SealedFile(self.key, bytes.fromhex(self.note), content, **more)

    def serve_file(self, *files):
        self.hub.files = {(f.record, f.address): f for f in files}

    def name_file(self, answer, **fields):
        """The worker's next change of the note: an answer that names a file."""
        made = {"record": bytes.fromhex(self.note), "form": "note", "operational": {}}
        sealing = self.entry(**made)
        fields = {"attachment": answer, **fields}
        return self.amend(**made, identity=section(self.key, salt(sealing.root_salt, bytes([PARTS["identity"]])), sealing.record, fields))

    # Looking

    def files(self):
        """Those that the note names, each with whether it is here."""
        listed = [json.loads(line) for line in self.run("attachment", "list", self.note, "--json")[1].splitlines()]
        return [{**f, "here": f["chunks"] == f["chunks_here"]} for f in listed]

    def got(self, file):
        """Exit status of getting a file out, and what lies in the folder then, by name."""
        out = self.where / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        code = self.run("attachment", "get", self.note, file.address.hex(), "--out", str(out), "--reason", "case_review")[0]
        return code, {p.name: p.read_bytes() for p in out.rglob("*") if p.is_file()}

    def sync(self, attack, hook):
        self.restore()
        self.serve_file(self.file)
        if isinstance(hook, Named):
            hook.prepare(self)
        self.hub.attack = Shot(hook)
        code, out, err = self.run("sync", "--json")
        self.hub.attack = None
        here = all(f["here"] for f in self.files())
        outcome = f"{code} {'here' if here else 'lacking'}"
        if outcome not in attack.expect:
            return f"expected {' or '.join(sorted(attack.expect))}, got {outcome}: {err.strip()[:300]!r}"
        problem = hook.came_of_it(self) if isinstance(hook, Named) else self.goes_on()
        strays = {p.name for p in self.where.iterdir()} - {"home", "image", "out", "text", "hub.pem"}
        return problem or unsafe(out + err) or self.shown() or (f"made {sorted(strays)}" if strays else None)

    def goes_on(self):
        """What an honest hub gives next is the file, whatever came before; and nothing else changed."""
        code, _, err = self.run("sync", "--json")
        if code != 0 or not all(f["here"] for f in self.files()):
            return f"the next honest sync ends with {code} and does not bring the file: {err.strip()[:200]!r}"
        code, files = self.got(self.file)
        if code != 0 or files != {"photo.jpg": PHOTO}:
            return f"the file cannot be had: {code}, {sorted(files)}"
        if self.look()["verify"][0] != 0:
            return "verify finds damage"
        return None


class Shot:
    def __init__(self, hook):
        for name in DeviceAttack.HOOKS:
            setattr(self, name, None)
        self.file = hook


def lying(name, what, expect, *shots, **more):
    """Each shot changes the honest answer about a file in place: `lie(town, answer)`."""
    DeviceAttack(name, what, expect, town=FileTown.NAME, file=list(shots), **more)


def chunks(change):
    def lie(town, a):
        a.chunks = change(town, a.chunks)
    return lie


def first(change):
    """The first chunk is another."""
    return chunks(lambda town, c: [(c[0][0], change(c[0][1])), *c[1:]])


REFUSED = "0 lacking|76 lacking"

lying("file_honest", "an honest answer: the file is here, and comes out as it went in", "0 here", lambda town, a: None)
lying("file_chunk_altered", "a bit of a chunk, at its beginning, its middle and in its tag", REFUSED,
      *(first(lambda c, at=at: c[:at] + bytes([c[at] ^ 1]) + c[at + 1:]) for at in (0, 8_000, CHUNK_MAX - 16, CHUNK_MAX - 1)))
lying("file_chunk_elsewhere", "chunks in each other's place", REFUSED,
      chunks(lambda town, c: [(0, c[1][1]), (1, c[0][1]), *c[2:]]), chunks(lambda town, c: [(i, c[0][1]) for i, _ in c]))
lying("file_chunk_of_another", "chunks of another file of the record, and of noise", REFUSED,
      chunks(lambda town, c: town.sealed(PHOTO[::-1]).placed()), chunks(lambda town, c: File(town.file.record, 4).placed()))
lying("file_chunk_lengths", "a chunk cut, lengthened, empty, of one byte", REFUSED, first(lambda c: c[:-1]),
      first(lambda c: c + b"\0"), first(lambda c: b""), first(lambda c: c[:1]), first(lambda c: c[:16]))
lying("file_chunk_numbers", "chunks twice, out of order, beyond the last, near the largest number", REFUSED,
      chunks(lambda town, c: [c[0], *c]), chunks(lambda town, c: c[::-1]), chunks(lambda town, c: [*c, (4, c[0][1])]),
      *(chunks(lambda town, c, n=n: [(n, c[0][1])]) for n in (4, CHUNKS_MAX - 1, CHUNKS_MAX, TOP, 2**63, -1)))


def told(*items, raw=b""):
    """The array of chunks, written by hand."""
    def lie(town, a):
        a.told = list(items) if items != (None,) else None
        a.told = {} if items == ({},) else a.told
        content = a.content

        def written():
            w = content()
            return w.raw(raw)
        a.content = written
    return lie


lying("file_chunks_misfit", "an array of chunks that is none: odd, of text, of lengths that are none or lead elsewhere", REFUSED,
      told(0), told(0, 17), told(0, 17, raw=bytes(16)), told(0, -1), told(0, TOP), told(0, 2**64 - 1), told(0, CHUNK_MAX + 1, raw=bytes(CHUNK_MAX + 1)),
      told("0", 17, raw=bytes(17)), told(0, None), told({}), told([0, 17], raw=bytes(17)))
lying("file_chunks_many", "more chunks than a message may have, and a count near the largest number", REFUSED,
      chunks(lambda town, c: [(i, c[0][1][:17]) for i in range(65)]), chunks(lambda town, c: [(i, b"x" * 17) for i in range(CHUNKS_MAX)]),
      lambda town, a: setattr(a, "count", 2**31), lambda town, a: setattr(a, "count", 5), lambda town, a: setattr(a, "count", 3),
      lambda town, a: setattr(a, "tail", b"\0"), lambda town, a: setattr(a, "tail", bytes(100_000)))


def manifest(change):
    def lie(town, a):
        a.manifest = change(town)
    return lie


lying("file_manifest_forged", "a manifest of another file, of noise, with a bit altered, of chunks in another order", REFUSED,
      manifest(lambda t: (4, t.sealed(PHOTO[::-1]).manifest)), manifest(lambda t: (4, os.urandom(16 + 128))),
      manifest(lambda t: (4, bytes([t.file.manifest[0] ^ 1]) + t.file.manifest[1:])),
      manifest(lambda t: (4, t.file.manifest[:-1] + bytes([t.file.manifest[-1] ^ 1]))),
      manifest(lambda t: (4, t.file.manifest[:16] + b"".join(t.file.hashes[::-1]))))
lying("file_manifest_lengths", "manifests of no chunk, of fewer, of more, of more than there may be, cut", REFUSED,
      manifest(lambda t: (0, t.file.manifest[:16])), manifest(lambda t: (3, t.file.manifest[:-32])),
      manifest(lambda t: (5, t.file.manifest + bytes(32))), manifest(lambda t: (CHUNKS_MAX + 1, bytes(16 + 32 * (CHUNKS_MAX + 1)))),
      manifest(lambda t: (TOP, t.file.manifest)), manifest(lambda t: (-1, b"")), manifest(lambda t: ("4", t.file.manifest)),
      manifest(lambda t: (4, t.file.manifest[:-1])))
lying("file_manifest_missing", "chunks and no manifest, to who has none", REFUSED, manifest(lambda t: None))
lying("file_denied", "here, and nothing of it; not here, and all of it; not here", REFUSED, lambda t, a: (setattr(a, "chunks", []), setattr(a, "manifest", None)),
      chunks(lambda t, c: []), lambda t, a: setattr(a, "here", False), lambda t, a: a.__dict__.update(here=False, manifest=None, chunks=[]),
      lambda t, a: setattr(a, "here", 1), lambda t, a: setattr(a, "here", None))
lying("file_epochs", "an answer of another epoch", REFUSED, *(lambda t, a, e=e: setattr(a, "epoch", e) for e in (0, 2, TOP, 2**63)))


def layout(**items):
    def lie(town, a):
        a.layout = {k: v(town) if callable(v) else v for k, v in items.items()}
    return lie


lying("file_answer_forged", "signed by the authority or a stranger, as the answer to another request, for another programme, under other types",
      REFUSED, layout(signed_by=lambda t: t.hub.authority), layout(signed_by=Key("stranger")), layout(answering=bytes(32)),
      layout(signed_for=bytes(16)), layout(version=2), *(layout(kind=k) for k in (2, 4, 6, 20, 21, 22, 24, 127)),
      layout(signer=lambda t: lambda unsigned, said: malleated(t.hub.key.sign(said))), layout(deflated=False, length=TOP))


def little(town, a):
    """One chunk and no more, again and again: the first that was ever asked for."""
    a.chunks = [(0, town.file.chunks[0])]


lying("file_same_chunk_for_ever", "the first chunk for every question: the lane ends", REFUSED, little)


# What an entry says of a file

class Named:
    """A shot in which the worker names one more file: as `made` makes it, and with this answer; the hub has it."""

    def __init__(self, made, answer, comes_out=False):
        self.made, self.answer, self.comes_out = made, answer, comes_out

    def __call__(self, town, said):
        """About files the hub says what is true."""

    def prepare(self, town):
        self.file = self.made(town)
        town.name_file(self.answer(self.file))
        town.serve_file(town.file, self.file)

    def came_of_it(self, town):
        """Nothing comes out of it, or only what was put in, under a name that may be, inside the folder."""
        code, files = town.got(self.file)
        if (code == 0 and len(files) == 1) != self.comes_out or files and not self.comes_out:
            return f"came out: {code}, {sorted(files)}"
        bad = [n for n, data in files.items() if n.startswith((".", "-")) or data != self.file.content or unsafe(n)]
        return f"made {bad}" if bad else None


def another(town):
    return town.sealed(b"another" + PHOTO)


def named(name, what, *answers):
    DeviceAttack(name, what, "0 here|0 lacking", town=FileTown.NAME, file=[Named(another, answer) for answer in answers])


NAMES = ("../../escaped", "/tmp/escaped", "..", ".", "", ".profile", "-rf", "a/b", "a\\b", "x" * 121, "a\x1b[2Jb", "a\u202egpj.exe", "a\u200bb",
         "con:", "a\x00b", "a\nb", " a", "a ", "a.", "$HOME", "`id`", "*", "\u2028", "\ue000")
DeviceAttack("file_named_honestly", "one more file under a name that may be: it comes out as it went in", "0 here", town=FileTown.NAME,
             file=[Named(another, lambda f, n=n: f.answer(name=n), comes_out=True) for n in ("b.jpg", "x" * 120, "\u0631.jpg", "a b.tar.gz")])
named("file_names", "names that are ways, hide, steer a terminal or are options: no file, and nothing outside the folder",
      *(lambda f, n=n: f.answer(name=n) for n in NAMES))
named("file_answers_misfit", "answers that are not in the form: addresses, sizes, types, words, parts",
      *(lambda f, m=m: f.answer(**m) for m in (
          {"size": 0}, {"size": 33_554_432}, {"size": "007"}, {"size": -1}, {"size": 10**30}, {"media": "image"}, {"media": "IMAGE/JPEG"},
          {"media": "a/" + "b" * 64}, {"how": "clean"}, {"address": bytes(31)}, {"name": "x" * 400})),
      lambda f: f.answer().upper(), lambda f: f.answer()[1:], lambda f: f.address.hex(), lambda f: "", lambda f: 5, lambda f: None,
      lambda f: [f.answer()], lambda f: f.answer().replace(" ", "  "))


def sealing(name, what, *made):
    """Chunks that are the manifest's, but were sealed as nobody should, or are not what the entry says."""
    DeviceAttack(name, what, "0 here|0 lacking|76 lacking", town=FileTown.NAME, file=[
        Named(make, lambda f, size=size: f.answer(size=size)) for make, size in made])


def under(key=None, record=None):
    return lambda t: Moved(t, SealedFile(key or t.key, record or bytes.fromhex(t.note), b"moved" + PHOTO))


class Moved(File):
    """Chunks that were sealed for another key or record, under a manifest and an address of this one."""

    def __init__(self, town, other):
        self.record, self.salt, self.content = bytes.fromhex(town.note), other.salt, other.content
        self.chunks, self.hashes = other.chunks, other.hashes

    answer = SealedFile.answer


class Promised(File):
    """A manifest of as many chunks as there may be, and none of them."""

    answer = SealedFile.answer

    def __init__(self, town):
        super().__init__(bytes.fromhex(town.note), promised=CHUNKS_MAX)


BYTES = b"sealed" + PHOTO
sealing("file_seals", "chunks under another key, of another record, without padding or with another: it opens whole or not at all",
        (under(key=bytes(32)), None), (under(record=H("yarrow.test/1", b"another record")[:16]), None),
        *((lambda t, p=p: t.sealed(BYTES, plain=p), None) for p in (BYTES, pad(BYTES)[:-1] + b"\1", bytes(len(pad(BYTES))))))
sealing("file_sizes", "a file of another size than the entry says", (lambda t: t.sealed(BYTES), len(BYTES) - 1),
        (lambda t: t.sealed(BYTES), len(BYTES) + 1), (lambda t: t.sealed(BYTES), 1), (lambda t: t.sealed(BYTES), 33_554_431),
        (lambda t: t.sealed(b"x" * 10 * CHUNK), 10), (Promised, 10))

__all__ = ["FileTown"]

"""Power cuts: the disk's contents at every moment of a trace, as a disk may really leave them, each
opened and verified by the real program (faults §7)."""
import collections
import hashlib
import json
import os
import random
import struct
import subprocess

from programs import Failure
from scenarios import INTERVIEW
from town import ANSWERS

SECTOR = 512


Outcome = collections.namedtuple("Outcome", "made moments opened listed failures")


class File:
    """What of a file is certain, and what was written since it was last synced."""

    def __init__(self, content=b""):
        self.content = bytes(content)
        self.pending = []  # ("w", offset, bytes) or ("t", length)
        self.version = 0

    def sync(self):
        if self.pending:
            content = bytearray(self.content)
            for step in self.pending:
                apply(content, step)
            self.content, self.pending = bytes(content), []
            self.version += 1


def apply(content, step):
    if step[0] == "t":
        length = step[1]
        if length < len(content):
            del content[length:]
        else:
            content.extend(bytes(length - len(content)))
    else:
        _, offset, data = step
        if offset > len(content):
            content.extend(bytes(offset - len(content)))
        content[offset:offset + len(data)] = data


def sectors(step):
    """A write as the pieces that reach the disk or do not."""
    _, offset, data = step
    at = 0
    while at < len(data):
        end = min(len(data), (offset + at) // SECTOR * SECTOR + SECTOR - offset)
        yield ("w", offset + at, data[at:end])
        at = end


class Disk:
    """Files and names. A name lasts when its directory was synced; names reach the disk in order, as
    a journalling file system keeps them, contents in any order and in parts."""

    def __init__(self, files):
        """files: {path: (inode, content)} when the trace began."""
        self.files, self.names, self.names_pending = {}, {}, []
        for path, (inode, content) in files.items():
            self.files[inode] = File(content)
            self.names[path] = inode

    def now(self):
        """Names as a running program sees them."""
        names = dict(self.names)
        for step in self.names_pending:
            rename(names, step)
        return names

    def play(self, call):
        if call.error or call.kind in "opam":
            return
        if call.kind in "cwts" and call.inode not in self.files:
            self.files[call.inode] = File()
        if call.kind == "c":
            self.names_pending.append(("link", call.path, call.inode))
        elif call.kind == "w":
            self.files[call.inode].pending.append(("w", call.offset, call.data))
        elif call.kind == "t":
            self.files[call.inode].pending.append(("t", call.offset))
        elif call.kind == "s":
            self.files[call.inode].sync()
        elif call.kind == "u":
            self.names_pending.append(("unlink", call.path))
        elif call.kind == "r":
            self.names_pending.append(("rename", call.path, call.data.decode()))
        elif call.kind == "l":
            self.names_pending.append(("link", call.data.decode(), self.now()[call.path]))
        elif call.kind == "d":
            for step in self.names_pending:
                rename(self.names, step)
            self.names_pending = []

    def image(self, chance):
        """One outcome of a cut at this moment: {path: content}, and what tells it from others."""
        how = chance.choice(["lost", "kept", "names", "torn", "torn", "torn", "early"])
        kept = {"lost": 0, "kept": len(self.names_pending)}.get(
            how, chance.randint(0, len(self.names_pending)))
        names = dict(self.names)
        for step in self.names_pending[:kept]:
            rename(names, step)
        odds = chance.choice([0.05, 0.5, 0.5, 0.95])
        junk = chance.random() < 0.3
        image, key = {}, hashlib.blake2b(digest_size=16)
        for path, inode in sorted(names.items()):
            file = self.files[inode]
            content = self.content(file, how, odds, junk, chance)
            image[path] = content
            # Nobody reads what a synced file holds; only what was pending can differ.
            key.update(f"{path} {inode} {file.version} ".encode())
            if file.pending:
                key.update(hashlib.blake2b(content, digest_size=16).digest())
        return image, key.digest()

    @staticmethod
    def content(file, how, odds, junk, chance):
        if not file.pending or how == "lost":
            return file.content
        content = bytearray(file.content)
        if how in ("kept", "names"):
            for step in file.pending:
                apply(content, step)
            return bytes(content)
        # The writes up to one of them, which is torn; or any sectors of any of them.
        last = chance.randrange(len(file.pending)) if how == "early" else None
        for n, step in enumerate(file.pending):
            if last is not None and n > last:
                break
            if step[0] == "t":
                if last is not None or chance.random() < odds:
                    apply(content, step)
                continue
            for piece in sectors(step):
                if (n < last) if last is not None and n != last else chance.random() < odds:
                    if junk and piece[1] > len(content):
                        content.extend(chance.randbytes(piece[1] - len(content)))
                    apply(content, piece)
        return bytes(content)


def rename(names, step):
    if step[0] == "link":
        names[step[1]] = step[2]
    elif step[0] == "unlink":
        names.pop(step[1], None)
    elif step[1] in names:
        names[step[2]] = names.pop(step[1])


class Reader:
    """The real program, stopped where it first opens its home, and run on from there for each image."""

    def __init__(self, programs, home, words):
        give, self.into = os.pipe()
        self.status, tell = os.pipe()
        self.out, say = os.pipe()
        environment = dict(
            programs.environment, LD_PRELOAD=programs.compile("images"),
            YARROW_IMAGES_HOME=str(home), YARROW_IMAGES_IN=str(give), YARROW_IMAGES_OUT=str(tell))
        self.process = subprocess.Popen(
            [str(programs.directory / words[0])] + words[1:], env=environment, stdout=say,
            stderr=say, stdin=subprocess.DEVNULL, pass_fds=(give, tell))
        for end in (give, tell, say):
            os.close(end)
        os.set_blocking(self.out, False)

    def read(self):
        """What the program says to the image that is in place, and whether it ended by itself."""
        os.write(self.into, b"i")
        told = os.read(self.status, 4)
        if len(told) < 4:
            raise Failure("the program that reads images has ended")
        out = b""
        try:
            while piece := os.read(self.out, 1 << 16):
                out += piece
        except BlockingIOError:
            pass
        return struct.unpack("<i", told)[0], out.decode(errors="replace")

    def close(self):
        os.close(self.into)
        self.process.wait(30)
        os.close(self.status)
        os.close(self.out)


class Recording:
    """A day of one device, traced: what every command wrote, and what held after it."""

    def __init__(self, town, commands):
        """commands: [(words, given)], each run with the shim on the home of `a`."""
        self.town, self.programs = town, town.programs
        self.home = town.home("a")
        town.keep("power")
        self.files = {
            str(path): (path.stat().st_ino, path.read_bytes())
            for path in sorted(self.home.iterdir()) if path.is_file()}
        self.calls = []
        # Before the first, and after each command: entries, receipts, drafts.
        self.counts = [self.count()]
        for words, given in commands:
            result = self.programs.run(
                *words, faulty=self.programs.faulty([self.home], data=True), given=given)
            if result.status not in (0, 65):
                raise Failure(f"{words[:2]} undisturbed: {result.err.strip()}")
            self.calls.append(result.calls)
            self.counts.append(self.count())

    def count(self):
        home = str(self.home)
        found = self.programs.must("yarrow", "verify", "--home", home, "--json").objects[0]
        drafts = self.programs.must("yarrow", "drafts", "--home", home, "--json").objects
        return {"entries": found["entries"], "receipts": found["receipts"], "drafts": len(drafts)}


def run(recording, tally, count, seed, change=None):
    """`count` images, spread evenly over the moments of the trace; each distinct one is opened once.

    change: what a negative control does to the calls of each command.
    """
    town, programs, home = recording.town, recording.programs, recording.home
    commands = [change(calls) if change else calls for calls in recording.calls]
    moments = sum(len(calls) + 1 for calls in commands)
    each = max(1, count // moments)
    town.restore("power")
    disk = Disk(recording.files)
    reader = Reader(programs, home, ["yarrow", "verify", "--home", str(home), "--json"])
    lister = Reader(programs, home, ["yarrow", "list", "--home", str(home), "--json", "--limit", "1000"])
    chance = random.Random(seed)
    seen, made, opened, listed, failures = {}, 0, 0, 0, []
    try:
        for n, calls in enumerate(commands):
            before, after = recording.counts[n], recording.counts[n + 1]
            said = before
            for at in range(len(calls) + 1):
                if at:
                    disk.play(calls[at - 1])
                    if calls[at - 1].kind == "a" and not calls[at - 1].error:
                        said = after
                for k in range(each):
                    image, key = disk.image(chance)
                    made += 1
                    if key not in seen:
                        place(home, image)
                        seen[key] = reader.read()
                        opened += 1
                        if opened % 10 == 0:
                            place(home, image)
                            listed += 1
                            status, out = lister.read()
                            if status != 0:
                                failures.append(f"command {n} call {at} image {k}: list: {out.strip()}")
                    wrong = judge(*seen[key], said, after)
                    if wrong:
                        failures.append(f"command {n} call {at} image {k}: {wrong}")
                        if change:
                            return Outcome(made, moments, opened, listed, failures)
    finally:
        reader.close()
        lister.close()
    tally.trials += made
    for failure in failures:
        tally.failures.append(f"power seed {seed}: {failure}")
    for failure in failures[:10]:
        print(f"FAILED power seed {seed}: {failure}", flush=True)
    return Outcome(made, moments, opened, listed, failures)


def day(town):
    """Every command that writes a home, one after the other, in a home that has a past."""
    town.stop()
    town.restore("base")
    town.serve()
    home, lines = str(town.home("a")), str(town.lines(25))
    new = ["yarrow", "new", "report", "--home", home, "--json", *ANSWERS]
    record = town.record("a")["record"]
    try:
        return Recording(town, [
            (new, ""),
            (["yarrow", "import", lines, "--form", "report", "--home", home, "--json"], ""),
            (["yarrow", "edit", record, "--home", home, "--json", "--set", "channel=phone"], ""),
            (["yarrow", "new", "report", "--home", home, "--json"], INTERVIEW),
            (["yarrow", "sync", "--home", home, "--json"], ""),
            (["yarrow", "withdraw", record, "--home", home, "--json", "--reason", "duplicate"], ""),
            (new, ""),
            (["yarrow", "sync", "--home", home, "--json"], ""),
        ])
    finally:
        town.stop()


def place(home, image):
    for name in os.listdir(home):
        path = os.path.join(home, name)
        if path not in image and os.path.isfile(path):
            os.unlink(path)
    for path, content in image.items():
        with open(path, "wb") as file:
            file.write(content)


def judge(status, out, said, after):
    """Nothing that was said is missing, nothing is there that was never made, all of it is sound."""
    if status != 0:
        return f"verify ended with {status}: {out.strip()[:200]}"
    found = json.loads(out.splitlines()[0])
    if found["ok"] is not True:
        return f"verify: {found['problems'][:3]}"
    if not said["entries"] <= found["entries"] <= max(said["entries"], after["entries"]):
        return f"{found['entries']} entries, {said['entries']} were acknowledged"
    if found["receipts"] < said["receipts"]:
        return f"{found['receipts']} receipts, {said['receipts']} were acknowledged"
    return None


# ---- Faults that must be found ----

def without_syncs(calls):
    """A disk, or a program, that ignores every sync."""
    return [call for call in calls if call.kind not in "sd"]


def without_directory_syncs(calls):
    """synchronous=FULL instead of EXTRA: the journal's end is not made durable."""
    return [call for call in calls if call.kind != "d"]


def answer_first(calls):
    """What is printed is printed before the first sync."""
    answers = [call for call in calls if call.kind == "a"]
    rest = [call for call in calls if call.kind != "a"]
    first = next((n for n, call in enumerate(rest) if call.kind == "s"), 0)
    return rest[:first] + answers + rest[first:]


CONTROLS = [without_syncs, without_directory_syncs, answer_first]

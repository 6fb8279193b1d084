"""Power cuts: the disk's contents at every moment of a trace, as a disk may really leave them, each
recovered and judged (faults §7)."""
import collections
import itertools
import json
import multiprocessing
import os
import random
import struct
import subprocess
import time

from disk import Disk, Place
from programs import Failure

# Processes that make images and judge them side by side, and the parts that they take in turn.
WORKERS = os.cpu_count() or 1
PARTS = 4 * WORKERS

Outcome = collections.namedtuple("Outcome", "made moments opened met also asked failures seconds")
Part = collections.namedtuple("Part", "made opened met also asked failures")


class Recovery:
    """The store of the programs, which opens one image after another: `recover`, of Tools/crash/Sources."""

    def __init__(self, programs, words):
        self.words = [str(programs.directory / "recover"), *words]
        self.environment = programs.environment
        self.process = None

    def look(self):
        """What the image holds that is in place: the object that `recover` prints."""
        if not self.process:
            self.process = subprocess.Popen(
                self.words, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, bufsize=0)
            self.lines = self.process.stdout
        self.process.stdin.write(b"\n")
        line = b""
        while not line.endswith(b"\n"):
            piece = self.lines.read(1 << 16)
            if not piece:
                status, self.process = self.process.wait(), None
                return {"refusal": f"the process ended with {status}"}
            line += piece
        return json.loads(line)

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait(30)
            self.lines.close()


class Reader:
    """The real program, stopped where it first opens its home, and run on from there for each image."""

    def __init__(self, programs, home, words):
        give, self.into = os.pipe()
        self.status, tell = os.pipe()
        self.out, say = os.pipe()
        environment = dict(
            programs.environment, LD_PRELOAD=programs.images, LD_BIND_NOW="1",
            YARROW_IMAGES_HOME=str(home), YARROW_IMAGES_IN=str(give), YARROW_IMAGES_OUT=str(tell))
        self.process = subprocess.Popen(
            [str(programs.directory / words[0]), *words[1:], "--home", str(home), "--json"],
            env=environment, stdout=say, stderr=say, stdin=subprocess.DEVNULL, pass_fds=(give, tell))
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


class Images:
    """The images of one part of a recording: each distinct one is recovered once, and judged at every
    moment at which the disk may hold it. Some are opened by the programs too, which must say the same."""

    def __init__(self, recording, root):
        self.recording, self.programs = recording, recording.programs
        root.mkdir(mode=0o700)
        self.place = Place(recording.root, root)
        self.place.put(recording.first)
        self.recovery = Recovery(self.programs, recording.recovers(root))
        self.readers = [Reader(self.programs, root, words) for words in recording.readers]
        self.found = {}  # key: what the image holds
        self.failures = []
        self.opened = self.met = self.also = self.asked = 0

    def open(self, image, is_read):
        """(what it holds, or what is wrong with it at any moment; whether it asks for a person)"""
        self.opened += 1
        self.place.put(image)
        said = self.recovery.look()
        self.met += said.get("met", False)
        held = self.recording.understand(said)
        if is_read:
            self.also += 1
            read = self.recording.understand(self.read(image))
            if read != held:
                return f"the programs find {read[0]}, their store alone {held[0]}", False
        return held

    def read(self, image):
        """What each of the programs says to an image that is put in place for it."""
        found = {}
        for words, reader in zip(self.recording.readers, self.readers):
            self.place.put(image)
            status, out = reader.read()
            if status != 0:
                return {"refusal": f"{words[1]} ended with {status}: {out.strip()[:200]}"}
            found[words[1]] = json.loads(out.splitlines()[0])
        return found

    def add(self, key, image, label, said, after):
        if key not in self.found:
            self.found[key] = self.open(image, self.opened % self.recording.read_every == 0)
            self.asked += self.found[key][1]
        held = self.found[key][0]
        wrong = held if isinstance(held, str) else self.recording.judge(held, said, after)
        if wrong:
            self.failures.append(f"{label}: {wrong}")

    def close(self):
        for each in (self.recovery, *self.readers):
            each.close()


def moments_of(recording, commands):
    """The moments of which images are made: (command, how many of its calls were made)."""
    return [(n, at) for n, calls in enumerate(commands) if n >= recording.quiet
            for at in range(len(calls) + 1)]


class Cut:
    """One trial of a recording: what each of its parts needs to know."""

    def __init__(self, recording, commands, moments, count, seed, stops):
        self.recording, self.commands, self.seed = recording, commands, seed
        self.stops = stops  # at the first failure
        self.each = max(1, -(-count // len(moments)))
        stride = max(1, len(moments) // count)
        moments = [moment for n, moment in enumerate(moments) if (n + seed) % stride == 0]
        size = -(-len(moments) // PARTS)
        self.parts = [set(moments[n:n + size]) for n in range(0, len(moments), size)]

    def part(self, number):
        """The images of the moments of one part, which lie together in time and are much alike."""
        recording, wanted = self.recording, self.parts[number]
        images = Images(recording, recording.programs.work / f"cut-{os.getpid()}-{number}")
        made = 0
        try:
            for label, image, key, said, after in self.images(wanted):
                made += 1
                images.add(key, image, label, said, after)
                if self.stops and images.failures:
                    break
        finally:
            images.close()
        return Part(made, images.opened, images.met, images.also, images.asked, images.failures)

    def images(self, wanted):
        recording, last = self.recording, max(wanted)
        disk = Disk(recording.before)
        for n, calls in enumerate(self.commands[:last[0] + 1]):
            before, after = recording.counts[n], recording.counts[n + 1]
            said = before
            for at in range(len(calls) + 1):
                if at:
                    disk.play(calls[at - 1])
                    if calls[at - 1].kind == "a" and not calls[at - 1].error:
                        said = after
                if (n, at) not in wanted:
                    continue
                # A moment has its own numbers, so that its images are the same in whatever part it is.
                chance = random.Random(f"{self.seed} {n} {at}")
                for k in range(self.each):
                    if k == 0 or not disk.is_certain():
                        image, key = disk.image(chance)
                    yield f"command {n} call {at} image {k}", image, key, said, after


# The trial that the processes of a pool, which are copies of this one, work at.
under_way = None


def part(number):
    return under_way.part(number)


def run(recording, tally, count, seed, change=None):
    """At least `count` images, spread evenly over the moments of the trace.

    change: what a negative control does to the calls of each command; it ends with the first failure.
    """
    global under_way
    began = time.monotonic()
    commands = [change(calls) if change else calls for calls in recording.calls]
    moments = moments_of(recording, commands)
    under_way = Cut(recording, commands, moments, count, seed, bool(change))
    parts = []
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        for found in pool.imap_unordered(part, range(len(under_way.parts))):
            parts.append(found)
            if change and found.failures:
                break
    failures = list(itertools.chain.from_iterable(found.failures for found in parts))
    made, opened, met, also, asked = (
        sum(figures) for figures in zip(*(found[:5] for found in parts)))
    if not change:
        tally.trials += made
        for failure in failures:
            tally.failures.append(f"power {recording.name} seed {seed}: {failure}")
        for failure in failures[:10]:
            print(f"FAILED power {recording.name} seed {seed}: {failure}", flush=True)
    return Outcome(made, len(moments), opened, met, also, asked, failures, time.monotonic() - began)


# ---- Faults that must be found ----

def without_syncs(calls):
    """A disk, or a program, that ignores every sync."""
    return [call for call in calls if call.kind not in "sd"]


def without_directory_syncs(calls):
    """synchronous=FULL instead of EXTRA: the journal's end is not made durable."""
    return [call for call in calls if call.kind != "d"]


def answer_first(calls):
    """What is printed, or answered, is so before the first sync."""
    answers = [call for call in calls if call.kind == "a"]
    rest = [call for call in calls if call.kind != "a"]
    first = next((n for n, call in enumerate(rest) if call.kind == "s"), 0)
    return rest[:first] + answers + rest[first:]


CONTROLS = [without_syncs, without_directory_syncs, answer_first]


def without_log_syncs(calls):
    """The data of a hub behind its checkpoints, as when it was put back: it must say so, and ask. Not
    while it stops, when the file itself is written on top of a log that is not on the disk."""
    if not any(call.kind == "a" for call in calls):
        return calls
    return [call for call in calls if call.kind != "s" or not call.path.endswith("-wal")]

"""Power cuts: the disk's contents at every moment of a trace, as a disk may really leave them, each
opened and verified by the real programs (faults §7)."""
import collections
import os
import queue
import random
import struct
import subprocess
import threading
import time

from disk import Disk, Place
from programs import Failure

# Readers that work side by side; what makes the images has a core's share too.
WORKERS = os.cpu_count() or 1

Outcome = collections.namedtuple("Outcome", "made moments opened also asked failures seconds")


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
    """The images of one recording: each distinct one is opened once, and judged at every moment at
    which the disk may hold it."""

    def __init__(self, recording):
        self.recording, self.programs = recording, recording.programs
        self.jobs = queue.Queue(maxsize=4 * WORKERS)
        self.lock = threading.Lock()
        self.found = {}  # key: what the programs said, or the claims that wait for it
        self.failures, self.broken = [], None
        self.opened = self.also = self.asked = 0
        self.stops = False  # at the first failure
        self.threads = [
            threading.Thread(target=self.work, args=(self.programs.work / f"cut-{n}",), daemon=True)
            for n in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def work(self, root):
        place = Place(self.recording.root, root)
        root.mkdir(mode=0o700, exist_ok=True)
        readers = []
        try:
            place.put(self.recording.first)
            readers = [(Reader(self.programs, root, words), every) for words, every in self.recording.readers]
            while (job := self.jobs.get()) is not None:
                self.open(place, readers, *job)
        except (Failure, OSError, ValueError) as failure:
            self.broken = self.broken or failure
            while self.jobs.get() is not None:
                pass
        finally:
            for reader, _ in readers:
                reader.close()

    def open(self, place, readers, number, key, image):
        if self.stops and self.failures:
            return
        said = []
        for reader, every in readers:
            if number % every == 0:
                place.put(image)
                said.append(reader.read())
        result = self.recording.understand(said)
        with self.lock:
            self.also += len(said) > sum(every == 1 for _, every in readers)
            self.asked += result[1]
            waiting, self.found[key] = self.found[key], result
            for claim in waiting:
                self.judge(result, *claim)

    def judge(self, result, label, said, after):
        wrong = result[0] if isinstance(result[0], str) else self.recording.judge(result[0], said, after)
        if wrong:
            self.failures.append(f"{label}: {wrong}")

    def add(self, key, image, *claim):
        with self.lock:
            known = self.found.get(key)
            if isinstance(known, list):
                known.append(claim)
            elif known:
                self.judge(known, *claim)
            else:
                self.opened += 1
                self.found[key] = [claim]
        if known is None:
            self.jobs.put((self.opened, key, image))

    def end(self):
        for _ in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()
        if self.broken:
            raise self.broken


def run(recording, tally, count, seed, change=None):
    """`count` images, spread evenly over the moments of the trace.

    change: what a negative control does to the calls of each command; it ends with the first failure.
    """
    began = time.monotonic()
    commands = [change(calls) if change else calls for calls in recording.calls]
    moments = sum(len(calls) + 1 for calls in commands[recording.quiet:])
    each, stride = max(1, count // moments), max(1, moments // count)
    disk, chance, made = Disk(recording.before), random.Random(seed), 0
    images = Images(recording)
    images.stops = bool(change)
    for n, calls in enumerate(commands):
        before, after = recording.counts[n], recording.counts[n + 1]
        said = before
        for at in range(len(calls) + 1):
            if at:
                disk.play(calls[at - 1])
                if calls[at - 1].kind == "a" and not calls[at - 1].error:
                    said = after
            for k in range(0 if n < recording.quiet or (at + seed) % stride else each):
                if change and images.failures or images.broken:
                    break
                image, key = disk.image(chance)
                made += 1
                images.add(key, image, f"command {n} call {at} image {k}", said, after)
    images.end()
    if not change:
        tally.trials += made
        for failure in images.failures:
            tally.failures.append(f"power seed {seed}: {failure}")
        for failure in images.failures[:10]:
            print(f"FAILED power {recording.name} seed {seed}: {failure}", flush=True)
    return Outcome(made, moments, images.opened, images.also, images.asked, images.failures,
                   time.monotonic() - began)


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

"""Single bits that turn over in stored files: each is found and named, or changes nothing (faults §8)."""
import os
import random

import power
from programs import Failure
from town import ANSWERS


class Rot:
    """One kind of stored file, and the commands that must notice."""

    def __init__(self, town, name, homes, file, readers, weight):
        self.name, self.homes, self.file, self.weight = name, [str(home) for home in homes], str(file), weight
        self.image = {}
        for home in self.homes:
            for folder, _, names in os.walk(home):
                for entry in names:
                    path = os.path.join(folder, entry)
                    if os.path.isfile(path):
                        with open(path, "rb") as open_file:
                            self.image[path] = open_file.read()
        self.readers = [power.Reader(town.programs, home, words) for home, words in readers]
        self.sound = []
        for reader in self.readers:
            self.place({})
            status, out = reader.read()
            if status != 0 or '"ok":false' in out:
                raise Failure(f"{name} undisturbed: {out.strip()[:300]}")
            self.sound.append(out)

    def place(self, changed):
        """The files as they were; what a run added goes, what it changed comes back."""
        for home in self.homes:
            for entry in os.listdir(home):
                path = os.path.join(home, entry)
                if os.path.isfile(path) and path not in self.image:
                    os.unlink(path)
        for path, content in self.image.items():
            with open(path, "wb") as file:
                file.write(changed.get(path, content))

    def flip(self, bit):
        """None when it was found or changed nothing; otherwise what went wrong."""
        content = bytearray(self.image[self.file])
        content[bit // 8] ^= 1 << bit % 8
        changed = {self.file: bytes(content)}
        self.place(changed)
        status, out = self.readers[0].read()
        if status != 0 or '"ok":false' in out:
            # A word from the program, and not a signal or a trap.
            if status & 0x7F:
                return f"ended with signal {status & 0x7F}"
            return None if out.strip() else "said nothing"
        if out != self.sound[0]:
            return f"verify says ok, and something else than before: {out.strip()[:200]}"
        for reader, sound in zip(self.readers[1:], self.sound[1:]):
            self.place(changed)
            status, out = reader.read()
            if status != 0:
                return f"verify finds nothing, another command: {out.strip()[:160]}"
            if out != sound:
                return "verify finds nothing, and another command shows something else"
        return None

    def close(self):
        self.place({})
        for reader in self.readers:
            reader.close()


def kinds(town):
    """Every kind of file that a device, a hub or a committee keeps."""
    run, home, hub = town.programs.must, town.home("a"), town.hub
    town.restore("base")
    town.programs.run("yarrow", "new", "report", "--home", home, given="north\n2026-03-01T09:00:00Z\n")
    town.serve()
    town.enrol("watch", "committee")
    run("yarrow", "sync", "--home", home)
    run("yarrow-hub", "release", "--home", hub)
    committee = town.live / "watch" / "committee.sqlite"
    run("yarrow", "committee", "pull", "--home", town.home("watch"), "--out", committee)
    town.stop()
    device = [(home, ["yarrow", *words, "--home", str(home), "--json"])
              for words in (["verify"], ["list"], ["drafts"], ["status"])]
    yield lambda: Rot(town, "device database", [home], home / "replica.db", device, 30)
    yield lambda: Rot(town, "device key file", [home], home / "key", device[:1], 4)
    served = [(hub, ["yarrow-hub", *words, "--home", str(hub), "--json"])
              for words in (["verify"], ["devices"])]
    yield lambda: Rot(town, "hub database, with its TLS identity", [hub], hub / "hub.db", served, 25)
    yield lambda: Rot(town, "checkpoint store", [hub], hub / "checkpoint.store", served[:1], 8)
    yield lambda: Rot(town, "store key", [hub], hub / "store.key", served[:1], 2)
    yield lambda: Rot(
        town, "committee file", [town.home("watch")], committee,
        [(town.home("watch"), ["yarrow", "committee", "verify", str(committee), "--home",
                               str(town.home("watch")), "--json"])], 10)

    def after_crash():
        hot_journal(town, home)
        return Rot(town, "journal of a killed device", [home], home / "replica.db-journal", device[:2], 10)
    yield after_crash

    def after_kill():
        town.restore("base")
        town.serve()
        run("yarrow", "sync", "--home", home)
        town.stop()  # SIGKILL: the log stays behind
        if not (hub / "hub.db-wal").exists():
            raise Failure("a killed hub left no log")
        return Rot(town, "log of a killed hub", [hub], hub / "hub.db-wal", served, 11)
    yield after_kill


def hot_journal(town, home):
    """A device killed between the sync of its journal and the end of the journal."""
    programs = town.programs
    words = ["yarrow", "new", "report", "--home", home, "--json", *ANSWERS]
    town.keep("whole")
    calls = programs.run(*words, faulty=programs.faulty([home])).calls
    writes = [call.number for call in calls if call.kind == "w" and call.path.endswith("replica.db")]
    town.restore("whole")
    programs.run(*words, faulty=programs.faulty([home], f"kill:{writes[len(writes) // 2]}:after"))
    if not (home / "replica.db-journal").exists():
        raise Failure("a killed device left no journal")


def run(town, tally, count, seed):
    """About `count` flips over all kinds, by weight; every bit of a file that has no more."""
    for make in kinds(town):
        kind = make()
        chance = random.Random(f"{seed} {kind.name}")
        bits = len(kind.image[kind.file]) * 8
        wanted = min(bits, count * kind.weight // 100)
        chosen = range(bits) if wanted == bits else sorted(chance.sample(range(bits), wanted))
        silent = 0
        try:
            for bit in chosen:
                tally.trials += 1
                wrong = kind.flip(bit)
                if wrong:
                    silent += 1
                    failure = f"rot seed {seed}: bit {bit} of the {kind.name}: {wrong}"
                    tally.failures.append(failure)
                    if silent <= 3:
                        print(f"FAILED {failure}", flush=True)
        finally:
            kind.close()
        print(f"rot {kind.name}: {len(chosen)} of {bits} bits, {silent} not found", flush=True)

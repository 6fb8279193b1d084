"""What the programs do while their disk fails, and what must hold afterwards (faults §3).

A scenario prepares homes, runs one program with a failing disk, and says what was acknowledged by
what it printed. `check` runs with a disk that works: what was acknowledged is there, `verify` finds
nothing, and the next command works.
"""
from programs import Failure


class Scenario:
    name = ""
    serves = False  # whether a hub with a good disk serves meanwhile
    ends = (0,)  # the statuses of a run that nothing disturbs
    is_server = False
    after_power = False  # whether the disk is what a power cut left of it
    recovery = None  # the next command, which recovers; its calls are failed in turn

    def __init__(self, town):
        self.town = town
        self.programs = town.programs
        town.hub = town.live / "hub"
        self.prepare()
        town.stop()
        town.keep(self.name)

    def prepare(self):
        """Changes the homes of `base` before the snapshot that every trial starts from."""
        self.town.restore("base")

    def record_at_both(self):
        """Five reports at each of two laptops, for a sync to bring."""
        self.town.lines(5)
        for name in ("a", "b"):
            self.programs.must("yarrow", "import", self.town.live / "lines.jsonl", "--form",
                               "report", "--home", self.town.home(name))

    def start(self):
        self.town.restore(self.name)
        if self.serves:
            self.town.serve()

    def roots(self):
        return [self.town.home("a")]

    def words(self):
        raise NotImplementedError

    given = ""

    def act(self, faulty=None):
        return self.programs.run(*self.words(), faulty=faulty, given=self.given)

    def durable(self, call, calls):
        """Whether what is acknowledged rests on this sync."""
        return True

    def recover(self, faulty=None):
        return self.programs.run(*self.recovery, faulty=faulty)

    def check(self, result):
        raise NotImplementedError

    def demand(self, holds, what):
        if not holds:
            raise Failure(what)

    # ---- Shared checks ----

    def name_is_synced(self, path, result):
        """What was announced under a name would still have it after a power cut."""
        synced = [call for call in result.calls if call.kind == "d" and not call.error]
        self.demand(any(call.path.rstrip("/") == str(path.parent) for call in synced),
                    f"{path.name} was announced, and its name was not synced")

    def half_made(self, root, status, command):
        """What a making that was cut short leaves is closed to others, is no SQLite file that anybody
        reads, and is no home: the command to run again is named."""
        for path in [root, *root.rglob("*")] if root.exists() else []:
            self.demand(path.stat().st_mode & 0o077 == 0, f"{path.name} is open to others")
            self.demand(not path.is_file() or not path.read_bytes().startswith(b"SQLite format"),
                        f"{path.name} is not sealed")
        if status.status == 66:
            self.demand(f" {command}" in status.err, f"half made, it says {status.err.strip()}")

    def device_works(self, name="a", acknowledged=()):
        self.town.sound_device(name)
        there = {row["record"] for row in self.town.records(name)}
        missing = set(acknowledged) - there
        self.demand(not missing, f"{len(missing)} records called saved are gone from {name}")
        after = self.town.record(name)["record"]
        self.demand(after not in there, "a new record took an old one's place")
        self.demand(after in {row["record"] for row in self.town.records(name)},
                    "the record that was saved next is not there")
        return there

    def hub_works(self):
        self.town.sound_hub()
        self.programs.must(
            "yarrow-hub", "invite", "--home", self.town.hub, "--role", "liaison", "--area", "north")
        self.town.serve()
        self.programs.must("yarrow", "sync", "--home", self.town.home("b"), "--json")
        self.town.stop()

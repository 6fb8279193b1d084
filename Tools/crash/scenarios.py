"""What the programs do while their disk fails, and what must hold afterwards (faults §3).

A scenario prepares homes, runs one program with a failing disk, and says what was acknowledged by
what it printed. `check` runs with a disk that works: what was acknowledged is there, `verify` finds
nothing, and the next command works.
"""
import json
import re
import shutil

from programs import Failure
from town import ANSWERS

INTERVIEW = "north\n2026-03-01T09:00:00Z\nin_person\n1\n"
QUESTIONS = ["district", "received_at", "channel", "exploitation"]


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


class DeviceScenario(Scenario):
    def prepare(self):
        super().prepare()
        self.before = {row["record"] for row in self.town.records("a")}

    @property
    def recovery(self):
        return ["yarrow", "status", "--home", self.town.home("a"), "--json"]


class New(DeviceScenario):
    """`yarrow new`: one report."""
    name = "new"

    def words(self):
        return ["yarrow", "new", "report", "--home", self.town.home("a"), "--json", *ANSWERS]

    def check(self, result):
        saved = {row["record"] for row in result.objects if row["state"] == "saved"}
        there = self.device_works(acknowledged=self.before | saved)
        self.demand(len(there) <= len(self.before) + 1, "one new report became several")


class Import(DeviceScenario):
    """`yarrow import`: 25 reports in one transaction."""
    name = "import"
    count = 25

    def prepare(self):
        super().prepare()
        self.town.lines(self.count)

    def words(self):
        return ["yarrow", "import", self.town.live / "lines.jsonl", "--form", "report", "--home",
                self.town.home("a"), "--json"]

    def check(self, result):
        there = self.device_works(acknowledged=self.before)
        added = len(there) - len(self.before)
        self.demand(added in (0, self.count), f"{added} of {self.count} lines were imported")
        for row in result.objects:
            self.demand(added == row["saved"], f"{row['saved']} called saved, {added} there")


class Edit(DeviceScenario):
    """`yarrow edit`: one field of a record that exists."""
    name = "edit"

    def prepare(self):
        super().prepare()
        self.record = self.town.record("a")["record"]
        self.before.add(self.record)

    def words(self):
        return ["yarrow", "edit", self.record, "--home", self.town.home("a"), "--json", "--set",
                "channel=phone"]

    def check(self, result):
        shown = self.programs.must(
            "yarrow", "show", self.record, "--home", self.town.home("a"), "--json").objects[0]
        hashes = {entry["hash"] for entry in shown["entries"]}
        for row in result.objects:
            # A row without a hash calls nothing saved: it is what a repetition after the kill says.
            self.demand("hash" not in row or row["hash"] in hashes, "an edit called saved is gone")
        value = "phone" if len(hashes) == 2 else "in_person"
        self.demand(shown["fields"]["channel"] == value, "the record shows neither state")
        self.device_works(acknowledged=self.before)


class Draft(DeviceScenario):
    """`yarrow new` question by question; each next question says that the answer was kept."""
    name = "draft"
    given = INTERVIEW
    ends = (65,)  # the input ends before the last question

    def words(self):
        return ["yarrow", "new", "report", "--home", self.town.home("a"), "--json"]

    def check(self, result):
        reached = max([int(n) for n in re.findall(r"Question (\d+) of", result.err)], default=0)
        drafts = self.programs.must(
            "yarrow", "drafts", "--home", self.town.home("a"), "--json").objects
        self.demand(len(drafts) <= 1, "one interview left several drafts")
        if reached >= 2:
            self.demand(drafts, f"no draft, though question {reached} was asked")
            # An answer may be kept before the next question is seen.
            asked = drafts[0]["question"]
            kept = QUESTIONS.index(asked) if asked in QUESTIONS else len(QUESTIONS)
            self.demand(kept >= reached - 1, f"the draft stops at {asked}, question {reached} was asked")
        if drafts:
            self.programs.must("yarrow", "drafts", "discard", drafts[0]["draft"], "--home",
                               self.town.home("a"), "--yes")
        self.device_works(acknowledged=self.before)


class Resume(DeviceScenario):
    """A draft becomes a record: one of the two is there, never both and never neither."""
    name = "resume"
    given = ">\n" * 60 + "y\n"  # keeps every answer, and says yes to the review

    def prepare(self):
        super().prepare()
        self.programs.run("yarrow", "new", "report", "--home", self.town.home("a"), given=INTERVIEW)
        drafts = self._drafts()
        self.demand(len(drafts) == 1, "no draft to begin with")
        self.draft = drafts[0]["draft"]

    def _drafts(self):
        return self.programs.must(
            "yarrow", "drafts", "--home", self.town.home("a"), "--json").objects

    def words(self):
        return ["yarrow", "drafts", "resume", self.draft, "--home", self.town.home("a"), "--json"]

    def check(self, result):
        drafts = {row["draft"] for row in self._drafts()}
        there = self.device_works(acknowledged=self.before)
        added = len(there) - len(self.before)
        self.demand(added + len(drafts) == 1, f"{added} records and {len(drafts)} drafts")
        for row in result.objects:
            if row["state"] == "saved":
                self.demand(row["record"] in there, "a draft called saved is gone")


class ChangePassphrase(DeviceScenario):
    """`yarrow passphrase`: one of the two passphrases opens the home."""
    name = "passphrase"

    def durable(self, call, calls):
        # What overwrites the old wrapping is a courtesy to disks that do overwrite.
        return call.path.endswith(".new") or call.kind in "do"

    def prepare(self):
        super().prepare()
        self.new = self.programs.work / "pass-new"
        self.new.write_text("another horse battery staple\n")
        self.new.chmod(0o600)

    def words(self):
        return ["yarrow", "passphrase", "--home", self.town.home("a"), "--json",
                "--new-passphrase-file", self.new]

    def check(self, result):
        home = self.town.home("a")
        opened = [
            self.programs.run("yarrow", "status", "--home", home, "--json", "--passphrase-file",
                              path).status
            for path in (self.programs.passphrase, self.new)]
        self.demand(sorted(opened) == [0, 77], f"the two passphrases give {opened}")
        if result.objects:
            self.demand(opened[1] == 0, "the passphrase called changed was not")
        elif opened[1] != 0:
            again = self.act()
            self.demand(again.status == 0, f"changing again gives {again.status}: {again.err}")
            opened[1] = 0
        back = self.programs.run(
            "yarrow", "passphrase", "--home", home, "--passphrase-file", self.new,
            "--new-passphrase-file", self.programs.passphrase)
        self.demand(back.status == 0, f"changing back gives {back.status}: {back.err}")
        self.device_works(acknowledged=self.before)


class Wipe(DeviceScenario):
    """`yarrow wipe`: what it called wiped is gone; cut short, running it again ends it."""
    name = "wipe"

    def words(self):
        return ["yarrow", "wipe", "--home", self.town.home("a"), "--yes", "--json"]

    def recover(self, faulty=None):
        return self.act(faulty)

    def check(self, result):
        home = self.town.home("a")
        if result.objects and self.after_power:
            # What is deleted may come back, but for the key.
            self.demand(not (home / "key").exists(), "the key called wiped is back")
        elif result.objects:
            gone = not home.exists() or result.objects[0]["other_files"] and not list(home.iterdir())
            self.demand(gone, "the home called wiped is there")
            return
        # Whoever cuts it before its first step still has a whole home; after it, nothing opens.
        status = self.programs.run("yarrow", "status", "--home", home, "--json")
        self.demand(status.status in ((66,) if result.objects else (0, 66, 76, 77)), f"a home half wiped gives {status.status}")
        if status.status == 0:
            self.town.sound_device("a")
        again = self.act()
        self.demand(again.status in (0, 66), f"wiping again gives {again.status}: {again.err}")
        self.demand(not (home / "key").exists(), "the key is there after a second wipe")
        self.demand(not (home / "replica.db").exists(), "the database is there after a second wipe")


class Join(Scenario):
    """`yarrow join`: a new home, enrolled; safe to repeat."""
    name = "join"
    serves = True

    def prepare(self):
        super().prepare()
        self.town.serve()
        self.invite = self.town.invite("liaison")
        (self.town.live / "fresh").mkdir()

    def roots(self):
        return [self.town.live / "fresh"]

    def durable(self, call, calls):
        # The first transaction of a line keeps the hub's certificate, so that the next line need not ask
        # for it: whoever could not keep it asks again.
        line = next((n for n, made in enumerate(calls) if made.path.endswith("/sync.lock")), len(calls))
        begun = [made.number for made in calls[line:] if made.kind == "c" and made.path.endswith("-journal")]
        return not begun or call.number < begun[0] or len(begun) > 1 and call.number > begun[1]

    def words(self):
        return ["yarrow", "join", f"@{self.invite}", "--home", self.town.home("fresh/new"), "--json"]

    def recover(self, faulty=None):
        return self.act(faulty)

    def check(self, result):
        home = self.town.home("fresh/new")
        if result.objects:
            self.name_is_synced(home, result)
        status = self.programs.run("yarrow", "status", "--home", home, "--json")
        self.half_made(home, status, "join")
        self.demand(status.status in ((0,) if result.objects else (0, 66)),
                    f"status gives {status.status}: {status.err.strip()}")
        if status.status == 0 and status.objects[0]["role"] is None:
            new = self.programs.run("yarrow", "new", "report", "--home", home, "--json", *ANSWERS)
            self.demand(new.status == 66, f"recorded by nobody's device: {new.status}")
        again = self.act()
        self.demand(again.status == 0, f"joining again gives {again.status}: {again.err.strip()}")
        # Where there is a keyring, what follows need not pay for the passphrase each time.
        self.programs.run("yarrow", "unlock", "--home", home)
        try:
            self.member(result, again)
        finally:
            self.programs.run("yarrow", "lock", "--home", home)

    def member(self, result, again):
        state = again.objects[0]
        self.demand(state["state"] == "member", "joined again, and no member")
        for row in result.objects:
            self.demand(row["origin"] == state["origin"], "joined again under another origin")
        self.programs.must("yarrow", "sync", "--home", self.town.home("fresh/new"))
        self.device_works("fresh/new")


class SyncDevice(DeviceScenario):
    """`yarrow sync` with the device's disk failing."""
    name = "sync-device"
    serves = True

    def prepare(self):
        super().prepare()
        self.town.lines(5)
        for name in ("a", "b"):
            self.programs.must("yarrow", "import", self.town.live / "lines.jsonl", "--form",
                               "report", "--home", self.town.home(name))
        self.before = {row["record"] for row in self.town.records("a")}
        self.town.serve()
        self.programs.must("yarrow", "sync", "--home", self.town.home("b"))

    def words(self):
        return ["yarrow", "sync", "--home", self.town.home("a"), "--json"]

    def recover(self, faulty=None):
        return self.act(faulty)

    def check(self, result):
        received = {row["record"] for row in self.town.records("a") if row["received"]}
        self.demand(received <= self.town.held(), "a record called received is not at the hub")
        if result.objects and result.objects[0]["complete"]:
            self.demand(received >= self.before, "a complete sync left records behind")
        again = self.programs.must(*self.words()).objects[0]
        self.demand(again["complete"] and not again["alarms"], f"the next sync: {again}")
        self.demand(self.before <= self.town.held(), "the next sync left records behind")
        self.device_works(acknowledged=self.before)


class Export(DeviceScenario):
    """`yarrow export`: a file that was announced is whole."""
    name = "export"

    def roots(self):
        return [self.town.home("a"), self.town.live / "exports"]

    def prepare(self):
        super().prepare()
        (self.town.live / "exports").mkdir()
        self.file = self.town.live / "exports" / "reports.jsonl"

    def words(self):
        return ["yarrow", "export", "--form", "report", "--home", self.town.home("a"), "--format", "jsonl",
                "--out", self.file, "--json"]

    def check(self, result):
        if result.objects:
            lines = self.file.read_text().splitlines()
            self.demand(len(lines) == len(self.before), f"{len(lines)} of {len(self.before)} in the file")
            self.name_is_synced(self.file, result)
        else:
            self.file.unlink(missing_ok=True)
            self.programs.must(*self.words())
        self.device_works(acknowledged=self.before)


class Pull(Scenario):
    """`yarrow committee pull`: a committee's file that was announced is whole."""
    name = "pull"
    serves = True

    def prepare(self):
        super().prepare()
        self.town.serve()
        self.town.enrol("watch", "committee")
        self.programs.must("yarrow-hub", "release", "--home", self.town.hub)
        (self.town.live / "files").mkdir()
        self.file = self.town.live / "files" / "release.sqlite"

    def roots(self):
        return [self.town.home("watch"), self.town.live / "files"]

    def words(self):
        return ["yarrow", "committee", "pull", "--home", self.town.home("watch"), "--out", self.file, "--json"]

    def check(self, result):
        if result.objects:
            self.name_is_synced(self.file, result)
        elif not self.file.exists():
            self.programs.must(*self.words())
        # A file of that name is whole, said or not.
        found = self.programs.must(
            "yarrow", "committee", "verify", "--home", self.town.home("watch"), self.file, "--json").objects
        self.demand(found and found[0]["ok"] is True, f"the committee's file: {found}")
        self.town.sound_device("watch")


class HubScenario(Scenario):
    def roots(self):
        return [self.town.hub]

    def durable(self, call, calls):
        # What a checkpoint did not bring into the file is in the log, which stays then.
        return not call.path.endswith("/hub.db")

    @property
    def recovery(self):
        return ["yarrow-hub", "verify", "--home", self.town.hub, "--json"]


class SyncHub(HubScenario):
    """Two devices sync while the hub's disk fails."""
    name = "sync-hub"
    is_server = True

    def prepare(self):
        super().prepare()
        self.town.lines(5)
        for name in ("a", "b"):
            self.programs.must("yarrow", "import", self.town.live / "lines.jsonl", "--form",
                               "report", "--home", self.town.home(name))
        self.town.serve()
        self.unseen = self.town.record("b")["record"]
        self.programs.must("yarrow", "sync", "--home", self.town.home("b"))
        self.programs.must("yarrow", "import", self.town.live / "lines.jsonl", "--form", "report",
                           "--home", self.town.home("b"))
        self.before = {
            name: {row["record"] for row in self.town.records(name)} for name in ("a", "b")}

    def act(self, faulty=None):
        """The calls are those of the hub; the statuses of the devices are in `syncs`."""
        from programs import Result
        server = self.town.serve(faulty if faulty else {})
        self.syncs = []
        if server.listening:
            for name in ("a", "b"):
                self.syncs.append(
                    self.programs.run("yarrow", "sync", "--home", self.town.home(name), "--json"))
            if server.process.poll() is None:
                self.read()
        errors, line = server.errors, server.line
        # A hub that is to stop on its own has until its stop; what is cut there is cut too.
        import signal
        status = self.town.stop(how=signal.SIGTERM)
        calls = self.programs.calls() if faulty else []
        return Result(status, line, errors, calls)

    def read(self):
        """Whatever became of the disk, a hub that runs answers what only reads."""
        for words in (["status"], ["devices"], ["verify"]):
            words = ["yarrow-hub", *words, "--home", self.town.hub, "--json"]
            # The one read that fails may be one of these; what comes next must not suffer from it.
            if self.programs.run(*words).status != 0:
                self.programs.must(*words)
        # The office has not seen the last report of b, and gets it.
        pulled = self.programs.must("yarrow", "sync", "--home", self.town.home("office"), "--json")
        self.demand(pulled.objects[0]["complete"], f"a pull from a full hub: {pulled.objects[0]}")
        there = {row["record"] for row in self.town.records("office")}
        self.demand(self.unseen in there, "a pull from a full hub brought nothing")

    def check(self, result):
        for sync in self.syncs:
            self.demand(sync.status in (0, 69, 74), f"a sync ended with {sync.status}: {sync.err.strip()}")
        received = {
            name: {row["record"] for row in self.town.records(name) if row["received"]}
            for name in ("a", "b")}
        self.town.serve()
        held = self.town.held()
        for name in ("a", "b"):
            self.demand(received[name] <= held, f"{name} calls received what the hub does not hold")
            again = self.programs.must("yarrow", "sync", "--home", self.town.home(name), "--json")
            self.demand(again.objects[0]["complete"] and not again.objects[0]["alarms"],
                        f"the next sync: {again.objects[0]}")
        self.demand(self.before["a"] | self.before["b"] <= self.town.held(),
                    "records are missing at the hub after the next syncs")
        self.town.stop()
        for name in ("a", "b"):
            self.device_works(name, acknowledged=self.before[name])
        self.hub_works()


class Init(HubScenario):
    """`yarrow-hub init`: run again it goes on, or says that there is a whole hub."""
    name = "hub-init"
    authority = ()  # where its key is, when it is not in the home

    def prepare(self):
        super().prepare()
        self.town.hub = self.town.live / "fresh" / "hub"
        self.town.hub.parent.mkdir()

    def roots(self):
        return [self.town.hub.parent]

    def words(self):
        return ["yarrow-hub", "init", "--home", self.town.hub, "--programme", "delta", "--url",
                f"https://127.0.0.1:{self.town.port}", "--areas", "north,south", "--json"]

    def recover(self, faulty=None):
        return self.act(faulty)

    def check(self, result):
        status = self.programs.run("yarrow-hub", "status", "--home", self.town.hub, "--json")
        self.half_made(self.town.hub, status, "init")
        self.demand(status.status in ((69,) if result.objects else (66, 69)),
                    f"status gives {status.status}: {status.err.strip()}")
        if result.objects:
            self.name_is_synced(self.town.hub, result)
        else:
            again = self.act()
            if again.status == 0:
                self.demand(not status.objects, "a hub that was there was made again")
            else:
                # It may have ended before it could say so; then the hub is whole.
                self.demand(again.status == 73 and status.objects, f"init again gives {again.status}: {again.err.strip()}")
        self.town.sound_hub()
        self.town.serve()
        self.town.enrol("new", "liaison")
        self.town.stop()
        self.device_works("new")
        # The authority's file opens: it signs a policy.
        policy = self.programs.must("yarrow-hub", "policy", "show", "--home", self.town.hub)
        path = self.town.live / "policy.yaml"
        path.write_text(policy.out)
        self.programs.must("yarrow-hub", "policy", "set", path, "--home", self.town.hub, *self.authority)


class Follow(Init):
    """`yarrow-hub init --statements`: a hub for a programme whose hub was lost with its backups."""
    name = "hub-follow"

    def prepare(self):
        HubScenario.prepare(self)
        lost, self.town.hub = self.town.hub, self.town.live / "fresh" / "hub"
        self.town.hub.parent.mkdir()
        self.key = self.town.live / "authority.key"
        (lost / "authority.key").rename(self.key)
        self.authority = ["--authority", self.key]
        self.said = self.town.live / "statements"
        self.programs.must("yarrow", "programme", "--out", self.said, "--home", self.town.home("office"))
        self.before = {row["record"] for row in self.town.records("a")}
        shutil.rmtree(lost)

    def words(self):
        return [*super().words(), "--statements", self.said, *self.authority]

    def check(self, result):
        super().check(result)
        # A device of the lost hub goes over to it, with all that it ever said.
        self.town.serve()
        invite = self.town.invite("liaison")
        self.programs.must("yarrow", "join", f"@{invite}", "--home", self.town.home("a"))
        synced = self.programs.must("yarrow", "sync", "--home", self.town.home("a"), "--json").objects[0]
        self.demand(synced["complete"], f"the first sync with the hub that follows: {synced}")
        self.town.stop()
        self.demand(self.before <= self.town.held(), "the hub that follows lacks what a device has")
        self.device_works(acknowledged=self.before)


class Invite(HubScenario):
    """`yarrow-hub invite`: an invite that was printed is good."""
    name = "invite"

    def words(self):
        return ["yarrow-hub", "invite", "--home", self.town.hub, "--role", "liaison", "--area",
                "north", "--json"]

    def check(self, result):
        self.town.sound_hub()
        for row in result.objects:
            path = self.town.live / "printed"
            path.write_text(row["invite"])
            self.town.serve()
            self.programs.must(
                "yarrow", "join", f"@{path}", "--home", self.town.home("new"))
            self.town.stop()
        self.hub_works()


class Release(HubScenario):
    """`yarrow-hub release`."""
    name = "release"

    def words(self):
        return ["yarrow-hub", "release", "--home", self.town.hub, "--json"]

    def check(self, result):
        count = self._releases()
        if result.objects:
            self.demand(count == 1, "a release that was printed is not there")
        again = self.act()
        # What was logged since the last release, if anything, is in the next.
        self.demand(again.status == (0 if count == 0 else 65), f"the next release: {again.err.strip()}")
        self.demand(self._releases() == 1, "there is not one release")
        self.hub_works()

    def _releases(self):
        out = self.programs.run("yarrow-hub", "status", "--home", self.town.hub, "--json")
        return out.objects[0]["releases"]


class Backup(HubScenario):
    """`yarrow-hub backup`: a file under that name is whole."""
    name = "backup"

    def roots(self):
        return [self.town.hub, self.town.live / "backups"]

    def prepare(self):
        super().prepare()
        (self.town.live / "backups").mkdir(mode=0o700)
        self.file = self.town.live / "backups" / "hub.backup"

    def durable(self, call, calls):
        # The hub's own files are only read.
        return call.path.rstrip("/").startswith(str(self.file.parent))

    def words(self):
        return ["yarrow-hub", "backup", self.file, "--home", self.town.hub, "--json"]

    def check(self, result):
        if result.objects:
            self.demand(self.file.exists(), "a backup that was announced is not there")
        if not self.file.exists():
            self.programs.must(*self.words())
        self.hub_works()
        held = self.town.held()
        self.programs.must("yarrow-hub", "restore", self.file, "--home", self.town.hub)
        self.demand(self.town.held() == held, "the backup lacks what the hub held")
        self.hub_works()


class Restore(HubScenario):
    """`yarrow-hub restore`: the old data, the backup, or a plain word what to do."""
    name = "restore"

    def prepare(self):
        super().prepare()
        self.file = self.town.live / "hub.backup"
        self.programs.must("yarrow-hub", "backup", self.file, "--home", self.town.hub)
        self.held = self.town.held()

    def words(self):
        return ["yarrow-hub", "restore", self.file, "--home", self.town.hub, "--json"]

    def recover(self, faulty=None):
        return self.act(faulty)

    def check(self, result):
        self.demand(
            (self.town.hub / "hub.db").exists(), "the hub has neither its data nor the backup's")
        if not result.objects:
            again = self.act()
            self.demand(again.status == 0, f"restoring again gives {again.status}: {again.err.strip()}")
        self.demand(self.town.held() == self.held, "what the backup held is missing")
        self.hub_works()


class ServeHub(HubScenario):
    """`yarrow-hub serve` on what a killed hub left: a log, an index, a lock."""
    name = "serve"
    is_server = True

    def prepare(self):
        super().prepare()
        self.town.serve()
        self.programs.must("yarrow", "sync", "--home", self.town.home("a"))
        self.held = self.town.held()

    def act(self, faulty=None):
        from programs import Result
        import signal
        server = self.town.serve(faulty if faulty else {})
        errors, line = server.errors, server.line
        status = self.town.stop(how=signal.SIGTERM)
        return Result(status, line, errors, self.programs.calls() if faulty else [])

    def check(self, result):
        self.demand(self.town.held() >= self.held, "what was received is not at the hub")
        self.hub_works()


ALL = [New, Import, Edit, Draft, Resume, ChangePassphrase, Wipe, Join, SyncDevice, Export, Pull, SyncHub, Init,
       Follow, Invite, Release, Backup, Restore, ServeHub]

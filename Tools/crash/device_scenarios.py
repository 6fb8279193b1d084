"""What `yarrow` does at a laptop whose disk fails: a scenario for each command (faults §3)."""
import re

from scenario import Scenario
from town import ANSWERS

INTERVIEW = "north\n2026-03-01T09:00:00Z\nin_person\n1\n"
QUESTIONS = ["district", "received_at", "channel", "exploitation"]


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
        self.record_at_both()
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

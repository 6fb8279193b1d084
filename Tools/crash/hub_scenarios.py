"""What `yarrow-hub` does on a disk that fails: a scenario for each command, and for a hub that serves
(faults §3)."""
import shutil
import signal

from programs import Result
from scenario import Scenario


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
        self.record_at_both()
        self.town.serve()
        self.unseen = self.town.record("b")["record"]
        self.programs.must("yarrow", "sync", "--home", self.town.home("b"))
        self.programs.must("yarrow", "import", self.town.live / "lines.jsonl", "--form", "report",
                           "--home", self.town.home("b"))
        self.before = {
            name: {row["record"] for row in self.town.records(name)} for name in ("a", "b")}

    def act(self, faulty=None):
        """The calls are those of the hub; the statuses of the devices are in `syncs`."""
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
        server = self.town.serve(faulty if faulty else {})
        errors, line = server.errors, server.line
        status = self.town.stop(how=signal.SIGTERM)
        return Result(status, line, errors, self.programs.calls() if faulty else [])

    def check(self, result):
        self.demand(self.town.held() >= self.held, "what was received is not at the hub")
        self.hub_works()

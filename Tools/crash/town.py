"""A hub and its devices, made once and copied for each trial."""
import json
import shutil
import socket

from programs import CHEAP_KEY, Failure

ANSWERS = ["--set", "district=north", "--set", "received_at=2026-03-01T09:00:00Z",
           "--set", "channel=in_person"]
LINE = {"district": "north", "received_at": "2026-03-01T09:00:00Z", "channel": "in_person"}
DEVICES = {"a": "liaison", "b": "liaison", "office": "caseworker"}


class Town:
    """Homes stand at fixed paths under `live`; snapshots of all of them under `kept`."""

    def __init__(self, programs):
        self.programs = programs
        self.live = programs.work / "live"
        self.kept = programs.work / "kept"
        self.live.mkdir()
        self.kept.mkdir()
        self.hub = self.live / "hub"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server = None
        self._found()

    def home(self, device):
        return self.live / device

    def _found(self):
        run = self.programs.must
        run("yarrow-hub", "init", "--home", self.hub, "--programme", "delta", "--url",
            f"https://127.0.0.1:{self.port}", "--areas", "north,south", "--json")
        self.serve()
        for name, role in DEVICES.items():
            self.enrol(name, role)
        run("yarrow-hub", "admit", "--home", self.hub, self.status("office")["origin"])
        for name in DEVICES:
            run("yarrow", "sync", "--home", self.home(name))
        # A past: a report of each liaison that the hub has, and one of a that it hasn't.
        self.record("a")
        self.record("b")
        for name in DEVICES:
            run("yarrow", "sync", "--home", self.home(name))
        self.record("a")
        self.stop()
        self.keep("base")

    # ---- Snapshots ----

    def keep(self, name):
        shutil.rmtree(self.kept / name, ignore_errors=True)
        shutil.copytree(self.live, self.kept / name, symlinks=True, ignore=_sockets)

    def restore(self, name="base"):
        self.stop()
        shutil.rmtree(self.live)
        shutil.copytree(self.kept / name, self.live, symlinks=True)

    # ---- The hub ----

    def serve(self, faulty=None):
        self.server = self.programs.serve(self.hub, self.port, faulty)
        if not faulty and not self.server.listening:
            raise Failure(f"the hub does not serve: {self.server.errors.strip()}")
        return self.server

    def stop(self, **how):
        if self.server:
            server, self.server = self.server, None
            return server.stop(**how)
        return None

    # ---- Devices ----

    def invite(self, role):
        areas = [] if role == "committee" else ["--area", "north"]
        out = self.programs.must(
            "yarrow-hub", "invite", "--home", self.hub, "--role", role, *areas, "--json")
        path = self.live / f"invite-{role}"
        path.write_text(out.objects[0]["invite"])
        return path

    def enrol(self, name, role):
        invite = self.invite(role)
        home = self.home(name)
        home.mkdir(mode=0o700)
        (home / "key").write_bytes(CHEAP_KEY)
        (home / "key").chmod(0o600)
        self.programs.must("yarrow", "join", "--home", home, f"@{invite}", "--json")

    def record(self, name):
        return self.programs.must(
            "yarrow", "new", "report", "--home", self.home(name), "--json", *ANSWERS).objects[0]

    def status(self, name):
        return self.programs.must("yarrow", "status", "--home", self.home(name), "--json").objects[0]

    def records(self, name):
        return self.programs.must(
            "yarrow", "list", "--home", self.home(name), "--json", "--limit", "100000").objects

    def lines(self, count):
        path = self.live / "lines.jsonl"
        path.write_text((json.dumps(LINE) + "\n") * count)
        return path

    # ---- What holds at any time ----

    def sound_device(self, name):
        """`verify` finds nothing wrong."""
        found = self.programs.must("yarrow", "verify", "--home", self.home(name), "--json").objects
        if not found or found[0]["ok"] is not True:
            raise Failure(f"verify of {name}: {found}")

    def sound_hub(self):
        found = self.programs.must("yarrow-hub", "verify", "--home", self.hub, "--json").objects
        if not found or found[0]["ok"] is not True:
            raise Failure(f"verify of the hub: {found}")

    def held(self):
        """The records that the hub holds."""
        out = self.programs.must("yarrow-hub", "export", "--home", self.hub, "--json").objects
        return {row["record"] for row in out}


def _sockets(_, names):
    return [name for name in names if name == "control"]

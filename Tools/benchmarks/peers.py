"""What people would use instead: each keeps the same reports and brings them to a hub."""
import dataclasses
import os
import pathlib
import socket
import sys
import time

from measuring import Failed, Server, run, size_of
from proxy import Counts, free_port

HERE = pathlib.Path(__file__).resolve().parent
# No settings of whoever runs this.
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "b",
       "GIT_AUTHOR_EMAIL": "b@localhost", "GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@localhost",
       "GIT_TERMINAL_PROMPT": "0"}


@dataclasses.dataclass
class Synced:
    seconds: float
    counts: Counts
    ended: object
    # What Yarrow itself says of the sync; nothing of the others.
    figures: dict = dataclasses.field(default_factory=dict)


class Peer:
    """A device and a hub, both new, the place's wire between them. A save is not part of a sync."""
    environment = {}

    def __init__(self, work, place, workload):
        self.work, self.place, self.workload = pathlib.Path(work), place, workload
        self.work.mkdir()
        self.server = None
        self.start()

    def serve(self, *command):
        """Starts the hub's program; PORT in the command is where it listens."""
        port = free_port()
        self.place.wire.lead(port)
        self.server = Server(*self.place.at_hub, *(str(part).replace("PORT", str(port)) for part in command),
                             log=self.work / "server.log", environment=self.environment)
        self.await_port(port)

    def await_port(self, port):
        with self.place.entered():
            for _ in range(500):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    return
                except OSError:
                    time.sleep(0.02)
        raise Failed(f"{self.name}: the server does not listen")

    @property
    def authority(self):
        return f"{self.place.address}:{self.place.wire.port}"

    def here(self, *command, **how):
        return run(*command, environment=self.environment, **how)

    def over_the_wire(self, *command, **how):
        self.place.wire.take()
        ended = self.here(*self.place.at_device, *command, **how)
        return Synced(ended.seconds, self.place.wire.take(), ended)

    def stop(self):
        if self.server:
            self.server.stop()


class Git(Peer):
    """A file a report; saving is `add` and `commit`, a sync `fetch` and `push`."""
    name = "git"
    environment = GIT

    def start(self):
        self.device, bare = self.work / "device", self.work / "hub" / "reports.git"
        self.here("git", "init", "-q", "--bare", "-b", "main", bare)
        self.serve("git", "daemon", "--listen=127.0.0.1", "--port=PORT", f"--base-path={bare.parent}",
                   "--export-all", "--enable=receive-pack")
        self.here("git", "init", "-q", "-b", "main", self.device)
        self.git("remote", "add", "origin", f"git://{self.authority}/reports.git")
        self.git("config", "gc.auto", "0")

    def git(self, *command):
        return self.here("git", "-C", self.device, *command)

    def write(self, number, line):
        path = self.device / self.workload.ids[number].hex()[:2] / self.workload.ids[number].hex()
        path.parent.mkdir(exist_ok=True)
        path.write_text(line + "\n", encoding="utf-8")

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "reports")

    def save(self, first, count):
        for number in range(first, first + count):
            self.write(number, self.workload.lines[number])
        self.commit()

    def edit(self, numbers):
        for number in numbers:
            self.write(number, self.workload.edited_line(number))
        self.commit()

    def sync(self, **how):
        return self.over_the_wire(
            "sh", "-c", 'git -C "$1" fetch -q origin && git -C "$1" push -q origin main', "sh", self.device,
            **how)

    def fresh(self):
        return self.over_the_wire("git", "clone", "-q", f"git://{self.authority}/reports.git",
                                  self.work / "fresh")

    def device_bytes(self):
        """Without the files that are checked out, packed as well as git packs."""
        self.git("gc", "-q")
        return size_of(self.device / ".git")


class Rsync(Peer):
    """A plain SQLite file, copied onto the hub's: one writer, no history, no merge."""
    name = "rsync of SQLite"

    def start(self):
        box = self.work / "hub"
        box.mkdir()
        settings = self.work / "rsyncd.conf"
        identity = f"uid = {os.getuid()}\ngid = {os.getgid()}\n" if os.getuid() == 0 else ""
        settings.write_text(f"use chroot = no\n{identity}[box]\npath = {box}\nread only = no\n")
        self.serve("rsync", "--daemon", "--no-detach", "--address=127.0.0.1", "--port=PORT",
                   f"--config={settings}")
        self.file = self.work / "device.sqlite"
        self.database = self.workload.plain_database(self.file)

    def save(self, first, count):
        self.database.execute("BEGIN")
        self.database.executemany(self.workload.insertion(),
                                  (self.workload.row(n) for n in range(first, first + count)))
        self.database.execute("COMMIT")

    def edit(self, numbers):
        self.database.execute("BEGIN")
        for number in numbers:
            self.database.execute(self.workload.update(),
                                  (self.workload.edit(number), self.workload.ids[number]))
        self.database.execute("COMMIT")

    def copy(self, source, target, **how):
        return self.over_the_wire("rsync", "-tz", "--compress-choice=zstd", "--fsync", "--inplace",
                                  "--modify-window=-1", source, target, **how)

    def sync(self, **how):
        return self.copy(self.file, f"rsync://{self.authority}/box/reports.sqlite", **how)

    def fresh(self):
        return self.copy(f"rsync://{self.authority}/box/reports.sqlite", self.work / "fresh.sqlite")

    def device_bytes(self):
        return self.file.stat().st_size

    def stop(self):
        self.database.close()
        super().stop()


class Sessions(Peer):
    """SQLite's own changesets, compressed, in a message of a few lines: no identity, no proof."""
    name, level = "SQLite changesets + zstd -19", 19
    python = sys.executable

    def start(self):
        table = self.work / "table.sql"
        table.write_text(self.workload.table())
        self.program = [self.python, HERE / "sessions_peer.py", "--table", table, "--level", self.level]
        self.serve(*self.program, "serve", self.work / "hub.sqlite", "PORT")
        self.file = self.work / "device.sqlite"

    def save(self, first, count):
        rows = self.workload.rows_file(first, count)
        self.here(*self.program, "insert", self.file, rows)

    def edit(self, numbers):
        self.here(*self.program, "update", self.file, self.workload.edits_file(numbers))

    def sync(self, **how):
        return self.over_the_wire(*self.program, "sync", self.file, self.place.address,
                                  self.place.wire.port, **how)

    def fresh(self):
        return self.over_the_wire(*self.program, "sync", self.work / "fresh.sqlite", self.place.address,
                                  self.place.wire.port)

    def device_bytes(self):
        return self.file.stat().st_size


class QuickSessions(Sessions):
    """With zstd as it is unless told otherwise."""
    name, level = "SQLite changesets + zstd -3", 3

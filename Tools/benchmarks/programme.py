"""A hub that serves, and the homes that join it."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from measuring import Failed, Server, run
from proxy import Wire, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Place:
    """Where the two ends run: this machine, the wire on its loopback."""
    address = "127.0.0.1"
    # What a command is begun with, to run at that end.
    at_hub, at_device = (), ()

    def __init__(self):
        self.wire = Wire()

    def entered(self):
        """While this lasts, this thread's sockets are made at the hub's end."""
        return contextlib.nullcontext()

    def close(self):
        self.wire.close()


class Programme:
    """A hub in a directory of its own. With a place, devices reach it over that place's wire."""

    def __init__(self, work, place=None):
        self.work = pathlib.Path(work)
        self.hub = self.work / "hub"
        self.place = place or Place
        self.port = free_port()
        seen = self.port
        if place:
            place.wire.lead(self.port)
            seen = place.wire.port
        run("yarrow-hub", "init", "--home", self.hub, "--programme", "benchmarks",
            "--url", f"https://{self.place.address}:{seen}", "--areas", "north")
        self.serve()

    def serve(self):
        self.server = self.serving(self.hub, self.port)

    def serving(self, hub, port):
        return Server(*self.place.at_hub, "yarrow-hub", "serve", "--home", hub, "--listen",
                      f"127.0.0.1:{port}", log=self.work / f"{hub.name}.log", ready="listening ")

    def invite(self, name, role="liaison"):
        out = run("yarrow-hub", "invite", "--home", self.hub, "--role", role, "--area", "north",
                  "--json").out
        invite = self.work / f"{name}.invite"
        invite.write_text(json.loads(out)["invite"])
        return invite

    def join(self, name, role="liaison"):
        home = self.work / name
        out = run(*self.place.at_device, "yarrow", "join", "--home", home,
                  f"@{self.invite(name, role)}", "--json").out
        joined = json.loads(out)
        if joined["state"] == "waiting":
            run("yarrow-hub", "admit", "--home", self.hub, joined["origin"], "--words", joined["words"])
        return home

    def form(self, home):
        form = self.work / "form.json"
        if not form.exists():
            form.write_bytes(run("yarrow", "forms", "report", "--home", home, "--json").out)
        return form

    def reports(self, home, seed, count):
        file = self.work / f"reports-{seed}.jsonl"
        with open(file, "wb") as out:
            run(ROOT / "Tools/make-reports", "--form", self.form(home), "--seed", seed, "--count", count,
                "--area", "north", out=out)
        return file

    def sync(self, home, **how):
        """The figures of a sync that came to its end, and how it ran."""
        ended = run(*self.place.at_device, "yarrow", "sync", "--home", home, "--json", **how)
        figures = json.loads(ended.out)
        if not figures["complete"]:
            raise Failed("a sync did not come to its end")
        return figures, ended

    def stop(self):
        self.server.stop()


@contextlib.contextmanager
def programme(place=None):
    with tempfile.TemporaryDirectory(prefix="yarrow-benchmarks-") as work:
        made = Programme(work, place)
        try:
            yield made
        finally:
            made.stop()


def copy_hub(home, to):
    """A hub that does not serve, as it is: the socket for commands is of the one that does."""
    shutil.copytree(home, to, ignore=lambda folder, names: [
        name for name in names if not (pathlib.Path(folder) / name).is_file()])


def import_reports(home, file, count):
    ended = run("yarrow", "import", "--home", home, file, "--form", "report", "--json", pinned=True)
    if json.loads(ended.out)["saved"] != count:
        raise Failed("the form refused a made-up report")
    return ended.seconds


def unlock(home):
    """Holds the home's key in the kernel keyring. What to say where there is none, else nothing."""
    first = run("yarrow", "unlock", "--home", home, "--for", "2h", check=False).seconds
    kept = os.environ.pop("YARROW_PASSPHRASE_FILE")
    ended = subprocess.run(["yarrow", "list", "--limit", "1", "--home", str(home)],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    os.environ["YARROW_PASSPHRASE_FILE"] = kept
    if ended.returncode == 0:
        return None
    return ("There is no kernel keyring here: every command also derives the key from the passphrase "
            f"(`yarrow unlock` alone took {first:.2f} s), and nothing is subtracted.")

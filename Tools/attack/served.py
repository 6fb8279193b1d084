"""A real hub: `yarrow-hub serve` over TLS on the loopback, watched from outside."""

import json
import os
import pathlib
import socket
import subprocess
import time

from keys import Invite

PASSPHRASE = "correct horse battery staple\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Programs:
    """Runs the programs under test; `where` holds the passphrase file and the homes."""

    def __init__(self, binaries, where):
        self.binaries, self.where = pathlib.Path(binaries), pathlib.Path(where)
        passphrase = self.where / "pass"
        passphrase.write_text(PASSPHRASE)
        passphrase.chmod(0o600)
        self.environment = {**os.environ, "YARROW_PASSPHRASE_FILE": str(passphrase), "LC_ALL": "C",
                            "SWIFT_BACKTRACE": "enable=no"}

    def run(self, program, *arguments, home, timeout=180):
        """Exit status, standard output, standard error."""
        done = subprocess.run(
            [str(self.binaries / program), *arguments, "--home", str(home)], capture_output=True,
            env=self.environment, timeout=timeout, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode(
            errors="surrogateescape")

    def json(self, program, *arguments, home):
        """The lines of JSON that a command which must succeed wrote."""
        code, out, err = self.run(program, *arguments, "--json", home=home)
        if code != 0:
            raise SystemExit(f"{program} {' '.join(arguments)}: exit {code}: {err}")
        return [json.loads(line) for line in out.splitlines() if line]


class ServedHub:
    AREAS = ("north", "south")

    def __init__(self, programs, name="hub"):
        self.programs, self.home = programs, programs.where / name
        self.address = ("127.0.0.1", free_port())
        url = f"https://127.0.0.1:{self.address[1]}"
        self.command("init", "--programme", "delta", "--url", url, "--areas", ",".join(self.AREAS))
        self.log = open(programs.where / f"{name}.log", "wb")
        self.process = subprocess.Popen(
            [str(programs.binaries / "yarrow-hub"), "serve", "--home", str(self.home), "--listen",
             f"127.0.0.1:{self.address[1]}"], env=programs.environment, stdout=subprocess.PIPE, stderr=self.log)
        if not self.process.stdout.readline().startswith(b"listening "):
            raise SystemExit("the hub did not start: see serve.log")
        self.hub = self.invite("liaison", "north").hub

    def command(self, *arguments):
        code, out, err = self.programs.run("yarrow-hub", *arguments, home=self.home)
        if code != 0:
            raise SystemExit(f"yarrow-hub {' '.join(arguments)}: exit {code}: {err}")
        return out

    def read(self, *arguments):
        return self.programs.json("yarrow-hub", *arguments, home=self.home)

    def invite(self, role="liaison", *areas, expires="72h"):
        options = [o for area in areas for o in ("--area", area)]
        return Invite.read(self.read("invite", "--role", role, "--expires", expires, *options)[0]["invite"])

    def snapshot(self):
        """All that an attack may not change, except the times at which members were last seen."""
        status = self.read("status")[0]
        for moving in ("size_bytes", "urgent", "alarms"):
            del status[moving]
        devices = {}
        for device in self.read("devices"):
            del device["last_seen"], device["lag_seconds"]
            devices[device["origin"]] = device
        return {**status, "members": devices, "invites": self.read("invites"), "held": self.read("quarantine")}

    def is_sound(self):
        code, out, _ = self.programs.run("yarrow-hub", "verify", "--json", home=self.home)
        return code == 0 and json.loads(out)["ok"] is True

    def is_running(self):
        return self.process.poll() is None

    def memory(self, name):
        """`VmRSS` or `VmHWM` in KiB."""
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))

    def stop(self):
        self.process.terminate()
        began = time.monotonic()
        try:
            return self.process.wait(60), time.monotonic() - began
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None, time.monotonic() - began

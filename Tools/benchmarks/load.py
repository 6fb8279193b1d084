"""The group load: many devices push at once, their messages made beforehand so that the load itself costs little."""
import collections
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "attack"))

from codec import cbor
from exchange import read_sync
from figures import Section
from keys import Invite
from line import Closed, Line
from measuring import Failed, Server, run, say, spread
from member import Member
from programme import ROOT, copy_hub
from proxy import free_port

TRIES_MAX = 200
# Text of a report as it is sealed: a digest and a tag, and padding to a step of 16.
STORY, PLACE = 144, 48


class Crowd:
    """Members whose pushes are written and not sent yet, and their hub at rest."""

    def __init__(self, work, devices, each):
        self.work, self.hub = pathlib.Path(work), pathlib.Path(work) / "hub"
        self.address = ("127.0.0.1", free_port())
        run("yarrow-hub", "init", "--home", self.hub, "--programme", "benchmarks", "--url",
            f"https://127.0.0.1:{self.address[1]}", "--areas", "north")
        server = self.serve(self.hub)
        try:
            members = [self.member(n) for n in range(devices)]
            answers = self.answers(members[0], each)
        finally:
            server.stop()
        self.pushes = [Push(member, answers) for member in members]

    def serve(self, home):
        return Server("yarrow-hub", "serve", "--home", home, "--listen", f"127.0.0.1:{self.address[1]}",
                      log=self.work / "hub.log", ready="listening ")

    def member(self, n):
        out = run("yarrow-hub", "invite", "--home", self.hub, "--role", "liaison", "--area", "north", "--json").out
        invite = Invite.read(json.loads(out)["invite"])
        made = Member(f"load/{n}", invite.hub, self.address)
        if made.join(invite) != "joined":
            raise Failed("the hub refused a device of the load")
        return made

    def answers(self, member, each):
        """Coded answers of made-up reports, as a create writes them; one form is the same for all homes."""
        home = self.work / "home"
        out = run("yarrow-hub", "invite", "--home", self.hub, "--role", "liaison", "--area", "north", "--json").out
        invite = self.work / "invite"
        invite.write_text(json.loads(out)["invite"])
        run("yarrow", "join", "--home", home, f"@{invite}")
        form = self.work / "form.json"
        form.write_bytes(run("yarrow", "forms", "report", "--home", home, "--json").out)
        coded = {f["name"]: f["type"] for f in json.loads(form.read_text())["fields"] if f["class"] == "coded"}
        made = run(ROOT / "Tools/make-reports", "--form", form, "--seed", 60, "--count", each, "--area", "north").out
        # A set's write has its added codes under 0, in the order of their encodings (entry §1.3).
        return [{name: {0: sorted(value, key=cbor)} if isinstance(value, list) else value
                 for name, value in json.loads(line).items() if name in coded} for line in made.splitlines()]

    def status(self, home):
        return json.loads(run("yarrow-hub", "status", "--home", home, "--json").out)


class Push:
    """One device's message: the beginning of its epoch and its reports, sealed parts of the usual size."""

    def __init__(self, member, answers):
        entries = [member.epoch_entry()]
        for coded in answers:
            entries.append(member.entry(after=entries, coded=coded, sensitive=os.urandom(STORY),
                                        identity=os.urandom(PLACE)))
        self.hub, self.hashes = member.hub, [entry.hash for entry in entries]
        self.message = member.message(member.push_of(*entries))


class Volley:
    """All pushes at once to a copy of the hub, each over a line of its own, until each has its receipts."""

    def __init__(self, crowd):
        self.address, self.latencies, self.failed = crowd.address, [], 0
        self.refused = collections.Counter()
        home = crowd.work / "copy"
        copy_hub(crowd.hub, home)
        server = crowd.serve(home)
        try:
            self.before_mib = server.peak_memory_mib()
            before, own = crowd.status(home), own_seconds()
            self.fire(crowd.pushes)
            self.load_seconds = own_seconds() - own
            self.hub_seconds, self.memory_mib = server.processor_seconds(), server.peak_memory_mib()
            after = crowd.status(home)
        finally:
            server.stop()
            shutil.rmtree(home)
        self.entries = after["entries"] - before["entries"]
        wanted = sum(len(push.hashes) for push in crowd.pushes)
        if self.failed or self.entries != wanted or after["quarantined"]:
            raise Failed(f"{self.failed} pushes failed, {self.entries} of {wanted} entries came in, "
                         f"{after['quarantined']} are held back")

    def fire(self, pushes):
        ready = threading.Barrier(len(pushes) + 1)
        threads = [threading.Thread(target=self.send, args=(push, ready), daemon=True) for push in pushes]
        for thread in threads:
            thread.start()
        ready.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        self.seconds = time.perf_counter() - began

    def send(self, push, ready):
        ready.wait()
        for _ in range(TRIES_MAX):
            began, wait, why = time.perf_counter(), 1.0, "closed"
            try:
                with Line(self.address, timeout=120) as line:
                    status, headers, body = line.post(push.message)
                if status == 200:
                    pushed = (len(push.hashes), push.hashes[-1])
                    response = read_sync(body, push.message, push.hub, push.hashes, claimed=pushed)
                    if response.head == pushed:
                        self.latencies.append(time.perf_counter() - began)
                        return
                    wait, why = response.retry or wait, response.status
                elif status != 503:
                    break
                else:
                    wait, why = float(headers.get("retry-after", wait)), "503"
            except (Closed, OSError, socket.timeout):
                pass
            self.refused[why] += 1
            time.sleep(wait)
        self.failed += 1


def own_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(options):
    devices, each = options.devices, options.each
    section = Section("load", f"{devices} devices push {each} reports each at once")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    volleys = []
    with tempfile.TemporaryDirectory(prefix="yarrow-benchmarks-") as work:
        say(f"load: {devices} devices join and write their reports")
        crowd = Crowd(work, devices, each)
        for n in range(options.load_runs):
            volleys.append(Volley(crowd))
            v = volleys[-1]
            say(f"    run {n + 1}: {v.entries} entries in {v.seconds:.1f} s, refused: {dict(v.refused)}, "
                f"{v.memory_mib:.0f} MiB, hub {v.hub_seconds:.1f} s, load {v.load_seconds:.1f} s")
    report(section, devices, crowd, volleys)
    return section


def report(section, devices, crowd, volleys):
    middle = statistics.median
    speeds = [v.entries / v.seconds for v in volleys]
    section.add(f"entries a second that the hub takes from {devices} devices at once over TLS", "≥ 10,000/s",
                spread(speeds, "/s", 0), "", middle(speeds) >= 10_000)
    tails = [statistics.quantiles(v.latencies, n=100)[98] for v in volleys]
    section.add("p99 of an exchange, from the connection to its checked receipts", "< 2 s",
                f"{spread(tails, ' s')}, median {middle(middle(v.latencies) for v in volleys):.2f} s", "",
                middle(tails) < 2)
    section.add("peak memory of the hub", "< 400 MiB",
                f"{spread([v.memory_mib for v in volleys], ' MiB', 0)}, {volleys[0].before_mib:.0f} before", "",
                max(v.memory_mib for v in volleys) < 400)
    size = middle(len(push.message) for push in crowd.pushes)
    refused = ", ".join(f"{why} {count} times" for why, count in sorted(volleys[-1].refused.items())) or "never"
    section.note(
        f"The pushes, of {size:,.0f} bytes each, were written beforehand by the device in Python of `Tools/attack`; "
        "their answers are those of made-up reports, their sealed parts random bytes of the usual length. One process "
        "sends all of them at the same time, each over a connection of its own, and checks every answer. One that is "
        f"refused is sent again after a second, or when the hub says ({refused}, of the last run). The p99 is of "
        "exchanges that were answered; what a device waits before it may try again is in the speed alone. "
        f"Of the processor the hub used {middle(v.hub_seconds for v in volleys):.1f} s, the load "
        f"{middle(v.load_seconds for v in volleys):.1f} s.")

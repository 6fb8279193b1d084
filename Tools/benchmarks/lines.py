"""The group lines: a hundred reports over two bad lines, from the command to its end."""
import dataclasses
import pathlib
import shutil
import statistics
import tempfile

import plots
from emulator import CLEAR, HUB, NetemLine, TunLine, Weather
from figures import Section
from measuring import say, spread
from namespaces import Namespace
from peers import Git, Rsync, Sessions
from programme import programme
from proxy import Wire
from workload import Workload
from yarrow_peer import Yarrow

REPORTS = 100
SLOW = Weather("64 kbit/s, 600 ms, 2 % loss", bits=64_000, round_trip=0.6, loss=0.02)
BAD = Weather("30 kbit/s, 600 ms, 20 % loss, cut every 20 s", bits=30_000, round_trip=0.6, loss=0.2,
              cut_every=20, cut_for=5)
# Seconds from the command to the first cut, by run: soon enough to hit what takes ten.
FIRST_CUTS = [4, 8, 12]


class FarPlace:
    """A hub and a device in namespaces of their own; the wire is at the hub's end of the line."""
    address = HUB

    def __init__(self, seed):
        self.hub, self.device = Namespace(), Namespace()
        kind = NetemLine if NetemLine.is_there() else TunLine
        self.line = kind(self.device, self.hub, seed)
        self.wire = Wire(HUB, self.hub.enter)
        self.at_hub, self.at_device = self.hub.prefix, self.device.prefix
        self.entered = self.hub.entered

    def close(self):
        self.wire.close()
        self.line.close()
        self.hub.close()
        self.device.close()


class Passage:
    """One peer's hundred reports over one line: how long, what it sent, in how many tries."""

    def __init__(self, peer, place, weather, limit):
        self.seconds, self.wire, self.tries, self.arrived = 0.0, 0, 0, False
        place.line.turn(weather)
        while not self.arrived and self.seconds < limit:
            synced = peer.sync(check=False, limit=limit - self.seconds)
            self.seconds += synced.seconds
            self.wire += synced.counts.both
            self.tries += 1
            self.arrived = synced.ended.status == 0
        self.sent = sum(traffic.bytes for traffic in place.line.traffic())
        place.line.turn(CLEAR)
        say(f"    {weather.name}: {self.seconds:.1f} s, {self.wire} bytes, {self.sent} with headers and repeats, "
            f"{self.tries} tries{'' if self.arrived else ', NOT ARRIVED'}")


def measured(options, python):
    Sessions.python = python
    section = Section("lines", "a hundred reports over two bad lines")
    chosen = [Yarrow, Sessions, Rsync, Git]
    passages = {(peer.name, weather.name): [] for peer in chosen for weather in (SLOW, BAD)}
    with tempfile.TemporaryDirectory(prefix="yarrow-benchmarks-") as work:
        work = pathlib.Path(work)
        with programme() as made:
            form = work / "form.json"
            shutil.copy(made.form(made.join("device")), form)
        for n in range(options.line_runs):
            workload = Workload(work, form, options.seed + n, 2 * REPORTS)
            for peer in chosen:
                say(f"run {n + 1} of {options.line_runs}: {peer.name}")
                how = passed(peer, work, workload, options, n, passages)
    report(section, chosen, passages, how, options)
    yield section


def passed(peer, work, workload, options, n, passages):
    place = FarPlace(options.seed + n)
    started = peer(work / "peer", place, workload)
    try:
        started.save(2 * REPORTS, 1)
        started.sync()
        for k, weather in enumerate((SLOW, BAD)):
            started.save(k * REPORTS, REPORTS)
            now = dataclasses.replace(weather, first_cut=FIRST_CUTS[n % len(FIRST_CUTS)])
            passages[peer.name, weather.name].append(Passage(started, place, now, options.line_limit))
            # What a try that was ended left behind is no part of the next line.
            started.sync()
    finally:
        started.stop()
        place.close()
        shutil.rmtree(work / "peer")
    return place.line.how


def report(section, chosen, passages, how, options):
    ours = {weather: passages[Yarrow.name, weather.name] for weather in (SLOW, BAD)}
    seconds = [p.seconds for p in ours[SLOW]]
    section.add(f"{REPORTS} reports at {SLOW.name}, from the command to verified receipts", "8 s",
                spread(seconds, " s", 1), "", statistics.median(seconds) <= 8 and all(p.arrived for p in ours[SLOW]))
    ratio = statistics.median(p.wire for p in ours[BAD]) / statistics.median(p.wire for p in ours[SLOW])
    arrived = sum(p.arrived for p in ours[BAD])
    section.add(f"{REPORTS} reports at {BAD.name}", "all arrive, 1.3 × the bytes of the better line",
                f"{arrived} of {len(ours[BAD])} arrive, {spread([p.seconds for p in ours[BAD]], ' s', 0)}",
                f"{ratio:.2f} ×", arrived == len(ours[BAD]) and ratio <= 1.3)
    firsts = ", ".join(str(FIRST_CUTS[n % len(FIRST_CUTS)]) for n in range(min(options.line_runs, len(FIRST_CUTS))))
    section.note(
        f"By {how}. Both ways have the rate, half of the round trip, the loss, and a queue of 50 packets. "
        f"*Cut every 20 s* is a line that is down for 5 s of every 20, the first time {firsts} s after the command, by run; "
        f"what was under way is lost. A sync that gives up is started again, for up to {options.line_limit} s "
        f"in all. *Bytes* are those of TCP's streams, TLS with them; *sent* has the headers of IP and what TCP sent "
        f"again. Medians of {options.line_runs} runs; every peer joined, or began its repository, over a clear line.")
    rows = []
    for peer in chosen:
        row = [peer.name]
        for weather in (SLOW, BAD):
            some = passages[peer.name, weather.name]
            middle = statistics.median
            arrived = sum(p.arrived for p in some)
            row += [spread([p.seconds for p in some], "", 1) if arrived == len(some)
                    else f"{arrived} of {len(some)} arrive", f"{middle(p.wire for p in some):,.0f}",
                    f"{middle(p.sent for p in some):,.0f}", max(p.tries for p in some)]
        rows.append(row)
    heads = [f"{what}, {line}" for line in ("64 kbit/s", "30 kbit/s and cuts") for what in
             ("s", "bytes", "sent", "tries at most")]
    section.table([""] + heads, rows)
    section.plot("lines", plots.groups(
        f"{REPORTS} reports over a bad line", "seconds", ["64 kbit/s", "30 kbit/s, cuts"],
        [(peer.name, [statistics.median(p.seconds for p in passages[peer.name, weather.name])
                      if all(p.arrived for p in passages[peer.name, weather.name]) else None
                      for weather in (SLOW, BAD)], "ours" if peer is Yarrow else "bar") for peer in chosen]),
        "Seconds of a hundred reports over two bad lines, by peer")

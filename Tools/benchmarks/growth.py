"""The group growth: what a sync costs as the base grows, and fresh replicas of the whole base."""
import collections
import pathlib
import re
import shutil
import statistics
import tempfile

import plots
from figures import Section
from measuring import Failed, Server, say
from programme import Place, Programme, copy_hub, import_reports, unlock
from proxy import free_port

STEP = 10_000
TIMES = 20
FRESH_BOUNDS = {10_000: 1.0, 100_000: 8.0}
KINDS = ["nothing", "one"]


Kept = collections.namedtuple("Kept", "hub home")


class Growing:
    """A liaison that records the whole base, and a case worker for each size of it.

    What a sync costs at one size is measured long after the base had it, by turns with all others, since
    a machine is not as fast an hour later: hub and laptop are kept as they were.
    """

    def __init__(self, work, place, bases):
        self.programme = Programme(work, place)
        self.work = pathlib.Path(work)
        self.home = self.programme.join("device")
        self.offices = {base: self.programme.join(f"office-{base}", "caseworker") for base in bases}
        self.programme.sync(self.home)
        self.without_keyring = [unlock(home) for home in (self.home, *self.offices.values())][0]
        self.recorded = 0
        self.kept = []

    def record(self, count, home=None):
        file = self.programme.reports(self.home, 1_000 + self.recorded, count)
        import_reports(home or self.home, file, count)
        file.unlink()
        self.recorded += count

    def keep(self, base):
        self.programme.stop()
        hub, home = self.work / f"hub-{base}", self.work / f"device-{base}"
        copy_hub(self.programme.hub, hub)
        shutil.copytree(self.home, home)
        unlock(home)
        self.kept.append(Kept(hub, home))
        self.programme.serve()

    def grow(self, base):
        while self.recorded < base:
            self.record(min(STEP, base - self.recorded))
            self.programme.sync(self.home)
        say(f"    {self.recorded} reports at the hub")

    def small(self):
        """For each kind of sync and each base, by turns: bodies, and processor seconds of the hub."""
        self.programme.stop()
        found = {kind: [([], []) for _ in self.kept] for kind in KINDS}
        ports = [free_port() for _ in self.kept]
        servers = [self.programme.serving(kept.hub, port) for kept, port in zip(self.kept, ports, strict=True)]
        for turn in range(TIMES + 1):
            for n, kept in enumerate(self.kept):
                self.programme.place.wire.lead(ports[n])
                for kind in KINDS:
                    if kind == "one":
                        self.record(1, kept.home)
                    before = servers[n].processor_seconds()
                    figures, _ = self.programme.sync(kept.home)
                    used = servers[n].processor_seconds() - before
                    # The first of each finds nothing in memory yet.
                    if turn > 0:
                        found[kind][n][0].append(figures["bytes_up"] + figures["bytes_down"])
                        found[kind][n][1].append(used)
        return found

    def fresh(self, base):
        figures, ended = self.programme.sync(self.offices[base])
        if figures["pulled"] < base:
            raise Failed("the case worker did not get the whole base")
        return ended


def measured(options):
    bases = [int(base) for base in re.split("[, ]+", options.bases)]
    section = Section("growth", "syncs as the base grows to " + f"{bases[-1]:,} reports")
    place = Place()
    with tempfile.TemporaryDirectory(prefix="yarrow-benchmarks-") as work:
        growing = Growing(work, place, bases)
        try:
            fresh = {}
            for base in bases:
                say(f"growth: {base} reports")
                growing.grow(base)
                growing.programme.sync(growing.home)
                fresh[base] = growing.fresh(base)
                growing.keep(base)
            small = growing.small()
        finally:
            Server.stop_all()
            place.close()
    report(section, bases, fresh, small)
    return section


def report(section, bases, fresh, small):
    for base in bases:
        # The bound of the nearest size that has one, in proportion.
        near = min(FRESH_BOUNDS, key=lambda size: abs(size - base))
        limit = FRESH_BOUNDS[near] * base / near
        ended = fresh[base]
        section.add(f"fresh case-worker replica of {base:,}", f"{limit:.1f} s, 200 MiB",
                    f"{ended.seconds:.2f} s, {ended.memory_mib:.0f} MiB", "",
                    ended.seconds <= limit and ended.memory_mib < 200)
    middle = statistics.median
    for kind, says in zip(KINDS, ("nothing to do", "one new report"), strict=True):
        for n, what in enumerate(("bytes", "processor time of the hub")):
            values = [middle(both[n]) for both in small[kind]]
            ratio = values[-1] / values[0]
            figure = (", ".join(f"{v:.0f}" for v in values) + " bytes" if n == 0
                      else ", ".join(f"{1000 * v:.2f}" for v in values) + " ms")
            section.add(f"{says}: {what}, at " + ", ".join(f"{base:,}" for base in bases), "flat within 20 %", figure,
                        f"{ratio:.2f}", ratio <= 1.2)
    section.note(f"Medians of {TIMES} syncs at each size, by turns with those at the others, each at a hub and on a laptop kept as "
                 "they were at that size; one fresh replica at each. All reports are of one device, in steps of 10,000. The "
                 "processor time is of all threads of the hub, idle work with it.")
    if len(bases) > 1:
        section.plot("growth", plots.curves(
            "What a sync costs as the base grows", "times its cost at the smallest base", bases,
            [(f"{says}: {what}", [middle(both[n]) for both in small[kind]])
             for kind, says in zip(KINDS, ("nothing to do", "one report"), strict=True)
             for n, what in enumerate(("bytes", "hub time"))]),
            "Bytes and hub time of small syncs, by size of the base")

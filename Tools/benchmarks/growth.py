"""The group growth: what a sync costs as the base grows, and fresh replicas of the whole base."""
import pathlib
import re
import statistics
import tempfile

import plots
from figures import Section
from measuring import Failed, say
from programme import Place, Programme, import_reports, unlock

STEP = 10_000
TIMES = 20
FRESH_BOUNDS = {10_000: 1.0, 100_000: 8.0}
KINDS = ["nothing", "one"]


class Growing:
    """A liaison that records the whole base, and a case worker for each size of it."""

    def __init__(self, work, place, bases):
        self.programme = Programme(work, place)
        self.work = pathlib.Path(work)
        self.home = self.programme.join("device")
        self.offices = {base: self.programme.join(f"office-{base}", "caseworker") for base in bases}
        self.programme.sync(self.home)
        self.without_keyring = [unlock(home) for home in (self.home, *self.offices.values())][0]
        self.recorded = 0

    def record(self, count):
        file = self.programme.reports(self.home, 1_000 + self.recorded, count)
        import_reports(self.home, file, count)
        file.unlink()
        self.recorded += count

    def grow(self, base):
        while self.recorded < base:
            self.record(min(STEP, base - self.recorded))
            self.programme.sync(self.home)
        say(f"    {self.recorded} reports at the hub")

    def small(self, kind):
        """Of several syncs: bodies, and processor seconds of the hub for each."""
        sizes, seconds = [], []
        for _ in range(TIMES):
            if kind == "one":
                self.record(1)
            before = self.programme.server.processor_seconds()
            figures, _ = self.programme.sync(self.home)
            seconds.append(self.programme.server.processor_seconds() - before)
            sizes.append(figures["bytes_up"] + figures["bytes_down"])
        return sizes, seconds

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
            fresh, small = {}, {kind: [] for kind in KINDS}
            for base in bases:
                say(f"growth: {base} reports")
                growing.grow(base)
                growing.programme.sync(growing.home)
                fresh[base] = growing.fresh(base)
                for kind in KINDS:
                    small[kind].append(growing.small(kind))
        finally:
            growing.programme.stop()
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
    section.note(f"Medians of {TIMES} syncs at each size; one fresh replica at each. All reports are of one device, "
                 "in steps of 10,000. The processor time is of all threads of the hub, idle work with it.")
    if len(bases) > 1:
        section.plot("growth", plots.curves(
            "What a sync costs as the base grows", "times its cost at the smallest base", bases,
            [(f"{says}: {what}", [middle(both[n]) for both in small[kind]])
             for kind, says in zip(KINDS, ("nothing to do", "one report"), strict=True)
             for n, what in enumerate(("bytes", "hub time"))]),
            "Bytes and hub time of small syncs, by size of the base")

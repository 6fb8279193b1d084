"""The groups work and peers: the same course for Yarrow and for the others, by turns."""
import pathlib
import shutil
import statistics
import tempfile

import plots
from figures import Section
from measuring import run, say, spread
from peers import Git, QuickSessions, Rsync, Sessions
from programme import Place, programme
from scenario import BATCH, EDITS, compressed, course, cut_at_half, plain_insert
from workload import Workload
from yarrow_peer import Yarrow

SMALL = ["nothing", "one", "hundred", "edits"]


class Course:
    """All runs of one peer."""

    def __init__(self, peer, count):
        self.peer, self.count = peer, count
        self.steps, self.disks, self.cuts = [], [], []

    def turn(self, work, workload):
        place = Place()
        try:
            steps, disk = self.once(work, place, workload, lambda peer: course(peer, self.count))
            whole = steps["first"].counts.both
            self.cuts.append(self.once(work, place, workload,
                                       lambda peer: cut_at_half(peer, self.count, whole)) / whole)
        finally:
            place.close()
        self.steps.append(steps)
        self.disks.append(disk)

    def once(self, work, place, workload, what):
        started = self.peer(work / "peer", place, workload)
        try:
            return what(started)
        finally:
            started.stop()
            shutil.rmtree(work / "peer")

    def wire(self, step):
        return [steps[step].counts.both for steps in self.steps]

    def bodies(self, step):
        return [s[step].figures["bytes_up"] + s[step].figures["bytes_down"] for s in self.steps]

    def exchanges(self, step):
        return max(s[step].figures["round_trips"] for s in self.steps)

    def seconds(self, step):
        return [steps[step].seconds for steps in self.steps]

    def memory(self, step):
        return [steps[step].ended.memory_mib for steps in self.steps]


def compared(wanted, options, python):
    """The sections of those of the two groups that are wanted."""
    Sessions.python = python
    count = options.count
    chosen = [Yarrow] + ([QuickSessions, Sessions, Rsync, Git] if "peers" in wanted else [])
    titles = {"work": "what Yarrow's syncs cost", "peers": "beside what people would use instead"}
    sections = {group: Section(group, titles[group]) for group in titles if group in wanted}
    with tempfile.TemporaryDirectory(prefix="yarrow-benchmarks-") as work:
        work = pathlib.Path(work)
        with programme() as made:
            form = work / "form.json"
            shutil.copy(made.form(made.join("device")), form)
        courses, plain = [Course(peer, count) for peer in chosen], []
        for n in range(options.runs):
            workload = Workload(work, form, options.seed + n, count, not options.short)
            for one in courses:
                say(f"run {n + 1} of {options.runs}, {count} reports: {one.peer.name}")
                one.turn(work, workload)
            plain.append(Limits(workload, work, count))
        limits = compressed(workload, count)
    if "work" in sections:
        bounds(sections["work"], courses[0], plain, count)
    if "peers" in sections:
        beside(sections["peers"], courses, plain, limits, count)
    return list(sections.values())


class Limits:
    """What the same reports come to without Yarrow: a plain table, and what they have to seal."""

    def __init__(self, workload, work, count):
        self.seconds, self.size = plain_insert(workload, work, count)
        # As the course takes them: a first sync, then one, then a hundred.
        spans = {"first": (0, count), "one": (count, 1), "hundred": (count + 1, BATCH)}
        self.text = {step: workload.deflated_alone(workload.stories, *span) for step, span in spans.items()}
        self.sealed = {step: workload.deflated_alone(workload.sealed, *span) for step, span in spans.items()}


def exchanges(count):
    return f"{count} exchange{'' if count == 1 else 's'}"


def bounds(section, ours, plain, count):
    section.note("Bodies, up and down together; *sealed text* is each report's free text, deflated alone with "
                 "the dictionary, *all that is sealed* that and the other sensitive answers, likewise. "
                 f"The base is {count:,} reports; {len(ours.steps)} runs.")
    body, least = ours.bodies, statistics.median
    section.add("nothing to do", "200 bytes, 1 exchange",
                f"{spread(body('nothing'), ' bytes', 0)}, {exchanges(ours.exchanges('nothing'))}", "",
                least(body("nothing")) <= 200 and ours.exchanges("nothing") == 1)
    for step, n, bound in [("one", 1, 380), ("hundred", BATCH, 80), ("first", count, 80)]:
        beyond = [(b - p.text[step]) / n for b, p in zip(body(step), plain, strict=True)]
        sealed = least((b - p.sealed[step]) / n for b, p in zip(body(step), plain, strict=True))
        section.add(f"{n:,} new reports, a report, beyond its sealed text" if n > 1
                    else "one new report, beyond its sealed text", f"{bound} bytes" + ", 1 exchange" * (n == 1),
                    f"{spread(beyond, ' bytes', 0)} of {least(body(step)) / n:,.0f} ({sealed:,.0f} beyond all that is "
                    f"sealed), {exchanges(ours.exchanges(step))}", "",
                    least(beyond) <= bound and (n > 1 or ours.exchanges(step) == 1))
    inserts = least(p.seconds for p in plain)
    for step, what, memory_max in [("first", "first sync of {} reports over TLS, whole process", None),
                                   ("fresh", "fresh case-worker replica of {}", 200)]:
        seconds, memory = ours.seconds(step), ours.memory(step)
        # A second for ten thousand.
        most = count / 10_000
        section.add(what.format(f"{count:,}"), f"{most:.1f} s" + (f", {memory_max} MiB" if memory_max else ""),
                    f"{spread(seconds, ' s')}, {spread(memory, ' MiB', 0)}, {least(body(step)) / count:.0f} bytes a report",
                    f"{least(seconds) / inserts:.1f} × plain insert",
                    least(seconds) <= most and (not memory_max or max(memory) < memory_max))
    section.add(f"{EDITS} edits of one coded field", "5,000 bytes", spread(body("edits"), " bytes", 0), "",
                least(body("edits")) <= 5_000)
    section.add("resume after a cut at half of a first sync", "1.05 × the bytes", "on the wire", spread(ours.cuts, " ×"),
                least(ours.cuts) <= 1.05)
    disks = [d / p.size for d, p in zip(ours.disks, plain, strict=True)]
    section.add("size on disk, beside a plain table of the same reports", "1.8 ×",
                f"{least(ours.disks) / 1e6:.1f} MB against {least(p.size for p in plain) / 1e6:.1f}",
                spread(disks, " ×"), least(disks) <= 1.8)


def beside(section, courses, plain, limits, count):
    least, ours = statistics.median, courses[0]
    others = courses[1:]
    for step, n in [("first", count), ("hundred", BATCH)]:
        own = least(ours.bodies(step)) / n
        others_bytes = [(least(c.wire(step)) / n, c.peer.name) for c in others
                        if not issubclass(c.peer, Sessions)]
        fewest, name = min(others_bytes)
        section.add(f"{n:,} new reports: fewer bytes than every peer but the changesets", f"< {fewest:.0f}, {name}",
                    f"{own:.0f} bytes a report", f"{own / fewest:.2f}", own < fewest)
        for c in others:
            if issubclass(c.peer, Sessions):
                theirs = least(c.wire(step)) / n
                section.add(f"{n:,} new reports, beside {c.peer.name}, unsealed", "≤ 1.6 ×",
                            f"{own:.0f} against {theirs:.0f} bytes a report", f"{own / theirs:.2f}", own <= 1.6 * theirs)
    rows = []
    for c in courses:
        rows.append([c.peer.name, f"{least(c.wire('first')) / count:,.0f}", spread(c.seconds("first")),
                     *(f"{least(c.wire(step)):,.0f}" for step in SMALL), spread(c.seconds("fresh")),
                     f"{least(c.wire('fresh')) / count:,.0f}",
                     f"{least(d / p.size for d, p in zip(c.disks, plain, strict=True)):.2f}",
                     f"{least(c.cuts):.2f}"])
    rows.append(["*plain SQLite insert*", "", spread([p.seconds for p in plain]), *[""] * 6, "1", ""])
    rows += [[f"*{name}*", f"{value:,.0f}", *[""] * 9] for name, value in limits.items()]
    section.note(
        f"On the wire, up and down together: {count:,} reports of {limits['JSON']:,.0f} bytes of JSON, medians of "
        f"{len(ours.steps)} runs. The bounds above compare Yarrow's bodies with the peers' bytes, since those speak "
        "without TLS, signatures and sealing; the table has Yarrow's TLS in it.")
    section.table(["", "bytes a report, first sync", "first sync s", "no-op", "one report", f"{BATCH} reports",
                   f"{EDITS} edits", "fresh replica s", "bytes a report, fresh", "disk × plain table",
                   "resume after a cut at half, × bytes"], rows)
    section.note("Versions: " + ", ".join(versions()) + ".")
    kinds = {Yarrow.name: "ours"}
    section.plot("peers-first-sync", plots.bars(
        f"A first sync of {count:,} reports", "bytes a report on the wire",
        [(c.peer.name, least(c.wire("first")) / count, kinds.get(c.peer.name, "bar")) for c in courses]
        + [(name, value, "limit") for name, value in limits.items()]), "Bytes a report of a first sync, by peer")
    section.plot("peers-small-syncs", plots.groups(
        f"Syncs on a base of {count:,} reports", "bytes on the wire", ["nothing to do", "one report", "100 reports", "100 edits"],
        [(c.peer.name, [least(c.wire(step)) for step in SMALL], kinds.get(c.peer.name, "bar")) for c in courses]),
        "Bytes of small syncs, by peer")


def versions():
    git = run("git", "--version").out.decode().strip()
    rsync = run("rsync", "--version").out.decode().split("\n")[0].split("protocol")[0].strip()
    sessions = run(Sessions.python, "-c", "import apsw, zstandard; print('apsw ' + apsw.apsw_version() + "
                   "', zstandard ' + zstandard.__version__)").out.decode().strip()
    return [git, " ".join(rsync.split()), sessions, run("zstd", "--version").out.decode().split(",")[0].strip("* \n")]

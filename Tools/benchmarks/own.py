"""What a device and a hub do by themselves: saving, importing, reading, a hub's memory."""
import concurrent.futures
import json
import os
import statistics
import tempfile
import time

from figures import Section
from measuring import Failed, run, say, spread
from programme import import_reports, programme, unlock

IMPORT_COUNT = 10_000
IMPORT_TIMES = 5
READ_TIMES = 7
SMALL_TIMES = 5
SAVED_TIMES = 3
DEVICES = 50
ENTRIES_EACH = 2_000


def saved(inprocess):
    section = Section("saved", "one durable record beside a plain SQLite commit")
    with programme() as made:
        home = made.join("home")
        made.sync(home)
        figures = []
        for n in range(SAVED_TIMES):
            file = made.reports(home, 10 + n, 400)
            out = run(inprocess, "saved", home, os.environ["YARROW_PASSPHRASE_FILE"], file).out
            figures.append(json.loads(out))
    ratios = [f["ratio"] for f in figures]
    middle = statistics.median(ratios)
    ours = statistics.median(f["saved_ms"] for f in figures)
    plain = statistics.median(f["plain_ms"] for f in figures)
    section.add(
        "one durable `saved`, beside a plain SQLite commit of the same bytes and pragmas", "≤ 1.5 ×",
        f"{ours:.2f} ms against {plain:.2f} ms, {figures[-1]['bytes']:.0f} bytes",
        f"{middle:.2f} ({min(ratios):.2f}–{max(ratios):.2f})", middle <= 1.5)
    return section


def pages(inprocess):
    section = Section("pages", "processor time of sealed pages beside plain ones")
    with tempfile.TemporaryDirectory(prefix="yarrow-benchmarks-") as work:
        figures = json.loads(run(inprocess, "pages", work, 5).out)
    ours = figures["sealed_write_s"] + figures["sealed_read_s"]
    plain = figures["plain_write_s"] + figures["plain_read_s"]
    section.add(
        "processor time of the page-sealing VFS, beside plain SQLite", "≤ 2 ×",
        f"{ours:.2f} s against {plain:.2f} s (writing {figures['write_ratio']:.2f} ×, "
        f"reading {figures['read_ratio']:.2f} ×)", f"{figures['ratio']:.2f}", figures["ratio"] <= 2)
    return section


def imports_syncs_reads(wanted):
    """The sections of those of the three groups that are wanted; they share one home."""
    sections = []
    with programme() as made:
        home = made.join("home")
        made.sync(home)
        without_keyring = unlock(home)
        say(f"import, sync: {IMPORT_TIMES} times {IMPORT_COUNT} reports")
        imported = Section("import", "reports from a file")
        synced = Section("sync", "one device and its hub on loopback")
        speeds, pushes, sizes = [], [], []
        for n in range(IMPORT_TIMES):
            file = made.reports(home, 20 + n, IMPORT_COUNT)
            speeds.append(IMPORT_COUNT / import_reports(home, file, IMPORT_COUNT))
            file.unlink()
            figures, ended = made.sync(home)
            if figures["received"] < IMPORT_COUNT:
                raise Failed("not everything was received")
            pushes.append(ended.seconds)
            sizes.append(figures["bytes_up"] / IMPORT_COUNT)
        if "import" in wanted:
            imported.add("`import` of 10,000 reports on one core, whole process", "≥ 10,000/s",
                         spread(speeds, "/s", 0), "", statistics.median(speeds) >= 10_000)
            sections.append(imported)
        if "sync" in wanted:
            synced.add("one origin pushes 10,000 entries over TLS on loopback to verified receipts, "
                       "whole process", "< 2 s",
                       f"{spread(pushes, ' s')}, {statistics.median(sizes):.0f} bytes an entry", "",
                       statistics.median(pushes) < 2)
            small_syncs(synced, made, home)
            sections.append(synced)
        if "read" in wanted:
            sections.append(reads(home, "with the passphrase" if without_keyring else "unlocked"))
        if without_keyring:
            sections[-1].note(without_keyring)
    return sections


def small_syncs(section, made, home):
    made.sync(home)
    for what, bound, kind in [
            ("a sync with nothing to do, both bodies", 512, "nothing"),
            ("a sync of one new report of three answers, both bodies", 700, "short"),
            ("a sync of one new report as made here, some fifteen answers and a story, both bodies",
             700, "whole")]:
        sizes, trips = [], []
        for n in range(SMALL_TIMES):
            if kind == "short":
                run("yarrow", "new", "report", "--home", home, "--set", "district=north", "--set",
                    "received_at=2025-03-01T09:00:00Z", "--set", "channel=in_person")
            elif kind == "whole":
                import_reports(home, made.reports(home, 40 + n, 1), 1)
            figures, _ = made.sync(home)
            sizes.append(figures["bytes_up"] + figures["bytes_down"])
            trips.append(figures["round_trips"])
        section.add(what, f"< {bound} bytes, 1 exchange",
                    f"{spread(sizes, ' bytes', 0)}, {max(trips)} exchange{'s' if max(trips) > 1 else ''}",
                    "", statistics.median(sizes) < bound and max(trips) == 1)


def reads(home, how):
    records = IMPORT_COUNT * IMPORT_TIMES
    section = Section("read", f"`list` and `find` with {records:,} records")
    for what, bound, command in [
            ("`list --limit 100`", 0.2, ["list", "--limit", "100"]),
            ("`list` of all of them", 0.2, ["list"]),
            ("`find` of a rare word", 0.3, ["find", "contract57", "--limit", "100"]),
            ("`find` of a number in some hundred addresses", 0.3, ["find", "57"]),
            ("`find` of a word in many thousand stories", 0.3, ["find", "hotel"])]:
        seconds = [run("yarrow", *command, "--home", home).seconds for _ in range(READ_TIMES)]
        section.add(f"{what}, {records:,} records, whole process, {how}", f"< {bound} s",
                    spread(seconds, " s"), "", statistics.median(seconds) < bound)
    return section


def memory():
    section = Section("memory", f"{DEVICES} devices push {DEVICES * ENTRIES_EACH:,} entries at once")
    with programme() as made, concurrent.futures.ThreadPoolExecutor(4) as few, \
            concurrent.futures.ThreadPoolExecutor(DEVICES) as all_of_them:
        homes = list(few.map(lambda n: made.join(f"home-{n}"), range(DEVICES)))
        file = made.reports(homes[0], 60, ENTRIES_EACH)
        list(few.map(lambda home: run("yarrow", "import", "--home", home, file, "--form", "report"),
                     homes))
        before = made.server.peak_memory_mib()
        began = time.perf_counter()
        received = sum(f["received"] for f, _ in all_of_them.map(made.sync, homes))
        seconds = time.perf_counter() - began
        peak = made.server.peak_memory_mib()
    if received < DEVICES * ENTRIES_EACH:
        raise Failed("not everything was received")
    section.add(
        f"peak memory of the hub while {DEVICES} devices push {DEVICES * ENTRIES_EACH:,} entries at once",
        "< 300 MiB", f"{peak:.0f} MiB ({before:.0f} before), {seconds:.1f} s", "", peak < 300)
    return section

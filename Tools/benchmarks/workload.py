"""The same reports for everybody: made up from a seed, as JSON, as rows of a plain table."""
import json
import pathlib
import pickle
import random
import sqlite3
import zlib

from measuring import run
from programme import ROOT

DICTIONARY = ROOT / "Sources/ShippedData/dictionary/v1.bin"
SEALED_CLASSES = {"sensitive", "identity"}
EDITED = "channel"


class Workload:
    """Reports by number: 0 up to `count`, then as many more as are asked for."""

    def __init__(self, work, form, seed, count, is_full=True):
        self.work, self.form = pathlib.Path(work), form
        fields = json.loads(pathlib.Path(form).read_text(encoding="utf-8"))["fields"]
        self.fields = [f["name"] for f in fields if f["type"] not in ("note", "group", "calculate")]
        self.sealed = [f["name"] for f in fields if f["class"] in SEALED_CLASSES and f["name"] in self.fields]
        self.stories = [f["name"] for f in fields if f["name"] in self.sealed and f["type"] == "text"]
        channels = next(f["choices"] for f in fields if f["name"] == EDITED)
        self.channels = [c["code"] if isinstance(c, dict) else c for c in channels]
        out = run(ROOT / "Tools/make-reports", "--form", form, "--seed", seed, "--count", count + 1_000,
                  "--area", "north", *(["--full"] if is_full else [])).out
        self.lines = out.decode().splitlines()
        self.reports = [json.loads(line) for line in self.lines]
        ids = random.Random(seed)
        self.ids = [ids.randbytes(16) for _ in self.lines]

    def file(self, first, count):
        """These reports as JSON Lines."""
        path = self.work / f"reports-{first}-{count}.jsonl"
        path.write_text("".join(line + "\n" for line in self.lines[first:first + count]), encoding="utf-8")
        return path

    def row(self, number):
        """The report as a row of the plain table: its id, then a column a field."""
        report = self.reports[number]
        return [self.ids[number], *(plain(report.get(name)) for name in self.fields)]

    def edit(self, number):
        """Another value of one coded field."""
        now = self.reports[number][EDITED]
        return self.channels[(self.channels.index(now) + 1) % len(self.channels)]

    def edited_line(self, number):
        return json.dumps({**self.reports[number], EDITED: self.edit(number)}, ensure_ascii=False)

    def update(self):
        return f'UPDATE report SET "{EDITED}" = ? WHERE id = ?'

    def statement_file(self, name, statement, rows):
        """A statement with its rows, for a program that speaks SQL itself."""
        path = self.work / name
        path.write_bytes(pickle.dumps((statement, rows)))
        return path

    def rows_file(self, first, count):
        return self.statement_file(f"rows-{first}-{count}", self.insertion(),
                                   [self.row(n) for n in range(first, first + count)])

    def edits_file(self, numbers):
        return self.statement_file("edits", self.update(), [(self.edit(n), self.ids[n]) for n in numbers])

    def deflated_alone(self, names, first, count):
        """What these answers come to, those of each report deflated alone with the dictionary."""
        dictionary, total = DICTIONARY.read_bytes(), 0
        for report in self.reports[first:first + count]:
            text = "\n".join(str(plain(report[name])) for name in names if name in report)
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
            total += len(deflate.compress(text.encode()) + deflate.flush()) if text else 0
        return total

    def table(self):
        columns = ", ".join(f'"{name}"' for name in self.fields)
        return f"CREATE TABLE report (id BLOB PRIMARY KEY NOT NULL, {columns})"

    def insertion(self):
        return f"INSERT INTO report VALUES (?{', ?' * len(self.fields)})"

    def plain_database(self, path):
        """A plain table, as durable as a home: rollback journal, synchronous=EXTRA."""
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA synchronous=EXTRA")
        database.execute(self.table())
        return database


def plain(value):
    if isinstance(value, list):
        return " ".join(value)
    return int(value) if isinstance(value, bool) else value

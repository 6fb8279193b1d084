"""Towards a committee: files of releases that were altered, transplanted, or are none (committee §5, §6, §7)."""

import os
import sqlite3

from arena import HubArena
from served import ServedHub
from town import REPORT, DeviceAttack, unsafe

# By what is wrong with it: a file that is none, or one that does not match.
REFUSED = "65|74|76"
TABLES = ("meta", "summary", "release", "entry", "field", "hidden_field", "withheld", "band", "policy", "form", "lists", "statement",
          "checkpoint", "consistency", "leaf")


class ReleaseTown:
    """Two true programmes, each with a hub, members and a release; a committee of the first checks files that are brought to it."""

    NAME = "-releases"

    def __init__(self, programs, seed):
        self.programs, self.where = programs, programs.where / "town-releases"
        self.where.mkdir()
        self.home, self.genuine, self.later = self.founded("release-hub", seed, 2)
        _, self.foreign, _ = self.founded("another-hub", seed + "/another", 1)

    def founded(self, name, seed, releases):
        hub = ServedHub(self.programs, name)
        try:
            arena = HubArena(hub, seed)
            home = self.where / name
            self.must("join", hub.invite("committee").text(), home=home)
            files = []
            for number in range(releases):
                for _ in range(3):
                    arena.member("liaison", "north", reports=2)
                hub.command("release")
                path = self.where / f"{name}-{number}"
                self.must("committee", "pull", "--out", str(path), home=home)
                files.append(path.read_bytes())
            return home, files[0], files[-1]
        finally:
            hub.stop()

    def must(self, *arguments, home):
        code, _, err = self.programs.run("yarrow", *arguments, home=home)
        if code != 0:
            raise SystemExit(f"yarrow {' '.join(arguments)}: exit {code}: {err}")

    def judge(self, attack):
        for number, shot in enumerate(attack.shots):
            if problem := self.shot(attack, shot):
                return f"{problem} (shot {number + 1})", number + 1
        return None, len(attack.shots)

    def shot(self, attack, shot):
        """A shot makes bytes, or puts something else in the place of a file."""
        path = self.where / "brought"
        if path.is_symlink() or path.is_file():
            path.unlink()
        made = shot(self)
        if made is not None:
            path.write_bytes(made)
        code, out, err = self.programs.run("yarrow", "committee", "verify", str(path), "--json", home=self.home, timeout=60)
        if str(code) not in attack.expect:
            return f"expected {' or '.join(sorted(attack.expect))}, got {code}: {(out + err)[:300]!r}"
        if code != 0 and '"ok":true' in out:
            return "refused, and called sound"
        if made is not None and path.read_bytes() != made:
            return "the file was changed"
        strays = [p.name for p in self.where.iterdir() if p.name.startswith("brought") and p != path]
        return unsafe(out + err) or (f"left {strays}" if strays else None)

    # Ways to alter a file

    def altered(self, *statements, file=None):
        """The file after these statements, as SQLite writes it."""
        path = self.where / "altering"
        path.write_bytes(file or self.genuine)
        base = sqlite3.connect(path, isolation_level=None)
        try:
            base.execute("PRAGMA journal_mode = DELETE")
            base.execute("PRAGMA writable_schema = ON")
            for statement in statements:
                base.execute(statement)
        finally:
            base.close()
        made = path.read_bytes()
        path.unlink()
        return made


def brought(name, what, expect, *shots):
    DeviceAttack(name, what, expect, town=ReleaseTown.NAME, release=list(shots))


def sql(*statements):
    return lambda town: town.altered(*statements)


brought("release_honest", "the file as it was fetched, and the one after it", "0", lambda t: t.genuine, lambda t: t.later)
brought("release_of_another_programme", "a true file of another programme", REFUSED, lambda t: t.foreign)


def transplanted(table):
    """One table of the file is that of the other release, or of the other programme."""
    def from_(pick):
        def make(town):
            donor = town.where / "donor"
            donor.write_bytes(pick(town))
            try:
                return town.altered(f"ATTACH '{donor}' AS other", f"DELETE FROM {table}", f"INSERT INTO main.{table} SELECT * FROM other.{table}",
                                    "DETACH other")
            finally:
                donor.unlink()
        return make
    return [from_(lambda t: t.later), from_(lambda t: t.foreign)]


brought("release_transplanted", "each table that differs in the place of the same one of another release, and of another programme", REFUSED,
        *(shot for table in ("release", "entry", "field", "leaf", "checkpoint", "statement") for shot in transplanted(table)))
brought("release_rows_gone", "the last row of each table gone", REFUSED, *(
    sql(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})") for table in TABLES
    if table not in ("hidden_field", "withheld", "band", "lists", "consistency")))
brought("release_rows_emptied", "all rows of each table gone", REFUSED, *(sql(f"DELETE FROM {table}") for table in TABLES if table not in (
    "hidden_field", "withheld", "band", "lists", "consistency")))
brought("release_answers_changed", "an answer, its pair, its name, its salt, its digest", REFUSED,
        sql("UPDATE field SET value = 'closed' WHERE rowid = 1"), sql("UPDATE field SET \"write\" = x'6161' WHERE rowid = 1"),
        sql("UPDATE field SET name = 'narrative' WHERE rowid = 1"), sql("UPDATE field SET salt = zeroblob(16) WHERE rowid = 1"),
        sql("UPDATE field SET digest = zeroblob(32) WHERE rowid = 1"), sql("UPDATE field SET value = NULL"),
        sql("UPDATE field SET value = char(27) || '[2J' || char(8238) WHERE rowid = 1"))
brought("release_entries_changed", "a record, a code, a form, a kind, a position of an entry, two entries exchanged", REFUSED, *(
    sql(f"UPDATE entry SET {change} WHERE rowid = (SELECT min(rowid) FROM entry)") for change in (
        "record = zeroblob(16)", "code = 'AAAA-AAAA'", "form = 'note'", "kind = 'withdraw'", "position = 4611686018427387904", "salt = zeroblob(16)",
        "envelope_digest = zeroblob(32)", "coded_digest = x''", "code = char(27) || '[2J'")),
        sql("UPDATE entry SET position = -position", "UPDATE entry SET position = (SELECT count(*) FROM leaf) + position"))
brought("release_counts_changed", "more withheld than are, fewer, a reason that is none, a count of somebody, a count beyond any", REFUSED,
        sql("UPDATE withheld SET entries = entries + 1"), sql("UPDATE withheld SET entries = entries - 1"),
        sql("UPDATE withheld SET reason = char(27) || '[2J'"), sql("INSERT INTO withheld VALUES ('consent', 1)"),
        sql("INSERT INTO withheld VALUES ('consent', 9223372036854775807), ('erasure', 9223372036854775807)"),
        sql("INSERT INTO withheld VALUES ('consent', -1)"), sql("INSERT INTO band VALUES ('report', 'new', '2026-03', '1-4')"),
        sql("UPDATE release SET entries = entries + 1"), sql("UPDATE release SET entries = 9223372036854775807"))
brought("release_head_changed", "each number and each hash of the release itself", REFUSED, *(
    sql(f"UPDATE release SET {change}") for change in (
        "number = 2", "number = -1", "previous_number = 0, previous_index = 0", "root = zeroblob(32)", "content = zeroblob(32)", "policy = zeroblob(32)",
        "leaf = CAST(leaf || x'00' AS BLOB)", "leaf = zeroblob(1000000)", "log_epoch = 2", "log_size = log_size + 1", "log_size = 9223372036854775807", "log_index = 0",
        "log_index = -1", "log_path = x''", "log_path = CAST(log_path || zeroblob(32) AS BLOB)", "log_path = zeroblob(32 * 64)", "log_path = zeroblob(31)")),
        sql("INSERT INTO release SELECT * FROM release"))
brought("release_history_changed", "checkpoints and proofs: another size, epoch, root, an altered note, one twice, one of nobody", REFUSED, *(
    sql(f"UPDATE checkpoint SET {change} WHERE rowid = 1") for change in (
        "size = size + 1", "epoch = 2", "root = zeroblob(32)", "note = note || ' '", "note = ''", "note = replace(note, char(8212), '-')",
        "note = CAST(zeroblob(1000000) AS TEXT)")), sql("INSERT INTO checkpoint SELECT * FROM checkpoint"),
        sql("INSERT INTO checkpoint VALUES (1, 1, zeroblob(32), 'yarrow')"), sql("INSERT INTO consistency VALUES (1, 1, 2, zeroblob(32))"),
        sql("UPDATE consistency SET hashes = zeroblob(32)", "DELETE FROM checkpoint WHERE rowid = 1"))
brought("release_policy_changed", "a policy, a form and lists that the authority did not sign, and statements with an altered byte", REFUSED,
        sql("UPDATE policy SET yaml = yaml || '# '"), sql("UPDATE policy SET version = 2"), sql("UPDATE form SET yaml = yaml || '# ' WHERE rowid = 1"),
        sql("UPDATE form SET name = 'other' WHERE rowid = 1"), sql("UPDATE form SET yaml = CAST(zeroblob(200000) AS TEXT) WHERE rowid = 1"),
        sql("UPDATE lists SET yaml = yaml || '# '", "INSERT INTO lists SELECT 'x' WHERE NOT EXISTS (SELECT 1 FROM lists)"),
        sql("UPDATE statement SET bytes = zeroblob(length(bytes)) WHERE rowid = 1"), sql("UPDATE statement SET version = 2 WHERE rowid = 1"),
        sql("UPDATE statement SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE rowid = 1"), sql("UPDATE statement SET type = 1 WHERE rowid = 1"))
brought("release_words_changed", "the summary says something else, in one language, or clears the terminal; the meta table names another format or programme",
        REFUSED, sql("UPDATE summary SET text = replace(text, '1', '2') WHERE lang = 'en'"), sql("UPDATE summary SET text = char(27) || '[2J' WHERE lang = 'ar'"),
        sql("UPDATE meta SET value = 'yarrow committee replica 2' WHERE name = 'format'"), sql("UPDATE meta SET value = upper(value) WHERE name = 'programme'"),
        sql("INSERT INTO meta VALUES ('x', 'y')"))


def schema(change):
    return sql(f"UPDATE sqlite_schema SET {change}")


brought("release_schema", "a trigger, a table, an index, a view more; a view that says something else; names and statements that are none", REFUSED,
        sql("CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM entry; END"), sql("CREATE TABLE more(x)"), sql("CREATE INDEX i ON entry(record)"),
        sql("CREATE VIEW more AS SELECT * FROM entry"), sql("DROP VIEW counts", "CREATE VIEW counts AS SELECT 'report' AS form, 'new' AS status, '' AS month, '9' AS reports"),
        schema("sql = replace(sql, 'STRICT', 'strict')"), schema("sql = sql || ' ' WHERE name = 'entry'"), schema("sql = 'CREATE TABLE ' WHERE name = 'entry'"),
        schema("sql = NULL WHERE name = 'entry'"), schema("rootpage = 2 WHERE type = 'table'"), schema("rootpage = 2147483647 WHERE name = 'leaf'"),
        schema("name = char(27) || '[2J' WHERE name = 'leaf'"), schema("type = 'view' WHERE name = 'leaf'"),
        sql("CREATE VIRTUAL TABLE more USING fts5(x)"), sql("DROP TABLE band", "CREATE VIEW band AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT x AS form FROM c"))
brought("release_rewritten", "nothing changed but where SQLite put it: another order of pages, a page size, a user version, a free page", REFUSED,
        sql("VACUUM"), sql("PRAGMA user_version = 2"), sql("PRAGMA application_id = 1"), sql("CREATE TABLE x(y)", "DROP TABLE x"),
        sql("PRAGMA page_size = 8192", "VACUUM"), sql("PRAGMA auto_vacuum = FULL", "VACUUM"), sql("DELETE FROM leaf WHERE position = 0", "VACUUM"))


def flipped(at):
    def make(town):
        place = at * len(town.genuine) // 97
        return town.genuine[:place] + bytes([town.genuine[place] ^ 1 << at % 8]) + town.genuine[place + 1:]
    return make


brought("release_bits", "a bit altered, at ninety-seven places", REFUSED, *map(flipped, range(97)))


def header(at, value):
    return lambda town: town.genuine[:at] + value + town.genuine[at + len(value):]


brought("release_bytes", "cut, lengthened, empty, of noise, of zeros, with a header that lies", REFUSED,
        *(lambda t, f=f: f(t.genuine) for f in (
            lambda b: b"", lambda b: b[:1], lambda b: b[:100], lambda b: b[:4_096], lambda b: b[:-1], lambda b: b[:-4_096], lambda b: b + b"\0",
            lambda b: b + bytes(4_096), lambda b: b + b, lambda b: bytes(len(b)), lambda b: os.urandom(len(b)), lambda b: b"PK\3\4" + b[4:])),
        header(16, b"\2\0"), header(16, b"\0\1"), header(18, b"\2\2"), header(20, b"\xff"), header(28, b"\xff" * 4), header(28, bytes(4)),
        header(32, b"\0\0\0\2"), header(44, b"\0\0\0\x09"), header(56, b"\0\0\0\2"), header(100, b"\x05"), header(103, b"\xff\xff"))


def in_place(make):
    """Something else than a file under its name."""
    def shot(town):
        path = town.where / "brought"
        make(town, path)
    return shot


def sparse(town, path):
    with open(path, "wb") as file:
        file.write(town.genuine)
        file.truncate((1 << 30) + 4_096)


brought("release_no_file", "a link to itself, a link to a device that never ends, a file larger than any release", REFUSED + "|66",
        in_place(lambda t, p: p.symlink_to(p)), in_place(lambda t, p: p.symlink_to("/dev/zero")), in_place(sparse))

__all__ = ["REPORT", "ReleaseTown"]

"""A device and a hub that exchange SQLite changesets: run by peers.py, needs apsw and zstandard.

    --table SQL --level N (serve FILE PORT | insert FILE ROWS | update FILE EDITS | sync FILE HOST PORT)

Each way one message a connection: its length in 4 bytes, then zstd of a number and of changesets.
The device says how much of the hub's log it has, and sends what it recorded; the hub answers with the
log's new end and with what others sent. What was answered for is durable.
"""
import argparse
import pathlib
import pickle
import secrets
import socket
import struct

import apsw
import zstandard

STATE = """
CREATE TABLE log (seq INTEGER PRIMARY KEY, origin BLOB, changeset BLOB NOT NULL);
CREATE TABLE outbox (n INTEGER PRIMARY KEY, changeset BLOB NOT NULL);
CREATE TABLE me (origin BLOB, seen INTEGER);
"""


def opened(path, table):
    is_new = not pathlib.Path(path).exists()
    database = apsw.Connection(path)
    database.execute("PRAGMA synchronous=EXTRA")
    if is_new:
        with database:
            database.execute(table)
            database.execute(STATE)
            database.execute("INSERT INTO me VALUES (?, 0)", (secrets.token_bytes(8),))
    return database


def recorded(database, statement, rows):
    """Runs the statement for each row, and keeps the changeset of it all for the next sync."""
    with database:
        session = apsw.Session(database, "main")
        session.attach("report")
        database.executemany(statement, rows)
        database.execute("INSERT INTO outbox (changeset) VALUES (?)", (session.changeset(),))
        session.close()


def apply(database, changeset):
    apsw.Changeset.apply(changeset, database, conflict=lambda *_: apsw.SQLITE_CHANGESET_OMIT)


def send(line, level, number, origin, changesets):
    body = struct.pack(">Q8s", number, origin) + b"".join(struct.pack(">I", len(c)) + c for c in changesets)
    packed = zstandard.ZstdCompressor(level=level).compress(body)
    line.sendall(struct.pack(">I", len(packed)) + packed)


def exactly(line, count):
    parts = bytearray()
    while len(parts) < count:
        part = line.recv(min(1 << 16, count - len(parts)))
        if not part:
            raise ConnectionError("the line ended")
        parts += part
    return bytes(parts)


def receive(line):
    packed = exactly(line, struct.unpack(">I", exactly(line, 4))[0])
    body = zstandard.ZstdDecompressor().decompress(packed)
    number, origin = struct.unpack(">Q8s", body[:16])
    changesets, at = [], 16
    while at < len(body):
        end = at + 4 + struct.unpack(">I", body[at:at + 4])[0]
        changesets.append(body[at + 4:end])
        at = end
    return number, origin, changesets


def answer(database, line, level):
    seen, origin, changesets = receive(line)
    with database:
        for changeset in changesets:
            apply(database, changeset)
            database.execute("INSERT INTO log (origin, changeset) VALUES (?, ?)", (origin, changeset))
        last = database.execute("SELECT coalesce(max(seq), 0) FROM log").get
        others = [row[0] for row in database.execute(
            "SELECT changeset FROM log WHERE seq > ? AND origin <> ? ORDER BY seq", (seen, origin))]
    send(line, level, last, origin, others)


def serve(database, level, port):
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            line, _ = listener.accept()
            with line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    answer(database, line, level)
                except (OSError, zstandard.ZstdError):
                    pass


def sync(database, level, host, port):
    origin, seen = database.execute("SELECT origin, seen FROM me").fetchone()
    waiting = list(database.execute("SELECT n, changeset FROM outbox ORDER BY n"))
    with socket.create_connection((host, int(port))) as line:
        send(line, level, seen, origin, [changeset for _, changeset in waiting])
        last, _, changesets = receive(line)
    with database:
        for changeset in changesets:
            apply(database, changeset)
        database.execute("DELETE FROM outbox WHERE n <= ?", (waiting[-1][0] if waiting else 0,))
        database.execute("UPDATE me SET seen = ?", (last,))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--table", required=True)
    arguments.add_argument("--level", type=int, required=True)
    arguments.add_argument("verb", choices=["serve", "insert", "update", "sync"])
    arguments.add_argument("file")
    arguments.add_argument("rest", nargs="*")
    given = arguments.parse_args()
    database = opened(given.file, pathlib.Path(given.table).read_text(encoding="utf-8"))
    if given.verb == "serve":
        serve(database, given.level, *given.rest)
    elif given.verb == "sync":
        sync(database, given.level, *given.rest)
    else:
        # Written by peers.py for this process alone.
        statement, rows = pickle.loads(pathlib.Path(given.rest[0]).read_bytes())
        recorded(database, statement, rows)


if __name__ == "__main__":
    main()

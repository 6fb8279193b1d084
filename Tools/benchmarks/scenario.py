"""One course of work, the same for every peer: what each step cost."""
import pathlib
import subprocess
import time

from measuring import Failed, say

EDITS, BATCH = 100, 100


def course(peer, count):
    """The whole course but the cut: steps by name, and what the device's disk holds."""
    steps = {}
    peer.save(0, count)
    steps["first"] = peer.sync()
    disk = peer.device_bytes()
    steps["nothing"] = peer.sync()
    peer.save(count, 1)
    steps["one"] = peer.sync()
    peer.save(count + 1, BATCH)
    steps["hundred"] = peer.sync()
    peer.edit(range(EDITS))
    steps["edits"] = peer.sync()
    steps["fresh"] = peer.fresh()
    for name, step in steps.items():
        say(f"    {name}: {step.seconds:.2f} s, {step.counts.up} up, {step.counts.down} down, "
            f"{step.counts.connections} connections")
    return steps, disk


def cut_at_half(peer, count, whole):
    """Bytes of a first sync that is cut when half of `whole` has gone, and of what ends it."""
    peer.save(0, count)
    peer.place.wire.cut_after(whole // 2)
    total, times = 0, 0
    while True:
        synced = peer.sync(check=False, limit=120)
        total += synced.counts.both
        times += 1
        if synced.ended.status == 0 and peer.place.wire.was_cut:
            break
        if times == 10:
            raise Failed(f"{peer.name}: ten syncs did not end what one began")
    say(f"    cut at half: {total} bytes in {times} syncs, {total / whole:.2f} ×")
    return total


def plain_insert(workload, work, count):
    """Seconds and bytes of the plain table: the limit for time and disk."""
    path = pathlib.Path(work) / "plain.sqlite"
    path.unlink(missing_ok=True)
    rows = [workload.row(n) for n in range(count)]
    began = time.perf_counter()
    database = workload.plain_database(path)
    database.execute("BEGIN")
    database.executemany(workload.insertion(), rows)
    database.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    return seconds, path.stat().st_size


def zstd(data, level):
    return len(subprocess.run(["zstd", f"-{level}", "-c", "-q"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout)


def compressed(workload, count):
    """Bytes a report of the JSON as it is and with a stream a column, by zstd's two levels."""
    whole = "\n".join(workload.lines[:count]).encode()
    columns = ["\n".join(str(row[n] if row[n] is not None else "") for row in
                         (workload.row(number) for number in range(count))).encode()
               for n in range(1, len(workload.fields) + 1)]
    figures = {"JSON": len(whole) / count}
    for level in (3, 19):
        figures[f"zstd -{level} of the JSON"] = zstd(whole, level) / count
        figures[f"zstd -{level}, a stream a column"] = sum(zstd(c, level) for c in columns) / count
    return figures


__all__ = ["BATCH", "EDITS", "compressed", "course", "cut_at_half", "plain_insert"]

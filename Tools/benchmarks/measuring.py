"""Runs programs to their end, and says what that took."""
import dataclasses
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time


class Failed(Exception):
    """A program did not do what the benchmark needs."""


@dataclasses.dataclass
class Ended:
    out: bytes
    errors: str
    seconds: float
    memory_mib: float
    status: int


def say(text):
    print(text, file=sys.stderr, flush=True)


class PeakMemory:
    """The most that a process has resident, looked up until it ends.

    Not `ru_maxrss`: that of a child is never under what its parent held when it started it.
    """
    EVERY = 0.02

    def __init__(self, process):
        self.process, self.mib, self.ended = process, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.ended.wait(self.EVERY):
            self.mib = max(self.mib, resident_at_most_mib(self.process.pid))

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.mib


def resident_at_most_mib(process):
    """0 for one that has ended."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0) / 1024
    except OSError:
        return 0


def run(*command, pinned=False, check=True, out=None, limit=None, environment=None):
    """Runs to the end, or for `limit` seconds; the time is that of the whole process."""
    command = [str(part) for part in command]
    if pinned:
        command = ["taskset", "-c", "0"] + command
    with tempfile.TemporaryFile() as kept, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out or kept, stderr=errors,
            env={**os.environ, **(environment or {})}, start_new_session=True)
        memory = PeakMemory(process)
        timer = threading.Timer(limit or 0, os.killpg, (process.pid, signal.SIGKILL))
        if limit:
            timer.start()
        try:
            process.wait()
            seconds = time.perf_counter() - began
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
            peak_mib = memory.stop()
        kept.seek(0)
        errors.seek(0)
        ended = Ended(kept.read(), errors.read().decode(errors="replace"), seconds,
                      peak_mib, process.returncode)
    if check and ended.status != 0:
        raise Failed(f"{' '.join(command[:4])} ended with {ended.status}: {ended.errors[-500:]}")
    return ended


class Server:
    """A program that serves until it is stopped, with all that it started."""
    running = set()

    def __init__(self, *command, log, ready=None, environment=None):
        self.log = open(log, "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log, text=True, start_new_session=True,
            env={**os.environ, **(environment or {})})
        Server.running.add(self)
        self.ready_line = self.process.stdout.readline() if ready else ""
        if ready and not self.ready_line.startswith(ready):
            self.stop()
            raise Failed(f"{command[0]} did not start: see {log}")

    def peak_memory_mib(self):
        return resident_at_most_mib(self.process.pid)

    def processor_seconds(self):
        """What all its threads have used, those that ended too: the clock of clock_getcpuclockid(3)."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    @classmethod
    def stop_all(cls):
        """Those that an error kept from being stopped."""
        for server in list(cls.running):
            server.stop()

    def stop(self):
        Server.running.discard(self)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process.stdout.close()
        self.log.close()


def spread(values, unit="", digits=2):
    return (f"{statistics.median(values):,.{digits}f}{unit} "
            f"({min(values):,.{digits}f}–{max(values):,.{digits}f})")


def size_of(path):
    """Bytes of a file, or of all files under a directory."""
    if path.is_file():
        return path.stat().st_size
    return sum(found.stat().st_size for found in path.rglob("*") if found.is_file())

"""Towards a hub: many peers that want little and hold on to it. What an honest device notices of them.

The attackers run in a process of their own at the lowest priority, so that what is measured is the hub and not the
sharing of two cores with them. Quiet and loaded blocks alternate, so that both see the same machine.
"""

import multiprocessing
import os
import resource
import socket
import statistics
import threading
import time

from line import CONTEXT, Closed, Line, head
from member import Member

BLOCKS, EXCHANGES = 5, 100
# Where the reports are that a hub has before anybody attacks it, of how many, and how many; bytes of what each has sealed.
USED, MEMBERS, REPORTS, EACH, STORY = "south", 8, 48_000, 200, 320
P99_FACTOR_MAX = 2.0


class Crowd:
    """Attackers of several kinds, kept up to number as the hub drops them."""

    KINDS = {"idle_handshakes": 450, "half_handshakes": 150, "idle_lines": 150, "slow_heads": 100, "slow_bodies": 120,
             "never_readers": 60}

    def __init__(self, address, question):
        self.address, self.question, self.stopped = address, question, threading.Event()

    # One peer of each kind: returns a socket to be held.

    def plain(self):
        return socket.create_connection(self.address, timeout=10)

    def spoken(self):
        return CONTEXT.wrap_socket(self.plain())

    def idle_handshakes(self):
        return self.plain()

    def half_handshakes(self):
        s = self.plain()
        s.sendall(b"\x16\3\1\2\0\1\0\1\xfc\3\3" + bytes(32))
        return s

    def idle_lines(self):
        return self.spoken()

    def slow_heads(self):
        s = self.spoken()
        s.sendall(b"POST /v1/exchange HTTP/1.1\r\nx: ")
        return s

    def slow_bodies(self):
        s = self.spoken()
        s.settimeout(20)
        s.sendall(head(1 << 20) + bytes((1 << 20) - 5_000))
        return s

    def never_readers(self):
        s = self.plain()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s = CONTEXT.wrap_socket(s)
        s.sendall((head(len(self.question)) + self.question) * 3)
        return s

    def is_open(self, s):
        """Whether the hub still holds this line; a never-reader's answer counts as open."""
        try:
            s.setblocking(False)
            return bool(socket.socket.recv(s, 1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def keep(self, kind, count):
        held = []
        while not self.stopped.is_set():
            open_ = [s for s in held if self.is_open(s)]
            for s in held:
                if s not in open_:
                    s.close()
            held = open_
            for _ in range(min(8, count - len(held))):
                try:
                    held.append(getattr(self, kind)())
                except (OSError, Closed):
                    pass
            # A pace at which one small computer can attack for days.
            self.stopped.wait(0.25)
        for s in held:
            s.close()

    def flood(self, per_second):
        """Messages of a stranger, each over a line that was open."""
        garbage = bytes([1, 1, 0]) + os.urandom(300)
        while not self.stopped.is_set():
            try:
                with Line(self.address, timeout=10) as line:
                    line.post(garbage)
            except (OSError, Closed):
                pass
            self.stopped.wait(1 / per_second)

    def run(self, running):
        os.nice(19)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
        while True:
            running.wait()
            self.stopped.clear()
            threads = [threading.Thread(target=self.keep, args=kind, daemon=True) for kind in self.KINDS.items()]
            threads.append(threading.Thread(target=self.flood, args=(20,), daemon=True))
            for thread in threads:
                thread.start()
            while running.is_set():
                time.sleep(0.05)
            self.stopped.set()
            for thread in threads:
                thread.join()


def timed(member: Member, count):
    """Milliseconds of so many syncs: connect, shake hands, push a report, check the answer."""
    taken, failed = [], 0
    for _ in range(count):
        began = time.perf_counter()
        try:
            member.exchange(member.next_push())
        except Exception:
            failed += 1
        taken.append(1000 * (time.perf_counter() - began))
    return taken, failed


def asked(arena):
    """A question whose answer is as long as one can be made: everything that an area holds."""
    attacker = arena.member("caseworker", USED)
    return attacker.message(streams=[("programme", 0, b""), (f"area/{USED}", 0, b"")], budget=1 << 20)


def use(arena):
    """What a hub has behind it on any day: as many reports of one area as its caches hold pages of, taken and read.

    Only then does its memory say what peers make it hold, and not how much of its own file it has looked at.
    """
    for _ in range(MEMBERS):
        member = arena.member("liaison", USED)
        for _ in range(REPORTS // MEMBERS // EACH):
            entries = []
            for _ in range(EACH):
                entries.append(member.entry(after=[*member.entries, *entries], area=USED, sensitive=os.urandom(STORY)))
            answer = member.exchange(member.push_of(*entries))
            assert not answer.held, answer.held
    arena.member("caseworker", USED).exchange(streams=[("programme", 0, b""), (f"area/{USED}", 0, b"")], budget=1 << 20)


def p99(values):
    return statistics.quantiles(values, n=100)[98]


def measure(arena, blocks=BLOCKS):
    """Figures of quiet and loaded blocks, and what is wrong with them."""
    honest, question = arena.member("liaison", "north"), asked(arena)
    context = multiprocessing.get_context("fork")
    running = context.Event()
    crowd = context.Process(target=Crowd(arena.address, question).run, args=(running,), daemon=True)
    crowd.start()
    quiet, loaded, failures = [], [], 0
    timed(honest, 50)
    memory_before = arena.served.memory("VmRSS")
    for _ in range(blocks):
        quiet += timed(honest, EXCHANGES)[0]
        running.set()
        # Until the crowd stands: each kind grows by 32 a second.
        time.sleep(8)
        more, failed = timed(honest, EXCHANGES)
        loaded, failures = loaded + more, failures + failed
        running.clear()
        time.sleep(2)
    crowd.terminate()
    crowd.join()
    figures = {"exchanges": len(loaded), "quiet_p50": statistics.median(quiet), "quiet_p99": p99(quiet),
               "loaded_p50": statistics.median(loaded), "loaded_p99": p99(loaded), "failed": failures,
               "memory_mib": (arena.served.memory("VmHWM") - memory_before) / 1024}
    problems = []
    if failures:
        problems.append(f"{failures} of {len(loaded)} honest syncs failed")
    if figures["loaded_p99"] >= P99_FACTOR_MAX * figures["quiet_p99"]:
        problems.append("an honest device's p99 doubled")
    return figures, problems


def released(address, question, seconds):
    """Whether the hub lets go by itself of one peer of each kind within so many seconds; names of those it keeps."""
    crowd = Crowd(address, question)
    held = {kind: getattr(crowd, kind)() for kind in Crowd.KINDS}
    ends = time.monotonic() + seconds
    kept = set(held)
    while kept and time.monotonic() < ends:
        time.sleep(0.5)
        there = lines_at(address[1])
        kept = {kind for kind in kept if held[kind].getsockname()[1] in there}
    for s in held.values():
        s.close()
    return kept


def lines_at(port):
    """The other ends' ports of all lines that the kernel holds for this listener, those that it was told to end included.

    A peer that takes nothing is never told, so its own end does not say whether the hub let go.
    """
    with open("/proc/net/tcp") as table:
        lines = [line.split() for line in table.readlines()[1:]]
    ends = ((line[1].split(":")[1], line[2].split(":")[1], line[3]) for line in lines)
    return {int(there, 16) for here, there, state in ends
            if int(here, 16) == port and state not in (LISTENING, *OVER)}


# FIN-WAIT-2 and TIME-WAIT: the hub closed, and all that it said was taken.
LISTENING, OVER = "0A", ("05", "06")

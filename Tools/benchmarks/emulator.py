"""A bad line between two namespaces: by netem where the kernel has it, else by hand between two TUN devices.

A way has a rate, at which packets leave one after the other, and a queue before it of 50 packets, whose tail is
dropped; then packets are lost by chance, and what is left arrives after the delay. While the line is down,
nothing gets in, and what is queued or under way is lost.
"""
import collections
import dataclasses
import fcntl
import os
import random
import select
import struct
import threading
import time

from namespaces import Namespace, in_thread

DEVICE, HUB = "10.77.0.1", "10.77.0.2"
QUEUE = 50
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


@dataclasses.dataclass(frozen=True)
class Weather:
    """`bits` a second each way (0: no limit), seconds of round trip, share of packets lost each way; with `cut_every`,
    the line is down for `cut_for` seconds of each such period, from `first_cut` on, counted from the command."""
    name: str
    bits: int = 0
    round_trip: float = 0
    loss: float = 0
    cut_every: float = 0
    cut_for: float = 0
    first_cut: float = 0

    def is_down(self, age):
        since = age - self.first_cut
        return bool(self.cut_every) and since >= 0 and since % self.cut_every < self.cut_for


CLEAR = Weather("clear")


@dataclasses.dataclass
class Traffic:
    """IP packets that one end sent, and how many arrived."""
    bytes: int = 0
    packets: int = 0
    arrived: int = 0


class Way:
    """One direction. Time is an argument; `pop` gives what arrives by then."""

    def __init__(self, seed):
        self.random, self.traffic = random.Random(seed), Traffic()
        self.turn(CLEAR)

    def turn(self, weather):
        self.weather, self.free_at = weather, 0.0
        self.leaving, self.arriving = collections.deque(), collections.deque()

    def push(self, packet, now, is_down):
        self.traffic.bytes += len(packet)
        self.traffic.packets += 1
        while self.leaving and self.leaving[0] <= now:
            self.leaving.popleft()
        if is_down or len(self.leaving) >= QUEUE:
            return
        took = len(packet) * 8 / self.weather.bits if self.weather.bits else 0
        self.free_at = max(self.free_at, now) + took
        self.leaving.append(self.free_at)
        if self.random.random() >= self.weather.loss:
            self.arriving.append((self.free_at + self.weather.round_trip / 2, packet))

    def pop(self, now):
        while self.arriving and self.arriving[0][0] <= now:
            self.traffic.arrived += 1
            yield self.arriving.popleft()[1]

    def drop_all(self):
        self.leaving.clear()
        self.arriving.clear()
        self.free_at = 0.0

    @property
    def next_at(self):
        return self.arriving[0][0] if self.arriving else None


class TunLine:
    how = "an emulator over two TUN devices"

    def __init__(self, device, hub, seed):
        self.ends = [tun(device, DEVICE, HUB), tun(hub, HUB, DEVICE)]
        self.ways = [Way(2 * seed), Way(2 * seed + 1)]
        self.weather, self.began = CLEAR, time.monotonic()
        self.lock, self.stopped = threading.Lock(), False
        self.poke = os.pipe()
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def turn(self, weather):
        with self.lock:
            self.weather, self.began = weather, time.monotonic()
            for way in self.ways:
                way.turn(weather)
                way.traffic = Traffic()

    def traffic(self):
        """What the device and what the hub sent since the weather turned."""
        with self.lock:
            return [dataclasses.replace(way.traffic) for way in self.ways]

    def carry(self):
        while not self.stopped:
            with self.lock:
                due = [way.next_at for way in self.ways if way.next_at is not None]
            wait = max(0.0, min(due) - time.monotonic()) if due else 1.0
            readable = select.select([*self.ends, self.poke[0]], [], [], wait)[0]
            with self.lock:
                now = time.monotonic()
                is_down = self.weather.is_down(now - self.began)
                for way, source, target in zip(self.ways, self.ends, reversed(self.ends), strict=True):
                    if is_down:
                        way.drop_all()
                    if source in readable:
                        way.push(os.read(source, 65_536), now, is_down)
                    for packet in way.pop(now):
                        os.write(target, packet)

    def close(self):
        self.stopped = True
        os.write(self.poke[1], b".")
        self.thread.join()
        for file in (*self.ends, *self.poke):
            os.close(file)


def tun(namespace, address, peer):
    """A TUN device in the namespace, up, as a file."""
    def make():
        namespace.enter()
        file = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", b"line", IFF_TUN | IFF_NO_PI))
        return file

    file = in_thread(make)
    namespace.command("ip", "address", "add", address, "peer", peer, "dev", "line")
    namespace.command("ip", "link", "set", "line", "up", "mtu", "1500")
    return file


class NetemLine:
    how = "netem"

    def __init__(self, device, hub, seed):
        self.ends, self.seed, self.cuts, self.before = [device, hub], seed, None, [Traffic(), Traffic()]
        device.command("ip", "link", "add", "line", "type", "veth", "peer", "name", "line", "netns",
                       hub.prefix[1].removeprefix("--net="))
        for end, address in zip(self.ends, (DEVICE, HUB), strict=True):
            end.command("ip", "address", "add", f"{address}/30", "dev", "line")
            end.command("ip", "link", "set", "line", "up")

    @staticmethod
    def is_there():
        tried = Namespace()
        ended = tried.command("tc", "qdisc", "add", "dev", "lo", "root", "netem", "limit", "1000", check=False)
        tried.close()
        return ended.status == 0

    def turn(self, weather):
        self.calm()
        self.shape(weather)
        self.before = self.sent()
        if weather.cut_every:
            self.cuts = threading.Event()
            threading.Thread(target=self.cut, args=(weather, self.cuts), daemon=True).start()

    def shape(self, weather, loss=None):
        options = ["limit", QUEUE, "delay", f"{weather.round_trip * 500:.0f}ms",
                   "loss", f"{100 * (weather.loss if loss is None else loss):.2f}%"]
        if weather.bits:
            options += ["rate", f"{weather.bits}bit"]
        for end in self.ends:
            end.command("tc", "qdisc", "replace", "dev", "line", "root", "netem", *options)

    def cut(self, weather, calm):
        """Packets that are under way at a cut still arrive, unlike on the line by hand."""
        wait = weather.first_cut
        while not calm.wait(wait):
            self.shape(weather, loss=1)
            if not calm.wait(weather.cut_for):
                self.shape(weather)
            wait = weather.cut_every - weather.cut_for

    def calm(self):
        if self.cuts:
            self.cuts.set()
            self.cuts = None

    def sent(self):
        found = []
        for end in self.ends:
            words = end.command("cat", "/proc/net/dev").out.decode().split("line:")[1].split()
            found.append(Traffic(bytes=int(words[8]), packets=int(words[9])))
        return found

    def traffic(self):
        return [Traffic(now.bytes - then.bytes, now.packets - then.packets)
                for now, then in zip(self.sent(), self.before, strict=True)]

    def close(self):
        self.calm()

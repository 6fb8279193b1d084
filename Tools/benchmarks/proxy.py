"""Counts bytes between two ends of TCP, and cuts the line when told to."""
import contextlib
import dataclasses
import socket
import struct
import threading
import time


@dataclasses.dataclass
class Counts:
    """What went over the line, TLS included, without the headers of TCP and IP."""
    up: int = 0
    down: int = 0
    connections: int = 0

    @property
    def both(self):
        return self.up + self.down


class Wire:
    """A port that hands on to another one. `enter` is called in the thread that makes the sockets."""

    def __init__(self, address="127.0.0.1", enter=None):
        self._lock = threading.Lock()
        self._counts, self._left, self._target = Counts(), None, None
        self._open = set()
        self._ready = threading.Event()
        self._address, self._enter = address, enter
        threading.Thread(target=self._accept, daemon=True).start()
        self._ready.wait()

    def lead(self, port):
        self._target = ("127.0.0.1", port)

    def take(self):
        """The counts since the last time, once no connection is open any more."""
        ends = time.monotonic() + 2
        while self._open and time.monotonic() < ends:
            time.sleep(0.002)
        with self._lock:
            counts, self._counts = self._counts, Counts()
        return counts

    def cut_after(self, count):
        """Resets every connection, once, when so many more bytes have come."""
        with self._lock:
            self._left = count

    @property
    def was_cut(self):
        return self._left is None

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset()

    def _accept(self):
        if self._enter:
            self._enter()
        self._listener = socket.create_server((self._address, 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self._ready.set()
        with contextlib.suppress(OSError):
            while True:
                device, _ = self._listener.accept()
                try:
                    hub = socket.create_connection(self._target, timeout=10)
                except OSError:
                    abort(device)
                    continue
                hub.settimeout(None)
                pair = (device, hub)
                for end in pair:
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._counts.connections += 1
                    self._open.add(pair)
                threading.Thread(target=self._serve, args=(pair,), daemon=True).start()

    def _serve(self, pair):
        device, hub = pair
        back = threading.Thread(target=self._relay, args=(hub, device, "down"), daemon=True)
        back.start()
        self._relay(device, hub, "up")
        back.join()
        device.close()
        hub.close()
        with self._lock:
            self._open.discard(pair)

    def _relay(self, source, sink, way):
        try:
            while data := source.recv(1 << 16):
                allowed = self._count(way, len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data):
                    self._reset()
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            abort(source)
            abort(sink)

    def _count(self, way, length):
        with self._lock:
            allowed = length
            if self._left is not None:
                allowed = min(length, self._left)
                self._left -= allowed
                if allowed < length:
                    self._left = None
            setattr(self._counts, way, getattr(self._counts, way) + allowed)
            return allowed

    def _reset(self):
        with self._lock:
            cut = list(self._open)
        for pair in cut:
            for end in pair:
                abort(end)


def abort(end):
    """Ends a connection as a lost line does: no farewell, what waits is dropped."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
        end.close()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]

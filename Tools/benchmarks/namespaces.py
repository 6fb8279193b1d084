"""Network namespaces without names: they are gone when this process ends."""
import contextlib
import ctypes
import os
import threading

from measuring import Failed, run

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def in_thread(task):
    """Runs in a thread of its own, whose namespace may change, and gives what it returned."""
    found = []

    def work():
        try:
            found.append((task(), None))
        except Exception as error:
            found.append((None, error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    value, error = found[0]
    if error:
        raise error
    return value


class Namespace:
    def __init__(self):
        def make():
            _check(_libc.unshare(CLONE_NEWNET))
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY)

        try:
            self._file = in_thread(make)
        except OSError as error:
            raise Failed(f"no network namespace can be made ({error.strerror}); lines needs root") from error
        self.prefix = ("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._file}")
        # Nothing that the kernel says by itself may count as traffic.
        self.command("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6", check=False)
        self.command("ip", "link", "set", "lo", "up")

    def enter(self):
        """Takes the calling thread there."""
        _check(_libc.setns(self._file, CLONE_NEWNET))

    @contextlib.contextmanager
    def entered(self):
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self.enter()
            yield
        finally:
            _check(_libc.setns(here, CLONE_NEWNET))
            os.close(here)

    def command(self, *command, **how):
        return run(*self.prefix, *command, **how)

    def close(self):
        os.close(self._file)

"""The two programs, run with or without the shim that makes their disk fail (faults §2)."""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PASSPHRASE = "correct horse battery staple"
# The key file of a device home for that passphrase, with a scrypt that costs nothing, so that a
# trial takes milliseconds. Its file key is SHA-256 of "yarrow crash test file key".
CHEAP_KEY = bytes.fromhex(
    "01796172726f77206b65792066696c6504010120e6ddb687aedb6689c8797adc9f211e85487e46aaff4bb58517ae"
    "8689c498a9c51ee4d742e08bc15214f40266d293fea00fabb398113087b8cbcfcf93e88be49ba3b47ae8fa0770ef"
    "bb20bca6")


class Failure(Exception):
    """A promise that did not hold; the text names the scenario, the fault and the promise."""


class Call:
    """One numbered call of a trace. kind: o open, c create, w write, t truncate, s sync of a file,
    d sync of a directory, r rename, l link, u unlink, m mkdir, x rmdir, p read, a output, n bytes
    to a socket, as many as the offset says; no number counts those."""
    HEAD = struct.Struct("<BBHiQQQQ")

    def __init__(self, kind, path, error, inode, offset, number, data):
        self.kind, self.path, self.error = kind, path, error
        self.inode, self.offset, self.number, self.data = inode, offset, number, data

    @property
    def name(self):
        return f"{self.kind} {os.path.basename(self.path) or 'output'}"

    @classmethod
    def parse(cls, content):
        calls, at = [], 0
        while at + cls.HEAD.size <= len(content):
            kind, _, length, error, inode, offset, count, number = cls.HEAD.unpack_from(content, at)
            at += cls.HEAD.size
            path = content[at:at + length].decode()
            data = content[at + length:at + length + count]
            at += length + count
            calls.append(cls(chr(kind), path, error, inode, offset, number, data))
        return calls


class Result:
    def __init__(self, status, out, err, calls):
        self.status, self.out, self.err, self.calls = status, out, err, calls

    @property
    def killed(self):
        return self.status == -signal.SIGKILL

    @property
    def objects(self):
        """Whole lines only: one that a kill cut off counts as never printed."""
        found = []
        for line in self.out.split("\n")[:-1]:
            try:
                found.append(json.loads(line))
            except ValueError:
                raise Failure(f"a line of --json output is no JSON: {line[:80]!r}") from None
        return found


class Programs:
    def __init__(self, directory, work=None):
        self.directory = pathlib.Path(directory)
        for name in ("yarrow", "yarrow-hub"):
            if not (self.directory / name).exists():
                raise SystemExit(f"crash: there is no {name} in {directory}; build it first")
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="yarrow-crash-", dir=work or memory))
        self.trace = self.work / "trace"
        self.passphrase = self.work / "pass"
        self.passphrase.write_text(PASSPHRASE + "\n")
        self.passphrase.chmod(0o600)
        self.environment = {
            "HOME": str(self.work), "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC",
            "SWIFT_BACKTRACE": "enable=no", "YARROW_PASSPHRASE_FILE": str(self.passphrase),
        }
        self.runs = 0
        self.shim, self.images = self.compile("shim"), self.compile("images")
        # A fault that has to be found: what the shim is told beside the disk's own.
        self.planted = {}

    def compile(self, name):
        library = self.work / f"{name}.so"
        subprocess.run(
            ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library,
             HERE / "shim" / f"{name}.c", "-ldl", "-lpthread"], check=True)
        return str(library)

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def faulty(self, roots, fault=None, data=False, asked="", trace=True):
        """The environment of a run whose disk is watched, and fails as `fault` says."""
        self.trace.unlink(missing_ok=True)
        more = {"LD_PRELOAD": self.shim, "YARROW_FAULT_ROOTS": ":".join(map(str, roots))}
        if trace:
            more["YARROW_FAULT_TRACE"] = str(self.trace)
        if fault:
            more["YARROW_FAULT"] = fault
        if data:
            more["YARROW_FAULT_DATA"] = "1"
        if asked:
            more["YARROW_FAULT_" + asked.upper()] = "1"
        more.update(self.planted)
        return more

    def calls(self):
        return Call.parse(self.trace.read_bytes()) if self.trace.exists() else []

    def _environment(self, faulty):
        return dict(self.environment, **(faulty or {}))

    def run(self, *words, faulty=None, given="", timeout=120):
        self.runs += 1
        words = [str(word) for word in words]
        try:
            ended = subprocess.run(
                [str(self.directory / words[0])] + words[1:], cwd=self.work, timeout=timeout,
                env=self._environment(faulty), input=given, capture_output=True, text=True,
                check=False)
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(words[:2])} did not end within {timeout} s") from None
        calls = self.calls() if faulty and "YARROW_FAULT_TRACE" in faulty else []
        return Result(ended.returncode, ended.stdout, ended.stderr, calls)

    def must(self, *words, given=""):
        """Runs a command that has to succeed with a disk that works."""
        result = self.run(*words, given=given)
        if result.status != 0:
            raise Failure(
                f"{' '.join(str(word) for word in words[:3])} ended with {result.status}: "
                f"{result.err.strip()}")
        return result

    def serve(self, home, port, faulty=None):
        return Server(self, home, port, faulty)


class Server:
    """A hub that serves; `listening` is false when it ended before it did."""

    def __init__(self, programs, home, port, faulty=None):
        programs.runs += 1
        self.log = open(programs.work / "serve.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(programs.directory / "yarrow-hub"), "serve", "--home", str(home), "--listen",
             f"127.0.0.1:{port}"], cwd=programs.work, env=programs._environment(faulty),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.line = self.process.stdout.readline()
        self.listening = self.line.startswith("listening ")

    @property
    def errors(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def stop(self, how=signal.SIGKILL):
        """Ends it; the status that it ended with."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure("the hub did not stop within 60 s of SIGTERM") from None
        finally:
            self.process.stdout.close()
            self.log.close()
        return status

    def wait(self, seconds):
        """The status, or None if it still runs."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.005)
        return self.process.poll()

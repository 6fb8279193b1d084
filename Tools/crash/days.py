"""Days that are recorded with all that they write, for the images of power cuts (faults §7)."""
import signal

from disk import contents
from power import without_log_syncs
from programs import Failure
from device_scenarios import INTERVIEW
from town import ANSWERS


class Day:
    """calls: of each command; counts: what held before the first command and after each.

    readers: the commands that open one in `read_every` images beside their store, whose results stand
    in what is found of an image under the commands' names.
    asking: faults with which nothing is missed, and a person is asked for.
    """
    asking = []
    read_every = 20
    share = 1  # of the images that are asked for, beside those of the other days
    quiet = 0  # of how many commands at the beginning no images are made

    def __init__(self, town, root):
        self.town, self.programs, self.root = town, town.programs, root
        self.calls, self.counts = [], [self.count()]
        self.before = contents(root)
        self.first = {path: known and known[1] for path, known in self.before.items()}

    def ended(self, calls):
        self.calls.append(calls)
        self.counts.append(self.count())

    def recovers(self, root):
        """The words with which `recover` opens images below a directory."""
        raise NotImplementedError

    def understand(self, said):
        """(what the image holds, or what is wrong with it at any moment; whether it asks for a person)"""
        if "refusal" in said:
            return f"it does not open: {said['refusal'][:300]}", False
        return self.holds(said)


class DeviceDay(Day):
    """Every command that writes a home, one after the other, in a home that has a past."""
    name = "device"
    readers = [["yarrow", "verify"], ["yarrow", "list", "--limit", "1000"]]
    share = 190

    def __init__(self, town):
        town.stop()
        town.restore("base")
        town.serve()
        home, lines = str(town.home("a")), str(town.lines(25))
        new = ["yarrow", "new", "report", "--home", home, "--json", *ANSWERS]
        record = town.record("a")["record"]
        super().__init__(town, town.home("a"))
        for words, given in [
                (new, ""),
                (["yarrow", "import", lines, "--form", "report", "--home", home, "--json"], ""),
                (["yarrow", "edit", record, "--home", home, "--json", "--set", "channel=phone"], ""),
                (["yarrow", "new", "report", "--home", home, "--json"], INTERVIEW),
                (["yarrow", "sync", "--home", home, "--json"], ""),
                (["yarrow", "withdraw", record, "--home", home, "--json", "--reason", "duplicate"], ""),
                (new, ""),
                (["yarrow", "sync", "--home", home, "--json"], ""),
        ]:
            result = self.programs.run(
                *words, faulty=self.programs.faulty([self.root], data=True), given=given)
            if result.status not in (0, 65):
                raise Failure(f"{words[:2]} undisturbed: {result.err.strip()}")
            self.ended(result.calls)
        town.stop()

    def count(self):
        found = self.programs.must("yarrow", "verify", "--home", self.root, "--json").objects[0]
        return found["entries"], found["receipts"]

    def recovers(self, root):
        return ["device", root, self.programs.passphrase]

    def holds(self, said):
        verified = said["verify"]
        if verified["ok"] is not True:
            return f"verify: {verified['problems'][:3]}", False
        return (verified["entries"], verified["receipts"]), False

    @staticmethod
    def judge(found, said, after):
        """Nothing that was said is missing, nothing is there that was never made."""
        if not said[0] <= found[0] <= max(said[0], after[0]):
            return f"{found[0]} entries, {said[0]} were acknowledged"
        if found[1] < said[1]:
            return f"{found[1]} receipts, {said[1]} were acknowledged"
        return None


class HubDay(Day):
    """A hub that takes what two devices push, is stopped, and goes on.

    What it answers a sync with is told at that moment: each takes one exchange.
    """
    name = "hub"
    readers = [["yarrow-hub", "verify"], ["yarrow-hub", "status"]]
    share = 10
    asking = [without_log_syncs]
    # An alert that closes a line is shorter, an answer to an exchange longer.
    ANSWER = 64

    def __init__(self, town):
        town.stop()
        town.restore("base")
        town.lines(5)
        super().__init__(town, town.hub)
        self.record()

    def record(self):
        for syncs in (["a", "b", "a"], ["b", "a"]):
            self.serve()
            for n, name in enumerate(syncs):
                self.push(name, lines=n > 0)
            self.stop()

    def serve(self):
        faulty = self.programs.faulty([self.root], data=True)
        faulty["YARROW_FAULT_ANSWERS"] = "1"
        self.done = 0
        self.town.serve(faulty)
        if not self.town.server.listening:
            raise Failure(f"the hub does not serve: {self.town.server.errors.strip()}")

    def push(self, name, lines):
        home, run = self.town.home(name), self.programs.must
        self.town.record(name)
        if lines:
            run("yarrow", "import", self.town.live / "lines.jsonl", "--form", "report", "--home", home)
        synced = run("yarrow", "sync", "--home", home, "--json").objects[0]
        if synced["round_trips"] != 1 or not synced["complete"]:
            raise Failure(f"a sync that is recorded took more than one exchange: {synced}")
        self.done = self.cut(self.programs.calls(), self.done)

    def stop(self):
        self.town.stop(how=signal.SIGTERM)
        self.cut(self.programs.calls(), self.done, answers=False)

    def cut(self, calls, done, answers=True):
        """The calls behind the first `done`, as those of one command, the last answer as what it said."""
        new = calls[done:]
        if not answers:
            # Nobody looks meanwhile: a hub that does not serve is opened by who looks.
            self.calls.append([call for call in new if call.kind not in "an"])
            self.counts.append(self.counts[-1])
            return len(calls)
        sent = [call for call in new if call.kind == "n" and call.offset >= self.ANSWER]
        if not sent:
            raise Failure("the hub sent no answer that the trace shows")
        for call in new:
            if call.kind in "an":
                call.kind = "a" if call is sent[-1] else "n"
        self.ended(new)
        return len(calls)

    def count(self):
        found = self.programs.run("yarrow-hub", "status", "--home", self.root, "--json").objects[0]
        return found["entries"], found["checkpoint"]["size"], found["checkpoint"]["root"]

    def recovers(self, root):
        return ["hub", root]

    def holds(self, said):
        verified, status = said["verify"], said["status"]
        # Behind its checkpoints it is not sound, and says why; another problem beside that is one.
        problems = [text for text in verified["problems"] if "it was put back from a copy" not in text]
        if problems or not verified["ok"] and not status["recovering"]:
            return f"verify: {verified['problems'][:3]}", False
        if status["recovering"]:
            return None, True
        checkpoint = status["checkpoint"]
        return (verified["entries"], checkpoint["size"], checkpoint["root"]), False

    @staticmethod
    def judge(found, said, after):
        """All that a device was told is there, under the same history, or the hub asks its authority."""
        if found is not None and found not in (said, after):
            return f"{found[0]} entries, log {found[1]} {found[2][:8]}; a device knows {said[0]}, " \
                   f"log {said[1]} {said[2][:8]}"
        return None


class HubLogDay(HubDay):
    """A hub whose log goes into the file while it serves, and begins anew (at-rest §10)."""
    name = "hub-log"
    asking = []  # where the file is written on top of a log that is not on the disk, it is damaged
    share = 2
    PUSHES = 400  # the log is long enough before that

    def record(self):
        self.town.lines(50)
        self.serve()
        while not self.calls or not any(
                call.kind == "w" and call.path.endswith("/hub.db") for call in self.calls[-1]):
            if len(self.calls) == self.PUSHES:
                raise Failure("the hub did not move its log into the file")
            self.push("a", lines=True)
        # The push whose answer came before, and those into a log that begins anew.
        self.quiet = len(self.calls) - 2
        for _ in range(2):
            self.push("b", lines=False)
        self.stop()

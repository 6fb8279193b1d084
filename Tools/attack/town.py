"""A real device against the hostile hub: how an attack on it is staged and judged."""

import json
import re
import shutil
import unicodedata

from arena import ATTACKS
from codec import Entry, H, Key
from hostile import HostileHub

REPORT = ("--set", "district=north", "--set", "received_at=2026-03-01T09:00:00Z", "--set", "channel=in_person")


class DeviceAttack:
    """What the hub does instead of the honest thing, and what the device must come to.

    `lie` changes an answer before it is signed, `alter` bytes after; `http`, `raw` and `tls` go lower; `refuse`
    gives a status in place of an answer, by the type of the request; `join` changes the answer to a join; `invite` what the person was given. `setup` prepares the hub. Each may be a list: one shot
    for each. `expect` is the exit status, the refusal's word if it has one, and the alarms raised, as in
    `76 path` or `76 alarm:log-shrank`; alternatives are separated by `|`. `town` names another town than the plain one:
    one with files, in which `file` changes an answer about a file before it is signed and a shot says what came of it; or one
    in which bundles are carried.
    """

    HOOKS = ("lie", "alter", "http", "raw", "tls", "refuse", "join", "invite", "file", "carry", "release")

    def __init__(self, name, what, expect, effect=None, setup=None, quick=True, town="", **hooks):
        self.name, self.what, self.expect, self.effect = name, what, set(expect.split("|")), effect
        self.setup, self.quick, self.kind, self.town = setup, quick, "device", town
        (self.hook, shots), = hooks.items()
        self.shots = shots if isinstance(shots, list) else [shots]
        assert self.hook in self.HOOKS and all(a.name != name for a in ATTACKS["device"]), name
        ATTACKS["device"].append(self)


class Shot:
    """One of an attack's shots, as the hostile hub sees it."""

    def __init__(self, kind, hook):
        for name in DeviceAttack.HOOKS:
            setattr(self, name, hook if name == kind else None)


# What may differ between two looks at a device

def unchanged(before, after):
    differing = {k for k in before if before[k] != after[k]}
    return f"changed: {', '.join(sorted(differing))}" if differing else None


def only(*keys):
    """Nothing but these may differ; what is received never shrinks and never grows without proof."""
    def check(before, after):
        differing = {k for k in before if before[k] != after[k]} - set(keys)
        return f"changed: {', '.join(sorted(differing))}" if differing else None
    return check


class Town:
    NAME = ""

    def __init__(self, programs, seed):
        self.programs, self.where = programs, programs.where / f"town{self.NAME}"
        self.where.mkdir()
        self.home = self.where / "home"
        self.hub = HostileHub(self.where, seed)
        self.hub.town, self.worker = self, Key(f"{seed}/worker")
        self.must("join", self.hub.invite().text())
        self.programs.run("yarrow", "unlock", home=self.home)
        for _ in range(2):
            self.record = self.must("new", "report", *REPORT)["record"]
        self.must("sync")
        self.amend()
        self.must("sync")
        self.must("new", "report", *REPORT)
        self.prepare()
        self.before = self.look()
        self.image, self.state = self.where / "image", self.hub.frozen()
        shutil.copytree(self.home, self.image)

    def prepare(self):
        """What another town has beyond this."""

    def run(self, *arguments, home=None):
        return self.programs.run("yarrow", *arguments, home=home or self.home)

    def must(self, *arguments):
        code, out, err = self.run(*arguments, "--json")
        if code != 0:
            raise SystemExit(f"yarrow {' '.join(arguments)}: exit {code}: {err}")
        return json.loads(out)

    # Entries of somebody else, in a record of the device's

    def entry(self, seq=None, previous=None, **options):
        """The worker's next change of the device's record."""
        mine = [leaf_ for leaf_ in self.hub.state.leaves if leaf_[1] and leaf_[1][0] == self.worker.origin]
        options = {"kind": 2, "record": bytes.fromhex(self.record), "operational": {"status": "triaged"}, **options}
        return Entry(self.hub.programme, self.worker.origin, seq or len(mine) + 1,
                     previous or (mine[-1][0] if mine else bytes(32)), **options)

    def amend(self, **options):
        entry = self.entry(**options)
        self.hub.entry_for("own", entry, self.worker)
        return entry

    def signing(self):
        """The device's public key."""
        return next(iter(self.hub.state.members.values()))["signing"]

    # Looking

    def look(self):
        status = self.must("status")
        for moving in ("clock_offset", "alarms", "pending_seconds", "next_sync"):
            del status[moving]
        code, out, _ = self.run("verify", "--json")
        return {**status, "verify": (code, out)}

    def restore(self):
        shutil.rmtree(self.home)
        shutil.copytree(self.image, self.home)
        self.hub.state = self.hub_state()

    def hub_state(self):
        import copy
        return copy.deepcopy(self.state)

    # Judging

    def judge(self, attack):
        """A problem or None, and the number of shots."""
        for number, hook in enumerate(attack.shots):
            problem = self.join(attack, hook) if attack.hook in ("join", "invite") else self.sync(attack, hook)
            self.hub.attack = None
            if problem:
                return f"{problem} (shot {number + 1})", number + 1
        return None, len(attack.shots)

    def sync(self, attack, hook):
        self.restore()
        if attack.setup:
            attack.setup(self)
        self.hub.attack = Shot(attack.hook, hook)
        code, out, err = self.run("sync", "--json")
        self.hub.attack = None
        alarms = [a["code"] for a in self.must("status")["alarms"]]
        outcome = " ".join([str(code), *word(err), *(f"alarm:{a}" for a in alarms)])
        if outcome not in attack.expect:
            return f"expected {' or '.join(sorted(attack.expect))}, got {outcome}: {err.strip()[:300]!r}"
        problem = (attack.effect or unchanged)(self.before, self.look())
        return problem or unsafe(out + err) or self.shown() or self.goes_on(attack)

    def shown(self):
        """Whether anything that is printed for people could move the cursor or hide text."""
        texts = [self.run(*command)[1:] for command in (
            ("status",), ("list",), ("show", self.record), ("show", self.record, "--history"), ("forms",))]
        return unsafe("".join(out + err for out, err in texts))

    def goes_on(self, attack):
        """After a refusal the next honest exchange finds nothing lost and nothing poisoned."""
        if attack.effect is not None:
            return None
        self.hub.state = self.hub_state()
        code, _, err = self.run("sync", "--json")
        status = self.must("status")
        if code != 0 or status["received"] != 3 or status["pending"] != 0:
            return f"the next honest sync ends with {code}, {status['received']} received: {err.strip()[:200]!r}"
        return None

    def join(self, attack, hook):
        self.restore()
        home = self.where / "joining"
        shutil.rmtree(home, ignore_errors=True)
        invite = self.hub.invite()
        if attack.hook == "invite":
            given = hook(self, invite)
            text = given if isinstance(given, str) else given.text()
        else:
            text, self.hub.attack = invite.text(), Shot(attack.hook, hook)
        code, out, err = self.run("join", text, "--json", home=home)
        self.hub.attack = None
        outcome = " ".join([str(code), *word(err)])
        if outcome not in attack.expect:
            return f"expected {' or '.join(sorted(attack.expect))}, got {outcome}: {err.strip()[:300]!r}"
        if home.exists():
            status, text, _ = self.run("status", "--json", home=home)
            if status == 0 and json.loads(text)["role"] is not None:
                return "the device believes that it is a member"
        return unsafe(out + err)


def word(err):
    """The word of a refusal, as it stands in brackets (sync §5)."""
    found = re.search(r"came back \((.*?)\)\.", err)
    if not found:
        return []
    return ["message"] if "message" in found[1] else [found[1].split()[0]]


def unsafe(text):
    for character in text:
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs"):
            return f"printed U+{ord(character):04X}"
    return None


__all__ = ["DeviceAttack", "H", "Town", "only", "unchanged"]

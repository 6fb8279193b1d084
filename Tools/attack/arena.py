"""What an attack is, and how its outcome is judged."""

import inspect
import socket
import ssl

from codec import Refused
from exchange import read_join, read_sync
from files import DOWNLOADED, UPLOADED, read_download, read_upload
from line import Closed, Line
from member import Member

ATTACKS = {"hub": [], "device": []}


class Attack:
    """`expect` lists the outcomes that the specification allows, separated by `|`."""

    def __init__(self, peer, name, what, expect, run, effect=None, kind="scene", **options):
        self.peer, self.name, self.what, self.run, self.kind = peer, name, what, run, kind
        self.expect, self.effect, self.options = set(expect.split("|")), effect, options
        assert all(a.name != name for a in ATTACKS[peer]), f"two attacks are called {name}"
        ATTACKS[peer].append(self)


def message(what, expect, effect=None, **options):
    """An attack that is a message, or a list of them; each is posted over a line of its own."""
    return lambda f: Attack("hub", f.__name__, what, expect, f, effect, "message", **options)


def scene(what, expect, effect=None, **options):
    """An attack that acts by itself and says what came of it: an outcome or a collection of them."""
    return lambda f: Attack("hub", f.__name__, what, expect, f, effect, "scene", **options)


# Effects: what may differ between two snapshots of a hub. None when it is as it should be.

COUNTS = ("entries", "records", "quarantined", "forks", "devices", "releases")


def changed(before, after):
    return {key for key in before if before[key] != after[key]}


def nothing(before, after):
    return None if before == after else f"changed: {', '.join(sorted(changed(before, after)))}"


def counted(allowed=(), **more):
    """Counts rise by exactly so many; other keys that may differ are named."""
    def check(before, after):
        for key in COUNTS:
            if after[key] - before[key] != more.get(key, 0):
                return f"{key} went from {before[key]} to {after[key]}"
        extra = changed(before, after) - set(COUNTS) - set(allowed)
        return f"changed: {', '.join(sorted(extra))}" if extra else None
    return check


def held(n=1, records=None):
    """Entries that are stored, logged and held back (sync §4): evidence, and nothing that anybody sees."""
    return counted(("checkpoint", "members", "held"), entries=n, quarantined=n,
                   records=n if records is None else records)


def taken(n=1, records=None):
    return counted(("checkpoint", "members"), entries=n, records=n if records is None else records)


def forked(n=1):
    """A branch is stored like anything else, the two signed segments are kept, the origin is closed (sync §8.1)."""
    return counted(("checkpoint", "closed", "members", "held"), forks=1, entries=n, records=n)


JOINED_ONCE = counted(("members", "invites"), devices=1)
INVITES_ONLY = counted(("invites",))


class HubArena:
    """One attack's view of the hub: a member of its own that has recorded something, and an honest one."""

    def __init__(self, served, seed):
        self.served, self.hub, self.address, self.seed = served, served.hub, served.address, seed
        self.count, self.names = 0, 0
        self.bystander = self.member("liaison", "north")
        self.attacker, self.areas = None, ()
        self.logs = {}

    def stranger(self):
        self.names += 1
        return Member(f"{self.seed}/{self.names}", self.hub, self.address)

    def member(self, role, *areas, reports=1):
        made = self.stranger()
        outcome = made.join(self.served.invite(role, *areas))
        assert outcome == "joined", outcome
        if reports:
            made.exchange(made.push_of(made.epoch_entry()))
        for _ in range(reports):
            made.exchange(made.next_push())
        return made

    def prepare(self, attack):
        role = attack.options.get("role", "liaison")
        areas = attack.options.get("areas", () if role == "committee" else ("north",))
        self.areas = areas
        self.attacker = self.member(role, *areas, reports=0 if role == "committee" else 1)
        # An honest one whose log is as long: a push that begins beyond the attacker's would not be looked at.
        self.twin = self.member(role, *areas) if attack.options.get("twin") else None

    def line(self, **options):
        return Line(self.address, **{"wanted_pin": self.hub.pin, **options})

    def post(self, sent):
        """The outcome of one message, in words."""
        try:
            with self.line() as line:
                return self.outcome(sent, line.post(sent))
        except Closed:
            return "closed"

    def outcome(self, sent, answer):
        status, _, body = answer
        if status != 200:
            return str(status) if not body else f"{status} with a body"
        own, frontier = self.logs.get(sent) or ([e.hash for e in self.attacker.entries], None)
        try:
            if body[1] & 127 == 4:
                return "join " + (read_join(body, sent, self.hub).refusal or "done")
            if body[1] & 127 == 6:
                return "release"
            if body[1] & 127 == UPLOADED:
                return read_upload(body, sent, self.hub)
            if body[1] & 127 == DOWNLOADED:
                return "here" if read_download(body, sent, self.hub).here else "absent"
            response = read_sync(body, sent, self.hub, own, frontier)
        except Refused as refusal:
            return f"unreadable answer: {refusal}"
        words = sorted(set(response.held.values()))
        return " ".join([response.status, *(f"held:{word}" for word in words)])

    def push(self, *entries, member=None, key=None, after=None, **more):
        """A whole push message; the log that its answer speaks of is remembered, to follow the growth."""
        member = member or self.attacker
        sent = member.message(member.push_of(*entries, key=key), **more)
        before = member.entries[:entries[0].seq - 1] if after is None else after
        self.logs[sent] = [e.hash for e in [*before, *entries]], None
        return sent

    def short(self, *entries, member=None, key=None, **more):
        """A short push of these entries, or a short request without any; remembered like a push."""
        member = member or self.attacker
        sent = member.short(member.push_of(*entries, key=key) if entries else None, **more)
        before = member.entries[:entries[0].seq - 1] if entries else member.entries
        self.logs[sent] = [e.hash for e in [*before, *entries]], member.frontier
        return sent

    def genuine(self):
        """What the attacker may well send: the next report of an area of its own, or, for who writes nothing, a question."""
        if not self.areas:
            return self.attacker.message()
        return self.push(self.attacker.entry(area=self.areas[0]))

    def run(self, attack, planted=False):
        """Outcomes of an attack; with `planted`, the genuine message goes in place of each forged one."""
        self.logs.clear()
        if attack.kind == "message":
            sent = attack.run(self)
            shots = sent if isinstance(sent, list) else [sent]
            if planted:
                shots = [self.genuine()]
            return {self.post(shot) for shot in shots}, len(shots)
        outcome = attack.run(self)
        if inspect.isgenerator(outcome) or isinstance(outcome, (set, list)):
            outcome = list(outcome)
            return set(outcome), len(outcome)
        return {outcome}, 1


def until_closed(line, seconds=20):
    """What a peer that is misled does: an answer's status, `closed`, or `open` when nothing happens."""
    line.socket.settimeout(seconds)
    try:
        return str(line.answer()[0])
    except (Closed, ConnectionError):
        return "closed"
    except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
        return "open"


__all__ = ["ATTACKS", "HubArena", "INVITES_ONLY", "JOINED_ONCE", "counted", "forked", "held", "message",
           "nothing", "scene", "taken", "until_closed"]

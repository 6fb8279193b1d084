"""Towards a device: bundles of answers that were altered, made for somebody else, transplanted, replayed, or made by another than the
hub (bundle §2, §5)."""

import os

from carried import BUNDLE_MAX, MESSAGES_MAX, TO_DEVICE, TO_HUB, opened_bundle, pad, seal
from codec import H, Key, cbor, sha
from keys import Opening
from town import DeviceAttack, Town, unsafe, word

DIGEST = H("yarrow.test/1", b"something else")


class BundleTown(Town):
    """The device has a report that nobody has, and no line: its requests stand in a bundle that the hub has read."""

    NAME = "-bundles"

    def prepare(self):
        carried = self.where / "carried"
        self.must("bundle", "create", str(carried))
        self.requests = self.opened(carried.read_bytes())
        self.member = next(iter(self.hub.state.members.values()))

    def opened(self, file):
        return opened_bundle(file, self.hub.opening, self.hub.programme, TO_HUB, "yarrow requests 1")

    # What a hub says

    def answers(self, lie=None):
        """Pairs of a request's hash and the true answer to it, which a lie may change before it is signed."""
        self.hub.attack, pairs = Lie(lie), []
        for sent in self.requests:
            pairs.append([sha(sent), self.hub.respond(sent)])
        self.hub.attack = None
        return pairs

    def sealed(self, pairs, **more):
        plain = more.pop("plain", None) or pad(cbor(["yarrow answers 1", pairs]))
        return seal(plain, more.pop("to", self.member["opening"]), more.pop("programme", self.hub.programme),
                    **{"direction": TO_DEVICE, **more})

    # Judging

    def sync(self, attack, hook):
        """A shot gives the files that are carried to the device, one after the other; the last one is judged."""
        self.restore()
        given = hook(self)
        for file in given if isinstance(given, list) else [given]:
            carried = self.where / "brought"
            carried.write_bytes(file)
            code, out, err = self.run("bundle", "apply", str(carried), "--json")
        status = self.must("status")
        outcome = " ".join([str(code), *word(err), *(f"alarm:{a['code']}" for a in status["alarms"])])
        if outcome not in attack.expect:
            return f"expected {' or '.join(sorted(attack.expect))}, got {outcome}: {err.strip()[:300]!r} {out[:300]}"
        problem = attack.effect(self, status) if attack.effect else self.nothing_received(status)
        return problem or unsafe(out + err) or self.shown() or (None if attack.effect else self.goes_on(attack))

    def nothing_received(self, status):
        return None if status["received"] == 2 else f"{status['received']} are called received"

    def goes_on(self, attack):
        """The true answers are still taken afterwards: nothing was lost, nothing poisoned."""
        self.hub.state = self.hub_state()
        carried = self.where / "brought"
        carried.write_bytes(self.sealed(self.answers()))
        code, _, err = self.run("bundle", "apply", str(carried))
        status = self.must("status")
        if code != 0 or status["received"] != 3 or self.run("verify")[0] != 0:
            return f"the true answers end with {code}, {status['received']} received: {err.strip()[:200]!r}"
        return None


class Lie:
    def __init__(self, lie):
        for name in DeviceAttack.HOOKS:
            setattr(self, name, None)

        def told(hub, a, member, request):
            a.head = (len(member["entries"]), member["entries"][-1].hash)
            if lie:
                lie(hub, a, member, request)
        self.lie = told


def all_received(town, status):
    return None if status["received"] == 3 else f"{status['received']} are called received"


def carrying(name, what, expect, *shots, **more):
    DeviceAttack(name, what, expect, town=BundleTown.NAME, carry=list(shots), **more)


def true(town):
    return town.sealed(town.answers())


def altered(at):
    def make(town):
        good = true(town)
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
    return make


REFUSED = "65|76|77"

carrying("carried_honest", "the hub's answers, and again: received once", "0", true, lambda t: [true(t)] * 3, effect=all_received)
carrying("carried_altered", "a bit altered: version, ephemeral key, beginning, middle, tag", REFUSED,
         *map(altered, (0, 1, 20, 32, 33, 40, 500, 2_000, 4_000, -17, -16, -1)))
carrying("carried_cut", "cut, lengthened, empty, of noise, of another version, larger than any", REFUSED,
         *(lambda t, f=f: f(true(t)) for f in (lambda b: b"", lambda b: b[:1], lambda b: b[:33], lambda b: b[:-1], lambda b: b[:-512], lambda b: b + b"\0",
                                               lambda b: b + bytes(512), lambda b: b"\2" + b[1:], lambda b: b + b)),
         lambda t: os.urandom(4_145), lambda t: bytes([1]) + os.urandom(4_144), lambda t: bytes(BUNDLE_MAX + 1))
carrying("carried_for_another", "sealed to another device, to the hub, for another programme, the other direction, under a key of small order",
         REFUSED, lambda t: t.sealed(t.answers(), to=Opening("another").public), lambda t: t.sealed(t.answers(), to=t.hub.opening.public),
         lambda t: t.sealed(t.answers(), programme=bytes(16)), lambda t: t.sealed(t.answers(), direction=TO_HUB),
         lambda t: t.sealed(t.answers(), direction=0), lambda t: t.sealed(t.answers(), version=b"\2"), lambda t: t.sealed(t.answers(), weak=True))
carrying("carried_requests", "the device's own bundle of requests, brought back to it", REFUSED,
         lambda t: (t.where / "carried").read_bytes(), lambda t: t.sealed([], plain=pad(cbor(["yarrow requests 1", t.requests]))))


def plain(make):
    return lambda t: t.sealed([], plain=make(t.answers()))


def content(value):
    return pad(cbor(value))


carrying("carried_misfit", "padding that no writer makes, and content that is no list of answers", REFUSED + "|76 message", *map(plain, (
    lambda p: cbor(["yarrow answers 1", p]).ljust(4_096, b"\0"), lambda p: pad(cbor(["yarrow answers 1", p]))[:-1] + b"\1",
    lambda p: bytes(4_096), lambda p: pad(b""), lambda p: pad(b"\xf6"), lambda p: content(["yarrow answers 1", []]),
    lambda p: content(["yarrow answers 2", p]), lambda p: content(["yarrow answers 1"]), lambda p: content(["yarrow answers 1", p, 1]),
    lambda p: content(["yarrow answers 1", [b for _, b in p]]), lambda p: content(["yarrow answers 1", [[h[:31], b] for h, b in p]]),
    lambda p: content(["yarrow answers 1", [[h, b, 1] for h, b in p]]), lambda p: content(["yarrow answers 1", [[h, b""] for h, _ in p]]),
    lambda p: content(["yarrow answers 1", [[h, bytes((1 << 20) + 1)] for h, _ in p]]),
    lambda p: content(["yarrow answers 1", [[p[0][0], b"\1"]] * (MESSAGES_MAX + 1)]), lambda p: pad(cbor(["yarrow answers 1", p]) + b"\0"),
    lambda p: pad(cbor(["yarrow answers 1", p])[:-1]), lambda p: pad(b"\x9f" + cbor(["yarrow answers 1", p])[1:]),
    lambda p: pad(b"\x81" * 4_000), lambda p: pad(b"\x82\x70yarrow answers 1\x9b" + b"\xff" * 8))))


# Answers that are somebody else's, or to something else

def pairs(change):
    return lambda t: t.sealed(change(t, t.answers()))


carrying("carried_transplanted", "a true answer under the hash of another request, of none, of itself", REFUSED + "|76 message",
         pairs(lambda t, p: [[DIGEST, b] for _, b in p]), pairs(lambda t, p: [[bytes(32), b] for _, b in p]),
         pairs(lambda t, p: [[sha(b), b] for _, b in p]))
carrying("carried_from_the_line", "answers that the hub gave over the line, under the hash of a carried request", REFUSED + "|76 message",
         *(pairs(lambda t, p, n=n: [[h, t.hub.history[n]] for h, _ in p]) for n in range(1, 4)))


def signed(**layout):
    def make(t):
        def lie(hub, a, member, request):
            a.layout = {k: v(hub) if callable(v) else v for k, v in layout.items()}
            if "signed_by" in layout and a.checkpoint is not None:
                a.checkpoint.key = a.layout["signed_by"]
        return t.sealed(t.answers(lie))
    return make


carrying("carried_forged", "receipts signed by the authority, by a stranger, as answers to nothing, for another programme, of another type or version",
         REFUSED + "|76 message", signed(signed_by=lambda hub: hub.authority), signed(signed_by=Key("stranger")), signed(answering=bytes(32)),
         signed(answering=DIGEST), signed(signed_for=bytes(16)), signed(version=2), *(signed(kind=k) for k in (1, 2, 4, 14, 23)))
carrying("carried_altered_inside", "a bit of an answer altered before it was sealed: head, content, signature", REFUSED + "|76 message|76 alarm:log-rewritten",
         *(pairs(lambda t, p, at=at: [[h, b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]] for h, b in p]) for at in (0, 1, 5, 22, 40, -64, -1)))


# A hub that lies under its own key

def lies(*made):
    return [lambda t, lie=lie: t.sealed(t.answers(lie)) for lie in made]


def setting(**items):
    def lie(hub, a, member, request):
        for key, value in items.items():
            setattr(a, key, value(hub, a, member, request) if callable(value) else value)
    return lie


def root_of_another(hub, a, member, request):
    a.checkpoint = a.checkpoint.changed(root=DIGEST)


carrying("carried_root_differs", "a true signature over a root that the pieces do not give", "76 alarm:log-rewritten", *lies(root_of_another))
carrying("carried_checkpoint_of_another_log", "a checkpoint of another epoch, programme or key", "76 message|76|65", *(
    lies(lambda hub, a, m, r, c=c: setattr(a, "checkpoint", hub.checkpoint(**c)))[0]
    for c in ({"epoch": 2}, {"programme": bytes(16)}, {"key": Key("stranger")})))
carrying("carried_head_ahead", "a head beyond the device's own log, and another hash at its seq", "76 alarm:own-log-ahead|76 alarm:own-log-differs",
         *lies(setting(head=(9, DIGEST)), setting(head=(3, DIGEST))),
         # Who leaves an origin takes nothing but the answer to the succession (sync §8.2).
         effect=lambda t, s: t.nothing_received(s))
carrying("carried_head_behind", "a head behind what was acknowledged: said before what the device knows, so passed over, and no alarm", "0",
         *lies(setting(head=(0, bytes(32)), growth=[], checkpoint=None), setting(head=lambda h, a, m, r: (1, m["entries"][0].hash), growth=[], checkpoint=None)),
         effect=lambda t, s: t.nothing_received(s))
carrying("carried_without_growth", "a head that covers the new entry, which is in no tree: never called received", "0",
         *lies(setting(growth=[], checkpoint=None)), effect=lambda t, s: t.nothing_received(s))
carrying("carried_growth_without_checkpoint", "pieces, and nothing signed", "76 inconsistent", *lies(setting(checkpoint=None)))

__all__ = ["BundleTown"]

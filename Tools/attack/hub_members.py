"""Towards a hub: who may be who, and may see what (sync §1–§3; identity §1, §4, §7)."""

import threading

from arena import INVITES_ONLY, JOINED_ONCE, counted, message, scene
from codec import H, Key, sha
from exchange import join_request, message as signed_message, release_request
from keys import SMALL_ORDER, Opening
from line import Closed

STREAMS = [("own", 0, b""), ("area/north", 0, b""), ("area/south", 0, b"")]


# Tokens

@message("a token of zero bytes, one that was altered, and one of another member", "stale token")
def tokens_forged(a):
    good, push = a.attacker.token, a.attacker.next_push()
    tokens = [bytes(16), b"\xff" * 16, a.bystander.token, good[:15] + bytes([good[15] ^ 1]),
              (int.from_bytes(good[:4], "big") + 1).to_bytes(4, "big") + good[4:],
              (int.from_bytes(good[:4], "big") - 2).to_bytes(4, "big") + good[4:]]
    return [a.attacker.message(push, token=t) for t in tokens]


@message("other epochs of the hub", "other epoch")
def epochs_foreign(a):
    return [a.attacker.message(a.attacker.next_push(), epoch=e) for e in (0, 2, 2**32, 2**63 - 1)]


@scene("positions, heads, budgets and trees as large as numbers go", "done")
def positions_extreme(a):
    top = 2**63 - 1
    for more in ({"tree": (top, bytes(16))}, {"known": (top, bytes(16))}, {"budget": 0}, {"budget": top},
                 {"membership": top}, {"streams": [("own", top, bytes(16))]},
                 {"streams": [("programme", 2**62, bytes(16))]}, {"tree": (1, bytes(16))}):
        yield a.attacker.exchange(**more).status


@scene("a larger tree than the log: the newest checkpoint without pieces, and nothing is given away",
       "checkpoint without pieces")
def tree_larger_than_log(a):
    r = a.attacker.exchange(tree=(2**40, bytes(16)))
    return "checkpoint without pieces" if r.checkpoint and not r.growth else "something else"


# Scope

def delivered(a, member, names):
    """Everything but statements that these streams brought."""
    r = member.exchange(streams=sorted([(n, 0, b"") for n in names], key=lambda s: (len(s[0]), s[0])), budget=1 << 20)
    return [f"{name} {item[0]}" for name, (_, items) in r.streams.items() for item in items if item[0] != "statement"]


@scene("a liaison asks for areas, grants, and streams of others", "nothing")
def scope_widened_by_liaison(a):
    names = ["area/north", "area/south", "grants", "own/" + a.bystander.key.origin.hex(), "area/", "releases",
             "area/../own"]
    return delivered(a, a.attacker, names) or "nothing"


@scene("a committee asks for what only case workers may have", "nothing", role="committee")
def scope_widened_by_committee(a):
    return delivered(a, a.attacker, ["own", "grants", "area/north", "area/south"]) or "nothing"


@scene("a case worker asks for an area that is not theirs", "nothing", role="caseworker", areas=("south",))
def scope_widened_by_worker(a):
    return delivered(a, a.attacker, ["area/north"]) or "nothing"


@scene("the bystander's stream position is named in the attacker's request", "nothing")
def position_of_another(a):
    r = a.attacker.exchange(streams=[("own", 3, H("yarrow.test/1", b"position"))])
    return [item[0] for _, items in r.streams.values() for item in items] or "nothing"


@message("a liaison asks for a release", "403")
def release_by_liaison(a):
    w = release_request(a.attacker.token)
    return signed_message(w, a.attacker.key, a.hub.programme, kind=5)


@message("releases and offsets as large as numbers go, and a token that was forged", "release|400|403",
         role="committee")
def release_numbers(a):
    top = 2**63 - 1
    asked = [(a.attacker.token, top, 0), (a.attacker.token, 0, top), (a.attacker.token, top, top), (bytes(16), 0, 0)]
    return [signed_message(release_request(*r), a.attacker.key, a.hub.programme, kind=5) for r in asked]


# Invites

def joining(a, secret, key=None, sender=None, **parts):
    stranger = a.stranger()
    key = key or stranger.key
    parts = {"signing": key.public, "opening": stranger.opening.public, **parts}
    return signed_message(join_request(secret, **parts), key, a.hub.programme, kind=3, sender=sender)


@message("secrets that were guessed", "join unknown invite")
def invites_guessed(a):
    return [joining(a, H("yarrow.test/1", i.to_bytes(2, "big"))[:16]) for i in range(300)]


@message("an invite's secret with one bit altered", "join unknown invite", INVITES_ONLY)
def invite_altered(a):
    secret = a.served.invite("liaison", "north").items["secret"]
    return [joining(a, secret[:i] + bytes([secret[i] ^ 1]) + secret[i + 1:]) for i in range(16)]


@scene("an invite that was used, by another key", "join invite used", JOINED_ONCE)
def invite_used(a):
    invite = a.served.invite("liaison", "north")
    assert a.stranger().join(invite) == "joined"
    return ["join " + a.stranger().join(invite) for _ in range(3)]


@scene("an invite that expired", "join invite expired", INVITES_ONLY)
def invite_expired(a):
    invite = a.served.invite("liaison", "north", expires="1s")
    threading.Event().wait(2.1)
    return "join " + a.stranger().join(invite)


@scene("an invite that the operator cancelled", "join unknown invite|join invite used|join invite expired", INVITES_ONLY)
def invite_cancelled(a):
    invite = a.served.invite("caseworker", "north")
    a.served.command("invites", "cancel", str(a.served.read("invites")[-1]["id"]))
    return "join " + a.stranger().join(invite)


@scene("one invite by forty at once: exactly one wins", "1 joined, 39 refused", JOINED_ONCE)
def invite_race(a):
    invite = a.served.invite("liaison", "north")
    strangers, outcomes = [a.stranger() for _ in range(40)], []
    start = threading.Barrier(len(strangers))

    def run(stranger):
        start.wait()
        outcomes.append(stranger.join(invite))
    threads = [threading.Thread(target=run, args=(s,)) for s in strangers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = outcomes.count("joined")
    return f"{won} joined, {outcomes.count('invite used')} refused"


@scene("a liaison's invite in a message that asks for more: the role is the hub's, not the message's", "role 1",
       JOINED_ONCE)
def role_raised(a):
    invite = a.served.invite("liaison", "north").altered(role=2)
    stranger = a.stranger()
    assert stranger.join(invite) == "joined"
    return f"role {stranger.exchange(membership=0).membership[1]}"


@scene("a member joins again with a case worker's invite, to be raised", "joined, role 1, invite open", INVITES_ONLY)
def member_joins_again(a):
    outcome = a.attacker.join(a.served.invite("caseworker", "north", "south"))
    role = a.attacker.exchange(membership=0).membership[1]
    return f"{outcome}, role {role}, invite {a.served.read('invites')[-1]['state']}"


@message("a join signed by another key than it names, or under another sender", "400|403", INVITES_ONLY)
def join_of_another_key(a):
    secret = a.served.invite("liaison", "north").items["secret"]
    return [joining(a, secret, signing=a.bystander.key.public), joining(a, secret, sender=bytes(16)),
            joining(a, secret, sender=a.bystander.key.origin[:16])]


WEAK_KEYS = [bytes(32), SMALL_ORDER, b"\xec" + b"\xff" * 30 + b"\x7f"]


@message("a join with a signing key of small order, or with keys that are cut", "400|403", INVITES_ONLY)
def join_with_weak_signing_key(a):
    secret = a.served.invite("liaison", "north").items["secret"]
    return [*(joining(a, secret, signing=key, sender=sha(key)[:16]) for key in WEAK_KEYS),
            joining(a, secret, opening=bytes(31)), joining(a, secret[:15])]


@message("a join with an opening key of small order", "join unknown invite", INVITES_ONLY)
def join_with_weak_opening_key(a):
    secret = a.served.invite("liaison", "north").items["secret"]
    return [joining(a, secret, opening=key) for key in WEAK_KEYS]


@message("a join that is longer than a join may be", "400|413", INVITES_ONLY)
def join_too_long(a):
    secret = a.served.invite("liaison", "north").items["secret"]
    return [joining(a, secret, opening=bytes(n)) for n in (33, 500, 100_000)]


@message("the bystander's keys with an invite of the attacker's", "400|403", INVITES_ONLY)
def join_as_the_bystander(a):
    secret = a.served.invite("caseworker", "north").items["secret"]
    key, theirs = Key("not the bystander"), a.bystander.key
    return joining(a, secret, key=key, signing=theirs.public, sender=theirs.origin[:16], opening=Opening("x").public)


# Revocation

@scene("a key revoked while its connection is open: it may push once, and pull nothing", "revoked",
       counted(("checkpoint", "members"), entries=1, records=1, devices=-1))
def revoked_on_an_open_line(a):
    m, outcomes = a.attacker, []
    with a.line() as line:
        assert m.exchange(line=line).status == "done"
        a.served.command("revoke", m.key.origin.hex(), "--reason", "lost")
        for _ in range(3):
            sent = m.message(m.next_push(), streams=[("own", 0, b""), ("programme", 0, b"")])
            try:
                outcomes.append(a.outcome(sent, line.post(sent)))
            except Closed:
                outcomes.append("closed")
    return outcomes


@scene("a revoked key joins again with a new invite", "join revoked", counted(("members", "invites"), devices=-1))
def revoked_joins_again(a):
    a.served.command("revoke", a.attacker.key.origin.hex(), "--reason", "lost")
    return "join " + a.attacker.join(a.served.invite("liaison", "north"))


@message("a revoked committee asks for a release", "403", counted(("members",), devices=-1), role="committee")
def revoked_release(a):
    a.served.command("revoke", a.attacker.key.origin.hex(), "--reason", "lost")
    return signed_message(release_request(a.attacker.token), a.attacker.key, a.hub.programme, kind=5)

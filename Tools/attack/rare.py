"""Joining, releases, successions and audits, as both sides read them (wire-format §2.5 to §2.12)."""

from answered import membership
from codec import Refused, sha

FIRST_MAX, PATH_MAX = (1 << 62) - 1, 64
JOIN_REFUSALS = ("unknown-invite", "invite-used", "invite-expired", "revoked", "recovering")
SUCCESSION_REFUSALS = ("revoked", "recovering", "not-closed", "unknown-head", "too-many")
SIGNED, ANSWERED = ("size", "root", "log_signature", "time", "cosignature"), ("size", "root", "answer", "time", "cosignature")
WIDTHS = {"size": 8, "root": 32, "log_signature": 64, "answer": 32, "time": 8, "cosignature": 64}


def head(walk, seq):
    return {"seq": seq, "hash": walk.raw(32) if seq else bytes(32)}


def join_request(walk):
    walk.array(0)
    r = {"invite_secret": walk.raw(16), "signing_key": walk.raw(32), "opening_key": walk.raw(32)}
    walk.end()
    return r


def refusal(walk, words):
    word = words[walk.number(len(words), 1) - 1]
    walk.end()
    return {"refused": word}


def member(walk, words):
    """A refusal, or what both kinds of new members are told first."""
    width = walk.array(3, 1)
    if width == 1:
        return refusal(walk, words), True
    if width != 3 or walk.is_null():
        raise Refused("inconsistent")
    return {"membership": membership(walk), "token": walk.raw(16), "hub_epoch": walk.number()}, False


def join_response(walk):
    r, is_refused = member(walk, JOIN_REFUSALS)
    if not is_refused:
        r["hub_statement"] = walk.raw(walk.number(walk.limits["statement_bytes"]))
        walk.end()
    return r


def release_request(walk):
    walk.array(2, 2)
    r = {"number": walk.number(), "offset": walk.number(), "token": walk.raw(16)}
    walk.end()
    return r


def release_response(walk):
    walk.array(4, 4)
    number, total = walk.number(), walk.number(walk.limits["release_bytes"])
    offset, n = walk.number(total), walk.number()
    if offset + n > total:
        raise Refused("inconsistent")
    r = {"number": number, "total": total, "offset": offset, "bytes": walk.raw(n)}
    walk.end()
    return r


def succession_request(walk, origin):
    walk.array(1, 1)
    r = {"origin": origin, "head": head(walk, walk.number()), "signing": walk.raw(32), "opening": walk.raw(32),
         "old_signature": walk.raw(64), "new_signature": walk.raw(64)}
    walk.end()
    return r


def succession_response(walk, origin):
    r, is_refused = member(walk, SUCCESSION_REFUSALS)
    if is_refused:
        return r
    width = walk.array(4)
    if width == 1:
        r["succession"] = {"origin": origin, "head": head(walk, walk.number()), "signing": walk.raw(32),
                           "opening": walk.raw(32), "signature": walk.raw(64)}
    elif width == 4:
        first, more = walk.number(FIRST_MAX, 1), walk.number(walk.limits["entries_per_push"] - 1)
        step, n = walk.number(more), walk.number(PATH_MAX)
        names = {"last_hash": 32, "root": 32, "context": 32, "signature": 64, "hash": 32}
        r["entry"] = {"first": first, "last": first + more, "seq": first + step,
                      **{name: walk.raw(width) for name, width in names.items()},
                      "path": [walk.raw(32) for _ in range(n)]}
    else:
        raise Refused("inconsistent")
    walk.end()
    return r


def audit_request(walk, origin):
    walk.array(3, 3)
    epoch, seq, of_answer = walk.number(), walk.number(), walk.boolean()
    names = ANSWERED if of_answer else SIGNED
    data = walk.raw(sum(WIDTHS[name] for name in names))
    checkpoint, at = {}, 0
    for name in names:
        checkpoint[name], at = data[at:at + WIDTHS[name]], at + WIDTHS[name]
    for name in ("size", "time"):
        checkpoint[name] = int.from_bytes(checkpoint[name], "big")
        if checkpoint[name] >= 1 << 63:
            raise Refused("malformed:out-of-range")
    r = {"origin": origin, "hub_epoch": epoch, "checkpoint": checkpoint, "head": head(walk, seq)}
    walk.end()
    return r


def audit_response(walk):
    walk.array(4, 4)
    epoch, seq, size, n = walk.number(), walk.number(), walk.number(), walk.number(PATH_MAX)
    r = {"hub_epoch": epoch, "head": head(walk, seq), "size": size, "root": walk.raw(32),
         "consistency": [walk.raw(32) for _ in range(n)]}
    walk.end()
    return r


def joining_key(r):
    return sha(r["signing_key"])

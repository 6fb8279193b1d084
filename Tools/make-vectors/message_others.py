"""Joining, releases, successions, audits (wire-format §2.5 to §2.12)."""

from message_cases import (DEVICE, MEMBERSHIP, OTHER, TOKEN, case, digest, membership_content, refuse)
from wire import Key, Writer, cbor, u64

# Joining and releases (wire-format §2.5 to §2.8)


def others():
    secret, opening = digest("secret")[:16], digest("opening")

    def join(clear=b"\x80", opaque=None):
        w = Writer()
        w.clear, w.opaque = clear, secret + DEVICE.public + opening if opaque is None else opaque
        return w

    content = {"invite_secret": secret.hex(), "signing_key": DEVICE.public.hex(), "opening_key": opening.hex()}
    case("join", "join-request", "a device shows its invite and its keys", w=join(), content=content)
    refuse("join_with_content", "join-request", "malformed:too-long", "there is nothing clear to say",
           w=join(b"\x81\x00"))
    refuse("join_opening_key_cut", "join-request", "truncated", "31 bytes", w=join(opaque=secret + DEVICE.public + opening[:31]))
    refuse("join_left_over", "join-request", "trailing-opaque-bytes", "a byte more",
           w=join(opaque=secret + DEVICE.public + opening + b"\0"))
    refuse("join_in_other_name", "join-request", "inconsistent", "the sender is not the key that joins",
           w=join(), sender=OTHER.origin[:16])

    statement = digest("hub statement") * 3

    def member(membership=MEMBERSHIP, count=3, size=None):
        w = Writer().array(count).put(membership).raw(TOKEN).put(2)
        return w.put(len(statement) if size is None else size).raw(statement)

    case("join_member", "join-response", "a new member", w=member(),
         content={"membership": membership_content(MEMBERSHIP), "token": TOKEN.hex(), "hub_epoch": "2",
                  "hub_statement": statement.hex()})
    for number, word in enumerate(
            ("unknown-invite", "invite-used", "invite-expired", "revoked", "recovering"), 1):
        case("join_refused_" + word.replace("-", "_"), "join-response", "no member, and why",
             w=Writer().put([number]), content={"refused": word})
    for number in (0, 6):
        refuse(f"join_refused_{number}", "join-response", "malformed:out-of-range", "a reason that does not exist",
               w=Writer().put([number]))
    refuse("join_of_two", "join-response", "inconsistent", "neither a member nor a reason",
           w=Writer().put([MEMBERSHIP, 1]).raw(TOKEN))
    refuse("join_of_nothing", "join-response", "inconsistent", "an empty answer", w=Writer().array(0))
    refuse("join_without_membership", "join-response", "inconsistent", "a member of nothing", w=member(None))
    refuse("join_statement_too_long", "join-response", "malformed:out-of-range", "a statement over its limit",
           w=member(), limits={"statement_bytes": 95})
    refuse("join_statement_cut", "join-response", "truncated", "a byte less than said", w=member(size=97))
    epoch = Writer().array(3).put(MEMBERSHIP).raw(TOKEN).put(2**63, len(statement)).raw(statement)
    refuse("join_epoch_too_large", "join-response", "malformed:out-of-range", "2^63 fits no signed integer", w=epoch)

    case("release_newest", "release-request", "number 0 asks for the newest", w=Writer().put([0, 0]).raw(TOKEN),
         content={"token": TOKEN.hex(), "number": "0", "offset": "0"})
    refuse("release_request_of_one", "release-request", "inconsistent", "no offset", w=Writer().put([1]).raw(TOKEN))
    refuse("release_offset_negative", "release-request", "malformed:unexpected-type", "an offset below zero",
           w=Writer().put([1, -1]).raw(TOKEN))
    refuse("release_request_in_other_name", "release-request", "inconsistent", "the sender is not the key that signed",
           w=Writer().put([0, 0]).raw(TOKEN), sender=OTHER.origin[:16])

    def part(number=3, total=1000, offset=900, count=100, data=None):
        return Writer().put([number, total, offset, count]).raw(digest("r") * 4 if data is None else data)

    data = (digest("r") * 4)[:100]
    case("release_part", "release-response", "the end of a release", w=part(data=data),
         content={"number": "3", "total": "1000", "offset": "900", "bytes": data.hex()})
    case("release_none", "release-response", "there is no release yet", w=part(0, 0, 0, 0, b""),
         content={"number": "0", "total": "0", "offset": "0", "bytes": ""})
    refuse("release_beyond_total", "release-response", "inconsistent", "a byte more than the whole has",
           w=part(offset=901, data=data))
    refuse("release_offset_beyond_total", "release-response", "malformed:out-of-range", "an offset behind the end",
           w=part(offset=1001, count=0, data=b""))
    refuse("release_total_too_large", "release-response", "malformed:out-of-range", "a release over its limit",
           w=part(data=data), limits={"release_bytes": 999})
    refuse("release_cut", "release-response", "truncated", "a byte less than said", w=part(data=data[:99]))
    refuse("release_left_over", "release-response", "trailing-opaque-bytes", "a byte more than said",
           w=part(data=data + b"\0"))


# Successions (wire-format §2.9, §2.10)


def successions():
    new, kind, answer = Key("successor"), "succession-request", "succession-response"
    opening, sealed = digest("new opening"), [digest("old signature") * 2, digest("new signature") * 2]

    def ask(seq=7, clear=None, opaque=None):
        w = Writer()
        w.clear += cbor([seq]) if clear is None else clear
        head_hash = digest("head") if seq else b""
        return w.raw(head_hash + new.public + opening + b"".join(sealed) if opaque is None else opaque)

    def asked(seq):
        return {"origin": DEVICE.origin.hex(),
                "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()},
                "signing": new.public.hex(), "opening": opening.hex(), "old_signature": sealed[0].hex(),
                "new_signature": sealed[1].hex()}

    case("succession_request", kind, "a closed origin names the keys that follow it", w=ask(), content=asked(7))
    case("succession_request_empty_log", kind, "nothing was written yet: no hash", w=ask(0), content=asked(0))
    refuse("succession_request_of_nothing", kind, "inconsistent", "no head", w=ask(clear=b"\x80"))
    refuse("succession_request_of_two", kind, "malformed:too-long", "a head and something more",
           w=ask(clear=cbor([7, 1])))
    refuse("succession_request_seq_too_large", kind, "malformed:out-of-range", "2^63 fits no signed integer",
           w=ask(clear=cbor([2**63])))
    refuse("succession_request_cut", kind, "truncated", "the new key's signature ends too early",
           w=ask(opaque=digest("head") + new.public + opening + sealed[0] + sealed[1][:63]))
    refuse("succession_request_left_over", kind, "trailing-opaque-bytes", "a byte more",
           w=ask(opaque=digest("head") + new.public + opening + b"".join(sealed) + b"\0"))
    refuse("succession_request_in_other_name", kind, "inconsistent", "the sender is not the key that signed",
           w=ask(), sender=OTHER.origin[:16])

    steps = [digest("step one"), digest("step two")]

    def member(place=(4, 2, 1, 2), last=digest("last"), path=steps, count=3, membership=MEMBERSHIP, tail=b""):
        w = Writer().array(count).put(membership).raw(TOKEN).put(2, list(place))
        return w.raw(last + digest("root") + digest("context") + sealed[0] + digest("entry") + b"".join(path) + tail)

    def other(seq=5):
        w = Writer().array(3).put(MEMBERSHIP).raw(TOKEN).put(2, [seq])
        return w.raw((digest("head") if seq else b"") + new.public + opening + sealed[0])

    enrolled = {"membership": membership_content(MEMBERSHIP), "token": TOKEN.hex(), "hub_epoch": "2"}
    case("succession_member_by_entry", answer, "an entry that the old log has not, proven by its segment", w=member(),
         content={**enrolled, "entry": {
             "first": "4", "last": "6", "last_hash": digest("last").hex(), "root": digest("root").hex(),
             "context": digest("context").hex(), "signature": sealed[0].hex(), "seq": "5", "hash": digest("entry").hex(),
             "path": [s.hex() for s in steps]}})
    for seq in (5, 0):
        case(f"succession_member_by_succession_{seq}", answer, "another went on under this origin's key", w=other(seq),
             content={**enrolled, "succession": {
                 "origin": DEVICE.origin.hex(),
                 "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()},
                 "signing": new.public.hex(), "opening": opening.hex(), "signature": sealed[0].hex()}})
    for number, word in enumerate(("revoked", "recovering", "not-closed", "unknown-head", "too-many"), 1):
        case("succession_refused_" + word.replace("-", "_"), answer, "no successor, and why",
             w=Writer().put([number]), content={"refused": word})
    for number in (0, 6):
        refuse(f"succession_refused_{number}", answer, "malformed:out-of-range", "a reason that does not exist",
               w=Writer().put([number]))
    refuse("succession_of_two", answer, "inconsistent", "neither a member nor a reason",
           w=Writer().put([MEMBERSHIP, 1]).raw(TOKEN))
    refuse("succession_without_membership", answer, "inconsistent", "a member of nothing", w=member(membership=None))
    refuse("succession_proof_of_two", answer, "inconsistent", "neither an entry nor a succession", w=member((4, 2)))
    refuse("succession_proof_of_nothing", answer, "inconsistent", "no proof at all", w=member(()))
    refuse("succession_proof_from_zero", answer, "malformed:out-of-range", "seqs begin at 1", w=member((0, 2, 1, 2)))
    refuse("succession_proof_first_too_large", answer, "malformed:out-of-range", "a first seq of 2^62",
           w=member((2**62, 2, 1, 2)))
    refuse("succession_proof_beyond_last", answer, "malformed:out-of-range", "a seq behind the segment's last",
           w=member((4, 2, 3, 2)))
    refuse("succession_proof_segment_too_long", answer, "malformed:out-of-range", "more entries than a push may have",
           w=member(), limits={"entries_per_push": 2})
    refuse("succession_proof_path_too_long", answer, "malformed:out-of-range", "no tree has a path of 65 hashes",
           w=member((4, 2, 1, 65)))
    refuse("succession_proof_path_cut", answer, "truncated", "two hashes said, one sent", w=member(path=steps[:1]))
    refuse("succession_left_over", answer, "trailing-opaque-bytes", "a byte more", w=member(tail=b"\0"))


# Audits (wire-format §2.11, §2.12)

SIGNED = {"size": 8, "root": digest("checkpoint root"), "log_signature": digest("log a") + digest("log b"),
          "time": 1750000100, "cosignature": digest("co a") + digest("co b")}
ANSWERED = {"size": 8, "root": digest("checkpoint root"), "answer": digest("signed bytes"), "time": 1750000100,
            "cosignature": digest("co a") + digest("co b")}


def binary(checkpoint):
    """hub-log §4.3: in this order."""
    return b"".join(v if isinstance(v, bytes) else u64(v) for v in checkpoint.values())


def audits():
    kind, reply = "audit-request", "audit-response"

    def ask(seq=7, checkpoint=SIGNED, answer=False, count=3, tail=b""):
        w = Writer().array(count).put(2, seq, answer)
        return w.raw(binary(checkpoint), digest("head") if seq else b"", tail)

    def asked(seq, checkpoint=SIGNED):
        return {"origin": DEVICE.origin.hex(), "hub_epoch": "2",
                "checkpoint": {k: v.hex() if isinstance(v, bytes) else str(v) for k, v in checkpoint.items()},
                "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()}}

    case("audit_request", kind, "a checkpoint that the hub signed, and an entry under it", w=ask(), content=asked(7))
    case("audit_request_without_entry", kind, "nothing of the device's own is proven yet", w=ask(0), content=asked(0))
    case("audit_request_of_answer", kind, "the checkpoint of an answer: 144 bytes", w=ask(7, ANSWERED, True),
         content=asked(7, ANSWERED))
    case("audit_request_of_answer_without_entry", kind, "and no entry", w=ask(0, ANSWERED, True),
         content=asked(0, ANSWERED))
    refuse("audit_request_of_two", kind, "inconsistent", "not said which of the two checkpoints",
           w=Writer().array(2).put(2, 7).raw(binary(SIGNED), digest("head")))
    refuse("audit_request_of_four", kind, "malformed:too-long", "an item more", w=ask(count=4))
    refuse("audit_request_answer_as_number", kind, "malformed:unexpected-type", "true or false", w=ask(answer=1))
    refuse("audit_request_left_over", kind, "trailing-opaque-bytes", "a byte more", w=ask(tail=b"\0"))
    refuse("audit_request_answer_too_short", kind, "truncated", "144 bytes where 176 are said", w=ask(0, ANSWERED))
    refuse("audit_request_cut", kind, "truncated", "no hash of the head",
           w=Writer().array(3).put(2, 7, False).raw(binary(SIGNED)))
    for name, checkpoint, answer in (("", SIGNED, False), ("_of_answer", ANSWERED, True)):
        for part in ("size", "time"):
            refuse(f"audit_request{name}_{part}_too_large", kind, "malformed:out-of-range", "2^63 in eight bytes",
                   w=ask(7, {**checkpoint, part: 2**63}, answer))
    refuse("audit_request_in_other_name", kind, "inconsistent", "the sender is not the key that signed", w=ask(),
           sender=OTHER.origin[:16])

    def say(seq=7, hashes=(digest("p1"), digest("p2")), count=None, width=4):
        w = Writer().array(width).put(2, seq, 9, len(hashes) if count is None else count)
        return w.raw(digest("head") if seq else b"", digest("root"), *hashes)

    def said(seq, hashes):
        return {"hub_epoch": "2", "head": {"seq": str(seq), "hash": (digest("head") if seq else bytes(32)).hex()},
                "size": "9", "root": digest("root").hex(), "consistency": [h.hex() for h in hashes]}

    case("audit_response", reply, "the tree has grown", w=say(), content=said(7, [digest("p1"), digest("p2")]))
    case("audit_response_nothing_held", reply, "no entry of this device, no proof", w=say(0, ()), content=said(0, []))
    refuse("audit_response_of_three", reply, "inconsistent", "no number of hashes", w=Writer().array(3).put(2, 7, 9))
    refuse("audit_response_too_many_hashes", reply, "malformed:out-of-range", "no proof has 65 hashes",
           w=say(hashes=(digest("p"),) * 65))
    refuse("audit_response_cut", reply, "truncated", "three hashes said, two sent", w=say(count=3))
    refuse("audit_response_left_over", reply, "trailing-opaque-bytes", "one hash said, two sent", w=say(count=1))

#!/usr/bin/env python3
"""Writes Protocol/vectors/evidence from Protocol/evidence.md alone.

    Tools/make-vectors/evidence.py            writes the files anew
    Tools/make-vectors/evidence.py --check    exits 1 when they differ
"""

import sys

sys.dont_write_bytecode = True

from vectors import write
from wire import (ROOT, Entry, H, Key, Writer, cbor, checkpoint_text, cosigned, frame, hashlib, leaf, path, root, salt,
                  segment, segment_signature, signed, u64)

OUT = ROOT / "Protocol" / "vectors" / "evidence"
MAGIC = "yarrow evidence 1"
AUTHORITY, HUB, DEVICE, OTHER = Key("authority"), Key("hub"), Key("device"), Key("other")
PROGRAMME = H("yarrow.programme/1", AUTHORITY.public)[:16]
cases = {}


def case(name, what, file, expect="accept", **values):
    assert name not in cases and bool(values) == (expect == "accept"), name
    cases[name] = {"what": what, "expect": expect, "file": file.hex(), **values}


def changed(items, index, value):
    return items[:index] + [value] + items[index + 1:]


# Forks (evidence §2)


def log(count, last=""):
    """Entries of one origin; the last one's salt may differ, and so its hash."""
    made, previous = [], bytes(32)
    for seq in range(1, count + 1):
        e = Entry(PROGRAMME, DEVICE.origin, seq, previous, salt_of=last if seq == count else "")
        previous = e.hash
        made.append(e)
    return made


def place(entries, seq, key=DEVICE, origin=DEVICE.origin, context=bytes(32)):
    content = segment(PROGRAMME, origin, entries, context)
    leaves = [leaf(e.hash) for e in entries]
    index = seq - entries[0].seq
    return [*content[2:], segment_signature(key, content), seq,
            entries[index].hash, path(index, leaves)]


def forks():
    one, two = log(5), log(3, last="other")
    good = [MAGIC, "fork", PROGRAMME, DEVICE.public, place(one, 3), place(two, 3)]
    values = {"kind": "fork", "programme": PROGRAMME.hex(), "origin": DEVICE.origin.hex(), "seq": "3"}
    case("fork_two_segments", "two segments of one key, two entries for seq 3", cbor(good), **values)
    case("fork_segments_of_one", "each segment has only the entry in question",
         cbor(good[:4] + [place(one[2:3], 3), place(two[2:3], 3)]), **values)

    short = H("yarrow.test/1", b"short push")
    case("fork_with_contexts", "a segment of a full request, and one of a short push",
         cbor(changed(good, 5, place(two, 3, context=short))), **values)

    def false(name, what, index, at, value):
        case(name, what, cbor(changed(good, index, changed(good[index], at, value))), "refuse:false")

    case("fork_of_one_entry", "the same entry twice contradicts nothing",
         cbor(changed(good, 5, place(one[2:3], 3))), "refuse:false")
    case("fork_of_two_seqs", "two entries at two seqs", cbor(changed(good, 5, place(two, 2))), "refuse:false")
    false("fork_false_signature", "a bit of a signature", 4, 5, bytes(64))
    false("fork_other_context", "not the context that was signed", 4, 4, short)
    false("fork_false_hash", "an entry that is not in the segment", 4, 7, H("yarrow.test/1", b"entry"))
    false("fork_false_path", "a path to another root", 4, 8, [bytes(32)] * len(good[4][8]))
    false("fork_short_path", "a path without its end", 4, 8, good[4][8][:-1])
    false("fork_seq_beyond_last", "a seq behind the segment's last", 5, 6, 4)
    false("fork_other_last_hash", "the last entry is not the one that was signed", 5, 2, one[2].hash)
    case("fork_other_key", "signed by the key of another origin",
         cbor(good[:4] + [place(one, 3), place(two, 3, key=OTHER)]), "refuse:false")
    case("fork_other_programme", "segments of another programme",
         cbor(changed(good, 2, H("yarrow.programme/1", OTHER.public)[:16])), "refuse:false")
    bad = "refuse:malformed"
    case("fork_of_five", "an item is missing", cbor(good[:5]), bad)
    case("fork_of_seven", "an item more", cbor(good + [None]), bad)
    case("fork_place_of_eight", "a place without its path", cbor(changed(good, 5, good[5][:8])), bad)
    case("fork_place_without_context", "a place as it was before segments had a context",
         cbor(changed(good, 5, good[5][:4] + good[5][5:])), bad)
    case("fork_context_short", "31 bytes of context", cbor(changed(good, 4, changed(good[4], 4, bytes(31)))), bad)
    case("fork_key_short", "31 bytes of a key", cbor(changed(good, 3, DEVICE.public[:31])), bad)
    case("fork_path_too_long", "no tree has a path of 65 hashes",
         cbor(changed(good, 4, changed(good[4], 8, [bytes(32)] * 65))), bad)
    case("trailing_byte", "a byte after the end", cbor(good) + b"\0", bad)
    case("other_magic", "another version", cbor(changed(good, 0, "yarrow evidence 2")), bad)
    case("unknown_kind", "a kind that this version does not know", cbor(changed(good, 1, "rumour")), bad)
    case("cut", "the file ends too early", cbor(good)[:-1], bad)
    case("empty", "no bytes", b"", bad)
    case("too_long", "65,537 bytes", cbor(good) + bytes(65537 - len(cbor(good))), bad)


# The hub's log (evidence §3)


def statement(epoch, log_key=HUB, signer=AUTHORITY, kind=5):
    payload = cbor([kind, b"", epoch, [epoch, log_key.public, bytes(32), 0, bytes(32)]])
    return cbor([payload, signer.sign(b"yarrow.statement/1\0" + PROGRAMME + payload)])


class Checkpoint:
    """What the hub signed (hub-log §4): with `of` it is the checkpoint of an answer, named by its hash."""

    def __init__(self, leaves, epoch=2, time=1750000000, key=HUB, of=None, said=None):
        self.of = of
        text = checkpoint_text(PROGRAMME, epoch, len(leaves), root(leaves), of)
        log, last = key.sign(text), key.sign(cosigned(time, text))
        between = log if of is None else (said or of)
        self.binary = u64(len(leaves)) + root(leaves) + between + u64(time) + last


def consistency(old, leaves, whole=True):
    """RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= k:
        return consistency(old, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(old - k, leaves[k:], False) + [root(leaves[:k])]


def ask(seal, head=(0, b""), epoch=2, key=DEVICE, answer=None):
    answer = seal.of is not None if answer is None else answer
    w = Writer().array(3).put(epoch, head[0], answer).raw(seal.binary, head[1])
    return signed(frame(9, DEVICE.origin[:16], w.clear, w.opaque), key, PROGRAMME)


def answer(request, leaves, proof=(), head=(0, b""), epoch=2, key=HUB, answering=None):
    w = Writer().array(4).put(epoch, head[0], len(leaves), len(proof))
    w.raw(head[1], root(leaves), *proof)
    answered = hashlib.sha256(request if answering is None else answering).digest()
    return signed(frame(10, b"", w.clear, w.opaque), key, PROGRAMME, answered)


def words(subject):
    digest, text = H("yarrow.words/1", subject), []
    for i in range(0, 10, 2):
        n = digest[i] << 8 | digest[i + 1]
        text.append("".join((
            "bdfghjklmnprstvz"[n >> 12], "aiou"[n >> 10 & 3], "bdfghjklmnprstvz"[n >> 6 & 15],
            "aiou"[n >> 4 & 3], "bdfghjklmnprstvz"[n & 15])))
    return "-".join(text)


def logs():
    mine = log(3)
    tree = [leaf(H("yarrow.test/1", b"leaf %d" % i)) for i in range(11)]
    tree[4:7] = [leaf(e.hash) for e in mine]
    grown = tree + [leaf(H("yarrow.test/1", b"later %d" % i)) for i in range(4)]
    other = changed(tree, 1, leaf(b"rewritten"))
    other_grown = changed(grown, 1, leaf(b"rewritten"))
    seal = Checkpoint(tree)
    asked = ask(seal)
    named = (3, mine[2].hash)
    entry = [mine[2].envelope, salt(mine[2].root_salt, b"\0"),
             [mine[2].digest(p) for p in ("operational", "coded", "sensitive", "identity")], 6, path(6, tree)]

    def file(request, response, shown=None, authority=AUTHORITY, said=None, device=DEVICE):
        return [MAGIC, "log", authority.public, statement(2) if said is None else said, device.public, request,
                response, shown]

    def good(name, what, alarm, *parts):
        case(name, what, cbor(file(*parts)), kind="log", words=words(AUTHORITY.public), alarm=alarm, epoch="2",
             size="11")

    def false(name, what, *parts, **rest):
        case(name, what, cbor(file(*parts, **rest)), "refuse:false")

    shrunk = answer(asked, tree[:8])
    good("log_smaller", "eleven leaves were signed, and eight are left", "log-shrank", asked, shrunk)
    good("log_two_roots", "two roots of one size", "log-rewritten", asked, answer(asked, other))
    good("log_rewritten_behind_proof", "the larger tree has another second leaf", "log-rewritten",
         asked, answer(asked, other_grown, consistency(11, other_grown)))
    good("log_without_proof", "a larger tree and no way to it", "log-rewritten", asked, answer(asked, grown))
    good("log_lower_epoch", "an epoch that is over", "epoch-went-back", asked, answer(asked, tree, epoch=1))
    asked_of = ask(seal, named)
    lacking = answer(asked_of, grown, consistency(11, grown), head=(2, mine[1].hash))
    good("log_lost_entry", "the tree is in order, and the hub says that it has two of three entries",
         "hub-lost-acknowledged", asked_of, lacking, entry)
    good("log_other_entry", "another entry at the seq", "hub-lost-acknowledged", asked_of,
         answer(asked_of, tree, head=(3, H("yarrow.test/1", b"x"))), entry)

    answered = H("yarrow.test/1", b"signed bytes of an answer")
    by_answer = ask(Checkpoint(tree, of=answered), named)
    good("log_of_answer_smaller", "the checkpoint came with an answer", "log-shrank", by_answer,
         answer(by_answer, tree[:8]))
    good("log_of_answer_rewritten", "and of the same size, with another root", "log-rewritten", by_answer,
         answer(by_answer, other))
    good("log_of_answer_lost_entry", "and the hub has one entry less", "hub-lost-acknowledged", by_answer,
         answer(by_answer, grown, consistency(11, grown), head=(2, mine[1].hash)), entry)

    for name, what, unproven in (
            ("other_answer", "the hub signed this root, and another fourth line",
             Checkpoint(tree, of=answered, said=H("yarrow.test/1", b"x"))),
            ("other_epoch", "signed for the log of another epoch", Checkpoint(tree, epoch=1, of=answered)),
            ("made_up", "signed by another key", Checkpoint(tree, key=OTHER, of=answered))):
        request = ask(unproven)
        false("log_of_answer_" + name, what, request, answer(request, tree[:8]))
    three = Checkpoint(tree)
    three.binary = three.binary[:40] + answered + three.binary[104:]
    request = ask(three, answer=True)
    false("log_of_answer_signed_without_one", "signatures over three lines, shown as one over four", request,
          answer(request, tree[:8]))
    request = ask(Checkpoint(tree, of=answered), answer=False)
    false("log_of_answer_not_said", "144 bytes where 176 are said", request, answer(request, tree[:8]))
    good_answer = answer(by_answer, grown, consistency(11, grown), head=named)
    false("log_of_answer_in_order", "the hub's tree has grown", by_answer, good_answer)

    false("log_in_order", "the hub's tree has grown", asked, answer(asked, grown, consistency(11, grown)))
    false("log_same", "nothing has changed", asked, answer(asked, tree))
    false("log_later_epoch", "after a new epoch another tree is no contradiction", asked,
          answer(asked, other, epoch=3))
    false("log_entry_held", "the hub has the entry", asked_of, answer(asked_of, tree, head=named), entry)
    false("log_entry_not_named", "the request names no head, so the answer may be of another branch", asked,
          answer(asked, tree, head=(2, mine[1].hash)), entry)
    false("log_entry_not_logged", "the entry is no leaf of the checkpoint's tree", asked_of, lacking,
          changed(entry, 3, 5))
    false("log_entry_of_other", "an entry of another origin", ask(seal, named), lacking,
          changed(entry, 0, Entry(PROGRAMME, OTHER.origin, 3, bytes(32)).envelope))
    false("log_entry_missing", "the hub lacks something that the file does not show", asked_of, lacking)
    false("log_request_unsigned", "not asked by this device", ask(seal, key=OTHER), shrunk)
    false("log_answer_unsigned", "not answered by the hub", asked, answer(asked, tree[:8], key=OTHER))
    false("log_answer_to_other", "the answer to another request", asked,
          answer(asked, tree[:8], answering=ask(Checkpoint(tree[:3]))))
    made_up = ask(Checkpoint(tree, key=OTHER))
    false("log_checkpoint_made_up", "the hub never signed the checkpoint", made_up, answer(made_up, tree[:8]))
    false("log_statement_of_other", "the authority did not name this hub", asked, shrunk,
          said=statement(2, signer=OTHER))
    false("log_statement_of_other_epoch", "a statement for another epoch", asked, shrunk, said=statement(3))
    false("log_other_log_key", "the statement names another key", asked, shrunk, said=statement(2, log_key=OTHER))
    false("log_other_authority", "another authority's programme", asked, shrunk, authority=OTHER)
    sync = signed(frame(1, DEVICE.origin[:16], b"\x80", b""), DEVICE, PROGRAMME)
    false("log_request_of_other_type", "a message that is no audit", sync, answer(sync, tree[:8]))
    bad = "refuse:malformed"
    case("log_of_seven", "no place for the entry", cbor(file(asked, shrunk)[:7]), bad)
    case("log_entry_of_three_digests", "a digest is missing",
         cbor(file(asked_of, lacking, changed(entry, 2, entry[2][:3]))), bad)
    case("log_message_too_long", "a request of 4,097 bytes", cbor(file(asked + bytes(4097 - len(asked)), shrunk)), bad)


def main():
    forks()
    logs()
    return write(cases, OUT)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes the checkpoints of answers in Protocol/vectors/checkpoint from Protocol/hub-log.md alone.

    Tools/make-vectors/checkpoints.py            writes the files anew
    Tools/make-vectors/checkpoints.py --check    exits 1 when they differ
"""

import base64
import hashlib
import sys

sys.dont_write_bytecode = True

from vectors import write
from wire import ROOT, H, Key, checkpoint_text, cosigned, u64

HUB, OTHER, PROGRAMME = Key("hub"), Key("other"), H("yarrow.test/1", b"programme")[:16]
ANSWER, TREE, TIME = H("yarrow.test/1", b"signed bytes"), H("yarrow.test/1", b"tree"), 1750000000
EPOCH, SIZE = 3, 100
ORIGIN = f"yarrow/{PROGRAMME.hex()}/{EPOCH}"
EMPTY = hashlib.sha256(b"").digest()
cases = {}


def base(data):
    return base64.b64encode(data).decode()


def text_of(size=SIZE, tree=TREE, answer=ANSWER, fourth=None, more=""):
    if fourth is None:
        return checkpoint_text(PROGRAMME, EPOCH, size, tree, answer).decode() + more
    return checkpoint_text(PROGRAMME, EPOCH, size, tree).decode() + fourth + "\n" + more


def line(kind, key, signature, name=ORIGIN):
    key_id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key.public).digest()[:4]
    return f"— {name} {base(key_id + signature)}\n"


def log_line(text, key=HUB):
    return line(1, key, key.sign(text.encode()))


def hub_line(text, key=HUB, time=TIME, said=None, name=ORIGIN):
    signature = key.sign(cosigned(time, text.encode()))
    return line(4, key, u64(time if said is None else said) + signature, name)


def case(name, kind, what, expect, given, found=None):
    vector = {"what": what, "kind": kind, "expect": expect, **given, "origin": ORIGIN, "public_key": HUB.public.hex()}
    if kind == "checkpoint":
        vector["cosigners"] = []
    cases[name] = {**vector, **(found or {})}


def found(size=SIZE, tree=TREE, time=TIME):
    return {"size": str(size), "root": tree.hex(), "hub_time": str(time), "answer": ANSWER.hex()}


def notes():
    def good(name, what, text, *lines, **values):
        case("checkpoint_of_answer" + name, "checkpoint", what, "accept", {"note": text + "\n" + "".join(lines)},
             {"countersigned": [], **found(**values)})

    def bad(name, word, what, text, *lines):
        case("checkpoint_of_answer_" + name, "checkpoint", what, "refuse:" + word,
             {"note": text + "\n" + "".join(lines)})

    text = text_of()
    three = checkpoint_text(PROGRAMME, EPOCH, SIZE, TREE).decode()
    good("", "four lines, and one signature that speaks for the answer too", text, hub_line(text))
    empty = text_of(0, EMPTY)
    good("_empty_log", "no leaves", empty, hub_line(empty), size=0, tree=EMPTY)
    good("_with_unknown_line", "a line of nobody who is known is ignored", text, hub_line(text),
         hub_line(text, OTHER, name="elsewhere"))
    bad("other_fourth_line", "invalid-signature", "not the answer that was signed",
        text_of(answer=H("yarrow.test/1", b"other")), hub_line(text))
    bad("without_fourth_line", "invalid-signature", "the fourth line taken away", three, hub_line(text))
    bad("fourth_line_added", "invalid-signature", "a line put under a checkpoint of three", text, hub_line(three))
    bad("with_log_signature", "invalid-signature", "a line of type 0x01 too, and true", text, log_line(text),
        hub_line(text))
    bad("with_log_signature_of_three_lines", "invalid-signature", "a line of type 0x01, true over three lines", text,
        log_line(three), hub_line(text))
    bad("of_three_lines", "missing-log-signature", "three lines with the signature that four need", three,
        hub_line(three))
    bad("time_changed", "invalid-signature", "another time", text, hub_line(text, said=TIME + 1))
    bad("by_stranger", "no-known-signature", "signed by another key", text, hub_line(text, OTHER))
    bad("size_changed", "invalid-signature", "another size", text_of(size=SIZE + 1), hub_line(text))
    for name, what, fourth in (
            ("word", "another word", "reply " + base(ANSWER)), ("capital", "a capital letter", "Answer " + base(ANSWER)),
            ("bare", "nothing after the word", "answer "), ("two_spaces", "two spaces", "answer  " + base(ANSWER)),
            ("trailing_space", "a space at the end", "answer " + base(ANSWER) + " "),
            ("31_bytes", "31 bytes", "answer " + base(ANSWER[:31])),
            ("33_bytes", "33 bytes", "answer " + base(ANSWER + b"\0")),
            ("unpadded", "no padding", "answer " + base(ANSWER).rstrip("=")),
            ("unused_bits", "unused bits that are set", "answer " + base(ANSWER)[:-2] + "/="),
            ("hexadecimal", "hexadecimal digits", "answer " + ANSWER.hex())):
        other = text_of(fourth=fourth)
        bad("line_" + name, "unknown-extension", what, other, hub_line(other))
    fifth = text_of(more="answer " + base(ANSWER) + "\n")
    bad("fifth_line", "unknown-extension", "the same line once more", fifth, hub_line(fifth))
    extra = text_of(more="extra\n")
    bad("with_extension", "unknown-extension", "a fifth line of another kind", extra, hub_line(extra))


def binaries():
    def packed(size=SIZE, tree=TREE, answer=ANSWER, time=TIME, text=None, key=HUB):
        text = text_of(size, tree) if text is None else text
        return u64(size) + tree + answer + u64(time) + key.sign(cosigned(time, text.encode()))

    def good(name, what, data, **values):
        text = text_of(values.get("size", SIZE), values.get("tree", TREE))
        case("binary_checkpoint_of_answer" + name, "binary-checkpoint", what, "accept", {"bytes": data.hex()},
             {"note": text + "\n" + hub_line(text), **found(**values)})

    def bad(name, word, what, data):
        case("binary_checkpoint_of_answer_" + name, "binary-checkpoint", what, "refuse:" + word, {"bytes": data.hex()})

    whole, three = packed(), checkpoint_text(PROGRAMME, EPOCH, SIZE, TREE).decode()
    good("", "the 144 bytes and the note that they stand for", whole)
    good("_empty_log", "no leaves", packed(0, EMPTY), size=0, tree=EMPTY)
    bad("short", "wrong-length", "a byte is missing", whole[:-1])
    bad("trailing_byte", "wrong-length", "a byte too many", whole + b"\0")
    bad("padded", "wrong-length", "32 bytes too many less one", whole + bytes(31))
    bad("other_size", "invalid-signature", "the size was changed", u64(99) + whole[8:])
    bad("other_root", "invalid-signature", "the root was changed", whole[:8] + ANSWER + whole[40:])
    bad("other_answer", "invalid-signature", "the answer was changed", whole[:40] + TREE + whole[72:])
    bad("other_time", "invalid-signature", "the time was changed", whole[:72] + u64(TIME + 1) + whole[80:])
    bad("of_three_lines", "invalid-signature", "the signature is over three lines", packed(text=three))
    bad("by_stranger", "invalid-signature", "another key", packed(key=OTHER))
    bad("size_2_to_63", "malformed-size", "a size beyond 2^63 - 1", u64(2**63) + whole[8:])
    bad("time_2_to_63", "time-out-of-range", "a time beyond 2^63 - 1", whole[:72] + u64(2**63) + whole[80:])
    bad("empty_log_other_root", "malformed-root", "size zero with the root of something", packed(0, TREE))
    text = text_of()
    bad("in_176_bytes", "invalid-signature", "both signatures over four lines, in the form for three",
        u64(SIZE) + TREE + HUB.sign(text.encode()) + u64(TIME) + HUB.sign(cosigned(TIME, text.encode())))


def main():
    notes()
    binaries()
    return write(cases, ROOT / "Protocol" / "vectors" / "checkpoint", mine="_of_answer")


if __name__ == "__main__":
    sys.exit(main())

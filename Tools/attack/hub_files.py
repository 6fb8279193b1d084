"""Towards a hub: files of records, given and asked for as nobody should (attachments §7, §8; wire-format §2.13 to §2.16)."""

import os

from arena import counted, message, scene
from codec import H, Writer, cbor
from exchange import message as signed_message
from files import (CHUNK_MAX, CHUNKS_MAX, DOWNLOAD, UPLOAD, File, download, read_download, some, upload)

TOP = 2**63 - 1
NOBODY = H("yarrow.test/1", b"no such record")[:16]
# A file that was begun is told of by the hub's status, and nothing else may change.
FILES = counted(("attachments", "members"))


def mine(a):
    return a.attacker.entries[-1].record


def theirs(a):
    return a.bystander.entries[-1].record


def given(a, file=None, member=None):
    """A file that the hub has."""
    file, member = file or File(mine(a)), member or a.attacker
    assert a.post(upload(member, file)) == "stored"
    return file


def got(a, sent):
    """What the hub gives of a file, whose bytes are checked against nothing here."""
    with a.line() as line:
        status, _, body = line.post(sent)
    return read_download(body, sent, a.hub) if status == 200 else status


# The honest ones, without which a refusal says nothing

@scene("a file given whole, one given by chunks and asked for, both got again", "done", FILES)
def files_honest(a):
    m, file, cut = a.attacker, File(mine(a), 3, 17), File(mine(a), 5)
    outcomes = [a.post(upload(m, file)), a.post(upload(m, cut, *cut.placed(0, 3))), a.post(upload(m, cut, manifest=False, told=[])),
                a.post(upload(m, cut, *cut.placed(1, 2), manifest=False)), a.post(upload(m, cut, *cut.placed(4)))]
    if outcomes != ["stored", "lacking 3", "lacking 3", "lacking 1", "stored"]:
        return ", ".join(outcomes)
    for f in (file, cut):
        r = got(a, download(m, f))
        if (r.here, r.manifest, r.chunks) != (True, f.manifest, f.placed()):
            return "something else came back"
    r = got(a, download(m, cut, wants=False, wanted=some(5, 2, 4), budget=0))
    return "done" if (r.manifest, r.chunks) == (None, cut.placed(2)) else "another part came back"


# Chunks

@scene("chunks that are not the file's: altered, of another place, of another file, short, long, none", "400", FILES)
def chunks_forged(a):
    m, other, file = a.attacker, given(a), File(mine(a), 3)
    first = file.chunks[0]
    forged = [(0, first[:-1] + bytes([first[-1] ^ 1])), (1, first), (0, other.chunks[0]), (0, first[:-1]), (0, first + b"\0"),
              (0, b""), (3, first), (CHUNKS_MAX, first), (TOP, first)]
    return [a.post(upload(m, file, chunk)) for chunk in forged] + [
        a.post(upload(m, other, chunk, manifest=False)) for chunk in ((0, first), (1, other.chunks[0]), (2, other.chunks[0]))]


@message("chunks twice, out of order, more than a message may have, of lengths that are none, and what is left over", "400")
def chunks_misfit(a):
    m, file = a.attacker, File(mine(a), 3)
    shots = [upload(m, file, *file.placed(0, 0)), upload(m, file, *file.placed(1, 0)), upload(m, file, *file.placed(0), count=3),
             upload(m, file, *file.placed(0), count=1)]
    tiny = File(mine(a), 66, 17)
    tiny.chunks = [os.urandom(17) for _ in range(66)]
    shots.append(upload(m, tiny, *((i, c) for i, c in enumerate(tiny.chunks[:65]))))
    for told in ([0], [0, 0], [0, TOP], [0, CHUNK_MAX + 1], [0, -1], [-1, 17], [0, "1"], [None, None], None, 0, {0: 17}, b"", [0, 17]):
        shots.append(upload(m, file, told=told if told is not None else {}))
    w = Writer().array(2).raw(m.token, file.record, file.address).put(None, []).raw(b"\0")
    return [*shots, signed_message(w, m.key, a.hub.programme, kind=UPLOAD)]


# Manifests

@message("manifests of no chunk, of too many, of more than they have, of another address, salt and record", "400")
def manifests_misfit(a):
    m, file = a.attacker, File(mine(a))
    large = File(mine(a), promised=CHUNKS_MAX + 1)
    return [upload(m, file, told=[], manifest=n) for n in (0, 1, 3, CHUNKS_MAX, CHUNKS_MAX + 1, TOP, 2**64 - 1, -1, "2")] + [
        upload(m, large, told=[]), upload(m, file, address=bytes(32)), upload(m, file, address=File(mine(a)).address),
        upload(m, file, salted=bytes(16) + file.manifest[16:]), upload(m, file, record=theirs(a)), upload(m, file, record=NOBODY)]


@message("chunks of a file whose manifest nobody gave, and a question for it", "unknown")
def manifest_unknown(a):
    m, file = a.attacker, File(mine(a))
    return [upload(m, file, manifest=False), upload(m, file, manifest=False, told=[])]


@message("a message larger than any: seventy whole chunks", "413|400|closed")
def upload_too_long(a):
    file = File(mine(a), 70)
    return upload(a.attacker, file)


# Who may

@message("a file for the bystander's record, and for one that does not exist", "scope|record-unknown")
def file_for_another(a):
    return [upload(a.attacker, File(theirs(a))), upload(a.attacker, File(NOBODY)), upload(a.attacker, File(bytes(16)))]


@scene("a chunk of the bystander's file by the attacker, who knows its address: one is never told whether it is there", "scope", FILES)
def chunk_for_another(a):
    file = given(a, File(theirs(a)), a.bystander)
    half = File(theirs(a), 2)
    assert a.post(upload(a.bystander, half, *half.placed(0))) == "lacking 1"
    m = a.attacker
    return [a.post(upload(m, file, manifest=False, told=[])), a.post(upload(m, half, manifest=False, told=[])),
            a.post(upload(m, half, *half.placed(1), manifest=False)), a.post(upload(m, half, *half.placed(1)))]


@scene("files out of scope, of no record, of another record, of no address: one answer, byte for byte but its signature",
       "absent", FILES)
def download_out_of_scope(a):
    file, own = given(a, File(theirs(a)), a.bystander), given(a)
    m = a.attacker
    answers = set()
    for sent in (download(m, file), download(m, File(theirs(a))), download(m, File(NOBODY)), download(m, file, record=mine(a)),
                 download(m, own, record=theirs(a)), download(m, own, address=bytes(32)), download(m, own, wanted=some(1, 0)),
                 download(m, own, wanted=some(CHUNKS_MAX, 0)), download(m, file, wants=False, wanted=some(2, 0))):
        with a.line() as line:
            status, _, body = line.post(sent)
        answers.add((status, body[:-64]))
        if status != 200 or read_download(body, sent, a.hub).here:
            return f"{status}, and perhaps a file"
    return "absent" if len(answers) == 1 else f"{len(answers)} answers"


@scene("a case worker of another area asks for a file of this one, and gives one", "absent, scope", FILES,
       role="caseworker", areas=("south",))
def worker_out_of_area_and_files(a):
    file = given(a, File(theirs(a)), a.bystander)
    r = got(a, download(a.attacker, file))
    return ("here" if r.here else "absent") + ", " + a.post(upload(a.attacker, File(theirs(a))))


@message("a committee asks for a file and gives one", "403", role="committee")
def committee_and_files(a):
    return [download(a.attacker, File(theirs(a))), upload(a.attacker, File(theirs(a)))]


@message("strangers, a stolen name, tokens of nobody and of another, the signature of somebody else", "403")
def file_senders_forged(a):
    m, stranger, file = a.attacker, a.stranger(), File(mine(a))
    stranger.token = m.token
    stolen = {"sender": a.bystander.key.origin[:16]}
    shots = []
    for make in (upload, download):
        good = make(m, file)
        shots += [make(stranger, file), make(m, file, layout=stolen), make(m, file, token=bytes(16)),
                  make(m, file, token=a.bystander.token), good[:-1] + bytes([good[-1] ^ 1]), good[:-64] + bytes(64)]
    return shots


# Questions

@message("questions that are none: sets of no chunk, of too many, with bits for none, cut, and what is left over", "400")
def download_misfit(a):
    m, file = a.attacker, File(mine(a))
    sets = ([0, b""], [CHUNKS_MAX + 1, bytes(257)], [TOP, b""], [2, b"\x04"], [2, b""], [2, b"\1\0"], [2], [2, b"\1", 0], 2, b"\1",
            [2, "1"], [-1, b"\1"], {2: b"\1"})
    shots = [download(m, file, wanted=s) for s in sets]
    shots += [download(m, file, budget=b) for b in (2**63, -1, "1", None)] + [download(m, file, wants=b) for b in (None, 1, "1")]
    over = Writer().array(3).raw(m.token, file.record, file.address, b"\0").put(1, True, None)
    cut = Writer().array(3).raw(m.token, file.record, file.address[:-1]).put(1, True, None)
    return [*shots, download(m, file, count=2), download(m, file, count=4),
            *(signed_message(w, m.key, a.hub.programme, kind=DOWNLOAD) for w in (over, cut))]


@message("the hub's own kinds of message, and a gift as a question", "400|403")
def file_types_confused(a):
    m, file = a.attacker, File(mine(a))
    gift, question = upload(m, file), download(m, file)
    bare = [signed_message(Writer().array(3).put(1, 1, None), m.key, a.hub.programme, kind=k, sender=b"") for k in (21, 23)]
    return [*bare, *(bytes([s[0], s[1] & 128 | k]) + s[2:] for s, k in ((gift, 22), (question, 20), (gift, 21), (gift, 24)))]


@scene("a gift that was taken, sent again a hundred times: it is stored, and is stored once", "stored", FILES)
def upload_replayed(a):
    sent = upload(a.attacker, File(mine(a)))
    return [a.post(sent) for _ in range(100)]


# Limits

def promised(a, count, chunks):
    return [a.post(upload(a.attacker, File(mine(a), promised=chunks), told=[])) for _ in range(count)]


@scene("files that are only promised, of 32 MiB each: the 32nd is more than one origin may have", "lacking 2048 31 times, then quota",
       FILES)
def quota_of_promises(a):
    outcomes = promised(a, 33, CHUNKS_MAX)
    lacking = outcomes.count(f"lacking {CHUNKS_MAX}")
    rest = set(outcomes[lacking:])
    return f"lacking {CHUNKS_MAX} {lacking} times, then {', '.join(sorted(rest))}"


@scene("257 files of one record: the last is one too many, and the first are still taken", "256 begun, then record-full, stored", FILES)
def record_full(a):
    small = File(mine(a), 1, 17)
    begun = a.post(upload(a.attacker, small, told=[]))
    outcomes = [begun, *promised(a, 256, 1)]
    more = outcomes.count("lacking 1")
    return f"{more} begun, then {', '.join(sorted(set(outcomes[more:])))}, {a.post(upload(a.attacker, small))}"


assert cbor(some(2, 1)) == b"\x82\2\x41\2"

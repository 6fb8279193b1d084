"""Towards a hub: bundles that were altered, made for somebody else, made by somebody else, and carried twice (bundle §2, §4)."""

import os

from arena import INVITES_ONLY, nothing, scene, taken
from carried import BUNDLE_MAX, MESSAGES_MAX, TO_DEVICE, answers, hub_key, pad, requests, seal
from codec import cbor, sha
from exchange import join_request, message as signed_message, read_sync
from files import File, upload
from keys import Opening

# By what is wrong with it: no file of this kind, or one that does not open.
REFUSED = "65|76"


def brought(a, file, out=True):
    """Exit status of the hub's command, and the answers that it wrote."""
    where = a.served.programs.where
    bundle, written = where / "carried", where / "answers"
    for old in (bundle, written):
        old.unlink(missing_ok=True)
    bundle.write_bytes(file)
    bundle.chmod(0o600)
    options = ["--out", str(written)] if out else []
    code, said, _ = a.served.programs.run("yarrow-hub", "bundle", "apply", str(bundle), *options, "--json", home=a.served.home)
    return str(code), written.read_bytes() if written.exists() else None, said


def sealed(a, *messages, to=None, programme=None, **more):
    plain = more.pop("plain", None) or pad(requests(messages))
    return seal(plain, to or hub_key(a.attacker.statement), programme or a.hub.programme, **more)


def refused(a, *files):
    """What came of each that had to be refused; answers count as taken."""
    for file in files:
        code, written, _ = brought(a, file)
        yield code if written is None else f"{code} with answers"


@scene("an honest bundle of two requests: taken, answered to the member in order", "0, done, done", taken(2))
def bundle_honest(a):
    m = a.attacker
    first = m.entry()
    second = m.entry(after=[*m.entries, first])
    sent = [m.message(m.push_of(first)), m.message(m.push_of(second), known=(first.seq, first.hash))]
    code, written, _ = brought(a, sealed(a, *sent))
    if written is None:
        return f"{code}, no answers"
    said = []
    for (hash_, body), request, entry in zip(answers(written, m.opening, a.hub.programme), sent, (first, second)):
        if hash_ != sha(request):
            return "an answer to something else"
        r = read_sync(body, request, a.hub, None)
        said.append(r.status if (r.head or (entry.seq, entry.hash)) == (entry.seq, entry.hash) else f"{r.status} at {r.head}")
    return ", ".join([code, *said])


@scene("a bundle carried three times: answered anew each time, with no new entries", "0", taken())
def bundle_replayed(a):
    file = sealed(a, a.attacker.message(a.attacker.next_push()))
    return [brought(a, file)[0] for _ in range(3)]


@scene("a bundle of which one byte was altered, at forty places", REFUSED, nothing)
def bundle_altered(a):
    good = sealed(a, a.attacker.message(a.attacker.next_push()))
    return refused(a, *(good[:i] + bytes([good[i] ^ 1]) + good[i + 1:] for i in range(0, len(good), len(good) // 40)))


@scene("a bundle cut, lengthened, empty, of another version, of noise, larger than any", REFUSED, nothing)
def bundle_cut(a):
    good = sealed(a, a.attacker.message(a.attacker.next_push()))
    return refused(a, b"", good[:1], good[:33], good[:-1], good[:-512], good + b"\0", good + bytes(512), b"\2" + good[1:],
                   os.urandom(4145), bytes([1]) + os.urandom(4144), bytes(BUNDLE_MAX + 1))


@scene("a bundle for another hub, another programme, the other direction, under a key of small order", REFUSED, nothing)
def bundle_for_another(a):
    sent = a.attacker.message(a.attacker.next_push())
    return refused(a, sealed(a, sent, to=Opening("another hub").public), sealed(a, sent, to=a.attacker.opening.public),
                   sealed(a, sent, programme=bytes(16)), sealed(a, sent, direction=TO_DEVICE), sealed(a, sent, direction=0),
                   sealed(a, sent, version=b"\2"), sealed(a, sent, weak=True))


@scene("padding that no writer makes, and content that is no list of requests", REFUSED, nothing)
def bundle_misfit(a):
    sent = a.attacker.message(a.attacker.next_push())
    good = requests([sent])
    plain = [good + bytes(4096 - len(good)), good + b"\x80" + bytes(5119 - len(good)), bytes(4096), good + b"\x80\1" + bytes(4094 - len(good))]
    plain += [pad(content) for content in (
        b"", b"\xf6", requests([]), requests([sent], "yarrow answers 1"), requests([sent], "yarrow requests 2"), good + b"\0",
        good[:-1], cbor(["yarrow requests 1"]), cbor(["yarrow requests 1", sent]), cbor(["yarrow requests 1", [sent], 1]),
        cbor(["yarrow requests 1", [[sha(sent), sent]]]), requests([b""]), requests([bytes((1 << 20) + 1)]),
        requests([b"\1"] * (MESSAGES_MAX + 1)), b"\x9f" + good[1:], b"\x81" * 4_000, b"\x82\x71yarrow requests 1\x9b" + b"\xff" * 8)]
    return refused(a, *(sealed(a, plain=p) for p in plain))


@scene("messages of two members, of a stranger, altered ones, and kinds that no bundle carries, behind a true one", "65|76|77", INVITES_ONLY)
def bundle_of_many(a):
    m, stranger = a.attacker, a.stranger()
    stranger.token = m.token
    good = m.message(m.next_push())
    invite = a.served.invite("liaison", "north")
    others = [a.bystander.message(), stranger.message(), good[:-1] + bytes([good[-1] ^ 1]), b"\1", bytes(200), m.short(),
              m.short(m.next_push()), stranger.join_message(invite.items["secret"]), upload(m, File(m.entries[-1].record)),
              signed_message(join_request(bytes(16), m.key.public, m.opening.public), m.key, a.hub.programme, kind=3)]
    return refused(a, *(sealed(a, good, other) for other in others), *(sealed(a, other, good) for other in others))


@scene("the bystander's request, carried by the attacker: the answers are sealed to the bystander", "0, to the bystander", taken())
def bundle_of_another(a):
    member = a.bystander
    entry = member.entry()
    sent = member.message(member.push_of(entry))
    code, written, _ = brought(a, sealed(a, sent))
    member.entries.append(entry)
    try:
        answers(written, a.attacker.opening, a.hub.programme)
        return f"{code}, to the attacker"
    except Exception:
        return f"{code}, " + ("to the bystander" if answers(written, member.opening, a.hub.programme)[0][0] == sha(sent) else "lost")


@scene("a request with a forged segment behind a true one: what stood before it stays taken", "0|65", taken())
def bundle_ends_at_a_false_one(a):
    m = a.attacker
    first = m.entry()
    second = m.entry(after=[*m.entries, first])
    push = m.push_of(second)
    push.signature = m.push_of(first).signature
    return brought(a, sealed(a, m.message(m.push_of(first)), m.message(push, known=(first.seq, first.hash))))[0]


@scene("answers in the place of a file that is there, and through a link", "73", nothing)
def bundle_answers_over_a_file(a):
    where = a.served.programs.where
    bundle, there, link = where / "carried", where / "there", where / "link"
    bundle.write_bytes(sealed(a, a.attacker.message()))
    there.write_bytes(b"mine")
    link.unlink(missing_ok=True)
    link.symlink_to(where / "elsewhere")
    codes = []
    for out in (there, link):
        codes.append(str(a.served.programs.run("yarrow-hub", "bundle", "apply", str(bundle), "--out", str(out),
                                               home=a.served.home)[0]))
    if there.read_bytes() != b"mine" or (where / "elsewhere").exists():
        return "written over"
    return codes

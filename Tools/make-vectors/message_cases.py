"""What every group of message vectors is made with."""

from batch import batch
from wire import Entry, H, Key, Withheld, Writer, frame, segment, segment_signature, signed

PROGRAMME = H("yarrow.test/1", b"programme")[:16]
DEVICE, OTHER, HUB = Key("device"), Key("other"), Key("hub")
TOKEN = H("yarrow.test/1", b"token")[:16]
REQUEST_HASH = H("yarrow.test/1", b"request")
HUB_EPOCH = 1
TYPES = {"sync-request": 1, "sync-response": 2, "join-request": 3, "join-response": 4,
         "release-request": 5, "release-response": 6,
         "succession-request": 7, "succession-response": 8, "audit-request": 9, "audit-response": 10,
         "short-request": 11, "short-push": 12,
         "upload-request": 20, "upload-response": 21, "download-request": 22, "download-response": 23}
cases = {}


def digest(name):
    return H("yarrow.test/1", name.encode())


def unsigned_of(kind, w, sender=None, before=b"", type=None, **layout):
    if sender is None:
        sender = b"" if kind.endswith("response") else DEVICE.origin[:16]
    return frame(TYPES[kind] if type is None else type, sender + before, w.clear, w.opaque, **layout)


def case(name, kind, what, expect="accept", w=None, message=None, content=None, held=None, records=None,
         state=None, limits=None, programme=PROGRAMME, answering=None, hub_epoch=HUB_EPOCH, **layout):
    """Signs what a writer wrote, unless the whole message is given."""
    is_request = not kind.endswith("response")
    key = DEVICE if is_request else HUB
    answered = bytes(32) if is_request else REQUEST_HASH
    if message is None:
        message = signed(unsigned_of(kind, w, **layout), key, programme, answered if answering is None else answering)
    vector = {"what": what, "kind": kind, "expect": expect, "programme": PROGRAMME.hex(),
              "key": key.public.hex(), "answering": answered.hex()}
    if kind in ("sync-request", "short-push"):
        vector["held"] = {str(seq): h.hex() for seq, h in (held or {}).items()}
    if records:
        vector["records"] = {str(seq): r.hex() for seq, r in records.items()}
    if state is not None:
        vector["state"] = state
    if kind == "sync-response":
        vector["hub_epoch"] = str(hub_epoch)
    if kind == "succession-response":
        vector["asking"] = DEVICE.origin.hex()
    if limits:
        vector["limits"] = limits
    vector["message"] = message.hex()
    if content is not None:
        vector["content"] = content
    assert name not in cases and (content is not None) == (expect == "accept"), name
    cases[name] = vector
    return message


def refuse(name, kind, word, what, **rest):
    return case(name, kind, what, "refuse:" + word, **rest)


def swapped(w, old, new):
    assert w.clear.count(old) >= 1
    w.clear = w.clear.replace(old, new, 1)
    return w


def chain(key, first=1, previous=bytes(32), *kinds):
    """Consecutive entries: each a dictionary of what differs from a plain one."""
    made = []
    for i, options in enumerate(kinds):
        options = dict(options)
        if options.get("kind") in (2, 3, 4, 5, 6, 7):
            options.setdefault("record", digest("record")[:16])
        e = Entry(PROGRAMME, key.origin, first + i, previous, **options)
        previous = e.hash
        made.append(e)
    return made


# Full requests (wire-format §2.2)

NUMBERS = dict(hub_epoch=1, membership=0, tree_size=0, head_seq=0, budget=65536)


def request(streams=(), push=None, signature=None, tail=None, count=8, tree_root=digest("tree")[:16],
            head_hash=digest("head")[:16], opaque=b"", told=None, number=None, **numbers):
    """`told` is what stands for the batch, as items and opaque bytes; `number` how many entries it is said to have."""
    n = {**NUMBERS, **numbers}
    w = Writer().array(count)
    w.put(n["hub_epoch"], n["membership"], n["tree_size"], n["head_seq"], n["budget"]).raw(TOKEN)
    if n["tree_size"]:
        w.raw(tree_root)
    if n["head_seq"]:
        w.raw(head_hash)
    w.array(2 * len(streams))
    for name, items, position in streams:
        w.put(name, items)
        if items:
            w.raw(position)
    if tail is not None:
        tail(w)
    elif push is None:
        w.put(None, None)
    else:
        items, raw = batch(push) if told is None else told
        w.put(push[0].seq, len(push) if number is None else number).put(*items)
        w.raw(raw, pushed(push) if signature is None else signature)
    return w.raw(opaque)


def pushed(push, key=DEVICE, context=bytes(32)):
    return segment_signature(key, segment(PROGRAMME, key.origin, push, context))


def push_content(push, signature, **more):
    return {"entries": [e.described() for e in push], "signature": signature.hex(), **more}


def request_content(streams=(), push=None, unread=False, head_hash=digest("head")[:16], **numbers):
    n = {**NUMBERS, **numbers}
    return {
        "hub_epoch": str(n["hub_epoch"]), "token": TOKEN.hex(),
        "membership_version": str(n["membership"]), "tree_size": str(n["tree_size"]),
        "tree_root": (digest("tree")[:16] if n["tree_size"] else bytes(16)).hex(),
        "head_seq": str(n["head_seq"]),
        "head_hash": (head_hash if n["head_seq"] else bytes(16)).hex(),
        "streams": [{"stream": s, "count": str(c), "hash": (p if c else bytes(16)).hex()}
                    for s, c, p in streams],
        "byte_budget": str(n["budget"]),
        "push": None if push is None else push_content(push, pushed(push)),
        "push_begins_beyond_head": unread}


SEEN = (77, digest("seen root"))
THREE = chain(
    DEVICE, 1, bytes(32),
    {"operational": {"status": "new"}, "coded": {"district": "north", "means": {0: ["coercion"]}},
     "sensitive": digest("sensitive") * 2, "identity": digest("identity") * 3},
    {"kind": 2, "operational": {"status": ["closed", [digest("replaced")]]}, "seen": SEEN,
     "claimed": 1749999000, "coded": {"age": None}, "area": "south"},
    {"kind": 2, "seen": SEEN, "coded": Withheld(digest("coded withheld")),
     "sensitive": Withheld(digest("sensitive withheld")), "claimed": -5})
STREAMS = [("own", 0, b""), ("programme", 4, digest("position")[:16]),
           ("area/north", 12, digest("north")[:16])]
ROLES = {1: "liaison", 2: "caseworker", 3: "committee"}
MEMBERSHIP = [4, 2, ["east", "north"], ["east", "north", "west"], "https://hub.example:8443"]


def membership_content(m):
    return {"version": str(m[0]), "role": ROLES[m[1]], "areas": m[2], "programme_areas": m[3], "url": m[4]}


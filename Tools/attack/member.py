"""A device in Python: enough of one to be believed, and then not to be."""

from codec import (SHORT, SHORT_PUSH, Entry, H, Key, Refused, Withheld, Writer, cbor, segment,
                   segment_signature)
from keys import Opening, statement_leaf
from line import Line
from exchange import (Push, join_request, message, read_join, read_sync, short_content, short_state,
                      sync_request)

RECEIVED = "2026-03-01T09:00:00Z"


class Member:
    def __init__(self, name, hub, address):
        self.name, self.hub, self.address = name, hub, address
        self.key, self.opening = Key(name), Opening(name)
        self.token, self.version, self.entries, self.statement = bytes(16), 0, [], None
        self.role, self.areas = 1, []
        self.positions, self.frontier, self.tree = {}, None, (0, bytes(32))

    def twin(self):
        """The same device, as it was before it followed anything."""
        made = Member(self.name, self.hub, self.address)
        made.token, made.version, made.entries = self.token, self.version, list(self.entries)
        made.role, made.areas = self.role, self.areas
        return made

    # Joining

    def join_message(self, secret, key=None, **changed):
        key = key or self.key
        parts = {"signing": key.public, "opening": self.opening.public, **changed}
        return message(join_request(secret, **parts), key, self.hub.programme, kind=3)

    def join(self, invite):
        sent = self.join_message(invite.items["secret"])
        status, _, body = self.post(sent)
        if status != 200:
            raise Refused(f"join: {status}")
        joined = read_join(body, sent, self.hub)
        if joined.refusal:
            return joined.refusal
        self.token, self.statement = joined.token, joined.statement
        self.believe(joined.membership)
        return "joined"

    def believe(self, membership):
        self.version, self.role, self.areas = membership[:3]

    # Entries

    def entry(self, after=None, seq=None, **options):
        """The next entry after those that were pushed; a plain report unless told otherwise."""
        entries = self.entries if after is None else after
        seq = len(entries) + 1 if seq is None else seq
        previous = entries[seq - 2].hash if 1 < seq <= len(entries) + 1 else bytes(32)
        if options.get("kind", 1) == 1 and "operational" not in options:
            options["operational"] = {"status": "new"}
        if options.get("kind", 1) == 1 and "coded" not in options:
            options["coded"] = {"district": "north", "received_at": RECEIVED, "channel": "in_person"}
        options.setdefault("previous", previous)
        previous = options.pop("previous")
        options.setdefault("salt_of", str(seq))
        return Entry(options.pop("programme", self.hub.programme), options.pop("origin", self.key.origin),
                     seq, previous, **options)

    def epoch_entry(self, number=1):
        return self.entry(kind=8, form="yarrow.epoch",
                          operational={"number": number, "commitment": self.key.origin})

    def push_of(self, *entries, key=None):
        content = segment(self.hub.programme, entries[0].origin, list(entries))
        return Push(list(entries), segment_signature(key or self.key, content))

    def next_push(self, **options):
        return self.push_of(self.entry(**options))

    # Exchanges

    def request(self, push=None, **more):
        more.setdefault("membership", self.version)
        if self.entries:
            more.setdefault("known", (len(self.entries), self.entries[-1].hash))
        return sync_request(more.pop("token", self.token), push=push, **more)

    def sign(self, w, **layout):
        return message(w, self.key, self.hub.programme, **layout)

    def message(self, push=None, layout=None, **more):
        return self.sign(self.request(push, **more), **(layout or {}))

    def genuine(self):
        """What every spoilt message is made from: the next report, pushed as the page says."""
        return self.message(self.next_push())

    def post(self, sent):
        with Line(self.address, wanted_pin=self.hub.pin) as line:
            return line.post(sent)

    def exchange(self, push=None, line=None, **more):
        sent = self.message(push, **more)
        response = self.answered(sent, push, line, follows=not more.get("tree", (0,))[0])
        if response.token:
            self.token = response.token
        self.count(push, response)
        return response

    def answered(self, sent, push, line=None, follows=True, frontier=None):
        status, _, body = line.post(sent) if line else self.post(sent)
        if status != 200:
            raise Refused(f"exchange: {status}")
        log = self.entries + (push.entries if push else [])
        claimed = (log[-1].seq, log[-1].hash) if log else (0, bytes(32))
        return read_sync(body, sent, self.hub, [e.hash for e in log] if follows else None, frontier, claimed=claimed)

    def count(self, push, response):
        if push and response.status == "done" and response.head == (push.entries[-1].seq, push.entries[-1].hash):
            self.entries += push.entries

    # Following streams and tree, in full and in short (wire-format §2.2, §2.3)

    def head(self):
        return (len(self.entries), self.entries[-1].hash) if self.entries else (0, bytes(32))

    def streams(self):
        """What a member of this role and these areas pulls (sync §1), and how far it is."""
        names = {1: ["programme", "own"], 3: ["programme"]}.get(
            self.role, ["programme", "grants", "own", *(f"area/{area}" for area in self.areas)])
        return [(n, *self.positions.get(n, (0, bytes(32)))) for n in sorted(names, key=cbor)]

    def state(self, **changed):
        known = {"membership": self.version, "tree": self.tree, "known": self.head(), "streams": self.streams()}
        return short_state(**{"token": self.token, **known, **changed})

    def short(self, push=None, state=None, content=None, layout=None, **changed):
        """A short request, or a short push with the same state; anything of it may be replaced."""
        layout = {"before": self.state(**changed) if state is None else state, **(layout or {})}
        if push is None and content is None:
            return self.sign(Writer(), **{"kind": SHORT, **layout})
        tree = changed.get("tree", self.tree)
        w = short_content(push.entries, tree if tree[0] else None) if content is None else content
        if "signer" not in layout:
            layout.setdefault("entries", push.entries)
        return self.sign(w, **{"kind": SHORT_PUSH, **layout})

    def sync(self, push=None, line=None, in_short=True):
        """One exchange in which everything is followed; one that must be said in full is repeated in full."""
        sent = self.short(push) if in_short else self.message(push, tree=self.tree, streams=self.streams())
        r = self.answered(sent, push, line, frontier=self.frontier)
        if r.token:
            self.token = r.token
        if r.status == "done":
            self.count(push, r)
            self.follow(r)
        return r

    def catch_up(self, in_short=False):
        while self.sync(in_short=in_short).more:
            pass

    def follow(self, r):
        if r.frontier is not None:
            self.frontier, self.tree = r.frontier, r.checkpoint[:2]
        if r.membership:
            self.believe(r.membership)
        for name, (start, items) in r.streams.items():
            count, running = self.positions.get(name, (0, bytes(32)))
            if start != count:
                if start:
                    raise Refused("stream position")
                running = bytes(32)
            for item in items:
                running = H("yarrow.stream/1", running, *self.told(item))
            self.positions[name] = (start + len(items), running)

    def told(self, item):
        """Kind and identifier of a stream's item (sync §3.1)."""
        if item[0] == "statement":
            return b"\3", statement_leaf(item[1])
        if item[0] == "moved":
            return b"\2", item[1]
        return b"\1", self.entries[item[1] - 1].hash if item[0] == "own" else item[1].hash


__all__ = ["Member", "Withheld"]

"""A device in Python: enough of one to be believed, and then not to be."""

from codec import Entry, Key, Refused, Withheld, segment, segment_signature
from keys import Opening
from line import Line
from exchange import Push, join_request, message, read_join, read_sync, sync_request

RECEIVED = "2026-03-01T09:00:00Z"


class Member:
    def __init__(self, name, hub, address):
        self.name, self.hub, self.address = name, hub, address
        self.key, self.opening = Key(name), Opening(name)
        self.token, self.version, self.entries = bytes(16), 0, []

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
        self.token, self.version = joined.token, joined.membership[0]
        return "joined"

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
        status, _, body = line.post(sent) if line else self.post(sent)
        if status != 200:
            raise Refused(f"exchange: {status}")
        hashes = [e.hash for e in self.entries] + [e.hash for e in (push.entries if push else [])]
        response = read_sync(body, sent, self.hub, None if more.get("tree", (0,))[0] else hashes)
        if response.token:
            self.token = response.token
        if push and response.status == "done" and response.head == (len(hashes), hashes[-1]):
            self.entries += push.entries
        return response


__all__ = ["Member", "Withheld"]

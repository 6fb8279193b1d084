"""Responses as a hub writes them, true or not (wire-format §2.4, §2.6)."""

from codec import (Writer, batch, cbor, checkpoint_text, cosigned, frame, leaf, multiproof, segment, segment_signature, sha,
                   signed, signed_bytes)

USUAL = (("head", None), ("growth", []), ("more", 0), ("held", []), ("deliveries", None), ("membership", None),
         ("statement", None), ("retry", 0))


class Checkpoint:
    """What stands before the clear part in type 13; `key`, `programme` and `epoch` say by whom and for which log it is
    signed, `lines` makes another fourth line of the hash of the answer."""

    def __init__(self, key, programme, epoch, size, root, time, lines=None):
        self.key, self.programme, self.epoch, self.lines = key, programme, epoch, lines
        self.size, self.root, self.time = size, root, time

    def changed(self, **items):
        made = Checkpoint(self.key, self.programme, self.epoch, self.size, self.root, self.time, self.lines)
        for name, value in items.items():
            setattr(made, name, value)
        return made

    def written(self):
        return cbor(self.size) + cbor(self.time) + self.root

    def signature(self, said, key=None):
        named = sha(said) if self.lines is None else self.lines(sha(said))
        text = checkpoint_text(self.programme, self.epoch, self.size, self.root, named)
        return (key or self.key).sign(cosigned(self.time, text))


class Answer:
    """The items of a response; any of them may be replaced before it is written and signed."""

    def __init__(self, **known):
        self.status, self.epoch, self.retry, self.token, self.head = 0, 1, 0, None, None
        self.held, self.membership, self.statement, self.growth = [], None, None, []
        self.checkpoint, self.deliveries, self.more = None, None, 0
        self.count, self.keep, self.opaque, self.clear_tail, self.layout, self.known = None, 2, b"", b"", {}, known

    def content(self):
        items = [(name, getattr(self, name)) for name, _ in USUAL]
        while len(items) + 2 > self.keep and items and items[-1][1] == dict(USUAL)[items[-1][0]]:
            items.pop()
        w = Writer().array(len(items) + 2 if self.count is None else self.count)
        without_token = self.token is None and self.status < 16 and self.status != 1
        w.put(self.status | (16 if without_token else 0), self.epoch)
        if self.token is not None:
            w.raw(self.token)
        for name, value in items:
            if name in ("more", "retry", "membership"):
                w.put(value)
            else:
                getattr(self, "put_" + name)(w, value)
        if self.deliveries is not None:
            self.deliveries.write_batch(w)
        w.raw(self.opaque)
        w.clear += self.clear_tail
        return w

    def put_head(self, w, head):
        w.put(None if head is None else head[0])
        if head is not None and head[0]:
            w.raw(head[1])

    def put_growth(self, w, growth):
        w.array(len(growth))
        for piece in growth:
            if isinstance(piece[1], list):
                w.put([piece[0], len(piece[1])]).raw(*piece[1])
            else:
                w.put([piece[0], piece[1], None])

    def put_held(self, w, held):
        w.put([x for pair in held for x in pair])

    def put_deliveries(self, w, deliveries):
        if deliveries is None:
            w.put(None)
        else:
            deliveries.write(w)

    def put_statement(self, w, statement):
        w.put(None if statement is None else len(statement)).raw(statement or b"")

    def message(self, w, kind, key, programme, answering):
        """Signed as the answer to one request, unless the layout says otherwise."""
        layout = {"answering": answering, "signed_by": key, "signed_for": programme, "before": b"", **self.layout}
        key, programme, answering = layout.pop("signed_by"), layout.pop("signed_for"), layout.pop("answering")
        signer, before = layout.pop("signer", None), layout.pop("before")
        point = self.checkpoint if kind == 2 else None
        kind = layout.pop("kind", kind if point is None else 13)
        if point is not None:
            before += point.written()
        unsigned = frame(kind, before, w.clear, w.opaque, **layout)
        if signer is not None:
            return unsigned + signer(unsigned, signed_bytes(unsigned, programme, answering))
        if point is None:
            return signed(unsigned, key, programme, answering)
        return unsigned + point.signature(signed_bytes(unsigned, programme, answering), self.layout.get("signed_by"))

    def join_content(self):
        w = Writer()
        if self.status:
            return w.array(1).put(self.status)
        w.array(3 if self.count is None else self.count).put(self.membership).raw(self.token).put(self.epoch)
        w.put(len(self.statement)).raw(self.statement, self.opaque)
        w.clear += self.clear_tail
        return w


class Delivered:
    """Segments and streams. Each entry goes under the segment of its author's push, with what proves it there."""

    def __init__(self, programme):
        self.programme, self.streams, self.segments = programme, [], []
        self.origins, self.told, self.sent = None, None, []

    def stream(self, name, start, items):
        self.streams.append([name, start, list(items)])

    def segment(self, key, entries, **said):
        content = segment(self.programme, key.origin, entries, said.pop("signed_context", bytes(32)))
        signer = said.pop("signer", key)
        values = {"signature": segment_signature(signer, content), "last": content[4], "root": content[5],
                  "context": content[6], "first": entries[0].seq, "span": len(entries) - 1, "public": key.public, **said}
        self.segments.append((values, entries))
        return len(self.segments) - 1

    def write(self, w):
        plans = [(name, start, [self.planned(item) for item in items]) for name, start, items in self.streams]
        origins = self.origins or list(dict.fromkeys(values["public"] for values, _ in self.segments))
        w.array(3).put(len(origins)).raw(*origins).array(len(self.segments))
        for values, _ in self.segments:
            w.put([values.get("origin", origins.index(values["public"])), values["first"], values["span"]])
            w.raw(values["context"], values["signature"])
        self.sent, last = [plan[1] for _, _, items in plans for plan in items if plan[0] == "entry"], {}
        w.array(len(plans))
        for name, start, items in plans:
            w.array(len(items) + 2).put(name, start)
            for plan in items:
                if plan[0] == "entry":
                    _, entry, index, step = plan
                    w.put([index, step, 1])
                    seq = self.segments[index][0]["first"] + step
                    if seq > 1 and last.get(index) != seq - 1:
                        w.raw(entry.previous)
                    last[index] = seq
                elif plan[0] == "own":
                    w.put([plan[1]])
                elif plan[0] == "moved":
                    w.put(None).raw(plan[1])
                else:
                    w.clear += plan[1] if plan[0] == "cbor" else cbor(plan[1])
        for index, (values, entries) in enumerate(self.segments):
            here = {plan[3] for _, _, items in plans for plan in items if plan[0] == "entry" and plan[2] == index}
            if values["span"] not in here:
                w.raw(values["last"])
            w.raw(*values.get("proof", multiproof(here & set(range(len(entries))), [leaf(e.hash) for e in entries])))

    def write_batch(self, w):
        """What the message ends with; `told` may stand in its place, as items and opaque bytes."""
        if self.sent or self.told:
            items, raw = self.told(self.sent) if self.told else batch(self.sent, push=False)
            w.put(*items).raw(raw)

    def planned(self, item):
        """An entry item is `(entry, key, entries of its segment, index, {what is said falsely})`."""
        if item[0] != "entry":
            return item
        _, key, entries, index, *more = item
        said = dict(more[0]) if more else {}
        sent = said.pop("sent", entries[index])
        step = said.pop("step", index)
        again = said.pop("again", False)
        number = len(self.segments) - 1 if again else self.segment(key, entries, **said)
        return ("entry", sent, number, step)

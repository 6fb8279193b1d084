"""Responses as a hub writes them, true or not (wire-format §2.3, §2.5)."""

from codec import Writer, cbor, leaf, path, segment, segment_signature, write_entries_table, write_entry


class Answer:
    """The items of a response; any of them may be replaced before it is written and signed."""

    def __init__(self, **known):
        self.status, self.epoch, self.retry, self.token, self.head = 0, 1, 0, None, (0, bytes(32))
        self.held, self.membership, self.statement, self.growth = [], None, None, []
        self.checkpoint, self.deliveries, self.more = None, None, False
        self.count, self.opaque, self.clear_tail, self.layout, self.known = 11, b"", b"", {}, known

    def content(self):
        w = Writer().array(self.count)
        without_token = self.token is None and self.status < 16 and self.status != 1
        w.put(self.status | (16 if without_token else 0), self.epoch, self.retry)
        if self.token is not None:
            w.raw(self.token)
        w.put(self.head[0])
        if self.head[0]:
            w.raw(self.head[1])
        w.array(2 * len(self.held))
        for seq, reason in self.held:
            w.put(seq, reason)
        w.put(self.membership)
        if self.statement is None:
            w.put(None)
        else:
            w.put(len(self.statement)).raw(self.statement)
        w.array(len(self.growth))
        for piece in self.growth:
            if isinstance(piece[1], list):
                w.put([piece[0], len(piece[1])]).raw(*piece[1])
            else:
                w.put([piece[0], piece[1], None])
        if self.checkpoint is None:
            w.put(None)
        else:
            size, tree, log, time, cosignature = self.checkpoint
            w.put([size, time]).raw(tree, log, cosignature)
        if self.deliveries is None:
            w.put(None)
        else:
            self.deliveries.write(w)
        w.put(self.more).raw(self.opaque)
        w.clear += self.clear_tail
        return w

    def join_content(self):
        w = Writer()
        if self.status:
            return w.array(1).put(self.status)
        w.array(self.count if self.count != 11 else 3).put(self.membership).raw(self.token).put(self.epoch)
        w.put(len(self.statement)).raw(self.statement, self.opaque)
        w.clear += self.clear_tail
        return w


class Delivered:
    """Segments and streams. Each entry goes in part, with its path, under the segment of its author's push."""

    def __init__(self, programme):
        self.programme, self.streams, self.segments = programme, [], []

    def stream(self, name, start, items):
        self.streams.append([name, start, list(items)])

    def segment(self, key, entries, **said):
        content = segment(self.programme, key.origin, entries)
        signer, whole = said.pop("signer", key), said.pop("whole", False)
        values = {"signature": segment_signature(signer, content), "last": content[4], "root": content[5],
                  "first": entries[0].seq, "span": len(entries) - 1, "public": key.public, **said}
        self.segments.append((values, whole, entries))
        return len(self.segments) - 1

    def write(self, w):
        plans = [(name, start, [self.planned(item) for item in items]) for name, start, items in self.streams]
        w.array(3).array(len(self.segments))
        for values, whole, _ in self.segments:
            w.put([values["first"], values["span"], whole]).raw(values["public"])
            if not whole:
                w.raw(values["last"], values["root"])
            w.raw(values["signature"])
        sent = [plan[1] for _, _, items in plans for plan in items if plan[0] == "entry"]
        seen, before, last = write_entries_table(w, sent), 0, {}
        w.array(len(plans))
        for name, start, items in plans:
            w.array(len(items) + 2).put(name, start)
            for plan in items:
                if plan[0] == "entry":
                    _, entry, index, step, steps = plan
                    w.array(4).put(index, step)
                    seq = self.segments[index][0]["first"] + step
                    if seq > 1 and last.get(index) != seq - 1:
                        w.raw(entry.previous)
                    last[index] = seq
                    w.put(len(steps)).raw(*steps)
                    before = write_entry(w, entry, seen, before)
                elif plan[0] == "own":
                    w.put([plan[1]])
                elif plan[0] == "moved":
                    w.put(None).raw(plan[1])
                else:
                    w.clear += plan[1] if plan[0] == "cbor" else cbor(plan[1])

    def planned(self, item):
        """An entry item is `(entry, key, entries of its segment, index, {what is said falsely})`."""
        if item[0] != "entry":
            return item
        _, key, entries, index, *more = item
        said = dict(more[0]) if more else {}
        steps = said.pop("path", path(index, [leaf(e.hash) for e in entries]))
        sent = said.pop("sent", entries[index])
        step = said.pop("step", index)
        again = said.pop("again", False)
        number = len(self.segments) - 1 if again else self.segment(key, entries, **said)
        return ("entry", sent, number, step, steps)

#!/usr/bin/env python3
"""The attackers' reader against Protocol/vectors/message: it must come to what they say, in words and in content.

    Tools/attack/conformance.py

So an attack that a reader of the page would take for a true message is found before any program is run.
"""

import json
import sys

sys.dont_write_bytecode = True

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import rare
from answered import read_response
from asked import read_full, read_push, read_short, segment_text
from codec import LIMITS, ROOT, SHORT, SHORT_PUSH, Framed, H, Refused, opened, sha
from files import CHUNKS_MAX, read_chunks, read_manifest

KINDS = {"sync-request": {1}, "sync-response": {2, 13}, "join-request": {3}, "join-response": {4},
         "release-request": {5}, "release-response": {6}, "succession-request": {7}, "succession-response": {8},
         "audit-request": {9}, "audit-response": {10}, "short-request": {SHORT}, "short-push": {SHORT_PUSH},
         "upload-request": {20}, "upload-response": {21}, "download-request": {22}, "download-response": {23}}
ROLES = {1: "liaison", 2: "caseworker", 3: "committee"}


class Case:
    def __init__(self, vector):
        self.vector = vector
        self.message, self.programme = bytes.fromhex(vector["message"]), bytes.fromhex(vector["programme"])
        self.answering, self.key = bytes.fromhex(vector["answering"]), bytes.fromhex(vector["key"])
        self.limits = {**LIMITS, **vector.get("limits", {})}
        self.origin = sha(self.key)

    def verify(self, signature, said):
        Ed25519PublicKey.from_public_bytes(self.key).verify(signature, said)

    def held(self, seq):
        found = self.vector["held"].get(str(seq))
        return None if found is None else bytes.fromhex(found)

    def recorded(self, seq):
        found = self.vector.get("records", {}).get(str(seq))
        return None if found is None else bytes.fromhex(found)

    def outcome(self):
        try:
            name = self.vector["kind"].replace("-", "_")
            return "accept", getattr(self, name)() if hasattr(self, name) else self.rare(name)
        except Refused as refusal:
            return f"refuse:{refusal}", None

    def opened(self, epoch=None):
        return opened(self.message, self.verify, KINDS[self.vector["kind"]], self.programme, self.answering, epoch,
                      self.limits)

    def rare(self, name):
        framed, walk = self.opened()
        asking = self.origin if name.endswith("request") else bytes.fromhex(self.vector.get("asking", ""))
        named = (asking,) if name.split("_")[0] in ("succession", "audit") and name != "audit_response" else ()
        r = getattr(rare, name)(walk, *named)
        if name.endswith("request"):
            key = rare.joining_key(r) if name == "join_request" else self.origin
            if framed.sender != key[:16]:
                raise Refused("inconsistent")
        if "membership" in r:
            r["membership"] = described(r["membership"])
        return worded(r)

    def sync_request(self):
        framed, walk = self.opened()
        r = read_full(walk, self.programme, self.origin, self.held, self.recorded)
        if framed.sender != self.origin[:16]:
            raise Refused("inconsistent")
        return {
            "hub_epoch": str(r.epoch), "token": r.token.hex(), "membership_version": str(r.membership),
            "tree_size": str(r.tree_size), "tree_root": r.tree.hex(), "head_seq": str(r.head_seq),
            "head_hash": r.head_hash.hex(),
            "streams": [{"stream": n, "count": str(c), "hash": h.hex()} for n, c, h in r.streams],
            "byte_budget": str(r.budget), "push": pushed(r.pushed, r.signature),
            "push_begins_beyond_head": r.beyond}

    # Short ones

    def stated(self, framed, push):
        state = self.vector["state"]
        known = [bytes.fromhex(state[k]) for k in ("token", "root", "head_hash")]
        digest = framed.state_of(*known, [bytes.fromhex(s["hash"]) for s in state["streams"]])
        return {"hub_epoch": str(framed.epoch), "membership_version": str(framed.membership),
                "tree_size": str(framed.tree_size), "head_seq": str(framed.head_seq), "byte_budget": str(framed.budget),
                "counts": [str(c) for c in framed.counts], "digest": framed.digest.hex(),
                "digest_matches": digest == framed.digest, "push": push, "push_begins_beyond_head": False}

    def short_request(self):
        framed, walk = Framed(self.message, {SHORT}, self.limits), None
        framed.verify(self.verify, self.programme)
        walk = framed.content() if not framed.is_deflated else None
        read_short(framed, walk)
        if framed.sender != self.origin[:16]:
            raise Refused("inconsistent")
        return self.stated(framed, None)

    def short_push(self):
        framed = Framed(self.message, {SHORT_PUSH}, self.limits)
        tree, head_hash = (bytes.fromhex(self.vector["state"][k]) for k in ("root", "head_hash"))
        entries = read_push(framed, framed.content(), self.programme, self.origin, self.held, tree, head_hash,
                            self.recorded)
        if framed.sender != self.origin[:16]:
            raise Refused("inconsistent")
        context = framed.context(self.programme)
        try:
            self.verify(framed.signature, segment_text(self.programme, self.origin, entries, context))
        except Exception as error:
            raise Refused("signature") from error
        return self.stated(framed, pushed(entries, framed.signature, context=context.hex()))

    # Files

    def asked_file(self, items):
        framed, walk = self.opened()
        walk.array(items, items)
        asked = {"token": walk.raw(16).hex(), "record": walk.raw(16).hex(), "address": walk.raw(32).hex()}
        if framed.sender != self.origin[:16]:
            raise Refused("inconsistent")
        return walk, asked

    def upload_request(self):
        walk, asked = self.asked_file(2)
        manifest, chunks = read_manifest(walk), read_chunks(walk)
        walk.end()
        if manifest and H("yarrow.attachment/1", bytes.fromhex(asked["record"]), manifest).hex() != asked["address"]:
            raise Refused("inconsistent")
        return {**asked, "manifest": hashes(manifest), "chunks": placed(chunks)}

    def upload_response(self):
        _, walk = self.opened()
        walk.array(3, 3)
        said, status = {"hub_epoch": str(walk.number())}, walk.number(3)
        said["status"] = ("lacking", "stored", "unknown", "refused")[status]
        if status == 0:
            said.update(read_some(walk))
            if not said["chunks"]:
                raise Refused("inconsistent")
        elif status == 3:
            said["word"] = walk.text(64)
        elif not walk.is_null():
            raise Refused("inconsistent")
        walk.end()
        return said

    def download_request(self):
        walk, asked = self.asked_file(3)
        asked.update(byte_budget=str(walk.number()), wants_manifest=walk.boolean(),
                     wanted=None if walk.is_null() else read_some(walk))
        walk.end()
        return asked

    def download_response(self):
        _, walk = self.opened()
        walk.array(4, 4)
        said = {"hub_epoch": str(walk.number()), "here": walk.boolean()}
        manifest, chunks = read_manifest(walk), read_chunks(walk)
        walk.end()
        if not said["here"] and (manifest or chunks):
            raise Refused("inconsistent")
        return {**said, "manifest": hashes(manifest), "chunks": placed(chunks)}

    # Responses

    def sync_response(self):
        epoch = int(self.vector["hub_epoch"])
        framed, walk = self.opened(epoch)
        r = read_response(walk, self.programme, epoch if framed.kind == 13 else None)
        checkpoint = None
        if framed.kind == 13:
            checkpoint = {
                "size": str(framed.size), "root": framed.tree.hex(), "time": str(framed.time),
                "answer": sha(b"yarrow.message/1\0", self.programme, self.answering, framed.unsigned).hex(),
                "cosignature": framed.signature.hex()}
        return {
            "status": r.status.replace(" ", "-"), "closed": r.closed, "hub_epoch": str(r.epoch),
            "token": (r.token or b"").hex(), "retry_after": str(r.retry), "head_as_claimed": r.head is None,
            "head": r.head and {"seq": str(r.head[0]), "hash": r.head[1].hex()},
            "held": [{"seq": str(s), "reason": w} for s, w in r.held],
            "membership": r.membership and described(r.membership),
            "hub_statement": None if r.statement is None else r.statement.hex(),
            "growth": [
                {"foreign": {"end": str(e), "hashes": [h.hex() for h in n]}} if isinstance(n, list)
                else {"own": {"first": str(e), "count": str(n)}} for e, n in r.growth],
            "checkpoint": checkpoint,
            "segments": [
                {"public_key": s.key.hex(), "first": str(s.first), "last": str(s.last), "last_hash": s.end.hex(),
                 "root": s.root.hex(), "context": s.context.hex(), "signature": s.signature.hex(),
                 "proof": [h.hex() for h in s.proof]} for s in r.segments],
            "deliveries": [{"stream": name, "from": str(start), "items": [item(i) for i in items]}
                           for name, start, items in r.deliveries],
            "more": str(r.more)}


def pushed(entries, signature, **more):
    return entries and {"entries": [e.described() for e in entries], "signature": signature.hex(), **more}


def hashes(manifest):
    cut = range(16, len(manifest or b""), 32)
    return manifest and {"salt": manifest[:16].hex(), "chunks": [manifest[i:i + 32].hex() for i in cut]}


def placed(chunks):
    return [{"number": str(n), "sealed": sealed.hex()} for n, sealed in chunks]


def read_some(walk):
    walk.array(2, 2)
    of = walk.number(CHUNKS_MAX, 1)
    bits = walk.bytes()
    if len(bits) != (of + 7) // 8 or of % 8 and bits[-1] >> of % 8:
        raise Refused("inconsistent")
    return {"of": str(of), "chunks": [str(i) for i in range(of) if bits[i // 8] >> i % 8 & 1]}


def described(m):
    return dict(zip(("version", "role", "areas", "programme_areas", "url"), (str(m[0]), ROLES[m[1]], *m[2:])))


def worded(value):
    """Numbers as decimal strings, bytes as hexadecimal ones."""
    if isinstance(value, dict):
        return {k: v if k == "membership" else worded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [worded(v) for v in value]
    return value.hex() if isinstance(value, bytes) else value if isinstance(value, str) else str(value)


def item(i):
    if i[0] == "entry":
        return {"entry": i[1].described(), "segment": str(i[2])}
    return {"own": str(i[1])} if i[0] == "own" else {i[0]: i[1].hex()}


def main():
    wrong, count = [], 0
    for path in sorted((ROOT / "Protocol" / "vectors" / "message").glob("*.json")):
        vector = json.loads(path.read_text())
        count += 1
        word, content = Case(vector).outcome()
        if word != vector["expect"]:
            wrong.append(f"{path.stem}: {word}, and not {vector['expect']}")
        elif content != vector.get("content"):
            differing = [k for k in content if content[k] != vector["content"].get(k)]
            wrong.append(f"{path.stem}: another {', '.join(differing)}")
    print("\n".join(wrong) or f"{count} vectors are read as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""A hub in Python: honest as Protocol/ has it, until an attack makes it lie.

It holds every key that a hub and an authority hold, so an attack may lie under true signatures; or it may alter what
was signed, as somebody could who has the TLS key and no other.
"""

import copy
import datetime
import hashlib
import socket
import ssl
import threading
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from answer import Answer, Checkpoint, Delivered
from asked import read_full, read_push, read_short, segment_text
from codec import (FULL, H, Framed, Key, REQUESTS, ROOT, Refused, SHORT, SHORT_PUSH, Walk, Writer, cbor, leaf, root,
                   segment, sha)
from files import DOWNLOAD, DOWNLOADED, FileAnswer
from keys import Hub, Invite, Opening, statement, statement_leaf, token
from line import MEDIA, pin
from served import free_port
from tree import levels

FORMS = ROOT / "Sources" / "ShippedData" / "forms"
AREAS = ["north", "south"]


def certificate(name):
    """A self-signed certificate of a new P-256 key: DER of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.datetime(1970, 1, 1)).not_valid_after(datetime.datetime(9999, 12, 31))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    return made.public_bytes(Encoding.PEM), key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), pin(made.public_bytes(Encoding.DER))


# What the hub says that has no release, and of which no origin is closed (wire-format §2.8, §2.10).
EMPTY_HANDED = {5: lambda: (Writer().array(4).put(0, 0, 0, 0), 6), 7: lambda: (Writer().array(1).put(3), 8)}


class State:
    """What changes as devices speak; copied so that every attack begins alike."""

    def __init__(self):
        self.members, self.leaves, self.statements, self.streams = {}, [], [], {}

    def member(self, origin):
        return self.members[origin]


class Request:
    """A sync request that was read: positions, and what is pushed. `known` is false where its digest is another."""

    def __init__(self, **items):
        self.pushed, self.known = [], True
        self.__dict__.update(items)


class HostileHub:
    def __init__(self, where, seed):
        self.where, self.seed = where, seed
        self.authority, self.key, self.recovery = (Key(f"{seed}/authority"), Key(f"{seed}/log"),
                                                   Opening(f"{seed}/recovery"))
        self.secret = H("yarrow.test/1", seed.encode())
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.tls, tls_pin = self.context("hub")
        self.hub = Hub(self.authority.public, self.key.public, tls_pin)
        self.programme = self.hub.programme
        self.state, self.attack, self.asked, self.history, self.asked_kinds = State(), None, 0, [], []
        # By record and address; nobody gives any.
        self.files, self.opening = {}, Opening(f"{seed}/hub opening")
        self.window = int(time.time()) // (90 * 86_400)
        self.hub_statement = self.state_that(5, b"", 1, [1, self.key.public, tls_pin, 0, bytes(32),
                                                    self.opening.public])
        for encoded in self.founding():
            self.publish(encoded)
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    def context(self, name, lowest=ssl.TLSVersion.TLSv1_3, highest=ssl.TLSVersion.TLSv1_3):
        chain, key, key_pin = certificate(name)
        path = self.where / f"{name}.pem"
        path.write_bytes(chain + key)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version, made.maximum_version = lowest, highest
        made.load_cert_chain(path)
        return made, key_pin

    # Statements

    def state_that(self, kind, subject, version, body, key=None, **more):
        return statement(key or self.authority, self.programme, kind, subject, version, body, **more)

    def founding(self):
        lists = sha((FORMS / "lists.yaml").read_bytes() + b"\n")
        yield self.hub_statement
        yield self.state_that(2, b"", 1, [self.recovery.public])
        for path in sorted(FORMS.glob("*.yaml")):
            if path.stem != "lists":
                line = "shipped: " + H("yarrow.shipped-form/1", sha(path.read_bytes() + b"\n"), lists).hex() + "\n"
                yield self.state_that(3, path.stem.encode(), 1, [1, line.encode()])

    def publish(self, encoded):
        self.state.statements.append(encoded)
        self.state.leaves.append((statement_leaf(encoded), None))
        self.deliver("programme", ("statement", encoded), 3, statement_leaf(encoded))

    def deliver(self, stream, item, kind, identifier):
        items = self.state.streams.setdefault(stream, [])
        before = items[-1][0] if items else bytes(32)
        items.append((H("yarrow.stream/1", before, bytes([kind]), identifier), item))

    def invite(self, **items):
        secret = H("yarrow.test/1", self.seed.encode(), str(self.asked).encode())[:16]
        self.asked += 1
        return Invite(**{"version": 1, "name": "delta", "authority": self.authority.public, "log": self.key.public,
                         "pin": self.hub.pin, "url": self.url, "role": 1, "secret": secret,
                         "expires": 2_000_000_000, **items})

    # Reading requests

    def read(self, data):
        """Type, sender's member or join parts, and the request."""
        framed = Framed(data, REQUESTS)
        if framed.kind == 3:
            walk = framed.content()
            walk.array()
            walk.raw(16)
            signing, opening = walk.raw(32), walk.raw(32)
            return 3, {"signing": signing, "opening": opening, "origin": sha(signing)}, None
        member = next(m for o, m in self.state.members.items() if o[:16] == framed.sender)
        verify = Ed25519PublicKey.from_public_bytes(member["signing"]).verify
        if framed.kind == SHORT_PUSH:
            return SHORT_PUSH, member, self.read_push(framed, member, verify)
        framed.verify(verify, self.programme)
        if framed.kind == SHORT:
            read_short(framed, Walk(framed.clear, framed.opaque))
            return SHORT, member, self.stated(framed, member)
        walk = framed.content()
        return framed.kind, member, self.read_full(walk, member) if framed.kind == FULL else walk

    def read_full(self, walk, member):
        r = read_full(walk, self.programme, member["origin"], lambda seq: self.head(member, seq),
                      lambda seq: self.record(member, seq))
        return Request(epoch=r.epoch, membership=r.membership, tree=r.tree_size, token=r.token, budget=r.budget,
                       streams=r.streams, pushed=r.pushed or [],
                       head=(r.pushed[-1].seq, r.pushed[-1].hash) if r.pushed else (r.head_seq, r.head_hash))

    def head(self, member, seq):
        """The hash of the entry at a seq; None beyond the log."""
        entries = member["entries"]
        return bytes(32) if seq == 0 else entries[seq - 1].hash if seq <= len(entries) else None

    def record(self, member, seq):
        entries = member["entries"]
        return entries[seq - 1].record if 0 < seq <= len(entries) else None

    def stated(self, framed, member):
        """What a state says, if this hub knows the same (wire-format §2.3)."""
        leaves, names = self.state.leaves, ["own", "programme"]
        streams = [(name, count, self.running(name, count)) for name, count in zip(names, framed.counts)]
        tree = root([leaf(d) for d, _ in leaves[:framed.tree_size]]) if framed.tree_size else bytes(32)
        head = self.head(member, framed.head_seq)
        known = (framed.tree_size <= len(leaves) and head is not None and len(framed.counts) == len(names)
                 and None not in [running for _, _, running in streams]
                 and framed.state_of(self.token(member), tree, head, [r for _, _, r in streams]) == framed.digest)
        return Request(epoch=framed.epoch, membership=framed.membership, tree=framed.tree_size, root=tree,
                       token=self.token(member), budget=framed.budget, known=known, head=(framed.head_seq, head),
                       streams=[(name, count, running and running[:16]) for name, count, running in streams])

    def running(self, name, count):
        items = self.state.streams.get(name, [])
        return bytes(32) if count == 0 else items[count - 1][0] if count <= len(items) else None

    def read_push(self, framed, member, verify):
        r = self.stated(framed, member)
        if not r.known:
            return r
        r.pushed = read_push(framed, framed.content(), self.programme, member["origin"],
                             lambda seq: self.head(member, seq), r.root, r.head[1],
                             lambda seq: self.record(member, seq))
        verify(framed.signature, segment_text(self.programme, member["origin"], r.pushed,
                                              framed.context(self.programme)))
        r.head = (r.pushed[-1].seq, r.pushed[-1].hash)
        return r

    # Honest answers

    def joined(self, member):
        self.state.members.setdefault(member["origin"], {**member, "entries": []})
        a = Answer()
        a.membership, a.token, a.statement = self.membership(member), self.token(member), self.hub_statement
        return a

    def membership(self, member):
        return [1, member.get("role", 1), ["north"], AREAS, self.url]

    def token(self, member):
        return token(self.secret, member["origin"], self.window)

    def take(self, member, request):
        for entry in request.pushed:
            if entry.seq == len(member["entries"]) + 1:
                member["entries"].append(entry)
                self.state.leaves.append((entry.hash, (member["origin"], entry.seq)))

    def answer(self, member, request):
        a = Answer(key=self.key, programme=self.programme)
        a.token = None if request.token == self.token(member) else self.token(member)
        self.take(member, request)
        entries = member["entries"]
        held = (len(entries), entries[-1].hash) if entries else (0, bytes(32))
        if held[0] != request.head[0] or not held[1].startswith(request.head[1] or bytes(16)):
            a.head = held
        if request.membership != 1:
            a.membership = self.membership(member)
        a.growth = self.growth(member["origin"], request.tree)
        a.checkpoint = self.checkpoint()
        if request.tree == len(self.state.leaves):
            a.growth, a.checkpoint = [], None
        a.deliveries = self.deliveries(request)
        return a

    def checkpoint(self, leaves=None, key=None, epoch=1, **more):
        leaves = self.state.leaves if leaves is None else leaves
        tree = more.get("root", root([leaf(d) for d, _ in leaves]))
        return Checkpoint(key or self.key, more.get("programme", self.programme), epoch,
                          more.get("size", len(leaves)), tree, 1_790_000_000)

    def growth(self, origin, begin, leaves=None):
        """Pieces of [begin, n): runs of own leaves, and compact ranges of the others' (hub-log §6.2)."""
        leaves, pieces = self.state.leaves if leaves is None else leaves, []
        while begin < len(leaves):
            own, end = leaves[begin][1] and leaves[begin][1][0] == origin, begin
            while end < len(leaves) and bool(leaves[end][1] and leaves[end][1][0] == origin) == bool(own):
                end += 1
            if own:
                pieces.append((leaves[begin][1][1], end - begin))
            else:
                cut, at = [], begin
                for level in levels(begin, end):
                    cut.append(root([leaf(d) for d, _ in leaves[at:at + (1 << level)]]))
                    at += 1 << level
                pieces.append((end, cut))
            begin = end
        return pieces

    def deliveries(self, request):
        made = Delivered(self.programme)
        for name, count, running in request.streams:
            items = self.state.streams.get(name, [])
            known = count <= len(items) and (count == 0 or items[count - 1][0][:16] == running)
            start = count if known else 0
            if items[start:] or not known:
                made.stream(name, start, [item for _, item in items[start:]])
        return made if made.streams else None

    def entry_for(self, stream, entry, key):
        """A genuine entry of somebody else's, logged and on its way in a stream."""
        self.state.leaves.append((entry.hash, (entry.origin, entry.seq)))
        self.deliver(stream, ("entry", key, [entry], 0), 1, entry.hash)

    # HTTP

    def respond(self, data):
        """The body of the answer, after the attack had its way with it; a status where there is none."""
        try:
            kind, member, request = self.read(data)
        except StopIteration:
            return "409 Conflict" if data[1] & 127 == SHORT_PUSH else "403 Forbidden"
        except (Refused, InvalidSignature):
            return "400 Bad Request"
        attack, a, answered = self.attack, Answer(), 2
        if kind == 3:
            a = self.joined(member)
            if attack and attack.join:
                attack.join(self, a, member)
            w, answered = a.join_content(), 4
        elif kind in (FULL, SHORT, SHORT_PUSH):
            if attack and attack.refuse and (status := attack.refuse(kind)):
                return status
            if not request.known:
                if kind == SHORT_PUSH:
                    return "409 Conflict"
                a.status, a.token = 1, self.token(member)
            else:
                member = self.state.member(member["origin"])
                a = self.answer(member, request)
                if attack and attack.lie:
                    a = attack.lie(self, a, member, request) or a
            w = a.content()
        elif kind in EMPTY_HANDED:
            w, answered = EMPTY_HANDED[kind]()
        elif kind == DOWNLOAD:
            said = FileAnswer(self.files, walk=request)
            if attack and attack.file:
                attack.file(self.town, said)
            a.layout, w, answered = said.layout, said.content(), DOWNLOADED
        else:
            # What this hub does not speak: it cannot prove what it claimed.
            return "400 Bad Request"
        return a.message(w, answered, self.key, self.programme, sha(data))

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        attack = self.attack
        try:
            if attack and attack.raw:
                attack.raw(self, connection)
                return
            tls = attack.tls(self) if attack and attack.tls else self.tls
            with tls.wrap_socket(connection, server_side=True) as line:
                line.settimeout(60)
                while (data := read_post(line)) is not None:
                    self.asked_kinds.append(data[1] & 127)
                    body = self.respond(data)
                    if isinstance(body, str):
                        line.sendall(http(b"", body))
                        continue
                    if attack is None:
                        self.history.append(body)
                    if attack and attack.alter:
                        body = attack.alter(self, body, data)
                    if attack and attack.http:
                        attack.http(self, line, body)
                        return
                    line.sendall(http(body))
        except (OSError, ssl.SSLError):
            pass
        finally:
            connection.close()

    def frozen(self):
        return copy.deepcopy(self.state)


def http(body, status="200 OK", media=MEDIA, more=()):
    lines = [f"HTTP/1.1 {status}", f"content-type: {media}", f"content-length: {len(body)}", *more, "", ""]
    return "\r\n".join(lines).encode() + body


def read_post(line):
    kept = b""
    while b"\r\n\r\n" not in kept:
        data = line.recv(1 << 16)
        if not data:
            return None
        kept += data
    head, _, body = kept.partition(b"\r\n\r\n")
    fields = dict(part.split(b": ", 1) for part in head.lower().split(b"\r\n")[1:])
    while len(body) < int(fields[b"content-length"]):
        body += line.recv(1 << 16)
    return body


__all__ = ["HostileHub", "cbor", "hashlib", "http", "segment"]

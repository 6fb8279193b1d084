"""Towards a device: a hub that holds its own keys and lies about log, heads and checkpoints (sync §2.5, §5; hub-log §6)."""

from codec import H, Key, checkpoint_text, cosigned, sha
from keys import statement
from town import DeviceAttack, only

DIGEST = H("yarrow.test/1", b"something else")


def lying(name, what, expect, *lies, **more):
    """Each lie changes the honest answer in place: `lie(hub, answer, member, request)`."""
    DeviceAttack(name, what, expect, lie=list(lies), **more)


def setting(**items):
    def lie(hub, a, member, request):
        for key, value in items.items():
            setattr(a, key, value(hub, a, member, request) if callable(value) else value)
    return lie


# Epoch and status

lying("epoch_went_back", "a lower epoch than the known one", "76 alarm:epoch-went-back",
      setting(epoch=0, growth=[], checkpoint=None))
lying("epoch_ahead", "a higher epoch under a status that says done", "76 inconsistent",
      setting(epoch=2, growth=[], checkpoint=None), setting(epoch=2**63 - 1, growth=[], checkpoint=None))
lying("epoch_contradicts_checkpoint", "another epoch than the one that the answer's checkpoint is signed for",
      "76 message", setting(epoch=0), setting(epoch=2), setting(epoch=2**63 - 1))
lying("epoch_without_statement", "another epoch without the authority's word", "76|76 inconsistent|76 message|76 statement-malformed",
      setting(status=2, epoch=2), setting(status=2, epoch=2, statement=b""),
      setting(status=2, epoch=2, statement=bytes(200)))


def new_epoch(key="authority", version=2, said=2, programme=None, subject=b"", kind=5, size=0, log=None, **more):
    def make(hub, a, member, request):
        signer = getattr(hub, key) if isinstance(key, str) else key
        body = [said, log or Key("new log").public, hub.hub.pin, size, DIGEST if size else bytes(32)]
        return statement(signer, programme or hub.programme, kind, subject, version, body, **more)
    return setting(status=2, epoch=2, statement=make, growth=[], checkpoint=None)


lying("epoch_statement_forged", "a new epoch signed by the hub, by a stranger, for another programme, under another tag",
      "76|76 inconsistent|76 statement-signature", new_epoch("key"), new_epoch(Key("stranger")),
      new_epoch(programme=bytes(16)), new_epoch(tag=b"yarrow.message/1\0"))
lying("epoch_statement_misfit", "the authority's word about something else: a lower epoch, another version, another type",
      "76|76 inconsistent|76 statement-malformed|76 statement-version|76 statement-subject|76 statement-body|76 weak-key|76 statement-type",
      new_epoch(version=1, said=1), new_epoch(version=3, said=2), new_epoch(subject=b"x"), new_epoch(log=bytes(32)),
      new_epoch(kind=6), new_epoch(size=2**63))
lying("epoch_statement_old", "the statement of the present epoch under the status for another", "76|76 inconsistent|76 message",
      lambda hub, a, m, r: setting(status=2, epoch=1, statement=hub.hub_statement)(hub, a, m, r),
      lambda hub, a, m, r: setting(status=2, epoch=2, statement=hub.hub_statement)(hub, a, m, r))
lying("stale_for_ever", "every token is called stale", "76", setting(status=1, token=DIGEST[:16], growth=[], checkpoint=None))
lying("more_for_ever", "always more, and nothing that moves", "76",
      setting(more=1, growth=[], checkpoint=None, deliveries=None, head=lambda h, a, m, r: (2, m["entries"][1].hash)))
lying("busy", "busy for ever", "69", setting(status=4, retry=86_400, growth=[], checkpoint=None),
      setting(status=4, retry=0, growth=[], checkpoint=None))
lying("recovering", "in recovery, with growth and a checkpoint that do not count", "0|69|76 inconsistent",
      setting(status=3), effect=only())
lying("revoked", "revoked, says the hub alone: it stops and keeps everything", "77",
      setting(status=5, growth=[], checkpoint=None, head=lambda h, a, m, r: (2, m["entries"][1].hash)))

# Heads

lying("head_behind", "a head behind what was acknowledged, and none", "76 alarm:hub-lost-acknowledged",
      setting(head=lambda h, a, m, r: (1, m["entries"][0].hash), growth=[], checkpoint=None),
      setting(head=(0, bytes(32)), growth=[], checkpoint=None))
lying("head_ahead", "a head beyond the device's own log", "76 alarm:own-log-ahead", setting(head=(4, DIGEST)),
      setting(head=(2**63 - 1, DIGEST)))
lying("head_differs", "another hash at the device's own seq", "76 alarm:own-log-differs", setting(head=(3, DIGEST)),
      setting(head=(2, DIGEST), growth=[], checkpoint=None))

# Checkpoints and growth


def tree(change, growth=None, **more):
    """A truly signed checkpoint over changed leaves, with growth that is honest about them."""
    def lie(hub, a, member, request):
        leaves = change(list(hub.state.leaves))
        a.checkpoint = hub.checkpoint(leaves, **more)
        a.growth = (growth or (lambda h, m, r, l: h.growth(m["origin"], r.tree, l)))(hub, member, request, leaves)
    return lie


def none(hub, member, request, leaves):
    return []


lying("tree_shrank", "a smaller tree in the same epoch", "76 alarm:log-shrank", tree(lambda l: l[:-4], none),
      tree(lambda l: l[:1], none), tree(lambda l: [], none))
lying("tree_of_same_size", "the known size with another root", "76 alarm:log-rewritten",
      tree(lambda l: [(DIGEST, None), *l[1:-1]], none))
lying("tree_rewritten", "an old leaf replaced, two exchanged, one taken out, and all signed",
      "76 alarm:log-rewritten", tree(lambda l: [(DIGEST, None), *l[1:]]), tree(lambda l: [l[1], l[0], *l[2:]]),
      tree(lambda l: [*l[1:], (DIGEST, None)]), tree(lambda l: [*l[:13], (DIGEST, None), *l[14:]]))
lying("tree_of_another_branch", "the tree as somebody else is shown it, without the device's newest entry in it",
      "76 alarm:log-rewritten", tree(lambda l: [*l[:-2], (DIGEST, None), l[-1]]))
lying("tree_without_pieces", "a larger signed tree, and no way to it", "76 log-growth", tree(lambda l: l, none))
lying("tree_with_false_pieces", "pieces that lead elsewhere than the signed root", "76 alarm:log-rewritten|76 log-growth",
      tree(lambda l: l, lambda h, m, r, l: [(len(l), [DIGEST] * len(h.growth(b"", r.tree, l)[0][1]))]))
lying("tree_piece_not_contiguous", "pieces with too many hashes, too few, or an end that goes back", "76 log-growth",
      tree(lambda l: l, lambda h, m, r, l: [(len(l), [DIGEST] * 60)]), tree(lambda l: l, lambda h, m, r, l: [(len(l), [])]),
      tree(lambda l: l, lambda h, m, r, l: [(1, [DIGEST])]), tree(lambda l: l, lambda h, m, r, l: [(2**62, [DIGEST] * 50)]))
lying("tree_own_piece_invented", "an own piece that names entries which were never written, none, or all over again",
      "76 own-entry|76 log-growth|76 inconsistent|76 message|76 alarm:log-rewritten",
      *(tree(lambda l: l, lambda h, m, r, l, p=p: [p]) for p in (
          (99, 1), (3, 1000), (0, 1), (3, 0), (2**62, 1), (1, 3), (3, 2**62))))
lying("tree_size_differs", "a signed size that is not where the pieces end", "76 inconsistent|76 log-growth|76 alarm:log-rewritten",
      tree(lambda l: l, size=10**6), tree(lambda l: l, size=2**63 - 1))
lying("growth_without_checkpoint", "pieces, and nothing signed", "76 inconsistent", setting(checkpoint=None))
lying("growth_endless", "eight thousand pieces that go nowhere", "76 log-growth|76 inconsistent|76 message|76 alarm:log-rewritten",
      setting(growth=[(19, [])] * 8_000), setting(growth=[(3, 1)] * 8_000))


def point(**items):
    """The answer's checkpoint with something of it replaced, signed as it then stands."""
    return lambda hub, a, m, r: setattr(a, "checkpoint", a.checkpoint.changed(**items))


def signed_otherwise(make):
    """A true answer of type 13 under a signature that `make(hub, checkpoint, signed bytes)` gives."""
    def lie(hub, a, m, r):
        a.layout["signer"] = lambda unsigned, said: make(hub, a.checkpoint, said)
    return lie


def over(hub, c, answer, **changed):
    said = {"programme": hub.programme, "epoch": 1, "size": c.size, "root": c.root, "time": c.time, **changed}
    return hub.key.sign(cosigned(said["time"], checkpoint_text(
        said["programme"], said["epoch"], said["size"], said["root"], answer)))


lying("checkpoint_unsigned", "an answer with a checkpoint under a signature over something else: the answer alone, the "
      "text alone, three lines, another root, size, time, nothing", "76 message",
      signed_otherwise(lambda hub, c, said: bytes(64)), signed_otherwise(lambda hub, c, said: hub.key.sign(said)),
      signed_otherwise(lambda hub, c, said: hub.key.sign(checkpoint_text(hub.programme, 1, c.size, c.root, sha(said)))),
      signed_otherwise(lambda hub, c, said: over(hub, c, None)),
      signed_otherwise(lambda hub, c, said: over(hub, c, sha(said), root=DIGEST)),
      signed_otherwise(lambda hub, c, said: over(hub, c, sha(said), size=c.size + 1)),
      signed_otherwise(lambda hub, c, said: over(hub, c, sha(said), time=c.time + 1)),
      signed_otherwise(lambda hub, c, said: over(hub, c, said[:32])))
lying("checkpoint_of_another_answer", "a fourth line that names another answer, none, or this one cut", "76 message",
      point(lines=lambda named: DIGEST), point(lines=lambda named: bytes(32)), point(lines=lambda named: named[:31]),
      point(lines=lambda named: None))
lying("checkpoint_of_another_log", "a checkpoint of another epoch, programme or key", "76 message",
      tree(lambda l: l, epoch=2), tree(lambda l: l, epoch=0), tree(lambda l: l, programme=bytes(16)),
      tree(lambda l: l, key=Key("stranger")))
lying("checkpoint_root_differs", "a true signature over a root that the pieces do not give", "76 alarm:log-rewritten",
      point(root=DIGEST))
lying("checkpoint_of_old", "the checkpoint of an earlier sync, true in its time", "76 alarm:log-shrank",
      tree(lambda l: l[:14], none))
lying("time_extreme", "checkpoints of the first second and of the last: clocks never reject", "0",
      point(time=0), point(time=2**63 - 1), effect=only("received", "pending", "pending_bytes", "checkpoint", "verify"))

# Receipts

lying("receipt_without_inclusion", "a head that covers the new entry, which is in no tree: never called received", "0",
      setting(growth=[], checkpoint=None), effect=only("pending", "pending_bytes", "verify"))


def without_mine(hub, a, member, request):
    leaves = [l for l in hub.state.leaves if l[1] != (member["origin"], 3)] + [(DIGEST, None)]
    a.checkpoint, a.growth = hub.checkpoint(leaves), hub.growth(member["origin"], request.tree, leaves)
    hub.state.leaves = leaves


lying("receipt_of_another_leaf", "a tree that grew by another leaf in place of the device's own", "0", without_mine,
      effect=only("pending", "pending_bytes", "checkpoint", "verify"))


def as_foreign(hub, a, member, request):
    a.growth = hub.growth(b"", request.tree)


lying("receipt_hidden", "the device's own leaf among foreign ones: it does not count as a receipt", "0", as_foreign,
      effect=only("pending", "pending_bytes", "checkpoint", "verify"))

# Words that a hub may send

ESCAPES = "\x1b[2J\x1b]0;x\x07\u202ered\u200b\x9b31m"

lying("held_with_escapes", "reasons that clear the terminal: shown as they are, made safe", "0",
      setting(held=[(3, ESCAPES[:40])]), setting(held=[(1, "x" * 64), (2, "\n\r\t"), (3, "\x00")]),
      effect=only("received", "pending", "pending_bytes", "checkpoint", "verify", "quarantined"))
lying("held_beyond_log", "reasons for entries that the device does not have", "76 inconsistent|0",
      setting(held=[(99, "scope")]), setting(held=[(2**63 - 1, "scope")]),
      effect=only("received", "pending", "pending_bytes", "checkpoint", "verify"))
lying("held_misfit", "a reason too long, no text, seqs out of order", "76 message|76 inconsistent|0",
      setting(held=[(3, "x" * 65)]), setting(held=[(3, 5)]), setting(held=[(0, "scope")]), setting(held=[(1, None)]),
      effect=only())


def member_of(*items):
    return lambda hub, a, m, r: setattr(a, "membership", [v(hub) if callable(v) else v for v in items])


URL = lambda hub: hub.url  # noqa: E731
lying("membership_misfit", "roles, areas and addresses that a membership cannot have",
      "76 message|76 inconsistent", member_of(2, 4, ["north"], ["north"], URL), member_of(2, 0, [], [], URL),
      member_of(2, 1, ["south", "north"], ["north", "south"], URL), member_of(2, 1, ["a"] * 2, ["a"], URL),
      member_of(2, 1, [f"a{i:03}" for i in range(257)], [], URL), member_of(2, 1, ["north"], ["north"], "u" * 513),
      member_of(2, 1, ["north"], ["north"]), member_of(2, 1, ["a" * 65], ["a"], URL))
lying("membership_address", "an address that is none, of another scheme, or clears the terminal",
      "76 message|76 inconsistent|0|76", *(member_of(2, 1, ["north"], ["north"], u) for u in (
          "http://127.0.0.1", "https://user@127.0.0.1", "file:///etc/passwd", "https://\x1b[2J", "", ESCAPES)),
      effect=only("received", "pending", "pending_bytes", "checkpoint", "verify"))
lying("membership_areas_with_escapes", "areas whose names clear the terminal", "0|76 message|76 inconsistent",
      member_of(2, 1, ["north", ESCAPES[:30]], ["north", ESCAPES[:30]], URL),
      effect=only("received", "pending", "pending_bytes", "checkpoint", "verify", "areas"))

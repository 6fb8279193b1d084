"""The hub log as its reader computes it (hub-log §2–§6)."""

import copy
import hashlib

from codec import Refused, leaf


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The compact range [0, n) (hub-log §2.2)."""

    def __init__(self):
        self.parts, self.size = [], 0

    def add(self, level, hash_):
        self.size += 1 << level
        self.parts.append((level, hash_))
        while len(self.parts) > 1 and self.parts[-1][0] == self.parts[-2][0]:
            (level, right), (_, left) = self.parts.pop(), self.parts.pop()
            self.parts.append((level + 1, node(left, right)))

    def extend(self, end, hashes):
        hashes = list(hashes)
        for level in levels(self.size, end):
            if not hashes:
                raise Refused("wrong-hash-count")
            self.add(level, hashes.pop(0))
        if hashes:
            raise Refused("wrong-hash-count")

    def append(self, data):
        self.add(0, leaf(data))

    def root(self):
        if not self.parts:
            return hashlib.sha256(b"").digest()
        result = self.parts[-1][1]
        for _, part in reversed(self.parts[:-1]):
            result = node(part, result)
        return result


def levels(begin, end):
    """The sizes of the fewest perfect subtrees that cut [begin, end), as powers of two."""
    if end < begin:
        raise Refused("invalid-range")
    while begin < end:
        level = (begin & -begin).bit_length() - 1 if begin else 63
        while begin + (1 << level) > end:
            level -= 1
        yield level
        begin += 1 << level


def check_growth(pieces, own, frontier=None):
    """The frontier at which the pieces arrive, from a given one or from an empty tree."""
    frontier = copy.deepcopy(frontier) or Frontier()
    for piece in pieces:
        if isinstance(piece[1], list):
            frontier.extend(*piece)
        else:
            if not 0 < piece[0] <= piece[0] + piece[1] - 1 <= len(own):
                raise Refused("own-entry")
            for seq in range(piece[0], piece[0] + piece[1]):
                frontier.append(own[seq - 1])
    return frontier
